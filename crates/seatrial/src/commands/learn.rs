//! `seatrial learn`: from a text, or from what a repository shows, to facts of the platform file. Shown first, written
//! only when somebody says so.

mod json;
mod prose;
mod target;

use crate::cli::{Global, LearnArgs};
use crate::error::CliError;
use crate::io::Io;
use target::Target;

pub(super) fn run(args: &LearnArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let target = Target::open(global, io)?;
    prose::run(args, global, io, &target)
}
