//! Flags of `helm template` that change nothing of what is rendered: they are taken, so that a command line that works with
//! Helm works here, and have no effect.

use clap::Args;

use super::helm::go_bool;

/// They concern an installation, a cluster, or how a chart is fetched.
#[derive(Debug, Default, Args)]
#[allow(missing_docs)]
pub struct IgnoredArgs {
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub create_namespace: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub devel: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub disable_openapi_validation: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub force: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub force_conflicts: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub force_replace: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub replace: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub rollback_on_failure: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub atomic: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub server_side: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub take_ownership: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub wait_for_jobs: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub hide_notes: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub render_subchart_notes: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub pass_credentials: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub plain_http: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub insecure_skip_tls_verify: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, value_name = "BOOL")]
    pub kube_insecure_skip_tls_verify: bool,
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, value_name = "HOW")]
    pub wait: Option<Option<String>>,
    #[arg(long, hide = true, value_name = "TEXT")]
    pub description: Option<String>,
    #[arg(long, hide = true, value_name = "DURATION")]
    pub timeout: Option<String>,
    #[arg(long, hide = true, value_name = "VERSION")]
    pub version: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub ca_file: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub cert_file: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub key_file: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub keyring: Option<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pub username: Option<String>,
    #[arg(long, hide = true, value_name = "TEXT")]
    pub password: Option<String>,
    #[arg(long, hide = true, value_name = "N")]
    pub burst_limit: Option<String>,
    #[arg(long, hide = true, value_name = "N")]
    pub qps: Option<String>,
    #[arg(long, hide = true, value_name = "DIR")]
    pub content_cache: Option<String>,
    #[arg(long, hide = true, value_name = "ADDRESS")]
    pub kube_apiserver: Option<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pub kube_as_user: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub kube_ca_file: Option<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pub kube_context: Option<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pub kube_tls_server_name: Option<String>,
    #[arg(long, hide = true, value_name = "TOKEN")]
    pub kube_token: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub kubeconfig: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub registry_config: Option<String>,
    #[arg(long, hide = true, value_name = "DIR")]
    pub repository_cache: Option<String>,
    #[arg(long, hide = true, value_name = "FILE")]
    pub repository_config: Option<String>,
    #[arg(short, long, hide = true, value_name = "KEY=VALUE")]
    pub labels: Vec<String>,
    #[arg(long, hide = true, value_name = "NAME")]
    pub kube_as_group: Vec<String>,
}
