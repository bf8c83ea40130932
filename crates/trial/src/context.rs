//! What holds for a whole trial: the facts, and the world they make for an expansion.

use std::sync::Arc;

use seatrial_argocd::{Limits, State, Version, World};
use seatrial_platform::{Level, Platform, RepositorySet, Surroundings};
use seatrial_source::SourceFile;
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::finding::Severity;
use crate::pipeline::Inputs;

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
    surroundings: Surroundings,
}

impl Context {
    /// Puts the platform's facts and the Argo CD objects among `files` (projects, cluster Secrets) together.
    pub fn new(inputs: &Inputs, files: &[Arc<SourceFile>]) -> Self {
        let platform = Arc::clone(&inputs.platform);
        let checked = inputs.root.as_deref().map(|root| (root, Arc::clone(&inputs.snapshot)));
        let surroundings = platform.surroundings(files.iter().flat_map(|file| state_objects(file)), checked);
        Self {
            version: platform.version(),
            namespace: platform.namespace().to_owned(),
            limits: inputs.options.limits.clone(),
            surroundings,
            platform,
        }
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

    /// The level of a rule here; `None` when it is turned off.
    pub fn level(&self, rule: &str, default: Severity) -> Option<Severity> {
        match self.platform.level(rule) {
            None => Some(default),
            Some(Level::Off) => None,
            Some(Level::Note) => Some(Severity::Note),
            Some(Level::Warning) => Some(Severity::Warning),
            Some(Level::Error) => Some(Severity::Error),
        }
    }
}

/// Projects and cluster Secrets written in a file: a repository that declares them knows them.
fn state_objects(file: &SourceFile) -> Vec<Value> {
    const TELLING: [&str; 2] = ["AppProject", "argocd.argoproj.io/secret-type"];
    if !TELLING.iter().any(|word| file.text.contains(word)) {
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
