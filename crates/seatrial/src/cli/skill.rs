//! The flags of `seatrial skill`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::ModelArgs;
use crate::formats::{FailOn, Format};

/// `seatrial skill`.
#[derive(Debug, Args)]
pub struct SkillArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: SkillCommand,
}

/// What can be done with a skill.
#[derive(Debug, Subcommand)]
pub enum SkillCommand {
    /// What is wrong in a skill: its format, its advice, the manifests in it, what it leaves out
    Lint(SkillLintArgs),
    /// What a skill teaches of each topic, and whether it is basic or advanced
    Gaps(SkillGapsArgs),
    /// A patch for what is wrong and for what is left out, and what is better then
    Improve(SkillImproveArgs),
    /// Tasks solved with the skill and without it, judged as manifests are
    Eval(SkillEvalArgs),
}

/// `seatrial skill lint`.
#[derive(Debug, Args)]
pub struct SkillLintArgs {
    /// The skill's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// How to show what is found
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// From which severity on findings make the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// `seatrial skill gaps`.
#[derive(Debug, Args)]
pub struct SkillGapsArgs {
    /// The skill's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t = SkillFormat::Text)]
    pub format: SkillFormat,
}

/// `seatrial skill improve`.
#[derive(Debug, Args)]
pub struct SkillImproveArgs {
    /// The skill's folder
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// Write the patch into the files instead of printing it
    #[arg(long)]
    pub write: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = SkillFormat::Text)]
    pub format: SkillFormat,
}

/// `seatrial skill eval`.
#[derive(Debug, Args)]
pub struct SkillEvalArgs {
    /// The skill's folder, with its tasks in `evals/evals.json`
    #[arg(value_name = "DIR")]
    pub dir: PathBuf,
    /// The folder of answers: `ID.with.md` and `ID.without.md` for each task; with `--author`, where a model's are kept [default:
    /// DIR/evals/answers]
    #[arg(long, value_name = "DIR")]
    pub answers: Option<PathBuf>,
    /// Which model answers the tasks now, once with the skill and once without it.
    #[command(flatten)]
    pub model: ModelArgs,
    /// How to show it
    #[arg(long, value_enum, default_value_t = SkillFormat::Text)]
    pub format: SkillFormat,
}

/// The formats of these commands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum SkillFormat {
    /// For people
    Text,
    /// For programs
    Json,
}
