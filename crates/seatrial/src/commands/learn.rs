//! `seatrial learn`: from a text, or from what a repository shows, to facts of the platform file. Shown first, written
//! only when somebody says so.

pub(super) mod ask;
mod json;
mod prose;
mod repo;
pub(super) mod target;

use crate::cli::{Global, LearnArgs, LearnFormat};
use crate::error::CliError;
use crate::io::Io;
use target::{Consent, Target};

/// Whose answers are cited.
const WHO: &str = "answered to `seatrial learn`";

pub(super) fn run(args: &LearnArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let target = Target::open(global, io)?;
    match &args.repo {
        Some(dir) => repo::run(dir, args, global, io, &target),
        None => prose::run(args, global, io, &target),
    }
}

/// What the command line says of writing.
fn consent(args: &LearnArgs) -> Consent {
    Consent { yes: args.yes, dry_run: args.dry_run, tell: args.format == LearnFormat::Text }
}
