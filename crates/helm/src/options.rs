//! Which release is rendered, and how.

use std::sync::Arc;

use seatrial_gotemplate::{Clock, Limits, Random};

use crate::version::HelmVersion;

/// What the flags of `helm template` say.
#[derive(Clone, Debug)]
pub struct Options {
    /// Which Helm is reproduced.
    pub version: HelmVersion,
    /// `.Release.Name`.
    pub release_name: String,
    /// `.Release.Namespace`.
    pub namespace: String,
    /// `--is-upgrade`: `.Release.IsUpgrade` in place of `.Release.IsInstall`.
    pub is_upgrade: bool,
    /// `--kube-version`; the Helm's own default when absent.
    pub kube_version: Option<KubeVersion>,
    /// `--api-versions`, added to the Helm's own default.
    pub api_versions: Vec<String>,
    /// `--include-crds`: the files under `crds/` come first.
    pub include_crds: bool,
    /// `--skip-tests`: no test hooks.
    pub skip_tests: bool,
    /// `--no-hooks`: no hooks at all.
    pub no_hooks: bool,
    /// `--skip-schema-validation`: `values.schema.json` is not looked at.
    pub skip_schema_validation: bool,
    /// Rendered as `helm lint` does: `required` and `fail` give the empty string.
    pub lint: bool,
    /// What `lookup` finds: Kubernetes objects as JSON. Empty, as without a cluster, it finds nothing.
    pub cluster: Arc<[serde_json::Value]>,
    /// The clock behind `now`.
    pub clock: Clock,
    /// The randomness behind `randAlphaNum`, `genCA` and their kin.
    pub random: Random,
    /// Bounds on the whole render.
    pub limits: Limits,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: HelmVersion::default(),
            release_name: "release-name".to_owned(),
            namespace: "default".to_owned(),
            is_upgrade: false,
            kube_version: None,
            api_versions: Vec::new(),
            include_crds: false,
            skip_tests: false,
            no_hooks: false,
            skip_schema_validation: false,
            lint: false,
            cluster: Arc::default(),
            clock: Clock::System,
            random: Random::System,
            limits: Limits::default(),
        }
    }
}

/// `.Capabilities.KubeVersion`, made by [`KubeVersion::parse`](Self::parse).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KubeVersion {
    /// The whole, with `v`: `v1.35.2`.
    pub version: String,
    /// The numbers alone, with `v`: what a chart's `kubeVersion` is compared with.
    pub normalized: String,
    /// `1`.
    pub major: String,
    /// `35`.
    pub minor: String,
}
