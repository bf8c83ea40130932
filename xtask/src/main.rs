//! Repeated chores of the project, one subcommand each: `cargo xtask --help` is the list.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod fuzz;
mod generate;
mod judge;
mod oracle;
mod paths;
mod record;

use anyhow::Result;
use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "Repeated chores of Seatrial", version)]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Build and install the judges (the real tools tests compare with); prints where they are
    Oracle(oracle::Args),
    /// Ask the judges again for every recorded answer, or check that nothing would change
    Record(record::Args),
    /// Make seeded cases, have the judges answer them and record them in the rooms' test data
    GenerateCases(generate::Args),
    /// Run every fuzz target for a while on the nightly compiler
    Fuzz(fuzz::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Oracle(args) => oracle::run(&args),
        Chore::Record(args) => record::run(&args),
        Chore::GenerateCases(args) => generate::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
    }
}
