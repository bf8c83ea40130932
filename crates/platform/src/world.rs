//! What an expansion needs to know of the platform.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use seatrial_argocd::world::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER};
use seatrial_argocd::{Fixtures, Flags, State, Version, World};
use seatrial_source::Snapshot;
use serde_json::{Map, Value, json};

use crate::import::{is_in_cluster, without_credentials};
use crate::model::{Cluster, Declared, Platform};
use crate::repositories::RepositorySet;

/// Everything a [`World`] borrows.
pub struct Surroundings {
    namespace: String,
    version: Version,
    flags: Flags,
    state: Arc<State>,
    repositories: RepositorySet,
    fixtures: Arc<Fixtures>,
    clusters_known: bool,
    projects_known: bool,
}

impl Surroundings {
    /// The world as an expansion takes it.
    pub fn world(&self) -> World<'_> {
        World {
            namespace: self.namespace.clone(),
            version: self.version,
            flags: self.flags.clone(),
            state: &self.state,
            repositories: &self.repositories,
            fixtures: &self.fixtures,
            clusters_known: self.clusters_known,
            projects_known: self.projects_known,
        }
    }

    /// The same, with the files under trial as they are in `tree`, an overlay over the tree that these were made for.
    /// What stands for other repositories stays open.
    #[must_use]
    pub fn over(&self, tree: &Arc<dyn Snapshot>) -> Self {
        Self {
            namespace: self.namespace.clone(),
            version: self.version,
            flags: self.flags.clone(),
            state: Arc::clone(&self.state),
            repositories: self.repositories.over(tree),
            fixtures: Arc::clone(&self.fixtures),
            clusters_known: self.clusters_known,
            projects_known: self.projects_known,
        }
    }

    /// The objects in Argo CD's namespace.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The repositories.
    pub fn repositories(&self) -> &RepositorySet {
        &self.repositories
    }
}

impl Platform {
    /// What an expansion needs. `extra` are objects found beside the manifests (AppProjects, cluster Secrets);
    /// of an object stated twice the platform's own counts. `checked` is the tree under trial and where it is on
    /// disk (see [`Platform::repository_set`]).
    pub fn surroundings(
        &self,
        extra: impl IntoIterator<Item = Value>,
        checked: Option<(&Path, Arc<dyn Snapshot>)>,
    ) -> Surroundings {
        let mut objects: BTreeMap<(String, String, String), Value> = BTreeMap::new();
        for object in extra {
            objects.insert(identity(&object), without_credentials(&object));
        }
        for object in self.state_objects() {
            objects.insert(identity(&object), object);
        }
        let is_kind = |object: &Value, kind: &str| object.get("kind").and_then(Value::as_str) == Some(kind);
        let secret_type = |object: &Value| {
            object.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str)
                == Some("cluster")
        };
        // What merely lies in the repository need not be all there is, unless somebody described the platform.
        let described = self.is_present();
        let clusters_known = described && (!self.clusters.is_empty() || objects.values().any(secret_type));
        let projects_known = described && objects.values().any(|object| is_kind(object, "AppProject"));
        // Argo CD makes the project `default` when it starts, permitting everything.
        let default = json!({
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "AppProject",
            "metadata": {"name": "default", "namespace": self.namespace()},
            "spec": {
                "sourceRepos": ["*"],
                "destinations": [{"server": "*", "namespace": "*"}],
                "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
            },
        });
        if !objects.keys().any(|(kind, _, name)| kind == "AppProject" && name == "default") {
            objects.insert(identity(&default), default);
        }
        Surroundings {
            namespace: self.namespace().to_owned(),
            version: self.version(),
            flags: self.flags(),
            state: Arc::new(State::new(self.namespace(), objects.into_values())),
            repositories: self.repository_set(checked),
            fixtures: Arc::new(self.fixtures.clone()),
            clusters_known,
            projects_known,
        }
    }

    /// How the controllers are started: as stated, else as the imported `argocd-cmd-params-cm` says.
    pub fn flags(&self) -> Flags {
        let parameters = self.argocd.parameters.iter();
        Flags::from_params(&parameters.map(|(key, value)| (key.clone(), value.value.clone())).collect())
    }

    /// The objects of Argo CD's namespace: imported ones without their credentials, and for each declared cluster
    /// that no imported Secret states a Secret as Argo CD would hold it.
    pub fn state_objects(&self) -> Vec<Value> {
        let declared = self.clusters.iter().filter(|cluster| {
            cluster.declared != Declared::State && !self.imported.contains(&cluster.name.value)
        });
        let secrets = declared.filter_map(|cluster| self.cluster_secret(cluster));
        self.objects.iter().cloned().chain(secrets).collect()
    }

    /// The Secret of a declared cluster; `None` for one whose address is not known, and for `in-cluster` without
    /// labels, which Argo CD knows without a Secret.
    fn cluster_secret(&self, cluster: &Cluster) -> Option<Value> {
        let name = &cluster.name.value;
        let is_hub = self.argocd.runs_in.as_ref().is_some_and(|hub| hub.value == *name);
        let server = match &cluster.server {
            Some(server) => server.value.as_str(),
            None if is_hub => IN_CLUSTER_SERVER,
            None => return None,
        };
        if name == IN_CLUSTER_NAME
            && is_in_cluster(server)
            && cluster.labels.is_none()
            && cluster.annotations.is_none()
        {
            return None;
        }
        let texts = |pairs: &Option<crate::Pairs>| -> Map<String, Value> {
            let pairs = pairs.iter().flat_map(|pairs| &pairs.value);
            pairs.map(|(key, value)| (key.value.clone(), Value::String(value.value.clone()))).collect()
        };
        let mut labels = texts(&cluster.labels);
        labels.insert("argocd.argoproj.io/secret-type".into(), json!("cluster"));
        let mut data = json!({"name": name, "server": server});
        if let Some(project) = &cluster.project {
            data["project"] = json!(project.value);
        }
        Some(json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": format!("cluster-{name}"),
                "namespace": self.namespace(),
                "labels": labels,
                "annotations": texts(&cluster.annotations),
            },
            "stringData": data,
        }))
    }
}

/// Kind, namespace and name; for cluster Secrets the cluster instead of the Secret's own name.
fn identity(object: &Value) -> (String, String, String) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned();
    (text("/kind"), text("/metadata/namespace"), text("/metadata/name"))
}
