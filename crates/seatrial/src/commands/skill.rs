//! `seatrial skill`: skills for agents, judged, measured, mended.

mod asked;
mod eval;
mod gaps;
mod improve;

use std::path::Path;

use seatrial_skill::{Skill, lint};

use super::{catalogue, check};
use crate::cli::{Global, SkillArgs, SkillCommand, SkillLintArgs};
use crate::error::CliError;
use crate::formats::{self, Shown};
use crate::io::Io;

#[cfg(test)]
pub(crate) use eval::EvalOutput;
#[cfg(test)]
pub(crate) use gaps::GapsOutput;
#[cfg(test)]
pub(crate) use improve::ImproveOutput;

pub(super) fn run(args: &SkillArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    match &args.command {
        SkillCommand::Lint(args) => judged(args, global, io),
        SkillCommand::Gaps(args) => gaps::run(args, global, io),
        SkillCommand::Improve(args) => improve::run(args, global, io),
        SkillCommand::Eval(args) => eval::run(args, global, io),
    }
}

/// The skill in a folder, its files called as the folder was.
fn read(dir: &Path, io: &Io<'_>) -> Result<Skill, CliError> {
    let shown = dir.to_string_lossy();
    let label = match shown.trim_start_matches("./").trim_end_matches('/') {
        "" | "." => String::new(),
        path => format!("{path}/"),
    };
    Skill::read(&io.cwd.join(dir), &label)
        .map_err(|error| CliError::new(error.to_string()).hint("a skill is a folder with a `SKILL.md` in it"))
}

fn judged(args: &SkillLintArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let skill = read(&args.dir, io)?;
    let report = crate::session::on_threads(global, || lint(&skill))?;
    let metas = catalogue();
    let shown = Shown {
        report: &report,
        rules: &metas,
        environments: &[],
        platform: None,
        fail_on: args.fail_on,
        look: io.look(global.color),
        verbosity: check::verbosity(global),
        arguments: "",
    };
    if global.quiet < 2 {
        io.print(&formats::render(args.format, &shown))?;
    }
    Ok(u8::from(report.findings.iter().any(|finding| args.fail_on.fails(finding.severity))))
}
