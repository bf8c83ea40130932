//! Judging one text: rounds of reading and mending in memory, then all rules.
//!
//! A round depends on its text alone, so each is kept for the trial: the fixes of faults that were mended in memory
//! anyway all lead to the same text in the end, and that is judged once.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seatrial_source::{EditSet, FileId, SourceFile, Span};

use crate::finding::{Finding, Fix, Unknown};
use crate::model::{Application, ApplicationSet, Manifest, Model, Purpose, Reading};
use crate::pipeline::{Outcome, Part, Session, fingerprint};
use crate::remap::Remap;

/// How often a file may be mended in memory before what still blocks it is taken as it is.
const MAX_MENDS: usize = 12;

/// How much text the rounds that are kept may hold together.
const KEPT_TEXT: usize = 2 << 20;

/// One text, read; and judged, when nothing mends what keeps Argo CD from reading it.
pub(crate) struct Round {
    pub(crate) manifest: Arc<Manifest>,
    pub(crate) sets: Vec<ApplicationSet>,
    pub(crate) applications: Vec<Application>,
    /// With their fingerprints, told in this text.
    findings: Vec<Finding>,
    unknown: Vec<Unknown>,
    /// What mends this text, and the text that comes of it.
    mended: Option<(EditSet, Arc<SourceFile>)>,
}

/// What a round depends on.
type Key = (Arc<str>, FileId, Purpose, bool);

/// The rounds of a trial by their text, what they are for, and whether no more mending was allowed.
#[derive(Default)]
pub(crate) struct Rounds {
    known: Mutex<HashMap<Key, Arc<Round>>>,
    text: AtomicUsize,
}

impl Rounds {
    fn get(&self, file: &SourceFile, purpose: Purpose, last: bool) -> Option<Arc<Round>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let round = |purpose| known.get(&(Arc::clone(&file.text), file.id, purpose, last)).cloned();
        // What was found to be told is what is counted; only fixes are more.
        round(purpose).or_else(|| round(Purpose::Telling))
    }

    fn keep(&self, file: &SourceFile, purpose: Purpose, last: bool, round: &Arc<Round>) {
        let weight = file.text.len() + 256 * round.findings.len() + 1024 * round.applications.len();
        if self.text.fetch_add(weight, Ordering::Relaxed) + weight > KEPT_TEXT {
            self.text.fetch_sub(weight, Ordering::Relaxed);
            return;
        }
        let key = (Arc::clone(&file.text), file.id, purpose, last);
        self.known.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(round));
    }
}

