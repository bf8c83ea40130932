//! An Application, and where it goes.

use std::sync::{Arc, OnceLock};

use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_platform::Platform;
use serde_json::Value;

use super::{HelmValues, Resources};
use crate::context::Context;

/// Where an Application is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// As such, in a document of a file.
    Document {
        /// Index of the file in [`super::Model::manifests`].
        manifest: usize,
        /// Index of the document in the file's documents.
        document: usize,
    },
    /// By an ApplicationSet.
    Generated {
        /// Index of the set in [`super::Model::sets`].
        set: usize,
        /// Index in the set's [`seatrial_argocd::Expansion::generated`].
        index: usize,
    },
}

/// An Application, written or generated, and what the platform says of the place it goes to.
#[derive(Clone)]
pub struct Application {
    /// Where it is written.
    pub origin: Origin,
    /// The object.
    pub json: Arc<Value>,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, the controller's where none is written.
    pub namespace: String,
    /// The platform's cluster that the destination means, if it means one.
    pub cluster: Option<String>,
    /// The environment of that cluster.
    pub destination_environment: Option<String>,
    /// The environment that the Application is named for, by its parameters or its name.
    pub named_environment: Option<String>,
    /// The environment it is judged by: the one it is named for, else its cluster's.
    pub environment: Option<String>,
    helm: OnceLock<Vec<HelmValues>>,
    /// What it renders to, once asked; see [`Context::resources`].
    pub(crate) resources: OnceLock<Arc<Resources>>,
}

impl Application {
    pub(super) fn new(origin: Origin, json: Arc<Value>, params: Option<&Value>, context: &Context) -> Self {
        let platform = &context.platform;
        let text = |pointer: &str| at(&json, pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
        let name = text("/metadata/name");
        let namespace = match text("/metadata/namespace") {
            empty if empty.is_empty() => context.namespace.clone(),
            namespace => namespace,
        };
        let cluster = destination_cluster(&json, platform);
        let destination_environment =
            cluster.as_deref().and_then(|c| platform.environment_of(c)).map(str::to_owned);
        let named_environment = named_environment(&name, params, platform);
        let environment = named_environment.clone().or_else(|| destination_environment.clone());
        Self {
            origin,
            json,
            name,
            namespace,
            cluster,
            destination_environment,
            named_environment,
            environment,
            helm: OnceLock::new(),
            resources: OnceLock::new(),
        }
    }

    /// The same Application in a model whose files and sets begin at these indices.
    pub(crate) fn moved(&self, manifests: usize, sets: usize) -> Self {
        let origin = match self.origin {
            Origin::Document { manifest, document } => {
                Origin::Document { manifest: manifest + manifests, document }
            }
            Origin::Generated { set, index } => Origin::Generated { set: set + sets, index },
        };
        Self { origin, ..self.clone() }
    }

    /// `namespace/name`, as Argo CD lists it.
    pub fn qualified_name(&self) -> String {
        format!("{}/{}", self.namespace, self.name)
    }

    /// The string at a JSON pointer; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        at(&self.json, pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// Its sources, each with the JSON pointer to it: `spec.sources` when there are any, else `spec.source`
    /// (so does Argo CD choose).
    pub fn sources(&self) -> Vec<(String, &Value)> {
        match at(&self.json, "/spec/sources").and_then(Value::as_array) {
            Some(list) if !list.is_empty() => {
                list.iter().enumerate().map(|(i, s)| (format!("/spec/sources/{i}"), s)).collect()
            }
            _ => at(&self.json, "/spec/source").map(|s| ("/spec/source".to_owned(), s)).into_iter().collect(),
        }
    }

    /// The Helm values that its own text gives, one for each source that may be a chart.
    pub fn helm_values(&self) -> &[HelmValues] {
        self.helm.get_or_init(|| HelmValues::of(self))
    }

    /// Whether it is judged as production.
    pub fn is_production(&self, platform: &Platform) -> bool {
        self.environment.as_deref().is_some_and(|e| platform.is_production(e))
    }
}

/// [`Value::pointer`] without copying the steps of plain pointers, which are what rules ask for by the thousand.
fn at<'v>(json: &'v Value, pointer: &str) -> Option<&'v Value> {
    match pointer.strip_prefix('/') {
        Some(keys) if !pointer.contains('~') => keys.split('/').try_fold(json, |value, key| match value {
            Value::Object(map) => map.get(key),
            // Steps into lists are rare, and have rules of their own.
            other => other.pointer(&format!("/{key}")),
        }),
        _ => json.pointer(pointer),
    }
}

/// The platform's cluster that a destination means: by name, or by server with any trailing slash aside.
fn destination_cluster(json: &Value, platform: &Platform) -> Option<String> {
    let destination = at(json, "/spec/destination")?;
    let field = |key: &str| destination.get(key).and_then(Value::as_str).unwrap_or_default();
    let (name, server) = (field("name"), field("server"));
    if !name.is_empty() {
        if name == "in-cluster" {
            return platform.cluster_by_server(IN_CLUSTER_SERVER).map(str::to_owned);
        }
        return platform.cluster_by_name(name).map(str::to_owned);
    }
    platform.cluster_by_server(server).map(str::to_owned)
}

/// The environment something is named for: a parameter that holds an environment's name, or a part of the
/// Application's name.
fn named_environment(name: &str, params: Option<&Value>, platform: &Platform) -> Option<String> {
    const TELLING: [&str; 5] = ["env", "environment", "stage", "tier", "name"];
    if let Some(Value::Object(params)) = params {
        for key in TELLING {
            if let Some(environment) =
                params.get(key).and_then(Value::as_str).and_then(|v| platform.environment_named(v))
            {
                return Some(environment.to_owned());
            }
        }
    }
    let parts: Vec<&str> =
        name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|p| !p.is_empty()).collect();
    // The last part that names an environment decides: `prod-tools-staging` is for staging.
    if let Some(found) = parts.iter().rev().find_map(|part| platform.environment_named(part)) {
        return Some(found.to_owned());
    }
    let Some(Value::Object(params)) = params else { return None };
    let mut named = params.values().filter_map(Value::as_str).filter_map(|v| platform.environment_named(v));
    let first = named.next()?;
    named.all(|other| other == first).then(|| first.to_owned())
}
