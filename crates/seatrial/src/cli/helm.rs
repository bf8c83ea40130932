//! `seatrial helm`: the flags of `helm template`, as Helm has them.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::deferred::Deferred;
use super::ignored::IgnoredArgs;
use super::lint::HelmLintArgs;

/// The commands of Helm that there are.
#[derive(Debug, Subcommand)]
pub enum HelmCommand {
    /// Render a chart as `helm template` does: same flags, same bytes, no Helm needed
    #[command(disable_version_flag = true)]
    Template(Deferred<Box<HelmTemplateArgs>>),
    /// Lint a chart as `helm lint` does, and judge what it gives by the schemas of Kubernetes
    #[command(disable_version_flag = true)]
    Lint(Deferred<Box<HelmLintArgs>>),
}

/// Which Helm is reproduced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Helm {
    /// Helm 3.19.4, as in Argo CD 3.3 and 3.4
    #[value(name = "3.19.4", alias = "3")]
    V3,
    /// Helm 4.2.1, as in Argo CD 3.5
    #[value(name = "4.2.1")]
    V42,
    /// Helm 4.3.1, as in Argo CD 3.6
    #[value(name = "4.3.1", alias = "4")]
    V43,
}

/// The values that a user gives a chart, as Helm's commands take them.
#[derive(Debug, Args)]
pub struct HelmValueArgs {
    /// Values files, `-` for standard input
    #[arg(short = 'f', long = "values", value_name = "FILE", value_delimiter = ',')]
    pub values: Vec<String>,
    /// Values: key1=val1,key2=val2
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub set: Vec<String>,
    /// Values that are always strings
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub set_string: Vec<String>,
    /// Values that are JSON: key=json, or an object
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub set_json: Vec<String>,
    /// Values that are the contents of files: key=path
    #[arg(long, value_name = "VALUES", allow_hyphen_values = true)]
    pub set_file: Vec<String>,
    /// A value that is taken as it stands: key=text
    #[arg(long, value_name = "VALUE", allow_hyphen_values = true)]
    pub set_literal: Vec<String>,
}

/// `seatrial helm template`.
#[derive(Debug, Args)]
pub struct HelmTemplateArgs {
    /// The release's name, if any, and the chart: a folder or an archive
    #[arg(value_name = "[NAME] CHART", required = true)]
    pub arguments: Vec<String>,
    /// Which Helm to be [default: that of the platform's Argo CD, else 4.3.1]
    #[arg(long, value_enum, value_name = "VERSION")]
    pub helm_version: Option<Helm>,
    /// Values.
    #[command(flatten)]
    pub given: HelmValueArgs,
    /// The release's namespace [default: $HELM_NAMESPACE, else default]
    #[arg(short, long, value_name = "NAMESPACE")]
    pub namespace: Option<String>,
    /// Also the files under `crds/`
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub include_crds: bool,
    /// No CRDs are installed; taken for Helm's sake
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub skip_crds: bool,
    /// No test hooks
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub skip_tests: bool,
    /// No hooks at all
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub no_hooks: bool,
    /// Do not judge values by the chart's schema
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub skip_schema_validation: bool,
    /// Only what these templates made (may be repeated)
    #[arg(short, long, value_name = "TEMPLATE")]
    pub show_only: Vec<String>,
    /// Kubernetes version for Capabilities.KubeVersion
    #[arg(long, value_name = "VERSION")]
    pub kube_version: Option<String>,
    /// Kubernetes API versions added to Capabilities.APIVersions
    #[arg(short, long, value_name = "VERSIONS", value_delimiter = ',')]
    pub api_versions: Vec<String>,
    /// Set .Release.IsUpgrade in place of .Release.IsInstall
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub is_upgrade: bool,
    /// A template for the release's name
    #[arg(long, value_name = "TEMPLATE")]
    pub name_template: Option<String>,
    /// Make a name out of the chart's and the time
    #[arg(short, long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub generate_name: bool,
    /// Write each template's output to a file under this folder
    #[arg(long, value_name = "DIR")]
    pub output_dir: Option<PathBuf>,
    /// Put the release's name between the output folder and the files
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub release_name: bool,
    /// Take missing dependencies from folders (`file://`), from what the platform file has for their repositories, and with `--fetch` from these
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub dependency_update: bool,
    /// Let getHostByName ask the DNS; refused, as what it answers is not reproducible
    #[arg(long, hide_short_help = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub enable_dns: bool,
    /// `client`; `server` needs a cluster and is refused
    #[arg(long, value_name = "WHERE", num_args = 0..=1, require_equals = true, default_missing_value = "unset")]
    pub dry_run: Option<String>,
    /// Refused: it needs a cluster
    #[arg(long, hide_short_help = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub validate: bool,
    /// With an error, print what was rendered before it
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub debug: bool,
    /// Refused: a signature is not looked at
    #[arg(long, hide = true, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub verify: bool,
    /// Refused: charts of repositories are not fetched
    #[arg(long, hide = true, value_name = "URL")]
    pub repo: Option<String>,
    /// Refused: no other program is run
    #[arg(long, hide = true, value_name = "NAME")]
    pub post_renderer: Option<String>,
    /// Goes with `--post-renderer`
    #[arg(long, hide = true, value_name = "ARGUMENT", allow_hyphen_values = true)]
    pub post_renderer_args: Vec<String>,
    /// Those without a meaning here.
    #[command(flatten)]
    pub ignored: IgnoredArgs,
    /// The same random values, keys and times in every run
    #[arg(long, num_args = 0..=1, require_equals = true, default_value_t, default_missing_value = "true", value_parser = go_bool, hide_default_value = true, value_name = "BOOL")]
    pub deterministic: bool,
}

/// A boolean as Go's `strconv.ParseBool` reads it, so that `--include-crds=false` works as it does in Helm.
pub(super) fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "TRUE" | "true" | "True" => Ok(true),
        "0" | "f" | "F" | "FALSE" | "false" | "False" => Ok(false),
        _ => Err("neither true nor false".to_owned()),
    }
}
