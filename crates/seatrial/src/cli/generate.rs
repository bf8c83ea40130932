//! The flags of `seatrial generate`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ModelArgs;
use crate::formats::FailOn;

/// `seatrial generate`.
#[derive(Debug, Args)]
pub struct GenerateArgs {
    /// What is wanted, in a sentence or more; a file that says it; `-` is standard input
    #[arg(value_name = "INTENT")]
    pub intent: Option<String>,
    /// The application's name [default: the chart's]
    #[arg(long, value_name = "NAME")]
    pub app: Option<String>,
    /// The chart: its name, or its folder
    #[arg(long, value_name = "NAME")]
    pub chart: Option<String>,
    /// The repository's address, where several have such a chart
    #[arg(long, value_name = "URL")]
    pub repo: Option<String>,
    /// An environment to run in (may be repeated)
    #[arg(long = "env", value_name = "NAME", value_delimiter = ',')]
    pub environments: Vec<String>,
    /// A cluster to run on [default: all of the environments] (may be repeated)
    #[arg(long = "cluster", value_name = "NAME", value_delimiter = ',')]
    pub clusters: Vec<String>,
    /// Every cluster of the environments, those to come included
    #[arg(long)]
    pub every_cluster: bool,
    /// The target namespace
    #[arg(short, long, value_name = "NAME")]
    pub namespace: Option<String>,
    /// The AppProject
    #[arg(long, value_name = "NAME")]
    pub project: Option<String>,
    /// Git revision or chart version (may be repeated)
    #[arg(long, value_name = "[ENV=]REV")]
    pub revision: Vec<String>,
    /// The tag of the application's image (may be repeated)
    #[arg(long, value_name = "[ENV=]TAG")]
    pub tag: Vec<String>,
    /// The host that it is reached at from outside (may be repeated)
    #[arg(long, value_name = "[ENV=]HOST")]
    pub host: Vec<String>,
    /// Replicas, where the facts leave room (may be repeated)
    #[arg(long, value_name = "[ENV=]N")]
    pub replicas: Vec<String>,
    /// A value of the chart (may be repeated)
    #[arg(long = "value", value_name = "[ENV:]PATH=VALUE")]
    pub values: Vec<String>,
    /// Who writes it.
    #[command(flatten)]
    pub model: ModelArgs,
    /// How many proposals a model may make
    #[arg(long, value_name = "N", default_value_t = 4)]
    pub max_rounds: u32,
    /// How many tokens a model may take, in and out
    #[arg(long, value_name = "N")]
    pub max_tokens: Option<u64>,
    /// How many US dollars a model may cost
    #[arg(long, value_name = "USD")]
    pub max_cost: Option<f64>,
    /// After how many seconds no further round begins
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// Only say whether a model is worth asking, and why
    #[arg(long)]
    pub triage: bool,
    /// Where to write it [default: applicationset-APP.yaml, once confirmed]
    #[arg(short, long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Write without asking, over an existing file too
    #[arg(short, long)]
    pub yes: bool,
    /// Ask what is missing, where a person can answer [default]
    #[arg(long, overrides_with = "no_ask")]
    pub ask: bool,
    /// Ask nothing: list what is missing
    #[arg(long, overrides_with = "ask")]
    pub no_ask: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = GenerateFormat::Text)]
    pub format: GenerateFormat,
    /// From which severity on findings in the result need a person
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
}

/// The formats of `generate`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum GenerateFormat {
    /// The manifest on standard output, the rest beside it
    Text,
    /// All of it, for programs (see the published JSON Schema)
    Json,
}
