//! `seatrial man`: the manual page, for packagers.

use clap::CommandFactory;

use crate::cli::Cli;
use crate::error::CliError;
use crate::io::Io;

pub(super) fn run(io: &mut Io<'_>) -> Result<u8, CliError> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Cli::command())
        .render(&mut page)
        .map_err(|error| CliError::new(format!("cannot make the manual page: {error}")))?;
    io.print(&String::from_utf8_lossy(&page))?;
    Ok(0)
}
