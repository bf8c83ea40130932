//! The pipeline: read, mend in memory, expand, judge, verify, report.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;
use seatrial_argocd::Limits;
use seatrial_platform::Platform;
use seatrial_source::{EditSet, FileId, Hash, ReadError, Snapshot, SourceFile, Span};
use sha2::{Digest, Sha256};

use crate::collect::collect;
use crate::context::Context;
use crate::finding::{Finding, Related, Unknown};
use crate::model::{Application, ApplicationSet, Manifest, Model, Purpose, Reading};
use crate::remap::Remap;
use crate::report::{Report, Summary};
use crate::rule::{Meta, Rule, Sink};
use crate::{silence, verify};

/// How often a file may be mended in memory before what still blocks it is taken as it is.
const MAX_MENDS: usize = 12;

/// How much an outcome of verifying may weigh to be kept.
const KEPT_WEIGHT: usize = 1 << 16;

/// What a trial runs on.
#[derive(Clone)]
pub struct Inputs {
    /// The files.
    pub snapshot: Arc<dyn Snapshot>,
    /// Where the snapshot's root is on disk, if it is: repositories that lie in it are then read from the snapshot.
    pub root: Option<PathBuf>,
    /// Files and folders to look at, relative to the snapshot's root; none means all of it.
    pub paths: Vec<String>,
    /// The facts.
    pub platform: Arc<Platform>,
    /// How.
    pub options: Options,
}

/// How a trial runs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bounds on expansion.
    pub limits: Limits,
    /// Fingerprints of findings that are known already and not reported again.
    pub baseline: HashSet<String>,
    /// Leave fixes unverified (and so unoffered): for callers that only want to know whether there are findings.
    pub skip_fixes: bool,
}

/// Runs a trial: every rule over every manifest, each fix verified by running the trial again.
///
/// Never fails: a file that cannot be read is listed in [`Report::read_errors`].
pub fn check(inputs: &Inputs, rules: &[&'static dyn Rule]) -> Report {
    Session::new(inputs, rules).report()
}

/// The rules, by when they run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Rules whose faults keep Argo CD from reading or generating: again after each mend.
    Reading,
    /// All others that look at one file: once nothing more is mended.
    Judging,
    /// Those that look across files.
    Across,
}

impl Part {
    fn of(meta: &Meta) -> Self {
        match meta {
            Meta { across: true, .. } => Self::Across,
            Meta { blocks: true, .. } => Self::Reading,
            _ => Self::Judging,
        }
    }
}

/// One file, judged.
pub(crate) struct Outcome {
    /// The file as its author wrote it.
    pub(crate) file: Arc<SourceFile>,
    /// What was found, told in that file.
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<Unknown>,
    /// The file with what blocked it mended, for rules that look across files.
    pub(crate) manifest: Arc<Manifest>,
    sets: Vec<ApplicationSet>,
    applications: Vec<Application>,
    remap: Remap,
}

