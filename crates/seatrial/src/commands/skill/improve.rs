//! `seatrial skill improve`: a patch for what is wrong and what is left out, and what is better then.

use std::sync::Arc;

use seatrial_skill::{Skill, improved, lint};
use seatrial_source::write::{Replacement, replace_all};
use seatrial_source::{EditSet, Overlay};
use seatrial_trial::{Applicability, Severity};
use serde::Serialize;

use super::gaps::gaps;
use super::read;
use crate::cli::{Global, SkillFormat, SkillImproveArgs};
use crate::diff;
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, Look};
use crate::text::count;

/// What `seatrial skill improve --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(
    test,
    derive(schemars::JsonSchema),
    schemars(title = "seatrial skill improve", deny_unknown_fields)
)]
pub(crate) struct ImproveOutput {
    /// The change as a unified diff; empty when there is nothing to do.
    diff: String,
    /// The topics that are added.
    added: Vec<&'static str>,
    /// How many statements are put right.
    corrected: usize,
    /// How it was.
    before: ScoreOutput,
    /// How it is with the patch, judged again.
    after: ScoreOutput,
    /// Whether it was written.
    written: bool,
}

/// How good a skill is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ScoreOutput {
    /// `basic` or `advanced`.
    grade: &'static str,
    /// How many topics are taught.
    taught: usize,
    /// Findings by severity.
    errors: usize,
    /// The same.
    warnings: usize,
    /// The same.
    notes: usize,
}

pub(super) fn run(args: &SkillImproveArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let skill = read(&args.dir, io)?;
    let (overlay, mut output) = crate::session::on_threads(global, || improve(&skill))??;
    if args.write && !output.diff.is_empty() {
        write(args, &skill, &overlay, io)?;
        output.written = true;
    }
    let text = match args.format {
        SkillFormat::Json => format!("{}\n", serde_json::to_string_pretty(&output).unwrap_or_default()),
        SkillFormat::Text => shown(&output, &skill, &overlay, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(output.after.errors > 0))
}

/// The skill with its safe fixes applied and a section for each gap, judged again.
fn improve(skill: &Skill) -> Result<(Overlay, ImproveOutput), CliError> {
    let failed =
        |error: &dyn std::fmt::Display| CliError::new(format!("the skill cannot be mended: {error}"));
    let report = lint(skill);
    let mut edits = EditSet::new();
    let mut corrected = 0;
    let fixes = report.findings.iter().filter_map(|finding| finding.fix.as_ref());
    for fix in fixes.filter(|fix| fix.applicability == Applicability::Safe) {
        if let Ok(own) = EditSet::from_edits(fix.edits.iter().cloned())
            && edits.merge(&own).is_ok()
        {
            corrected += 1;
        }
    }
    let mut overlay =
        Overlay::with_edits(Arc::clone(skill.snapshot()), &edits).map_err(|error| failed(&error))?;
    let mended =
        Skill::of(skill.folder().to_owned(), Arc::new(overlay.clone())).map_err(|error| failed(&error))?;
    let added = match improved(&mended) {
        Some((text, added)) => {
            overlay.set("SKILL.md", text);
            added
        }
        None => Vec::new(),
    };
    let after =
        Skill::of(skill.folder().to_owned(), Arc::new(overlay.clone())).map_err(|error| failed(&error))?;
    let output = ImproveOutput {
        diff: diffs(skill, &overlay, Look::PLAIN),
        added,
        corrected,
        before: score(skill),
        after: score(&after),
        written: false,
    };
    Ok((overlay, output))
}

fn score(skill: &Skill) -> ScoreOutput {
    let (report, gaps) = (lint(skill), gaps(skill));
    let of = |severity| report.summary.severities.get(&severity).copied().unwrap_or(0);
    ScoreOutput {
        grade: gaps.grade,
        taught: gaps.taught,
        errors: of(Severity::Error),
        warnings: of(Severity::Warning),
        notes: of(Severity::Note),
    }
}

fn diffs(skill: &Skill, overlay: &Overlay, look: Look) -> String {
    let label = skill.snapshot().label();
    let changed = overlay.changes().filter_map(|(path, file)| {
        let before = skill.snapshot().read(path).ok()?;
        Some(diff::unified(&format!("{label}{path}"), &before.text, &file?.text, look))
    });
    changed.collect()
}

fn shown(output: &ImproveOutput, skill: &Skill, overlay: &Overlay, look: Look) -> String {
    if output.diff.is_empty() {
        return "Nothing was found to improve.\n".to_owned();
    }
    let mut out = if output.written { String::new() } else { diffs(skill, overlay, look) };
    let verb = if output.written { "Written" } else { "Would be better" };
    out.push_str(&format!(
        "{} {} put right, {} added{}{}\n",
        look.paint(BOLD, &format!("{verb}:")),
        count(output.corrected, "statement"),
        count(output.added.len(), "topic"),
        if output.added.is_empty() { "" } else { ": " },
        output.added.join(", ")
    ));
    for (when, score) in [("before", &output.before), ("after", &output.after)] {
        out.push_str(&format!(
            "  {when:<6}  {:<8}  {} taught, {}, {}, {}\n",
            score.grade,
            count(score.taught, "topic"),
            count(score.errors, "error"),
            count(score.warnings, "warning"),
            count(score.notes, "note")
        ));
    }
    if !output.written {
        out.push_str("Read the sections before you keep them: `--write` puts them in.\n");
    }
    out
}

fn write(args: &SkillImproveArgs, skill: &Skill, overlay: &Overlay, io: &Io<'_>) -> Result<(), CliError> {
    let folder = io.cwd.join(&args.dir);
    let replacements: Vec<Replacement> = overlay
        .changes()
        .filter_map(|(path, file)| {
            let read = skill.snapshot().read(path).ok()?;
            Some(Replacement { path: folder.join(path), read, text: file?.text.to_string() })
        })
        .collect();
    replace_all(&replacements).map_err(|error| CliError::new(error.to_string()))
}
