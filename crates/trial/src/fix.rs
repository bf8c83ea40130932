//! Applying verified fixes, round after round.

use std::collections::HashSet;
use std::sync::Arc;

use seatrial_source::{EditSet, Overlay, Snapshot, SourceFile};

use crate::finding::{Applicability, Finding};
use crate::pipeline::{Inputs, Outcome, Session};
use crate::report::Report;
use crate::rule::Rule;
use crate::verify::Base;

/// How many rounds of fixes are applied before what is left is left to a person.
const MAX_ROUNDS: usize = 64;

/// Which fixes to apply.
#[derive(Debug, Clone, Default)]
pub struct FixOptions {
    /// Also those that change the meaning.
    pub unsafe_fixes: bool,
    /// Only those of these rules; none means all.
    pub rules: Vec<String>,
}

/// A file that fixes change.
#[derive(Debug, Clone)]
pub struct FixedFile {
    /// Its path in the snapshot.
    pub path: String,
    /// The file as it was read.
    pub before: Arc<SourceFile>,
    /// Its text after all fixes.
    pub after: Arc<str>,
}

/// What fixing came to. Nothing is written: that is the caller's to do.
pub struct Fixed {
    /// The files that change, by path.
    pub files: Vec<FixedFile>,
    /// What was mended, in the order it was, each told in the text of its round.
    pub applied: Vec<Finding>,
    /// A trial of the result: what is left, a person has to decide.
    pub remaining: Report,
    /// How many rounds it took.
    pub rounds: usize,
}

/// Applies verified fixes to an overlay in rounds until none is left that helps.
///
/// In a round, the fixes that do not touch each other are applied together, and verified together; if together
/// they do not hold, one by one.
pub fn fix(inputs: &Inputs, rules: &[&'static dyn Rule], options: &FixOptions) -> Fixed {
    let mut overlay = Overlay::new(Arc::clone(&inputs.snapshot));
    let mut applied = Vec::new();
    let mut seen = HashSet::new();
    let mut rounds = 0;
    loop {
        let snapshot: Arc<dyn Snapshot> = Arc::new(overlay.clone());
        let current = Inputs { snapshot, ..inputs.clone() };
        let session = Session::new(&current, rules);
        let report = session.report();
        let chosen: Vec<&Finding> = report.findings.iter().filter(|f| wanted(f, options)).collect();
        let round = if rounds < MAX_ROUNDS { choose(&session, &chosen) } else { None };
        let next = round.and_then(|(edits, mended)| {
            let mut next = overlay.clone();
            next.apply(&edits).ok()?;
            seen.insert(state(&next)).then_some((next, mended))
        });
        let Some((next, mended)) = next else {
            return Fixed { files: changed(inputs, &overlay), applied, remaining: report, rounds };
        };
        overlay = next;
        applied.extend(mended);
        rounds += 1;
    }
}

fn wanted(finding: &Finding, options: &FixOptions) -> bool {
    finding.fix.as_ref().is_some_and(|fix| {
        fix.verified
            && (options.unsafe_fixes || fix.applicability == Applicability::Safe)
            && (options.rules.is_empty() || options.rules.iter().any(|r| r == finding.rule))
    })
}

/// The edits of one round and what they mend.
fn choose(session: &Session<'_>, candidates: &[&Finding]) -> Option<(EditSet, Vec<Finding>)> {
    // Safe fixes first: they may make the risky ones needless.
    let safe: Vec<&Finding> = candidates.iter().copied().filter(|f| is_safe(f)).collect();
    let candidates = if safe.is_empty() { candidates } else { &safe };
    let outcomes: Vec<Arc<Outcome>> = session.judge_files(&session.files);
    let (across, _) = session.judge_across(&outcomes);
    let base = Base::new(&outcomes, &across);
    let mut edits = EditSet::new();
    let mut together: Vec<&Finding> = Vec::new();
    for finding in candidates {
        let Some(own) = edits_of(finding) else { continue };
        if edits.merge(&own).is_ok() {
            together.push(finding);
        }
    }
    let keys: Vec<&str> = together.iter().map(|f| f.fingerprint.as_str()).collect();
    if !keys.is_empty() && base.helps(session, &edits, &keys) {
        return Some((edits, together.into_iter().cloned().collect()));
    }
    candidates.iter().find_map(|finding| {
        let own = edits_of(finding)?;
        base.helps(session, &own, &[&finding.fingerprint]).then(|| (own, vec![(*finding).clone()]))
    })
}

fn is_safe(finding: &Finding) -> bool {
    finding.fix.as_ref().is_some_and(|fix| fix.applicability == Applicability::Safe)
}

fn edits_of(finding: &Finding) -> Option<EditSet> {
    EditSet::from_edits(finding.fix.as_ref()?.edits.iter().cloned()).ok()
}

/// The texts of all changed files: a state seen before means that fixes undo each other.
fn state(overlay: &Overlay) -> Vec<(String, Option<Arc<str>>)> {
    overlay.changes().map(|(path, file)| (path.to_owned(), file.map(|f| Arc::clone(&f.text)))).collect()
}

fn changed(inputs: &Inputs, overlay: &Overlay) -> Vec<FixedFile> {
    overlay
        .changes()
        .filter_map(|(path, file)| {
            let before = inputs.snapshot.read(path).ok()?;
            let after = Arc::clone(&file?.text);
            (before.text != after).then(|| FixedFile { path: path.to_owned(), before, after })
        })
        .collect()
}
