//! Fixes are offered only when running the trial again shows that they help.

mod beside;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use seatrial_source::{Edit, EditSet, FileId, Span};

use crate::finding::{Finding, Fix, Unknown};
use crate::model::Purpose;
use crate::pipeline::{Outcome, Session};
use beside::Beside;

/// How often each fingerprint occurs.
type Census = HashMap<String, usize>;

/// What it takes to render a resource again, about in bytes of text.
const RESOURCE_WEIGHT: usize = 2048;

/// Applies the fix of each finding to an overlay and runs the trial again. A fix stays, as verified, when its
/// finding is gone and nothing new has come; else the next way to mend it is tried, and when there is none the finding
/// has no fix. Each file has a budget, [`Effort::trying`](crate::pipeline::Effort::trying): what goes beyond it is not
/// tried, not offered, and told.
pub(crate) fn verify(
    session: &Session<'_>,
    outcomes: &[Arc<Outcome>],
    across: &[Finding],
    findings: &mut [Finding],
) -> Vec<Unknown> {
    let base = Base::new(outcomes, across);
    let untried = drop_untried(&base, findings, session.inputs.options.effort.trying);
    findings.par_iter_mut().for_each(|finding| {
        let first = finding.fix.take();
        let others = std::mem::take(&mut finding.other_fixes);
        let holds = |fix: &Fix| {
            EditSet::from_edits(fix.edits.iter().cloned())
                .is_ok_and(|edits| base.helps(session, &edits, &[&finding.fingerprint]))
        };
        let found = first.into_iter().chain(others).find(holds);
        finding.fix = found.map(|fix| Fix { verified: true, ..fix });
    });
    untried
}

/// Takes the fixes off that there is no budget to try.
fn drop_untried(base: &Base<'_>, findings: &mut [Finding], budget: usize) -> Vec<Unknown> {
    let mut weights: HashMap<FileId, usize> = HashMap::new();
    let mut spent: HashMap<FileId, usize> = HashMap::new();
    let mut untried: BTreeMap<FileId, (Span, Vec<&'static str>)> = BTreeMap::new();
    for finding in findings.iter_mut() {
        let Some(fix) = &finding.fix else { continue };
        let edited: BTreeSet<FileId> =
            std::iter::once(fix).chain(&finding.other_fixes).flat_map(Fix::files).collect();
        let Some(file) = edited.first().copied() else { continue };
        let weight: usize =
            edited.iter().map(|file| *weights.entry(*file).or_insert_with(|| base.weight(*file))).sum();
        let spent = spent.entry(file).or_default();
        // One is always tried, so that rounds of fixing get on.
        if *spent > 0 && *spent + weight > budget {
            finding.fix = None;
            finding.other_fixes.clear();
            let (_, rules) = untried.entry(file).or_insert((finding.span, Vec::new()));
            if !rules.contains(&finding.rule) {
                rules.push(finding.rule);
            }
        } else {
            *spent += weight;
        }
    }
    let needs = "mending what has a fix first: there is too much here to try every fix at once; `--max-fix-bytes` \
                 allows more";
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
    /// What came of edits of files that Applications are rendered from; the same edit mends several findings.
    beside: Mutex<HashMap<Vec<Edit>, Option<Arc<Beside>>>>,
}

impl<'a> Base<'a> {
    pub(crate) fn new(outcomes: &'a [Arc<Outcome>], across: &'a [Finding]) -> Self {
        Self { outcomes, across, beside: Mutex::default() }
    }

    /// Whether these edits make every finding of `gone` disappear and bring nothing new. Edits of files that Applications
    /// are rendered from may besides change only Applications that were found to be at fault.
    pub(crate) fn helps(&self, session: &Session<'_>, edits: &EditSet, gone: &[&str]) -> bool {
        let touched: BTreeSet<FileId> = edits.files().collect();
        if touched.is_empty() {
            return false;
        }
        if touched.iter().any(|file| self.is_rendered_from(*file)) {
            return self.tried_beside(session, edits).is_some_and(|beside| {
                let gone_at_all = self.are_gone(session, &beside.before, &beside.after, gone);
                gone_at_all.is_some_and(|mended| beside.changed.is_subset(&mended))
            });
        }
        let own = |id: &FileId| self.outcomes.iter().find(|o| o.file.id == *id);
        let Some(before) = touched.iter().map(own).map(|o| o.cloned()).collect::<Option<Vec<_>>>() else {
            return false;
        };
        let edited = before.iter().map(|outcome| {
            let text = edits.apply(outcome.file.id, &outcome.file.text).ok()?;
            Some(session.judge_file(&Arc::new(outcome.file.with_text(text)), Purpose::Verifying))
        });
        let Some(after) = edited.collect::<Option<Vec<_>>>() else { return false };
        self.are_gone(session, &before, &after, gone).is_some()
    }

    /// Whether the findings of `gone` are no more in what came of some files, and nothing is new: the Applications that
    /// something is mended of.
    fn are_gone(
        &self,
        session: &Session<'_>,
        before: &[Arc<Outcome>],
        after: &[Arc<Outcome>],
        gone: &[&str],
    ) -> Option<BTreeSet<String>> {
        let renamed = before.iter().zip(after).any(|(before, after)| !before.names().eq(after.names()));
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
        let fewer = |key: &str| count(&is, key) < count(&was, key);
        (nothing_new && gone.iter().all(|key| fewer(base_of(key)))).then(|| {
            let mended = before.iter().flat_map(|o| &o.findings).filter(|f| fewer(&f.fingerprint));
            mended.flat_map(|finding| finding.applications.iter().cloned()).collect()
        })
    }

    /// Whether Applications are rendered from a file, rather than it being judged for itself.
    fn is_rendered_from(&self, file: FileId) -> bool {
        let own = self.outcomes.iter().find(|outcome| outcome.file.id == file);
        own.is_none_or(|own| {
            let file = BTreeSet::from([file]);
            !own.is_manifest() && self.outcomes.iter().any(|other| other.depends_on(&file))
        })
    }

    fn tried_beside(&self, session: &Session<'_>, edits: &EditSet) -> Option<Arc<Beside>> {
        let key: Vec<Edit> = edits.iter().cloned().collect();
        let lock = || self.beside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = lock().get(&key) {
            return known.clone();
        }
        let tried = Beside::try_out(session, self.outcomes, edits).map(Arc::new);
        lock().insert(key, tried.clone());
        tried
    }

    /// What it takes to judge a file once more, or what is rendered from it: whichever a fix in it leads to.
    fn weight(&self, file: FileId) -> usize {
        if self.is_rendered_from(file) {
            let file = BTreeSet::from([file]);
            let dependent = self.outcomes.iter().filter(|outcome| outcome.depends_on(&file));
            return dependent.map(|outcome| outcome.weight() + RESOURCE_WEIGHT * outcome.resources()).sum();
        }
        self.outcomes.iter().find(|outcome| outcome.file.id == file).map_or(0, |outcome| outcome.weight())
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