/// A trial under way: its inputs, its files, and what is known of each text already.
pub(crate) struct Session<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) context: Context,
    pub(crate) files: Vec<Arc<SourceFile>>,
    rules: &'a [&'static dyn Rule],
    read_errors: Vec<ReadError>,
    outcomes: Mutex<HashMap<(FileId, Hash, Purpose), Arc<Outcome>>>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(inputs: &'a Inputs, rules: &'a [&'static dyn Rule]) -> Self {
        let collected = collect(&*inputs.snapshot, &inputs.paths, inputs.platform.path());
        let context = Context::new(inputs, &collected.files);
        Self {
            inputs,
            context,
            files: collected.files,
            rules,
            read_errors: collected.errors,
            outcomes: Mutex::default(),
        }
    }

    /// The whole trial.
    pub(crate) fn report(&self) -> Report {
        let outcomes = self.judge_files(&self.files);
        let across = self.judge_across(&outcomes);
        let mut findings: Vec<Finding> = outcomes.iter().flat_map(|o| o.findings.iter().cloned()).collect();
        findings.extend(across.0.iter().cloned());
        let mut unverified = Vec::new();
        if self.inputs.options.skip_fixes {
            for finding in &mut findings {
                finding.fix = None;
            }
        } else {
            unverified = verify::verify(self, &outcomes, &across.0, &mut findings);
        }
        let mut unknown: Vec<Unknown> = unverified;
        for item in outcomes.iter().flat_map(|o| o.unknown.iter()).chain(&across.1) {
            merge_unknown(&mut unknown, item);
        }
        let mut report = Report {
            findings: self.fold_consequences(findings, &outcomes),
            unknown,
            silenced: Vec::new(),
            summary: Summary {
                files: outcomes.len(),
                application_sets: outcomes.iter().map(|o| o.sets.len()).sum(),
                applications: outcomes.iter().map(|o| o.applications.len()).sum(),
                destinations: destinations(&outcomes),
                ..Summary::default()
            },
            read_errors: self.read_errors.clone(),
            files: self.source_files(),
        };
        report.sort();
        report.tell_apart();
        silence::apply(&mut report, &outcomes, &self.context.platform, &self.inputs.options.baseline);
        report.count();
        report
    }

    pub(crate) fn judge_files(&self, files: &[Arc<SourceFile>]) -> Vec<Arc<Outcome>> {
        files.par_iter().map(|file| self.judge_file(file, Purpose::Telling)).collect()
    }

    /// Judges one file on its own; the same text is judged once.
    pub(crate) fn judge_file(&self, file: &Arc<SourceFile>, purpose: Purpose) -> Arc<Outcome> {
        let key = (file.id, file.hash(), purpose);
        let known = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let outcome = Arc::new(self.judge_text(file, purpose));
            // A text is tried again only where fixes are few; where they are many, all of them kept would fill the memory.
            if purpose == Purpose::Verifying && outcome.weight() > KEPT_WEIGHT {
                return outcome;
            }
            self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&outcome));
            outcome
        })
    }

    fn judge_text(&self, file: &Arc<SourceFile>, purpose: Purpose) -> Outcome {
        let mut remap = Remap::default();
        let mut text = Arc::clone(file);
        let mut findings: Vec<Finding> = Vec::new();
        let mut known: HashMap<String, usize> = HashMap::new();
        let mut unknown = Vec::new();
        let mut round = 0;
        loop {
            let manifest = Arc::new(Manifest::read(Arc::clone(&text)));
            let mut model =
                Model::build(&self.context, vec![Arc::clone(&manifest)], Reading::Strict, purpose);
            let (mut found, mut unknowns) = self.run(&model, Part::Reading);
            let mends = self.mends(&found);
            let mended = if round < MAX_MENDS && !mends.is_empty() {
                mends.apply(file.id, &text.text).ok()
            } else {
                None
            };
            if mended.is_none() {
                // Nothing mends what is left: judge, as much as can be read.
                if manifest.documents.iter().any(|d| d.json.is_err()) {
                    model =
                        Model::build(&self.context, vec![Arc::clone(&manifest)], Reading::Tolerant, purpose);
                    (found, unknowns) = self.run(&model, Part::Reading);
                }
                let (judged, open) = self.run(&model, Part::Judging);
                found.extend(judged);
                unknowns.extend(open);
            }
            // What an earlier round found already is found again; only what is more than that is new.
            let mut seen: HashMap<String, usize> = HashMap::new();
            for mut finding in found {
                finding.fingerprint = fingerprint(&finding, &manifest);
                let count = seen.entry(finding.fingerprint.clone()).or_default();
                *count += 1;
                if known.get(&finding.fingerprint).is_none_or(|before| *count > *before) {
                    findings.push(told_in_original(finding, file.id, &remap));
                }
            }
            for (fingerprint, count) in seen {
                let before = known.entry(fingerprint).or_default();
                *before = count.max(*before);
            }
            let Some(mended) = mended else {
                unknowns.extend(unexpanded(&model));
                for item in &mut unknowns {
                    item.span = item.span.map(|span| remap.span(file.id, span));
                }
                unknown.extend(unknowns);
                let Model { sets, applications, .. } = model;
                return Outcome {
                    file: Arc::clone(file),
                    findings,
                    unknown,
                    manifest,
                    sets,
                    applications,
                    remap,
                };
            };
            remap.push(mends.of(file.id), &text.text);
            text = Arc::new(text.with_text(mended));
            round += 1;
        }
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

    fn blocks(&self, rule: &str) -> bool {
        self.rules.iter().any(|r| r.meta().name == rule && r.meta().blocks)
    }

    /// Rules that look across files, over all of them.
    pub(crate) fn judge_across(&self, outcomes: &[Arc<Outcome>]) -> (Vec<Finding>, Vec<Unknown>) {
        let model = self.across_model(outcomes);
        let (mut findings, unknown) = self.run(&model, Part::Across);
        for finding in &mut findings {
            let home = outcomes.iter().find(|o| o.file.id == finding.span.file);
            let Some(home) = home else {
                // In the platform file: nothing was mended there.
                finding.fingerprint = digest(finding, "", "");
                continue;
            };
            finding.fingerprint = fingerprint(finding, &home.manifest);
            *finding = told_in_original(finding.clone(), home.file.id, &home.remap);
            for related in &mut finding.related {
                if let Some(other) =
                    outcomes.iter().find(|o| o.file.id == related.span.file && o.file.id != home.file.id)
                {
                    related.span = other.remap.span(other.file.id, related.span);
                }
            }
        }
        (findings, unknown)
    }

    fn across_model(&self, outcomes: &[Arc<Outcome>]) -> Model<'_> {
        let mut model = Model {
            context: &self.context,
            manifests: Vec::new(),
            sets: Vec::new(),
            applications: Vec::new(),
            purpose: Purpose::Telling,
        };
        for outcome in outcomes {
            let (manifests, sets) = (model.manifests.len(), model.sets.len());
            model.manifests.push(Arc::clone(&outcome.manifest));
            model.sets.extend(
                outcome.sets.iter().map(|s| ApplicationSet { manifest: s.manifest + manifests, ..s.clone() }),
            );
            model.applications.extend(outcome.applications.iter().map(|a| a.moved(manifests, sets)));
        }
        model
    }

    fn run(&self, model: &Model<'_>, part: Part) -> (Vec<Finding>, Vec<Unknown>) {
        let mut findings = Vec::new();
        let mut unknown = Vec::new();
        for rule in self.rules.iter().filter(|r| Part::of(r.meta()) == part) {
            let meta = rule.meta();
            let Some(severity) = self.context.level(meta) else { continue };
            let mut sink = Sink::new(meta, severity, model.manifests.len());
            rule.check(model, &mut sink);
            sink.findings.retain_mut(|finding| {
                let level = self.context.level_in(meta.name, finding.severity, &finding.environments);
                level.is_some_and(|level| {
                    finding.severity = level;
                    true
                })
            });
            findings.append(&mut sink.findings);
            unknown.append(&mut sink.unknown);
        }
        (findings, unknown)
    }

    /// Takes out findings that a cause in the same document, or at the same place, explains, and counts them there.
    fn fold_consequences(&self, mut findings: Vec<Finding>, outcomes: &[Arc<Outcome>]) -> Vec<Finding> {
        let metas: HashMap<&str, &Meta> = self.rules.iter().map(|r| (r.meta().name, r.meta())).collect();
        let homes: HashMap<FileId, &Arc<Outcome>> = outcomes.iter().map(|o| (o.file.id, o)).collect();
        let home = |finding: &Finding| {
            let document =
                homes.get(&finding.span.file).map_or(0, |o| o.document_at(finding.span.start as usize));
            (finding.span.file, document)
        };
        let mut in_document: HashMap<(&str, FileId, usize), usize> = HashMap::new();
        let mut at_place: HashMap<(&str, Span), usize> = HashMap::new();
        for (index, finding) in findings.iter().enumerate() {
            let (file, document) = home(finding);
            in_document.entry((finding.rule, file, document)).or_insert(index);
            at_place.entry((finding.rule, finding.span)).or_insert(index);
        }
        let cause_of = |finding: &Finding| {
            let (file, document) = home(finding);
            let meta = metas.get(finding.rule)?;
            let here = meta.explained_here_by.iter().find_map(|cause| at_place.get(&(*cause, finding.span)));
            here.or_else(|| {
                meta.explained_by.iter().find_map(|cause| in_document.get(&(*cause, file, document)))
            })
            .copied()
        };
        let causes: Vec<Option<usize>> = findings.iter().map(cause_of).collect();
        for (index, cause) in causes.iter().enumerate() {
            let Some(cause) = *cause else { continue };
            let (message, declared) =
                (findings[index].message.clone(), findings[index].related.first().map(|r| r.span));
            let shared = findings[index].span == findings[cause].span;
            findings[cause].hides += 1;
            if let Some(span) = declared.filter(|_| shared) {
                findings[cause].related.push(Related { span, message });
            }
        }
        let mut cause = causes.iter();
        findings.retain(|_| cause.next().is_some_and(Option::is_none));
        findings
    }

    fn source_files(&self) -> HashMap<FileId, Arc<SourceFile>> {
        let mut files: HashMap<FileId, Arc<SourceFile>> =
            self.files.iter().map(|f| (f.id, Arc::clone(f))).collect();
        files.extend(self.context.platform.files().iter().map(|f| (f.id, Arc::clone(f))));
        files.extend(self.context.pointed().into_iter().map(|f| (f.id, f)));
        files
    }
}

