//! The flags of `seatrial commands`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// `seatrial commands`.
#[derive(Debug, Args)]
pub struct CommandsArgs {
    /// A manifest, or a folder of them: what to run for it. A script, a Markdown page, a skill: what is wrong with its
    /// commands; `-` is standard input
    #[arg(value_name = "PATH", default_value = ".")]
    pub path: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t = CommandsFormat::Text)]
    pub format: CommandsFormat,
}

/// The formats of `commands`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CommandsFormat {
    /// For people; what is to be run, as a script
    Text,
    /// For programs
    Json,
}
