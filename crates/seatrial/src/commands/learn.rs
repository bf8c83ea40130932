//! `seatrial learn`: from a text, or from what a repository shows, to facts of the platform file. Shown first, written
//! only when somebody says so.

mod ask;
mod json;
mod prose;
mod repo;
mod target;

use crate::cli::{Global, LearnArgs};
use crate::error::CliError;
use crate::io::Io;
use target::Target;

pub(super) fn run(args: &LearnArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let target = Target::open(global, io)?;
    match &args.repo {
        Some(dir) => repo::run(dir, args, global, io, &target),
        None => prose::run(args, global, io, &target),
    }
}
