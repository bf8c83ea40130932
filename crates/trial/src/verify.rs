//! Fixes are offered only when running the trial again shows that they help.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rayon::prelude::*;
use seatrial_source::{EditSet, FileId, Span};

use crate::finding::{Finding, Unknown};
use crate::model::Purpose;
use crate::pipeline::{Outcome, Session};

/// How often each fingerprint occurs.
type Census = HashMap<String, usize>;

/// How much judging the fixes of one file may take, about in bytes of text.
const BUDGET: usize = 8 << 20;

/// Applies the fix of each finding to an overlay and runs the trial again. A fix stays, as verified, when its
/// finding is gone and nothing new has come; else it is taken off the finding. Each file has a budget: what goes
/// beyond it is not tried, not offered, and told.
pub(crate) fn verify(
    session: &Session<'_>,
    outcomes: &[Arc<Outcome>],
    across: &[Finding],
    findings: &mut [Finding],
) -> Vec<Unknown> {
    let untried = drop_untried(outcomes, findings);
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
    untried
}

/// Takes the fixes off that there is no budget to try.
fn drop_untried(outcomes: &[Arc<Outcome>], findings: &mut [Finding]) -> Vec<Unknown> {
    let weights: HashMap<FileId, usize> = outcomes.iter().map(|o| (o.file.id, o.weight())).collect();
    let mut spent: HashMap<FileId, usize> = HashMap::new();
    let mut untried: BTreeMap<FileId, (Span, Vec<&'static str>)> = BTreeMap::new();
    for finding in findings.iter_mut().filter(|f| f.fix.is_some()) {
        let file = finding.span.file;
        let weight = weights.get(&file).copied().unwrap_or_default();
        let spent = spent.entry(file).or_default();
        // One is always tried, so that rounds of fixing get on.
        if *spent > 0 && *spent + weight > BUDGET {
            finding.fix = None;
            let (_, rules) = untried.entry(file).or_insert((finding.span, Vec::new()));
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule);
            }
        } else {
            *spent += weight;
        }
    }
    let needs = "mending what has a fix first: there is too much here to try every fix at once";
    untried
        .into_values()
        .map(|(span, rules)| Unknown {
            what: "whether more fixes would help".to_owned(),
            needs: needs.to_owned(),
            span: Some(span),
            rules,
        })
        .collect()
}

/// What is known before any fix.
pub(crate) struct Base<'a> {
    outcomes: &'a [Arc<Outcome>],
    across: &'a [Finding],
}

impl<'a> Base<'a> {
    pub(crate) fn new(outcomes: &'a [Arc<Outcome>], across: &'a [Finding]) -> Self {
        Self { outcomes, across }
    }

    /// Whether these edits make every finding of `gone` disappear and bring nothing new.
    pub(crate) fn helps(&self, session: &Session<'_>, edits: &EditSet, gone: &[&str]) -> bool {
        let touched: Vec<FileId> = edits.files().collect();
        let own = |id: &FileId| self.outcomes.iter().find(|o| o.file.id == *id);
        let Some(before) = touched.iter().map(own).collect::<Option<Vec<_>>>() else { return false };
        let edited = before.iter().map(|outcome| {
            let text = edits.apply(outcome.file.id, &outcome.file.text).ok()?;
            Some(session.judge_file(&Arc::new(outcome.file.with_text(text)), Purpose::Verifying))
        });
        let Some(after) = edited.collect::<Option<Vec<_>>>() else { return false };
        let renamed = before.iter().zip(&after).any(|(before, after)| !before.names().eq(after.names()));
        let speaks_across = gone.iter().any(|key| self.across.iter().any(|f| f.fingerprint == base_of(key)));
        let across = if renamed || speaks_across {
            let replaced = |outcome: &Arc<Outcome>| {
                let new = after.iter().find(|o| o.file.id == outcome.file.id);
                Arc::clone(new.unwrap_or(outcome))
            };
            session.judge_across(&self.outcomes.iter().map(replaced).collect::<Vec<_>>()).0
        } else {
            self.across.to_vec()
        };
        let was = census(before.iter().flat_map(|o| &o.findings).chain(self.across));
        let is = census(after.iter().flat_map(|o| &o.findings).chain(&across));
        let count = |census: &Census, key: &str| census.get(key).copied().unwrap_or_default();
        let nothing_new = is.iter().all(|(key, is)| *is <= count(&was, key));
        nothing_new && gone.iter().all(|key| count(&is, base_of(key)) < count(&was, base_of(key)))
    }
}

/// Findings alike are numbered in a report, but counted together here.
fn base_of(fingerprint: &str) -> &str {
    fingerprint.split('.').next().unwrap_or(fingerprint)
}

fn census<'f>(findings: impl Iterator<Item = &'f Finding>) -> Census {
    let mut census = Census::new();
    for finding in findings {
        *census.entry(finding.fingerprint.clone()).or_default() += 1;
    }
    census
}
