//! What a text or a repository states about a platform, one fact at a time.

use std::ops::Range;

use seatrial_platform::Modality;
use serde_json::{Value, json};

/// One statement: a fact about one place, how binding it is, and the words it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    /// What it is about.
    pub place: Place,
    /// What it says.
    pub what: What,
    /// How binding its words make it.
    pub level: Modality,
    /// Whether the words say how binding it is (`must`, `only`, `can`, …); else it is plainly stated.
    pub binding: bool,
    /// Whether the place is named, or one of many that "all clusters" means.
    pub named: bool,
    /// Whether the words announce that something said before no longer holds ("actually", "instead").
    pub revises: bool,
    /// Whether the words add to what is there ("also") rather than state the whole.
    pub adds: bool,
    /// The sentence, then other sentences that complete it (the address of "our ECR").
    pub quotes: Vec<Quote>,
}

/// Words of a text, where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The line of their beginning, from 1.
    pub line: usize,
    /// The words on one line, marks of quotation and layout dropped.
    pub text: String,
}

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// Argo CD itself.
    ArgoCd,
    /// A cluster, by name.
    Cluster(String),
    /// An environment, by name.
    Environment(String),
    /// A registry, by host.
    Registry(String),
    /// How things are named.
    Conventions,
    /// Every Application of these environments; of all when none is named.
    Applications(Vec<String>),
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum What {
    /// A cluster is of this environment.
    EnvironmentOf(String),
    /// A cluster's address.
    Server(String),
    /// What kind of cluster it is.
    Kind(String),
    /// How one logs in.
    Auth(String),
    /// The kubeconfig context that reaches it.
    Context(String),
    /// Registries that images may come from.
    Registries(Vec<String>),
    /// The secret that images are pulled with; `None`: none is needed.
    PullSecret(Option<String>),
    /// Whether Argo CD syncs by itself.
    Automated(bool),
    /// Whether it deletes what left Git.
    Prune(bool),
    /// Whether it undoes changes made in the cluster.
    SelfHeal(bool),
    /// A sync option that every Application carries.
    SyncOption(String),
    /// Node labels that workloads must ask for; empty: none.
    NodeSelector(Vec<(String, String)>),
    /// Storage classes that exist; empty: none.
    StorageClasses(Vec<String>),
    /// Ingress classes that exist.
    IngressClasses(Vec<String>),
    /// How many replicas a workload has, from and to.
    Replicas(Option<u64>, Option<u64>),
    /// An amount of memory or CPU, as `limits` or `requests`, from and to.
    Amount {
        /// `requests` or `limits`.
        group: &'static str,
        /// `cpu` or `memory`.
        resource: &'static str,
        /// The least.
        min: Option<String>,
        /// The most.
        max: Option<String>,
    },
    /// Whether workloads must survive the loss of a node.
    HighAvailability(bool),
    /// A namespace that exists.
    Namespace(String),
    /// A secret that is in a namespace.
    NamespaceSecret(String, String),
    /// What must be pinned: `revisions`, `tags`, `digests`.
    Pinned(Vec<&'static str>),
    /// The version of Kubernetes.
    Kubernetes(String),
    /// What brings secrets to the clusters, by its name in the platform file.
    Secrets(&'static str),
    /// Whether an environment is judged as production.
    Production(bool),
    /// Whether anybody may pull from a registry.
    Public(bool),
    /// The version of Argo CD.
    Version(String),
    /// The namespace of Argo CD.
    OwnNamespace(String),
    /// The cluster that Argo CD runs in.
    RunsIn(String),
    /// The pattern of Applications' names.
    ApplicationName(String),
    /// The pattern of target namespaces.
    NamespacePattern(String),
    /// The pattern of projects' names.
    Project(String),
    /// A rule of the house that no fact expresses, in CEL, and its name.
    Rule {
        /// The constraint's name.
        id: String,
        /// The condition.
        rule: String,
    },
}

impl What {
    /// The key that states it, below its place; of one amount or one namespace, the key of just that.
    pub fn path(&self) -> Vec<String> {
        let fixed: &[&str] = match self {
            Self::EnvironmentOf(_) => &["environment"],
            Self::Server(_) => &["server"],
            Self::Kind(_) => &["kind"],
            Self::Auth(_) => &["auth"],
            Self::Context(_) => &["context"],
            Self::Registries(_) => &["registries"],
            Self::PullSecret(_) => &["pullSecret"],
            Self::Automated(_) => &["sync", "automated"],
            Self::Prune(_) => &["sync", "prune"],
            Self::SelfHeal(_) => &["sync", "selfHeal"],
            Self::SyncOption(_) => &["sync", "options"],
            Self::NodeSelector(_) => &["nodeSelector"],
            Self::StorageClasses(_) => &["storageClasses"],
            Self::IngressClasses(_) => &["ingressClasses"],
            Self::Replicas(..) => &["replicas"],
            Self::Amount { group, resource, .. } => {
                return ["resources", group, resource].map(str::to_owned).to_vec();
            }
            Self::HighAvailability(_) => &["highAvailability"],
            Self::Namespace(name) => return vec!["namespaces".to_owned(), name.clone()],
            Self::NamespaceSecret(name, _) => {
                return vec!["namespaces".to_owned(), name.clone(), "secrets".to_owned()];
            }
            Self::Pinned(_) => &["pinned"],
            Self::Kubernetes(_) => &["kubernetes"],
            Self::Secrets(_) => &["secrets"],
            Self::Production(_) => &["production"],
            Self::Public(_) => &["public"],
            Self::Version(_) => &["version"],
            Self::OwnNamespace(_) => &["namespace"],
            Self::RunsIn(_) => &["runsIn"],
            Self::ApplicationName(_) => &["applicationName"],
            Self::NamespacePattern(_) => &["namespace"],
            Self::Project(_) => &["project"],
            Self::Rule { id, .. } => return vec![id.clone()],
        };
        fixed.iter().map(|key| (*key).to_owned()).collect()
    }

    /// What stands under that key.
    pub fn value(&self) -> Value {
        let bounds = |min: &Option<String>, max: &Option<String>| match (min, max) {
            (Some(min), Some(max)) if min == max => json!(min),
            (Some(min), Some(max)) => json!({"min": min, "max": max}),
            (Some(min), None) => json!({"min": min}),
            (None, Some(max)) => json!({"max": max}),
            (None, None) => json!({}),
        };
        match self {
            Self::EnvironmentOf(text)
            | Self::Server(text)
            | Self::Kind(text)
            | Self::Auth(text)
            | Self::Context(text)
            | Self::Kubernetes(text)
            | Self::Version(text)
            | Self::OwnNamespace(text)
            | Self::RunsIn(text)
            | Self::ApplicationName(text)
            | Self::NamespacePattern(text)
            | Self::Project(text) => json!(text),
            Self::Secrets(text) => json!(text),
            Self::Registries(list) | Self::StorageClasses(list) | Self::IngressClasses(list) => json!(list),
            Self::PullSecret(name) => name.as_ref().map_or(json!(false), |name| json!(name)),
            Self::Automated(on)
            | Self::Prune(on)
            | Self::SelfHeal(on)
            | Self::HighAvailability(on)
            | Self::Production(on)
            | Self::Public(on) => json!(on),
            Self::SyncOption(option) => json!([option]),
            Self::NodeSelector(labels) => {
                Value::Object(labels.iter().map(|(key, value)| (key.clone(), json!(value))).collect())
            }
            Self::Replicas(Some(min), Some(max)) if min == max => json!(min),
            Self::Replicas(Some(min), Some(max)) => json!({"min": min, "max": max}),
            Self::Replicas(Some(min), None) => json!({"min": min}),
            Self::Replicas(None, Some(max)) => json!({"max": max}),
            Self::Replicas(None, None) => json!({}),
            Self::Amount { min, max, .. } => bounds(min, max),
            Self::Namespace(_) => json!({}),
            Self::NamespaceSecret(_, secret) => json!([secret]),
            Self::Pinned(what) => json!(what),
            Self::Rule { rule, .. } => json!(rule),
        }
    }

    /// Whether what it states stands beside others under the same key, so that a second statement adds to the first.
    pub fn is_one_of_many(&self) -> bool {
        matches!(self, Self::SyncOption(_) | Self::NamespaceSecret(..))
    }

    /// The names and amounts in it that the text must contain, for a claim to rest on it. What is told by other
    /// words (`manual`) is not among them.
    pub fn literals(&self) -> Vec<String> {
        match self {
            Self::EnvironmentOf(_)
            | Self::Kind(_)
            | Self::Auth(_)
            | Self::PullSecret(None)
            | Self::Automated(_)
            | Self::Prune(_)
            | Self::SelfHeal(_)
            | Self::HighAvailability(_)
            | Self::Pinned(_)
            | Self::Secrets(_)
            | Self::Production(_)
            | Self::Public(_)
            | Self::IngressClasses(_)
            | Self::Replicas(..)
            | Self::ApplicationName(_)
            | Self::NamespacePattern(_)
            | Self::Rule { .. } => Vec::new(),
            Self::Server(text)
            | Self::Context(text)
            | Self::Kubernetes(text)
            | Self::Version(text)
            | Self::OwnNamespace(text)
            | Self::RunsIn(text)
            | Self::Project(text)
            | Self::Namespace(text)
            | Self::SyncOption(text) => vec![text.clone()],
            Self::NamespaceSecret(name, secret) => vec![name.clone(), secret.clone()],
            Self::PullSecret(Some(name)) => vec![name.clone()],
            Self::Registries(hosts) => {
                // Registries that go by a name of their own ("Docker Hub") need not be spelled out.
                hosts.iter().filter(|host| !has_common_name(host)).cloned().collect()
            }
            Self::StorageClasses(list) => list.clone(),
            Self::NodeSelector(labels) => {
                labels.iter().flat_map(|(key, value)| [key.clone(), value.clone()]).collect()
            }
            Self::Amount { min, max, .. } => min
                .iter()
                .chain(max)
                .map(|amount| amount.trim_end_matches(|c: char| c.is_ascii_alphabetic()).to_owned())
                .collect(),
        }
    }
}

/// Whether a registry is mostly called by a name that is not its host.
fn has_common_name(host: &str) -> bool {
    ["docker.io", "ghcr.io", "quay.io", "registry.k8s.io", "public.ecr.aws", "gcr.io"].contains(&host)
}

impl Place {
    /// The keys of the platform file that lead to it.
    pub fn path(&self) -> Vec<String> {
        let keys: &[&str] = match self {
            Self::ArgoCd => &["argocd"],
            Self::Cluster(name) => &["clusters", name],
            Self::Environment(name) => &["environments", name],
            Self::Registry(host) => &["registries", host],
            Self::Conventions => &["conventions"],
            Self::Applications(_) => &["constraints"],
        };
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    /// Its name, as one would say it.
    pub fn words(&self) -> String {
        match self {
            Self::ArgoCd => "Argo CD".to_owned(),
            Self::Cluster(name) => format!("cluster {name}"),
            Self::Environment(name) | Self::Registry(name) => name.clone(),
            Self::Conventions => "names".to_owned(),
            Self::Applications(environments) if environments.is_empty() => "everywhere".to_owned(),
            Self::Applications(environments) => environments.join(", "),
        }
    }
}

impl Claim {
    /// The key of the platform file that it states: `environments.prod.pullSecret`.
    pub fn key(&self) -> String {
        self.path().join(".")
    }

    /// The same, key by key; names may have dots of their own.
    pub fn path(&self) -> Vec<String> {
        let mut path = self.place.path();
        path.extend(self.what.path());
        path
    }

    /// The sentence it rests on.
    pub fn sentence(&self) -> &str {
        self.quotes.first().map_or("", |quote| &quote.text)
    }
}
