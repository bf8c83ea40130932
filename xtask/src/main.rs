//! Repeated chores of the project, one subcommand each: `cargo xtask --help` is the list.
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod bench;
mod charts;
mod clients;
mod corpus;
mod docs;
mod fuzz;
mod generate;
mod helm;
mod judge;
mod mcp;
mod oracle;
mod paths;
mod record;
mod replay;
mod schemas;
mod score;
mod sdk;
mod tool;

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
    /// Render generated charts, and compare with the three Helms
    Charts(charts::Args),
    /// Make the schemas of Argo CD's and Kubernetes' objects again from their releases (`crates/*/data`)
    Schemas,
    /// Judge `seatrial mcp` by the official clients, which are installed for it
    Mcp(mcp::Args),
    /// Write the documentation that is made from definitions, or check that it is current
    Docs(docs::Args),
    /// Judge the labelled manifests: every fault at its line, no false alarm
    Score(score::Args),
    /// Run the program over many repositories
    Corpus(corpus::Args),
    /// Measure the program as a whole, and templates against Go
    Bench(bench::Args),
    /// Judge the tests' stand-in for the APIs of language models by the official clients
    Sdk,
    /// Play a piece of work from the first request to a clean set, and have Argo CD judge it
    Replay(replay::Args),
    /// Run every fuzz target for a while on the nightly compiler
    Fuzz(fuzz::Args),
}

fn main() -> Result<()> {
    match Cli::parse().chore {
        Chore::Oracle(args) => oracle::run(&args),
        Chore::Record(args) => record::run(&args),
        Chore::GenerateCases(args) => generate::run(&args),
        Chore::Charts(args) => charts::run(&args),
        Chore::Schemas => {
            println!("{}", schemas::run(paths::root())?.display());
            println!("{}", schemas::kubernetes::run(paths::root())?.display());
            println!("{}", schemas::health::run(paths::root())?.display());
            Ok(())
        }
        Chore::Mcp(args) => mcp::run(&args),
        Chore::Docs(args) => docs::run(&args),
        Chore::Score(args) => score::run(&args),
        Chore::Corpus(args) => corpus::run(&args),
        Chore::Bench(args) => bench::run(&args),
        Chore::Replay(args) => replay::run(&args),
        Chore::Sdk => sdk::run(),
        Chore::Fuzz(args) => fuzz::run(&args),
    }
}
