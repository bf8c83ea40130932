//! What holds for a whole trial: the facts, and the world they make for an expansion.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_argocd::render::HelmRun;
use seatrial_argocd::{Limits, State, Version, World};
use seatrial_helm::provenance::Traced;
use seatrial_platform::{Environments, Level, Platform, RepositorySet, Surroundings};
use seatrial_source::{FileId, Snapshot, SourceFile, Span};
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::finding::Severity;
use crate::model::{Application, Resources};
use crate::pipeline::Inputs;
use crate::rendered::Rendered;
use crate::rule::Meta;
use crate::stop::Stop;

/// The facts of a trial, and what expansion needs of them.
pub struct Context {
    /// The facts.
    pub platform: Arc<Platform>,
    /// The version of Argo CD that runs.
    pub version: Version,
    /// The controller's namespace.
    pub namespace: String,
    /// Bounds on expansion.
    pub limits: Limits,
    pub(crate) stop: Stop,
    surroundings: Surroundings,
    rendered: Rendered,
    snapshot: Arc<dyn Snapshot>,
    inputs: Arc<HashSet<FileId>>,
    pointed: Mutex<BTreeMap<FileId, Arc<SourceFile>>>,
}

impl Context {
    /// Puts the platform's facts and the Argo CD objects among `files` (projects, cluster Secrets) together.
    pub fn new(inputs: &Inputs, files: &[Arc<SourceFile>]) -> Self {
        let platform = Arc::clone(&inputs.platform);
        let checked = inputs.root.as_deref().map(|root| (root, Arc::clone(&inputs.snapshot)));
        let mut surroundings =
            platform.surroundings(files.iter().flat_map(|file| state_objects(file)), checked);
        if inputs.root.is_none() {
            // What stands for repositories is in the platform's own tree, which the trial's may be laid over.
            surroundings = surroundings.over(&inputs.snapshot);
        }
        Self {
            version: platform.version(),
            namespace: platform.namespace().to_owned(),
            limits: inputs.options.limits.clone(),
            stop: inputs.options.stop.clone(),
            surroundings,
            rendered: Rendered::new(inputs.snapshot.files(), &inputs.options.charts),
            snapshot: Arc::clone(&inputs.snapshot),
            inputs: Arc::new(files.iter().map(|file| file.id).collect()),
            pointed: Mutex::default(),
            platform,
        }
    }

    /// The same with other texts of some files of its snapshot, as `snapshot` has them. What was rendered without them stays.
    pub(crate) fn over(&self, snapshot: Arc<dyn Snapshot>, edited: &BTreeSet<FileId>) -> Self {
        Self {
            platform: Arc::clone(&self.platform),
            version: self.version,
            namespace: self.namespace.clone(),
            limits: self.limits.clone(),
            stop: self.stop.clone(),
            surroundings: self.surroundings.over(&snapshot),
            rendered: self.rendered.without(edited),
            snapshot,
            inputs: Arc::clone(&self.inputs),
            pointed: Mutex::default(),
        }
    }

    /// Takes over what another context of the same world rendered and pointed at, but for what rests on these files.
    pub(crate) fn take_over(&mut self, other: Self, changed: &BTreeSet<FileId>) {
        self.rendered = other.rendered.without(changed);
        let mut pointed = other.pointed.into_inner().unwrap_or_else(PoisonError::into_inner);
        pointed.retain(|id, _| !changed.contains(id));
        self.pointed = Mutex::new(pointed);
    }

