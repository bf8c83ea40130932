//! The command line: every command, flag and default, from which help, man page, completions and docs are made.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::formats::{FailOn, Format};

mod commands;
mod deferred;
mod generate;
mod helm;
mod ignored;
mod learn;
mod lint;
mod mcp;
mod model;
mod practice;
mod round;
mod skill;

pub use commands::{CommandsArgs, CommandsFormat};
pub use deferred::Deferred;
pub use generate::{GenerateArgs, GenerateFormat};
pub use helm::{Helm, HelmCommand, HelmTemplateArgs, HelmValueArgs};
pub use ignored::IgnoredArgs;
pub use learn::{LearnArgs, LearnFormat};
pub use lint::HelmLintArgs;
pub use mcp::McpArgs;
pub use model::{Author, ModelArgs};
pub use practice::{PracticeArgs, PracticeFormat};
pub use round::{
    RoundAddArgs, RoundArgs, RoundCommand, RoundDecideArgs, RoundDiffArgs, RoundFormat, RoundListArgs,
    RoundReplayArgs, RoundReportArgs, RoundShowArgs,
};
pub use skill::{
    SkillArgs, SkillCommand, SkillEvalArgs, SkillFormat, SkillGapsArgs, SkillImproveArgs, SkillLintArgs,
};

/// Sea trials for GitOps: what an Argo CD manifest would really do, before it sails.
#[derive(Debug, Parser)]
#[command(name = "seatrial", version, about, max_term_width = 100, propagate_version = true)]
#[command(after_help = "\
Exit codes: 0 nothing at or above the gate, 1 something, 2 could not run.

  seatrial check                      what is wrong in this folder, and for which environment
  pbpaste | seatrial check -          what is wrong with what the model just wrote
  seatrial fix                        apply the fixes that were tried and shown to help
  seatrial expand apps/agent.yaml     the Applications that the controller would create
  seatrial explain unknown-cluster    what a rule means")]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// What holds for every command.
    #[command(flatten)]
    pub global: Global,
}

/// Flags of every command.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The platform file [default: the nearest seatrial.yaml upwards]
    #[arg(long, global = true, value_name = "FILE")]
    pub platform: Option<PathBuf>,
    /// Fetch charts and repositories that nothing here stands for, and pin them in seatrial.lock
    #[arg(long, global = true)]
    pub fetch: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Colour::Auto, value_name = "WHEN")]
    pub color: Colour,
    /// Say less; twice: nothing but the exit code
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub quiet: u8,
    /// Say more
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// How many threads to use [default: one for each core]
    #[arg(long, global = true, value_name = "N")]
    pub jobs: Option<usize>,
    /// Bounds.
    #[command(flatten)]
    pub limits: LimitArgs,
}

/// Bounds, so that no input can make a run grow without end.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Limits")]
pub struct LimitArgs {
    /// The largest file that is read, in bytes
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub max_file_bytes: Option<u64>,
    /// The most files of a folder that are listed
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_files: Option<usize>,
    /// The most parameter sets that one ApplicationSet may make
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_parameter_sets: Option<usize>,
    /// The most bytes that the Applications of one set may take, or what the templates of one release build
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub max_output_bytes: Option<usize>,
    /// The most steps that the templates of one Application, or of one release of a chart, may take
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_template_steps: Option<u64>,
    /// The most findings of one rule that are told of one file
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_findings: Option<usize>,
    /// The most bytes of text, about, that are judged again to try the fixes of one file
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub max_fix_bytes: Option<usize>,
    /// The most seconds that the templates of one release may take
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_template_seconds: Option<u64>,
    /// How deep templates may call one another; a tenth of it is how deep `tpl` may run inside itself
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_template_depth: Option<u32>,
    /// The most bytes that the files of one chart may have together
    #[arg(long, global = true, value_name = "BYTES", hide_short_help = true)]
    pub max_chart_bytes: Option<u64>,
    /// The most files that one chart may have, those of the charts within it included
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_chart_files: Option<usize>,
    /// How deep charts may lie within charts, and folders within folders
    #[arg(long, global = true, value_name = "N", hide_short_help = true)]
    pub max_chart_depth: Option<usize>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal that shows them
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write an ApplicationSet from an intent and the platform's facts, and try it
    Generate(Deferred<Box<GenerateArgs>>),
    /// Find what is wrong: file, line, environment, the fact broken, a verified fix
    Check(Deferred<CheckArgs>),
    /// Apply verified fixes to the files
    Fix(Deferred<FixArgs>),
    /// A rule's page; without a name, the catalogue
    Explain(Deferred<ExplainArgs>),
    /// The Applications that the ApplicationSet controller would create
    Expand(Deferred<ExpandArgs>),
    /// The resources that Applications would have Argo CD sync
    Render(Deferred<RenderArgs>),
    /// Why a field of a rendered resource is what it is: template, value, and who set it
    Why(Deferred<WhyArgs>),
    /// The facts in force, where each came from, what contradicts and what is missing
    Platform(Deferred<PlatformArgs>),
    /// From a text, or from what a repository shows, to facts of the platform file, each with its sentence or its evidence
    Learn(Deferred<LearnArgs>),
    /// Work in rounds with any author: try what it answered, record it, compare, decide, report
    Round(Deferred<RoundArgs>),
    /// What to run for a manifest, in order; or what is wrong with the commands of a script, a page or a skill
    Commands(Deferred<CommandsArgs>),
    /// Learn to review: a manifest with faults, your concerns first, then what a trial finds and a score
    Practice(Deferred<PracticeArgs>),
    /// Make a platform file from what can be found, and a few questions
    Init(Deferred<InitArgs>),
    /// Helm without Helm
    #[command(subcommand)]
    Helm(HelmCommand),
    /// Skills for agents: what is wrong in one, what it leaves out, what it is worth
    Skill(Deferred<SkillArgs>),
    /// Serve the same judgement to agents, over the Model Context Protocol
    Mcp(Deferred<McpArgs>),
    /// A completion script for a shell
    Completions(Deferred<CompletionsArgs>),
    /// The manual page, as roff
    #[command(hide = true)]
    Man,
}

