//! The pipeline: read, mend in memory, expand, judge, verify, report.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::prelude::*;
use seatrial_argocd::Limits;
use seatrial_helm::Bounds;
use seatrial_platform::Platform;
use seatrial_source::{FileId, ReadError, Snapshot, SourceFile, Span};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::collect::collect;
use crate::context::Context;
use crate::finding::{Finding, Related, Unknown};
use crate::judge::{Round, Rounds, told_in_original};
use crate::model::{ApplicationSet, Manifest, Model, Purpose};
use crate::remap::Remap;
use crate::report::{Report, Summary};
use crate::rule::{Meta, Rule, Sink};
use crate::stop::Stop;
use crate::{silence, verify};

/// How much an outcome of verifying may weigh to be kept. A text is tried again only where fixes are few; where they
/// are many, all of them kept would fill the memory.
const KEPT_WEIGHT: usize = 1 << 16;

/// How deep generators are looked into for those that read repositories.
const MAX_GENERATORS: usize = 8;

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

/// How much a trial tells and tries: a text made to be faulty everywhere is not judged any better by its thousandth
/// finding, and each fix that is tried costs a trial.
#[derive(Debug, Clone, Copy)]
pub struct Effort {
    /// How many findings of one rule are told of one file; that there are more is told.
    pub alike: usize,
    /// How much judging the fixes of one file may take, about in bytes of text; that some are not tried is told.
    pub trying: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { alike: 250, trying: 16 << 20 }
    }
}

/// How a trial runs.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Bounds on expansion.
    pub limits: Limits,
    /// Bounds on charts.
    pub charts: Bounds,
    /// Bounds on what is told and tried.
    pub effort: Effort,
    /// Fingerprints of findings that are known already and not reported again.
    pub baseline: HashSet<String>,
    /// Leave fixes unverified (and so unoffered): for callers that only want to know whether there are findings.
    pub skip_fixes: bool,
    /// Says when the trial is to be given up.
    pub stop: Stop,
}

/// Runs a trial: every rule over every manifest, each fix verified by running the trial again.
///
/// Never fails: a file that cannot be read is listed in [`Report::read_errors`].
pub fn check(inputs: &Inputs, rules: &[&'static dyn Rule]) -> Report {
    Session::new(inputs, rules).report()
}

/// The rules, by when they run.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
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
    pub(crate) last: Arc<Round>,
    pub(crate) remap: Remap,
    /// Where its documents start in the text as written, or the furthest of those before.
    pub(crate) starts: OnceLock<Vec<usize>>,
}

/// What an outcome depends on, within a trial.
pub(crate) type Key = (Arc<str>, FileId, Purpose);