impl Session<'_> {
    /// Judges a text: what is found in it, and in it once what blocks is mended, told in the text as it is.
    pub(crate) fn judge_text(&self, file: &Arc<SourceFile>, purpose: Purpose) -> Outcome {
        let mut remap = Remap::default();
        let mut text = Arc::clone(file);
        let mut findings: Vec<Finding> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut unknown = Vec::new();
        let mut number = 0;
        loop {
            let round = self.round(&text, purpose, number >= MAX_MENDS);
            // What an earlier round found already is found again; only what is more than that is new.
            let mut seen: HashMap<&str, usize> = HashMap::new();
            for finding in &round.findings {
                let count = seen.entry(&finding.fingerprint).or_default();
                *count += 1;
                if known.get(&finding.fingerprint).is_none_or(|before| *count > *before) {
                    findings.push(told_in_original(finding.clone(), file.id, &remap));
                }
            }
            for (fingerprint, count) in seen {
                match known.get_mut(fingerprint) {
                    Some(before) => *before = count.max(*before),
                    None => _ = known.insert(fingerprint.to_owned(), count),
                }
            }
            unknown.extend(round.unknown.iter().cloned().map(|mut item| {
                item.span = item.span.map(|span| remap.span(file.id, span));
                item
            }));
            let Some((mends, mended)) = &round.mended else {
                return Outcome {
                    file: Arc::clone(file),
                    findings,
                    unknown,
                    last: round,
                    remap,
                    starts: OnceLock::new(),
                };
            };
            remap.push(mends.of(file.id), &text.text);
            text = Arc::clone(mended);
            number += 1;
        }
    }

    /// Reads a text; judges it when nothing mends it or it is the `last` to be read.
    fn round(&self, text: &Arc<SourceFile>, purpose: Purpose, last: bool) -> Arc<Round> {
        self.rounds.get(text, purpose, last).unwrap_or_else(|| {
            let round = Arc::new(self.read_round(text, purpose, last));
            self.rounds.keep(text, purpose, last, &round);
            round
        })
    }

    fn read_round(&self, text: &Arc<SourceFile>, purpose: Purpose, last: bool) -> Round {
        let manifest = Arc::new(Manifest::read(Arc::clone(text)));
        let build = |reading| Model::build(&self.context, vec![Arc::clone(&manifest)], reading, purpose);
        let mut model = build(Reading::Strict);
        let (mut findings, mut unknown) = self.run(&model, Part::Reading);
        let mends = self.mends(&findings);
        let mended = if last || mends.is_empty() { None } else { mends.apply(text.id, &text.text).ok() };
        if mended.is_none() {
            // Nothing mends what is left: judge, as much as can be read.
            if manifest.documents.iter().any(|d| d.json.is_err()) {
                model = build(Reading::Tolerant);
                (findings, unknown) = self.run(&model, Part::Reading);
            }
            let (judged, open) = self.run(&model, Part::Judging);
            findings.extend(judged);
            unknown.extend(open);
            unknown.extend(unexpanded(&model));
        } else {
            // What is not known of a text that is mended is asked again of what comes of it.
            unknown.clear();
        }
        for finding in &mut findings {
            finding.fingerprint = fingerprint(finding, &manifest);
        }
        let mended = mended.map(|mended| (mends, Arc::new(text.with_text(mended))));
        let Model { sets, applications, .. } = model;
        Round { manifest, sets, applications, findings, unknown, mended }
    }

    /// The edits that mend what keeps Argo CD from reading the file: those that do not touch each other.
    fn mends(&self, found: &[Finding]) -> EditSet {
        let mut mends = EditSet::new();
        for finding in found {
            if let Some(fix) = finding.fix.as_ref().filter(|_| self.blocks(finding.rule))
                && let Ok(edits) = EditSet::from_edits(fix.edits.iter().cloned())
            {
                let _ = mends.merge(&edits);
            }
        }
        mends
    }
}

/// Tells a finding of a mended text in the text as written; a fix that would edit what a mend put in is dropped,
/// as it can only be applied after that mend.
pub(crate) fn told_in_original(mut finding: Finding, file: FileId, remap: &Remap) -> Finding {
    if remap.is_empty() {
        return finding;
    }
    finding.span = remap.span(file, finding.span);
    for related in &mut finding.related {
        related.span = remap.span(file, related.span);
    }
    let told = |mut fix: Fix| {
        for edit in &mut fix.edits {
            if edit.span.file == file {
                edit.span = Span::new(file, remap.back_exact(edit.span.range())?);
            }
        }
        Some(fix)
    };
    let fixes: Vec<Fix> =
        finding.fix.take().into_iter().chain(finding.other_fixes.drain(..)).filter_map(told).collect();
    finding.fixes(fixes)
}

/// What expansion could not evaluate. Projects are asked for once, whoever names them.
fn unexpanded(model: &Model<'_>) -> Vec<Unknown> {
    let mut out = Vec::new();
    for set in &model.sets {
        let (manifest, document) = model.home(set);
        for unknown in &set.expansion.unknown {
            // Destinations are judged by a rule that asks for all clusters at once.
            if unknown.at.last_key() == Some("destination") {
                continue;
            }
            let project = unknown.at.last_key() == Some("project");
            let (what, needs, span) = if project {
                let needs =
                    "list your AppProjects, as files or folders, under `argocd.state` in seatrial.yaml";
                ("whether the projects that Applications name exist".to_owned(), needs, None)
            } else {
                let needs = "supply it under `repositories`, `fixtures` or `argocd.state` in seatrial.yaml";
                (unknown.needs.clone(), needs, Some(manifest.span_at(document, &unknown.at)))
            };
            if out.iter().all(|u: &Unknown| u.what != what || u.span != span) {
                out.push(Unknown { what, needs: needs.to_owned(), span, rules: Vec::new() });
            }
        }
    }
    out
}
