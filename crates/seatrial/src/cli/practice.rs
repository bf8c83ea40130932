//! The flags of `seatrial practice`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `seatrial practice`.
#[derive(Debug, Args)]
pub struct PracticeArgs {
    /// How hard: 1 is seen by looking, 2 by knowing the platform, 3 by knowing Argo CD [default: by your scores so far]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=3))]
    pub level: Option<u8>,
    /// Which exercise; the same number makes the same one [default: one that was not there yet]
    #[arg(long, value_name = "N")]
    pub seed: Option<u64>,
    /// Your concerns, one on each line; `-` is standard input [default: asked for, on a terminal]
    #[arg(long, value_name = "FILE")]
    pub answers: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = PracticeFormat::Text)]
    pub format: PracticeFormat,
}

/// The formats of `practice`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PracticeFormat {
    /// For people
    Text,
    /// For programs
    Json,
}