impl Outcome {
    /// The sets and Applications by name: all that rules which look across files compare.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&str, &str)> {
        let sets = self.sets.iter().map(|s| (s.namespace.as_str(), s.name.as_str()));
        sets.chain(self.applications.iter().map(|a| (a.namespace.as_str(), a.name.as_str())))
    }

    /// What it takes to judge this file once more, about in bytes of text.
    pub(crate) fn weight(&self) -> usize {
        self.file.text.len() + 256 * self.findings.len() + 1024 * self.applications.len()
    }

    /// The index of the document (of the text as written) that holds a byte.
    pub(crate) fn document_at(&self, offset: usize) -> usize {
        let starts =
            self.manifest.documents.iter().map(|d| self.remap.back(d.range.start..d.range.start).start);
        starts.take_while(|start| *start <= offset).count().saturating_sub(1)
    }
}

/// How many Applications go to each environment.
fn destinations(outcomes: &[Arc<Outcome>]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for environment in outcomes.iter().flat_map(|o| &o.applications).filter_map(|a| a.environment.as_ref()) {
        *count.entry(environment.clone()).or_insert(0) += 1;
    }
    count
}

/// What makes a finding itself, whatever line it stands on: rule, file, document, field, key.
fn fingerprint(finding: &Finding, manifest: &Manifest) -> String {
    // What is told in another file, such as one of values, is told apart by the resource it is about.
    if let (Some(resource), true) = (&finding.resource, finding.span.file != manifest.file.id) {
        return digest(finding, &manifest.file.path, resource);
    }
    let document = manifest
        .documents
        .iter()
        .rev()
        .find(|d| d.range.start <= finding.span.start as usize)
        .map(|d| if d.name.is_empty() { format!("#{}", d.index) } else { d.name.clone() })
        .unwrap_or_default();
    digest(finding, &manifest.file.path, &document)
}

