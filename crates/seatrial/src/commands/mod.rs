//! The commands: one file each.

pub(crate) mod check;
#[allow(clippy::module_inception, reason = "the command is called so")]
pub(crate) mod commands;
mod completions;
pub(crate) mod expand;
mod explain;
pub(crate) mod fix;
mod generate;
mod helm;
mod init;
mod learn;
mod man;
mod mcp;
pub(crate) mod platform;
mod practice;
pub(crate) mod render;
pub(crate) mod round;
mod skill;
pub(crate) mod why;

#[cfg(test)]
pub(crate) use commands::CommandsOutput;
#[cfg(test)]
pub(crate) use expand::ExpandOutput;
#[cfg(test)]
pub(crate) use generate::{GenerateOutput, TriageOutput};
#[cfg(test)]
pub(crate) use practice::PracticeOutput;
#[cfg(test)]
pub(crate) use render::RenderOutput;
#[cfg(test)]
pub(crate) use round::{
    AddOutput, DecideOutput, DiffOutput, ListOutput, ReplayOutput, ReportOutput, ShowOutput,
};
use seatrial_trial::rule::Meta;
#[cfg(test)]
pub(crate) use skill::{EvalOutput, GapsOutput, ImproveOutput};
#[cfg(test)]
pub(crate) use why::WhyOutput;

use crate::cli::{Cli, Command};
use crate::error::CliError;
use crate::io::Io;
use crate::text::nearest;

/// Runs the command; the exit code, or why it could not run.
pub(crate) fn run(cli: &Cli, io: &mut Io<'_>) -> Result<u8, CliError> {
    let global = &cli.global;
    match &cli.command {
        Command::Generate(args) => generate::run(args, global, io),
        Command::Check(args) => check::run(args, global, io),
        Command::Fix(args) => fix::run(args, global, io),
        Command::Explain(args) => explain::run(args, global, io),
        Command::Expand(args) => expand::run(args, global, io),
        Command::Render(args) => render::run(args, global, io),
        Command::Why(args) => why::run(args, global, io),
        Command::Platform(args) => platform::run(args, global, io),
        Command::Learn(args) => learn::run(args, global, io),
        Command::Round(args) => round::run(args, global, io),
        Command::Commands(args) => commands::run(args, global, io),
        Command::Practice(args) => practice::run(args, global, io),
        Command::Init(args) => init::run(args, global, io),
        Command::Helm(command) => helm::run(command, global, io),
        Command::Skill(args) => skill::run(args, global, io),
        Command::Mcp(args) => mcp::run(args, global, io),
        Command::Completions(args) => completions::run(args, io),
        Command::Man => man::run(io),
    }
}

/// The catalogue: the rules of manifests, then those of skills.
pub(crate) fn catalogue() -> Vec<&'static Meta> {
    seatrial_rules::all().iter().map(|rule| rule.meta()).chain(seatrial_skill::catalogue()).collect()
}

/// A rule's page in Markdown, under its name; doc comments keep the blank after their slashes.
pub(crate) fn page_of(meta: &Meta) -> String {
    let lines: Vec<&str> =
        meta.page.trim().lines().map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end()).collect();
    format!("# {}\n\n{}\n", meta.name, lines.join("\n"))
}

/// The rule of this name, or an error that names the nearest.
pub(crate) fn known_rule(name: &str) -> Result<&'static Meta, CliError> {
    let rules = catalogue();
    rules.iter().copied().find(|meta| meta.name == name).ok_or_else(|| {
        let error = CliError::new(format!("there is no rule `{name}`"));
        match nearest(name, rules.iter().map(|meta| meta.name)) {
            Some(near) => error.hint(format!("did you mean `{near}`? `seatrial explain` lists all rules")),
            None => error.hint("`seatrial explain` lists all rules"),
        }
    })
}
