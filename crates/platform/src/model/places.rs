//! Clusters, environments, registries, repositories and Argo CD itself.

use std::collections::BTreeMap;

use seatrial_argocd::Version;

use super::Facts;
use crate::spanned::{List, Pairs, Spanned, Text};

/// Argo CD as it runs on the platform.
#[derive(Clone, Debug, Default)]
pub struct ArgoCd {
    /// The version; the newest known one counts when it is not stated.
    pub version: Option<Spanned<Version>>,
    /// The namespace it runs in; `argocd` when not stated.
    pub namespace: Option<Text>,
    /// The cluster that `https://kubernetes.default.svc` means.
    pub runs_in: Option<Text>,
    /// Files and folders of real Argo CD objects.
    pub state: Vec<Text>,
    /// Namespaces besides its own that Applications may live in (globs), as `application.namespaces`.
    pub application_namespaces: Option<List>,
    /// Namespaces besides its own that ApplicationSets may live in (globs).
    pub application_set_namespaces: Option<List>,
    /// Settings of the controllers, by their key in `argocd-cmd-params-cm`; those of the platform file win over
    /// those of the imported ConfigMap.
    pub parameters: BTreeMap<String, Text>,
}

/// Who states something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Declared {
    /// The platform file.
    #[default]
    PlatformFile,
    /// An imported Argo CD object.
    State,
    /// A kubeconfig file.
    Kubeconfig,
}

/// A cluster.
#[derive(Clone, Debug)]
pub struct Cluster {
    /// Its name, as Argo CD knows it.
    pub name: Text,
    /// Its API server's address, as Argo CD knows it.
    pub server: Option<Text>,
    /// The environment it belongs to.
    pub environment: Option<Text>,
    /// The kubeconfig context that reaches it.
    pub context: Option<Text>,
    /// How one logs in: `aws-iam`, `gke`, `azure`, `oidc`, `certificate`, `token`, or the command of an exec plugin.
    pub auth: Option<Text>,
    /// What kind of cluster it is: `minikube`, `kind`, `eks`, `gke`, `aks`, …
    pub kind: Option<Text>,
    /// Labels of its cluster Secret, which cluster generators select by.
    pub labels: Option<Pairs>,
    /// Annotations of its cluster Secret.
    pub annotations: Option<Pairs>,
    /// The project its cluster Secret is scoped to.
    pub project: Option<Text>,
    /// Its nodes, in groups that are alike.
    pub nodes: Option<Spanned<Vec<NodeGroup>>>,
    /// What is true of it, where it differs from its environment.
    pub facts: Facts,
    /// Who declares it first.
    pub declared: Declared,
}

/// Nodes that are alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeGroup {
    /// A name for people.
    pub name: Option<Text>,
    /// How many there are.
    pub count: Option<Spanned<u64>>,
    /// Labels of each.
    pub labels: Vec<(Text, Text)>,
    /// Taints of each, as `key=value:Effect`.
    pub taints: Vec<Text>,
}

/// An environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Its name.
    pub name: Text,
    /// Other names it goes by.
    pub aliases: Vec<Text>,
    /// Whether it is judged as production; by its name when not stated.
    pub production: Option<Spanned<bool>>,
    /// What is true of all its clusters.
    pub facts: Facts,
}

/// A container registry.
#[derive(Clone, Debug)]
pub struct Registry {
    /// Its host, with a path where only part of it is meant.
    pub host: Text,
    /// Whether a secret is needed to pull from it.
    pub pull_secret: Option<Spanned<super::PullSecret>>,
    /// How long its tokens live, as `12h`; known for ECR.
    pub tokens_expire: Option<Text>,
    /// Whether anybody may pull from it.
    pub public: Option<Spanned<bool>>,
}

/// What stands for a repository's address.
#[derive(Clone, Debug)]
pub struct Repository {
    /// The address, or `*` for every other one.
    pub url: Text,
    /// The folder or Git repository that stands for it, relative to the platform file.
    pub path: Option<Text>,
    /// Whether the files as they are stand for every revision.
    pub any_revision: Option<Spanned<bool>>,
    /// `git`, `helm` or `oci`.
    pub kind: Option<Text>,
    /// The project it is scoped to.
    pub project: Option<Text>,
    /// Who declares it.
    pub declared: Declared,
}
