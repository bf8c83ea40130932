//! Fixes are offered only when running the trial again shows that they help.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;
use seatrial_source::{EditSet, FileId};

use crate::finding::Finding;
use crate::pipeline::{Outcome, Session};

/// How often each fingerprint occurs.
type Census = HashMap<String, usize>;

/// Applies the fix of each finding to an overlay and runs the trial again. A fix stays, as verified, when its
/// finding is gone and nothing new has come; else it is taken off the finding.
pub(crate) fn verify(
    session: &Session<'_>,
    outcomes: &[Arc<Outcome>],
    across: &[Finding],
    findings: &mut [Finding],
) {
    let base = Base::new(outcomes, across);
    findings.par_iter_mut().for_each(|finding| {
        let Some(fix) = &mut finding.fix else { return };
        let good = EditSet::from_edits(fix.edits.iter().cloned())
            .is_ok_and(|edits| base.helps(session, &edits, &[&finding.fingerprint]));
        if good {
            fix.verified = true;
        } else {
            finding.fix = None;
        }
    });
}

/// What is known before any fix.
pub(crate) struct Base<'a> {
    outcomes: &'a [Arc<Outcome>],
    census: Census,
}

impl<'a> Base<'a> {
    pub(crate) fn new(outcomes: &'a [Arc<Outcome>], across: &[Finding]) -> Self {
        let all = outcomes.iter().flat_map(|o| &o.findings).chain(across);
        Self { outcomes, census: census(all) }
    }

    /// Whether these edits make every finding of `gone` disappear and bring nothing new.
    pub(crate) fn helps(&self, session: &Session<'_>, edits: &EditSet, gone: &[&str]) -> bool {
        let Some(edited) = self.edited(session, edits) else { return false };
        let (across, _) = session.judge_across(&edited);
        let after = census(edited.iter().flat_map(|o| &o.findings).chain(&across));
        let nothing_new =
            after.iter().all(|(key, count)| self.census.get(key).is_some_and(|before| before >= count));
        nothing_new
            && gone.iter().all(|key| {
                // Findings alike are numbered in a report, but counted together here.
                let key = key.split('.').next().unwrap_or(key);
                let count = |census: &Census| census.get(key).copied().unwrap_or_default();
                count(&after) < count(&self.census)
            })
    }

    fn edited(&self, session: &Session<'_>, edits: &EditSet) -> Option<Vec<Arc<Outcome>>> {
        let touched: Vec<FileId> = edits.files().collect();
        if touched.iter().any(|file| self.outcomes.iter().all(|o| o.file.id != *file)) {
            return None;
        }
        self.outcomes
            .iter()
            .map(|outcome| {
                if !touched.contains(&outcome.file.id) {
                    return Some(Arc::clone(outcome));
                }
                let text = edits.apply(outcome.file.id, &outcome.file.text).ok()?;
                Some(session.judge_file(&Arc::new(outcome.file.with_text(text))))
            })
            .collect()
    }
}

fn census<'f>(findings: impl Iterator<Item = &'f Finding>) -> Census {
    let mut census = Census::new();
    for finding in findings {
        *census.entry(finding.fingerprint.clone()).or_default() += 1;
    }
    census
}
