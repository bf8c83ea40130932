//! `propose_fix`: what verified fixes would make of the files.

use std::sync::Arc;

use schemars::JsonSchema;
use seatrial_trial::{FixOptions, Fixed, fix};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::check::{View, answer};
use super::{Answer, Outcome, Tool, arguments, schema_of, to_value};
use crate::commands::known_rule;
use crate::diff;
use crate::error::CliError;
use crate::look::Look;
use crate::mcp::engine::ProposedFile;
use crate::mcp::{Engine, bounded};
use crate::session::Session;
use crate::text::count;

pub(super) const TOOL: Tool = Tool {
    name: "propose_fix",
    title: "Propose fixes",
    description: "What the verified fixes would change, as a diff: nothing is written. Each fix was tried by judging everything \
                  again. Safe fixes keep the meaning; with `unsafe` also those that change what is deployed, for a person to \
                  agree to. Takes `files` that are not written yet, too, and then answers their mended texts.",
    input: schema_of::<Arguments>,
    output: schema_of::<Proposal>,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Arguments {
    /// Files and folders, relative to the root; none means the whole root.
    pub(super) paths: Vec<String>,
    /// Files that are not written yet: only these are mended, over those on disk.
    files: Vec<ProposedFile>,
    /// Only fixes of these rules; none means all.
    pub(super) rules: Vec<String>,
    /// Also fixes that change what is deployed.
    #[serde(rename = "unsafe")]
    pub(super) unsafe_fixes: bool,
}

#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(deny_unknown_fields)]
pub(super) struct Proposal {
    /// The files that change.
    files: Vec<ChangedFile>,
    /// What is mended, in the order it is.
    applied: Vec<Applied>,
    /// Whether it was written.
    written: bool,
    /// `ready`, `not-ready` or `unknown`, of what is left.
    verdict: String,
    /// What is left, a line each with its help, for a person to decide.
    remaining: String,
    /// What was left out of this answer, in words.
    left_out: Vec<String>,
}

/// A file that changes.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ChangedFile {
    /// Its path.
    file: String,
    /// The change as a unified diff.
    diff: String,
    /// Its text after all fixes; only of files that were proposed.
    after: Option<String>,
}

/// A fix.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Applied {
    /// The rule that found what it mends.
    rule: String,
    /// What was found.
    message: String,
    /// What the fix does.
    title: String,
    /// `safe` or `unsafe`.
    applicability: String,
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let session = engine.session_of(&arguments.paths, &arguments.files)?;
    let fixed = fixed(engine, &session, &arguments)?;
    told(&session, &fixed, false, !arguments.files.is_empty())
}

/// Tries the fixes.
pub(super) fn fixed(engine: &Engine, session: &Session, arguments: &Arguments) -> Result<Fixed, CliError> {
    for name in &arguments.rules {
        known_rule(name)?;
    }
    let options = FixOptions { unsafe_fixes: arguments.unsafe_fixes, rules: arguments.rules.clone() };
    let fixed = engine.on_threads(|| fix(&session.inputs, seatrial_rules::all(), &options));
    session.insist(&fixed.remaining.read_errors, fixed.remaining.summary.files)?;
    session.keep_lock()?;
    Ok(fixed)
}

/// What fixing came to, as an answer.
pub(super) fn told(session: &Session, fixed: &Fixed, written: bool, whole: bool) -> Outcome {
    /// How much of all diffs one answer holds, and of all texts.
    const MOST_BYTES: usize = 32 << 10;
    let label = session.inputs.snapshot.label();
    let mut left_out = Vec::new();
    let (mut files, mut bytes) = (Vec::new(), 0);
    for file in &fixed.files {
        let path = format!("{label}{}", file.path);
        let mut diff = diff::unified(&path, &file.before.text, &file.after, Look::PLAIN);
        let mut after = whole.then(|| file.after.to_string());
        bytes += diff.len() + after.as_ref().map_or(0, String::len);
        if bytes > MOST_BYTES {
            left_out.push(format!("the whole change of {path}: ask for it alone"));
            diff = bounded::shortened(&diff, 400);
            after = None;
        }
        files.push(ChangedFile { file: path, diff, after });
    }
    let applied: Vec<Applied> = fixed
        .applied
        .iter()
        .map(|finding| {
            let fix = finding.fix.as_ref();
            Applied {
                rule: finding.rule.to_owned(),
                message: bounded::shortened(&finding.message, 400),
                title: fix.map(|fix| fix.title.clone()).unwrap_or_default(),
                applicability: fix.map(|fix| fix.applicability.as_str().to_owned()).unwrap_or_default(),
            }
        })
        .collect();
    let remaining = answer(session, &fixed.remaining, &View { limit: Some(50), ..View::default() })?;
    let verdict = remaining.structured["verdict"].as_str().unwrap_or_default().to_owned();
    let mut text = String::new();
    for file in &files {
        text.push_str(&file.diff);
    }
    let verb = if written { "Fixed" } else { "Would fix" };
    text.push_str(&format!("{verb} {}:\n", count(applied.len(), "finding")));
    for fix in &applied {
        text.push_str(&format!("  [{}] {} ({})\n", fix.rule, fix.title, fix.applicability));
    }
    text.push_str(&format!("What is left:\n{}", remaining.text));
    let (remaining, remaining_files) = (bounded::text(&remaining.text), remaining.quoted);
    let proposal = Proposal { files, applied, written, verdict, remaining, left_out };
    let mut quoted = remaining_files;
    quoted.extend(fixed.files.iter().map(|file| Arc::clone(&file.before)));
    Ok(Answer { structured: to_value(proposal)?, text, quoted })
}