    /// The world as an expansion sees it.
    pub fn world(&self) -> World<'_> {
        self.surroundings.world()
    }

    /// The objects in Argo CD's namespace, as far as they are known.
    pub fn state(&self) -> &State {
        self.surroundings.state()
    }

    /// The repositories, as far as something stands for them.
    pub fn repositories(&self) -> &RepositorySet {
        self.surroundings.repositories()
    }

    /// What an Application would have Argo CD sync; rendered on first use, and kept for the trial.
    pub fn resources(&self, application: &Application) -> Arc<Resources> {
        let render = || {
            self.stop.heed();
            self.rendered.resources(application, &self.platform, &self.world())
        };
        Arc::clone(application.resources.get_or_init(render))
    }

    /// The files under trial.
    pub(crate) fn snapshot(&self) -> &Arc<dyn Snapshot> {
        &self.snapshot
    }

    pub(crate) fn traced(&self, run: &Arc<HelmRun>) -> Option<Arc<Traced>> {
        self.rendered.traced(run)
    }

    /// Whether a file, by the path that is shown to people, is one that the trial looks at for itself.
    pub fn is_input(&self, shown: &str) -> bool {
        self.inputs.contains(&self.snapshot.files().id(shown))
    }

    /// A file of the trial's snapshot, by the path that is shown to people; it may then be pointed at. `None` for one
    /// that lies elsewhere.
    pub fn source(&self, shown: &str) -> Option<Arc<SourceFile>> {
        let path = shown.strip_prefix(self.snapshot.label())?;
        let file = self.snapshot.read(path).ok()?;
        self.pointed.lock().unwrap_or_else(PoisonError::into_inner).insert(file.id, Arc::clone(&file));
        Some(file)
    }

    /// A line (from 1) of such a file, without the blanks around it.
    pub fn line_in(&self, shown: &str, line: usize) -> Option<Span> {
        let file = self.source(shown)?;
        let text = file.text.split('\n').nth(line.checked_sub(1)?)?;
        let start = text.as_ptr() as usize - file.text.as_ptr() as usize;
        let blanks = text.len() - text.trim_start().len();
        Some(file.span_of(start + blanks..start + text.trim_end().len().max(blanks)))
    }

    /// The text of a part of such a file.
    pub fn text(&self, span: Span) -> Option<String> {
        let shown = self.snapshot.files().path(span.file)?;
        Some(self.source(&shown)?.text.get(span.range())?.to_owned())
    }

    /// The files besides the manifests that were pointed at.
    pub(crate) fn pointed(&self) -> Vec<Arc<SourceFile>> {
        self.pointed.lock().unwrap_or_else(PoisonError::into_inner).values().cloned().collect()
    }

    /// The level of a rule everywhere; `None` when it is off, or only runs when asked for and is not.
    pub fn level(&self, meta: &Meta) -> Option<Severity> {
        match self.platform.level(meta.name) {
            None if meta.opt_in => None,
            None => Some(meta.severity),
            Some(level) => severity(level),
        }
    }

    /// The level of a finding in the environments it holds for: the strictest that the platform file gives the rule in
    /// any of them, else the finding's own; `None` when it is off in all of them.
    pub fn level_in(&self, rule: &str, own: Severity, environments: &[String]) -> Option<Severity> {
        let in_environment = |environment: &String| {
            let setting = self.platform.rule_setting(rule, Some(environment))?;
            // A level given for all environments is the rule's own already; rules may be stricter than it.
            (setting.environments != Environments::All).then_some(setting.level.as_ref()?.value)
        };
        let levels: Vec<Option<Level>> = environments.iter().map(in_environment).collect();
        if levels.iter().all(Option::is_none) {
            return Some(own);
        }
        levels.into_iter().filter_map(|level| level.map_or(Some(own), severity)).max()
    }
}

fn severity(level: Level) -> Option<Severity> {
    match level {
        Level::Off => None,
        Level::Note => Some(Severity::Note),
        Level::Warning => Some(Severity::Warning),
        Level::Error => Some(Severity::Error),
    }
}

/// Whether objects that are facts may be in a text.
pub(crate) fn may_hold_state(text: &str) -> bool {
    ["AppProject", "argocd.argoproj.io/secret-type"].iter().any(|word| text.contains(word))
}

/// Projects and cluster Secrets written in a file: a repository that declares them knows them.
fn state_objects(file: &SourceFile) -> Vec<Value> {
    if !may_hold_state(&file.text) {
        return Vec::new();
    }
    goyaml::documents(&file.text)
        .unwrap_or_default()
        .iter()
        .filter_map(|document| goyaml::to_json(document.text(&file.text)).ok())
        .filter(|object| {
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
            let cluster =
                object.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str);
            kind == "AppProject" || (kind == "Secret" && cluster == Some("cluster"))
        })
        .collect()
}