fn digest(finding: &Finding, path: &str, document: &str) -> String {
    let field = finding.field.as_deref().unwrap_or_default();
    // A rule that gives neither field nor key is told apart by its words.
    let key = if field.is_empty() && finding.key.is_empty() { &finding.message } else { &finding.key };
    let mut hash = Sha256::new();
    for part in [finding.rule, path, document, field, key] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().iter().take(10).fold(String::new(), |mut out, byte| {
        use std::fmt::Write;
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Tells a finding of a mended text in the text as written; a fix that would edit what a mend put in is dropped,
/// as it can only be applied after that mend.
fn told_in_original(mut finding: Finding, file: FileId, remap: &Remap) -> Finding {
    if remap.is_empty() {
        return finding;
    }
    finding.span = remap.span(file, finding.span);
    for related in &mut finding.related {
        related.span = remap.span(file, related.span);
    }
    finding.fix = finding.fix.and_then(|mut fix| {
        for edit in &mut fix.edits {
            if edit.span.file == file {
                edit.span = Span::new(file, remap.back_exact(edit.span.range())?);
            }
        }
        Some(fix)
    });
    finding
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

fn merge_unknown(list: &mut Vec<Unknown>, item: &Unknown) {
    match list.iter_mut().find(|u| u.needs == item.needs && u.what == item.what && u.span == item.span) {
        Some(same) => {
            for rule in &item.rules {
                if let Err(at) = same.rules.binary_search(rule) {
                    same.rules.insert(at, rule);
                }
            }
        }
        None => list.push(item.clone()),
    }
}
