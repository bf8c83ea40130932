//! The flags of `helm lint`, as Helm has them.

use clap::Args;

use super::helm::{Helm, HelmValueArgs, go_bool};

/// `seatrial helm lint`.
#[derive(Debug, Args)]
pub struct HelmLintArgs {
    /// The charts: folders or archives
    #[arg(value_name = "PATH", required = true)]
    pub paths: Vec<String>,
    /// Which Helm to be [default: that of the platform's Argo CD, else 4.3.1]
    #[arg(long, value_enum, value_name = "VERSION")]
    pub helm_version: Option<Helm>,
    /// Fail on warnings
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub strict: bool,
    /// Lint the charts under `charts/` too
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub with_subcharts: bool,
    /// Say only what Helm says: no schemas of Kubernetes, no unused values
    #[arg(long)]
    pub helm_only: bool,
    /// Values.
    #[command(flatten)]
    pub given: HelmValueArgs,
    /// The release's namespace [default: $HELM_NAMESPACE, else default]
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Kubernetes version that objects are judged by and templates see
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// Do not judge values by the chart's schema
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub skip_schema_validation: bool,
}
