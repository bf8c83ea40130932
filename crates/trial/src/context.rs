//! What holds for a whole trial: the facts, and the world they make for an expansion.

use std::sync::Arc;

use seatrial_argocd::{Fixtures, Limits, State, Version, World};
use seatrial_platform::Platform;
use seatrial_source::SourceFile;
use seatrial_yaml::goyaml;
use serde_json::Value;

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
    state: State,
    fixtures: Fixtures,
}

impl Context {
    /// Puts the platform's facts and the Argo CD objects among `files` (projects, cluster Secrets) together.
    pub fn new(platform: Arc<Platform>, limits: Limits, files: &[Arc<SourceFile>]) -> Self {
        let mut objects = platform.state_objects();
        objects.extend(files.iter().flat_map(|file| state_objects(file)));
        Self {
            version: platform.version(),
            namespace: platform.namespace().to_owned(),
            state: State::new(objects),
            fixtures: platform.fixtures(),
            limits,
            platform,
        }
    }

    /// The world as an expansion sees it.
    pub fn world(&self) -> World<'_> {
        World {
            namespace: self.namespace.clone(),
            version: self.version,
            flags: self.platform.flags(),
            state: &self.state,
            repositories: self.platform.repositories(),
            fixtures: &self.fixtures,
            clusters_known: self.platform.clusters_known(),
            projects_known: self.platform.projects_known(),
        }
    }

    /// The objects in Argo CD's namespace, as far as they are known.
    pub fn state(&self) -> &State {
        &self.state
    }
}

/// Projects and cluster Secrets written in a file: a repository that declares them knows them.
fn state_objects(file: &SourceFile) -> Vec<Value> {
    const TELLING: [&str; 2] = ["AppProject", "argocd.argoproj.io/secret-type"];
    if !TELLING.iter().any(|word| file.text.contains(word)) {
        return Vec::new();
    }
    goyaml::documents(&file.text)
        .filter_map(|document| goyaml::to_json(document).ok())
        .filter(|object| {
            let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
            let cluster = object.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str);
            kind == "AppProject" || (kind == "Secret" && cluster == Some("cluster"))
        })
        .collect()
}
