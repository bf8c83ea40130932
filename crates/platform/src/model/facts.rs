//! Facts that an environment states and a cluster may state otherwise.

use crate::spanned::{List, Pairs, Spanned, Text};

/// What is true of a place. An environment states it for all its clusters; a cluster's own statement wins.
/// `None` everywhere means: nothing is known, and nothing is judged by it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Facts {
    /// Registries that images may come from.
    pub registries: Option<List>,
    /// The secret that images are pulled with.
    pub pull_secret: Option<Spanned<PullSecret>>,
    /// How Applications are synced.
    pub sync: Option<Spanned<Sync>>,
    /// How many replicas a workload has.
    pub replicas: Option<Spanned<Replicas>>,
    /// Bounds of requests and limits.
    pub resources: Option<Spanned<Resources>>,
    /// Node labels that workloads must ask for.
    pub node_selector: Option<Pairs>,
    /// Storage classes that exist.
    pub storage_classes: Option<List>,
    /// Ingress classes that exist.
    pub ingress_classes: Option<List>,
    /// Namespaces that exist, with what they hold.
    pub namespaces: Option<Spanned<Vec<Namespace>>>,
    /// Whether workloads must survive the loss of a node.
    pub high_availability: Option<Spanned<HighAvailability>>,
    /// What must be pinned.
    pub pinned: Option<Spanned<Pinned>>,
    /// The version of Kubernetes, as `1.35`.
    pub kubernetes: Option<Text>,
    /// How secrets get to the clusters.
    pub secrets: Option<Spanned<SecretBackend>>,
}

/// Whether images need a pull secret, and which.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PullSecret {
    /// This Secret.
    Named(String),
    /// One is needed; its name is said elsewhere (by the environment, for a registry).
    Needed,
    /// None is needed, and asking for one is a fault.
    NotNeeded,
    /// One for each registry.
    ByRegistry(Vec<(Text, Spanned<PullSecret>)>),
}

/// How Applications are synced. A part that is not stated is not judged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sync {
    /// Whether Argo CD syncs by itself.
    pub automated: Option<Spanned<bool>>,
    /// Whether it deletes what left Git.
    pub prune: Option<Spanned<bool>>,
    /// Whether it undoes changes made in the cluster.
    pub self_heal: Option<Spanned<bool>>,
    /// Whether it may delete everything when nothing is rendered.
    pub allow_empty: Option<Spanned<bool>>,
    /// Sync options that every Application must carry.
    pub options: Vec<Text>,
    /// When syncing is allowed or denied.
    pub windows: Vec<Spanned<Window>>,
}

/// A sync window, as in an AppProject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// `allow` or `deny`.
    pub kind: Option<Text>,
    /// Cron expression of its beginning.
    pub schedule: Option<Text>,
    /// How long it lasts, as `1h`.
    pub duration: Option<Text>,
    /// Its time zone.
    pub time_zone: Option<Text>,
}

/// How many replicas a workload has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Replicas {
    /// Exactly so many.
    Exactly(u64),
    /// From and to; at least one of them is given.
    Between(Option<u64>, Option<u64>),
}

impl Replicas {
    /// Whether `n` replicas are what is asked for.
    pub fn allows(&self, n: u64) -> bool {
        match self {
            Self::Exactly(wanted) => n == *wanted,
            Self::Between(min, max) => min.is_none_or(|min| n >= min) && max.is_none_or(|max| n <= max),
        }
    }
}

/// Bounds of requests and limits, as Kubernetes quantities (`250m`, `512Mi`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resources {
    /// Bounds of requests.
    pub requests: Amounts,
    /// Bounds of limits.
    pub limits: Amounts,
    /// Whether every container must state requests and limits.
    pub required: Option<Spanned<bool>>,
}

/// Bounds of CPU and memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Amounts {
    /// CPU.
    pub cpu: Option<Spanned<Bounds>>,
    /// Memory.
    pub memory: Option<Spanned<Bounds>>,
}

/// The least and the most of a quantity.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bounds {
    /// The least allowed.
    pub min: Option<Text>,
    /// The most allowed.
    pub max: Option<Text>,
}

/// A namespace that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    /// Its name.
    pub name: Text,
    /// Secrets that are in it; `None` when not stated.
    pub secrets: Option<List>,
    /// Service accounts that bring pull secrets along, with those secrets.
    pub service_accounts: Vec<(Text, List)>,
    /// Labels it carries.
    pub labels: Option<Pairs>,
}

/// What high availability asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HighAvailability {
    /// Whether it is asked for at all.
    pub required: bool,
    /// The fewest replicas; two when not stated.
    pub min_replicas: Option<Spanned<u64>>,
    /// Whether a PodDisruptionBudget is asked for.
    pub disruption_budget: Option<Spanned<bool>>,
    /// The topology key that replicas are spread over.
    pub spread_over: Option<Text>,
}

/// What must be pinned.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pinned {
    /// Git and chart revisions: a tag, a full hash or an exact version.
    pub revisions: Option<Spanned<bool>>,
    /// Image tags: no `latest`, no branch.
    pub tags: Option<Spanned<bool>>,
    /// Images by digest.
    pub digests: Option<Spanned<bool>>,
}

/// How secrets get to the clusters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretBackend {
    /// Plain Secrets, made by hand or by other tools.
    Kubernetes,
    /// Bitnami SealedSecrets in Git.
    SealedSecrets,
    /// External Secrets Operator.
    ExternalSecrets,
    /// HashiCorp Vault, through its operator, agent or a plugin.
    Vault,
    /// Files encrypted with SOPS.
    Sops,
    /// Secrets Store CSI driver.
    Csi,
}

impl SecretBackend {
    /// Names in the platform file, and what they mean.
    pub const NAMES: [(&'static str, Self); 6] = [
        ("kubernetes", Self::Kubernetes),
        ("sealed-secrets", Self::SealedSecrets),
        ("external-secrets", Self::ExternalSecrets),
        ("vault", Self::Vault),
        ("sops", Self::Sops),
        ("csi", Self::Csi),
    ];

    /// Its name in the platform file.
    pub fn as_str(&self) -> &'static str {
        Self::NAMES.iter().find(|(_, backend)| backend == self).map_or("kubernetes", |(name, _)| name)
    }
}