/// A trial under way: its inputs, its files, and what is known of each text already.
pub(crate) struct Session<'a> {
    pub(crate) inputs: &'a Inputs,
    pub(crate) context: Context,
    pub(crate) files: Vec<Arc<SourceFile>>,
    rules: &'a [&'static dyn Rule],
    read_errors: Vec<ReadError>,
    outcomes: Mutex<HashMap<Key, Arc<Outcome>>>,
    pub(crate) rounds: Rounds,
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
            rounds: Rounds::default(),
        }
    }

    /// Adds what is known already.
    pub(crate) fn keep(&mut self, outcomes: HashMap<Key, Arc<Outcome>>) {
        *self.outcomes.get_mut().unwrap_or_else(PoisonError::into_inner) = outcomes;
    }

    /// What a later trial may use.
    pub(crate) fn into_parts(self) -> (Context, HashMap<Key, Arc<Outcome>>, Rounds) {
        (self.context, self.outcomes.into_inner().unwrap_or_else(PoisonError::into_inner), self.rounds)
    }

    /// The same trial with other texts of files that Applications are rendered from, as `snapshot` has them.
    pub(crate) fn over(&self, snapshot: Arc<dyn Snapshot>, edited: &BTreeSet<FileId>) -> Self {
        Self {
            inputs: self.inputs,
            context: self.context.over(snapshot, edited),
            files: self.files.clone(),
            rules: self.rules,
            read_errors: Vec::new(),
            outcomes: Mutex::default(),
            rounds: Rounds::default(),
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
                finding.other_fixes.clear();
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
                application_sets: outcomes.iter().map(|o| o.last.sets.len()).sum(),
                applications: outcomes.iter().map(|o| o.last.applications.len()).sum(),
                destinations: destinations(&outcomes),
                ..Summary::default()
            },
            read_errors: self.read_errors.clone(),
            files: self.source_files(),
        };
        report.sort();
        report.tell_apart();
        silence::apply(&mut report, &self.context.platform, &self.inputs.options.baseline);
        report.count();
        report
    }

    pub(crate) fn judge_files(&self, files: &[Arc<SourceFile>]) -> Vec<Arc<Outcome>> {
        files.par_iter().map(|file| self.judge_file(file, Purpose::Telling)).collect()
    }

    /// Judges one file on its own; the same text is judged once.
    pub(crate) fn judge_file(&self, file: &Arc<SourceFile>, purpose: Purpose) -> Arc<Outcome> {
        let key = (Arc::clone(&file.text), file.id, purpose);
        let known = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        known.unwrap_or_else(|| {
            let outcome = Arc::new(self.judge_text(file, purpose));
            if purpose == Purpose::Verifying && outcome.size() > KEPT_WEIGHT {
                return outcome;
            }
            self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&outcome));
            outcome
        })
    }

    pub(crate) fn blocks(&self, rule: &str) -> bool {
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
            finding.fingerprint = fingerprint(finding, &home.last.manifest);
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
            let before = model.applications.len();
            model.manifests.push(Arc::clone(&outcome.last.manifest));
            model.sets.extend(outcome.last.sets.iter().map(|s| s.moved(manifests, before)));
            model.applications.extend(outcome.last.applications.iter().map(|a| a.moved(manifests, sets)));
        }
        model
    }

    pub(crate) fn run(&self, model: &Model<'_>, part: Part) -> (Vec<Finding>, Vec<Unknown>) {
        let mut findings = Vec::new();
        let mut unknown = Vec::new();
        for rule in self.rules.iter().filter(|r| Part::of(r.meta()) == part) {
            self.context.stop.heed();
            let meta = rule.meta();
            let Some(severity) = self.context.level(meta) else { continue };
            let mut sink = Sink::new(meta, severity, model.manifests.len(), self.inputs.options.effort.alike);
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
        let sets = self.last.sets.iter().map(|s| (s.namespace.as_str(), s.name.as_str()));
        sets.chain(self.last.applications.iter().map(|a| (a.namespace.as_str(), a.name.as_str())))
    }

    /// What it takes to judge this file once more, about in bytes of text: as often as it is mended in memory.
    pub(crate) fn weight(&self) -> usize {
        self.size() * (1 + self.remap.steps())
    }

    /// What it takes to keep it, about in bytes.
    fn size(&self) -> usize {
        self.file.text.len() + 256 * self.findings.len() + 1024 * self.last.applications.len()
    }

    /// Whether what is found may change with these files: an Application is rendered from one of them, or from nobody
    /// knows what, or generated from what a repository holds.
    pub(crate) fn depends_on(&self, files: &BTreeSet<FileId>) -> bool {
        let from_repository = |set: &ApplicationSet| reads_repositories(&set.json["spec"]["generators"], 0);
        self.last.sets.iter().any(from_repository)
            || self.last.applications.iter().any(|application| {
                application.resources.get().is_none_or(|resources| !resources.read.is_disjoint(files))
            })
    }

    /// Whether the file holds objects of Argo CD, so that it is judged for itself.
    pub(crate) fn is_manifest(&self) -> bool {
        self.last.manifest.documents.iter().any(|document| document.kind.is_some())
    }

    /// How many resources its Applications render to, as far as they were rendered.
    pub(crate) fn resources(&self) -> usize {
        self.last.applications.iter().filter_map(|a| a.resources.get()).map(|r| r.list.len()).sum()
    }

    /// The index of the document (of the text as written) that holds a byte.
    pub(crate) fn document_at(&self, offset: usize) -> usize {
        let starts = self.starts.get_or_init(|| {
            let starts = self.last.manifest.documents.iter().map(|d| d.range.start);
            starts
                .scan(0, |furthest: &mut usize, start| {
                    *furthest = (*furthest).max(self.remap.back(start..start).start);
                    Some(*furthest)
                })
                .collect()
        });
        starts.partition_point(|start| *start <= offset).saturating_sub(1)
    }
}

/// Whether a Git generator is among these, or among those that they combine.
fn reads_repositories(generators: &Value, depth: usize) -> bool {
    let generators = generators.as_array().map(Vec::as_slice).unwrap_or_default();
    depth > MAX_GENERATORS
        || generators.iter().any(|generator| {
            generator.get("git").is_some()
                || ["matrix", "merge"].iter().any(|key| {
                    generator.get(key).is_some_and(|g| reads_repositories(&g["generators"], depth + 1))
                })
        })
}

/// How many Applications go to each environment.
fn destinations(outcomes: &[Arc<Outcome>]) -> BTreeMap<String, usize> {
    let mut count = BTreeMap::new();
    for environment in
        outcomes.iter().flat_map(|o| &o.last.applications).filter_map(|a| a.environment.as_ref())
    {
        *count.entry(environment.clone()).or_insert(0) += 1;
    }
    count
}

/// What makes a finding itself, whatever line it stands on: rule, file, document, field, key.
pub(crate) fn fingerprint(finding: &Finding, manifest: &Manifest) -> String {
    // What is told in another file, such as one of values, is told apart by the resource it is about.
    if let (Some(resource), true) = (&finding.resource, finding.span.file != manifest.file.id) {
        return digest(finding, &manifest.file.path, resource);
    }
    let after = manifest.documents.partition_point(|d| d.range.start <= finding.span.start as usize);
    let document = after
        .checked_sub(1)
        .and_then(|i| manifest.documents.get(i))
        .map(|d| if d.name.is_empty() { format!("#{}", d.index) } else { d.name.clone() })
        .unwrap_or_default();
    digest(finding, &manifest.file.path, &document)
}

pub(crate) fn digest(finding: &Finding, path: &str, document: &str) -> String {
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
