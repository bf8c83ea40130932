//! `seatrial completions`: a completion script for a shell.

use clap::CommandFactory;

use crate::cli::{Cli, CompletionsArgs};
use crate::error::CliError;
use crate::io::Io;

pub(super) fn run(args: &CompletionsArgs, io: &mut Io<'_>) -> Result<u8, CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "seatrial", &mut script);
    io.print(&String::from_utf8_lossy(&script))?;
    Ok(0)
}