/// What to read.
#[derive(Debug, Args)]
pub struct InputArgs {
    /// Files and folders; a folder is searched for Argo CD objects; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub paths: Vec<PathBuf>,
    /// Read the paths as they are in this revision of their Git repository
    #[arg(long, value_name = "REV")]
    pub rev: Option<String>,
    /// What standard input is called in reports
    #[arg(long, value_name = "NAME", default_value = "<stdin>")]
    pub stdin_name: String,
}

/// `seatrial check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to show what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// From which severity on findings make the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// Exit with 1 also when something could not be judged
    #[arg(long)]
    pub strict: bool,
    /// Only these rules (may be repeated)
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// Findings in this file are known and not reported
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// Write what is found to the baseline file, and exit with 0
    #[arg(long, requires = "baseline")]
    pub write_baseline: bool,
    /// Write the report to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Read from standard input which file an agent has edited, check it, and hand the findings back to the agent
    #[arg(long, value_enum, value_name = "HOST", conflicts_with_all = ["paths", "rev", "format", "rules", "baseline", "output"])]
    pub hook: Option<Hook>,
}

/// Hosts of agents whose hooks are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Hook {
    /// Claude Code: its `PostToolUse` event, and the answer it takes
    ClaudeCode,
}

/// `seatrial fix`.
#[derive(Debug, Args)]
pub struct FixArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Print the diff and change nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Also apply fixes that change what is deployed
    #[arg(long = "unsafe")]
    pub unsafe_fixes: bool,
    /// Only fixes of these rules (may be repeated)
    #[arg(long = "rule", value_name = "RULE")]
    pub rules: Vec<String>,
    /// How to show what was done
    #[arg(long, value_enum, default_value_t = FixFormat::Text)]
    pub format: FixFormat,
    /// From which severity on what is left makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// The formats of `fix`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum FixFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// `seatrial explain`.
#[derive(Debug, Args)]
pub struct ExplainArgs {
    /// The rule
    #[arg(value_name = "RULE")]
    pub rule: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = ExplainFormat::Text)]
    pub format: ExplainFormat,
}

/// The formats of `explain`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExplainFormat {
    /// For people
    Text,
    /// The page as it is written
    Markdown,
    /// For programs
    Json,
}

/// `seatrial expand`.
#[derive(Debug, Args)]
pub struct ExpandArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How to show the Applications [default: table on a terminal, yaml elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<ExpandFormat>,
    /// Exit with 1 also when something could not be evaluated
    #[arg(long)]
    pub strict: bool,
}

/// The formats of `expand`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExpandFormat {
    /// Namespace and name, one line each
    Names,
    /// The objects as a YAML stream
    Yaml,
    /// Objects, errors and unknowns (see the published JSON Schema)
    Json,
    /// A table for people
    Table,
}

/// `seatrial render`.
#[derive(Debug, Args)]
pub struct RenderArgs {
    /// What to read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Only this Application, as `name` or `namespace/name` (may be repeated)
    #[arg(long, value_name = "NAME")]
    pub app: Vec<String>,
    /// How to show the resources [default: table on a terminal, yaml elsewhere]
    #[arg(long, value_enum)]
    pub format: Option<RenderFormat>,
    /// Exit with 1 also when something could not be evaluated
    #[arg(long)]
    pub strict: bool,
}

/// The formats of `render`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RenderFormat {
    /// The resources as a YAML stream
    Yaml,
    /// Resources by Application, errors and unknowns (see the published JSON Schema)
    Json,
    /// A list for people
    Table,
}

/// `seatrial why`.
#[derive(Debug, Args)]
pub struct WhyArgs {
    /// The Application, as `name` or `namespace/name`
    #[arg(value_name = "APP")]
    pub application: String,
    /// The resource, as `kind/name`, or more of `group/kind/namespace/name`
    #[arg(value_name = "RESOURCE")]
    pub resource: String,
    /// The field, such as `spec.template.spec.containers[0].image` [default: all that depend on values]
    #[arg(value_name = "FIELD")]
    pub field: Option<String>,
    /// Where the Application, or the set that generates it, is written
    #[arg(long = "in", value_name = "PATH", default_value = ".")]
    pub within: Vec<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = PlatformFormat::Text)]
    pub format: PlatformFormat,
}

/// `seatrial platform`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct PlatformArgs {
    /// A part of it.
    #[command(subcommand)]
    pub command: Option<PlatformCommand>,
    /// An environment or a cluster [default: all environments]
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = PlatformFormat::Text, global = true)]
    pub format: PlatformFormat,
}

/// Parts of `seatrial platform`.
#[derive(Debug, Subcommand)]
pub enum PlatformCommand {
    /// What is missing for a full judgement, and how to supply it
    Gaps,
}

/// The formats of `platform`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PlatformFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

/// `seatrial init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// Where to look and to write
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Ask nothing
    #[arg(short, long)]
    pub yes: bool,
    /// Overwrite an existing platform file
    #[arg(long)]
    pub force: bool,
    /// Print the file and write nothing
    #[arg(long)]
    pub dry_run: bool,
    /// A kubeconfig to learn clusters from (names, servers, contexts; never credentials) [default: $KUBECONFIG, ~/.kube/config]
    #[arg(long, value_name = "FILE")]
    pub kubeconfig: Option<PathBuf>,
}

/// `seatrial completions`.
#[derive(Debug, Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}
