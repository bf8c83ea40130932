//! The flags of `seatrial learn`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ModelArgs;

/// `seatrial learn`.
#[derive(Debug, Args)]
pub struct LearnArgs {
    /// A text that says what is true of the platform; `-` is standard input
    #[arg(value_name = "FILE", conflicts_with = "repo")]
    pub file: Option<PathBuf>,
    /// Learn from what an existing repository shows
    #[arg(long, value_name = "DIR")]
    pub repo: Option<PathBuf>,
    /// Who reads the text, beside the rules that check it.
    #[command(flatten)]
    pub model: ModelArgs,
    /// Ask nothing and write the platform file
    #[arg(short, long)]
    pub yes: bool,
    /// Show what would be written and write nothing
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// How to show what was learned
    #[arg(long, value_enum, default_value_t = LearnFormat::Text)]
    pub format: LearnFormat,
}

/// The formats of `learn`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LearnFormat {
    /// For people
    Text,
    /// For programs
    Json,
}
