//! `seatrial helm`: Helm without Helm.

mod dependencies;
mod lint;
mod template;

use crate::cli::{Global, HelmCommand};
use crate::error::CliError;
use crate::io::Io;

pub(super) fn run(command: &HelmCommand, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    match command {
        HelmCommand::Template(args) => template::run(args, global, io),
        HelmCommand::Lint(args) => lint::run(args, global, io),
    }
}
