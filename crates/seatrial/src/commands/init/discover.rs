//! What a folder, a kubeconfig file and a Git repository tell about a platform. Names and addresses only: tokens,
//! keys and certificates are never read.

use std::collections::BTreeSet;
use std::path::Path;

use seatrial_source::{FileId, GitRepository, Snapshot, SourceFile, WorkTree};
use seatrial_yaml::goyaml;
use serde_json::Value;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// Clusters by name, in the order met.
    pub clusters: Vec<FoundCluster>,
    /// Destinations that Applications name but nothing declares.
    pub servers: BTreeSet<String>,
    /// How many Applications and ApplicationSets.
    pub applications: usize,
    /// How many AppProjects.
    pub projects: usize,
    /// Folders that hold Argo CD's own objects: cluster Secrets, projects, settings.
    pub state: BTreeSet<String>,
    /// The version in an image of Argo CD.
    pub version: Option<String>,
    /// The namespace of Argo CD's objects.
    pub namespace: Option<String>,
    /// Folders with a `Chart.yaml`.
    pub charts: Vec<String>,
    /// Addresses of Git remotes, and the folder that stands for them.
    pub remotes: Vec<(String, String)>,
}

/// A cluster.
#[derive(Debug, Clone, Default)]
pub(super) struct FoundCluster {
    pub name: String,
    pub server: Option<String>,
    pub context: Option<String>,
    pub auth: Option<String>,
    /// Declared by a cluster Secret that is imported anyway.
    pub imported: bool,
}

impl Found {
    fn cluster(&mut self, new: FoundCluster) {
        let same =
            |c: &&mut FoundCluster| c.name == new.name || (c.server.is_some() && c.server == new.server);
        match self.clusters.iter_mut().find(same) {
            Some(known) => {
                known.server = known.server.take().or(new.server);
                known.context = known.context.take().or(new.context);
                known.auth = known.auth.take().or(new.auth);
                known.imported |= new.imported;
            }
            None => self.clusters.push(new),
        }
    }
}

/// Argo CD objects and charts below a folder.
pub(super) fn objects(tree: &WorkTree, found: &mut Found) {
    for path in tree.paths().iter() {
        if path.rsplit('/').next() == Some("Chart.yaml") {
            found.charts.push(path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned());
        }
        let yaml = path.rsplit_once('.').is_some_and(|(_, ext)| matches!(ext, "yaml" | "yml"));
        let telling = ["argoproj.io", "argocd-cm", "argoproj/argocd:"];
        if !yaml || path.contains("/templates/") || !tree.contains_any(path, &telling).unwrap_or(false) {
            continue;
        }
        let Ok(file) = tree.read(path) else { continue };
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder).to_owned();
        for part in goyaml::documents(&file.text).unwrap_or_default() {
            if let Ok(object) = goyaml::to_json(part.text(&file.text)) {
                one(&object, &folder, found);
            }
        }
        if found.version.is_none() {
            found.version = version(&file.text);
        }
    }
}

fn one(object: &Value, folder: &str, found: &mut Found) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    let kind = text("/kind").unwrap_or_default();
    match kind.as_str() {
        "Application" | "ApplicationSet" => {
            found.applications += 1;
            found.namespace = found.namespace.take().or_else(|| text("/metadata/namespace"));
            let at = if kind == "Application" {
                "/spec/destination/server"
            } else {
                "/spec/template/spec/destination/server"
            };
            if let Some(server) = text(at).filter(|server| !server.contains("{{")) {
                found.servers.insert(server.trim_end_matches('/').to_owned());
            }
        }
        "AppProject" => {
            found.projects += 1;
            found.state.insert(folder.to_owned());
        }
        "ConfigMap" if text("/metadata/name").is_some_and(|name| name.starts_with("argocd-")) => {
            found.state.insert(folder.to_owned());
        }
        "Secret"
            if text("/metadata/labels/argocd.argoproj.io~1secret-type").as_deref() == Some("cluster") =>
        {
            found.state.insert(folder.to_owned());
            // Values below `data` are encoded; the import reads them, and the name here is enough to ask about.
            let name = text("/stringData/name").or_else(|| text("/metadata/name"));
            if let Some(name) = name {
                let server = text("/stringData/server");
                found.cluster(FoundCluster { name, server, imported: true, ..FoundCluster::default() });
            }
        }
        _ => {}
    }
}

/// `3.6` of an image `quay.io/argoproj/argocd:v3.6.1`.
fn version(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("argoproj/argocd:v")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    let (major, minor) = (numbers.next()?, numbers.next()?);
    (!major.is_empty() && !minor.is_empty()).then(|| format!("{major}.{minor}"))
}

/// Clusters of a kubeconfig file.
pub(super) fn kubeconfig(path: &Path, found: &mut Found) {
    let Ok(bytes) = std::fs::read(path) else { return };
    let file = SourceFile::decode(FileId(0), path.to_string_lossy().into_owned(), bytes);
    for context in seatrial_platform::contexts(&file) {
        found.cluster(FoundCluster {
            name: short(&context.name.value),
            server: context.server.map(|server| server.value.trim_end_matches('/').to_owned()),
            context: Some(context.name.value),
            auth: context.auth.map(|auth| auth.value),
            imported: false,
        });
    }
}

/// A context's name as a cluster's: EKS contexts are whole ARNs, GKE ones have project and zone before the name.
fn short(context: &str) -> String {
    if let Some((_, name)) = context.rsplit_once(":cluster/") {
        return name.to_owned();
    }
    match context.strip_prefix("gke_").and_then(|rest| rest.rsplit_once('_')) {
        Some((_, name)) => name.to_owned(),
        None => context.to_owned(),
    }
}

/// Remotes of the repository that `dir` lies in: this tree stands for them.
pub(super) fn remotes(repository: &GitRepository, dir: &Path, found: &mut Found) {
    let Some(top) = repository.work_tree().and_then(|top| top.canonicalize().ok()) else { return };
    let Ok(dir) = dir.canonicalize() else { return };
    let up = dir.strip_prefix(&top).map_or(0, |below| below.components().count());
    let path = if up == 0 { ".".to_owned() } else { vec![".."; up].join("/") };
    for (_, url) in repository.remotes() {
        // Credentials in an address stay where they are.
        let clean = match url.split_once("://") {
            Some((scheme, rest)) => match rest.split_once('@') {
                Some((before, after)) if !before.contains('/') && scheme.starts_with("http") => {
                    format!("{scheme}://{after}")
                }
                _ => url,
            },
            None => url,
        };
        if !found.remotes.iter().any(|(known, _)| *known == clean) {
            found.remotes.push((clean, path.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contexts_become_names() {
        assert_eq!(short("arn:aws:eks:us-east-1:123456789012:cluster/prod-eks"), "prod-eks");
        assert_eq!(short("gke_acme_europe-west1_staging"), "staging");
        assert_eq!(short("minikube"), "minikube");
    }

    #[test]
    fn the_version_is_that_of_the_image() {
        assert_eq!(version("image: quay.io/argoproj/argocd:v3.6.1\n").as_deref(), Some("3.6"));
        assert_eq!(version("image: quay.io/argoproj/argocd:latest\n"), None);
    }
}
