//! What rendering is told about the destination, and its bounds.

use seatrial_gotemplate::{Clock, Random};

/// How an Application is rendered.
#[derive(Clone, Debug)]
pub struct RenderOptions {
    /// The version of the destination cluster's Kubernetes (`1.35`, `v1.35.2-eks-1`); `None` when it is not known.
    pub kube_version: Option<String>,
    /// What the destination cluster serves: `v1`, `apps/v1`, `apps/v1/Deployment`; `None` when it is not known.
    pub api_versions: Option<Vec<String>>,
    /// What `lookup` finds; Argo CD renders without a cluster, so it is empty.
    pub cluster: Vec<serde_json::Value>,
    /// The clock behind `now`.
    pub clock: Clock,
    /// The randomness behind `randAlphaNum`, `genCA` and their kin.
    pub random: Random,
    /// Bounds on each run of Helm.
    pub limits: seatrial_gotemplate::Limits,
    /// How many bytes of manifests a directory source may hold (`reposerver.max.combined.directory.manifests.size`).
    pub directory_bytes: u64,
}

impl Default for RenderOptions {
    fn default() -> Self {
        Self {
            kube_version: None,
            api_versions: None,
            cluster: Vec::new(),
            clock: Clock::System,
            random: Random::System,
            limits: seatrial_gotemplate::Limits::default(),
            directory_bytes: 10_000_000,
        }
    }
}
