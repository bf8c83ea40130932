//! The faces of Seatrial: commands and output formats over one trial.
//!
//! | to … | see |
//! |---|---|
//! | run a command line in process | [`run`], [`Io`] |
//! | know every command and flag | [`cli`] |
//! | see what a command does | `commands/`, one file each |
//! | show a report | [`formats`], one file each |
//! | serve agents | `mcp/`, one file for each tool |
//! | make the documentation of the commands | [`docs`] |
//!
//! Nothing here judges a manifest: `seatrial_trial` does, and every face shows what it says.

pub mod cli;
mod commands;
mod diff;
pub mod docs;
mod error;
pub mod formats;
mod guard;
mod io;
mod look;
mod mcp;
mod model;
mod page;
mod place;
mod progress;
mod remote;
#[cfg(test)]
mod schema;
mod session;
mod text;

pub use error::CliError;
pub use guard::quiet_panics;
pub use io::{Io, Terminal};
pub use look::Look;

use std::ffi::OsString;

use clap::Parser;

use cli::Cli;

/// Runs a command line, the program's name included, and returns the exit code: 0 nothing at or above the gate,
/// 1 something, 2 could not run. Never panics: a fault of Seatrial's own is a message and 2.
pub fn run<I, T>(arguments: I, io: &mut Io<'_>) -> u8
where
    I: IntoIterator<Item = T>,
    T: Into<OsString> + Clone,
{
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, io),
    };
    let look = io.error_look(cli.global.color);
    match guard::guarded(|| commands::run(&cli, io)) {
        Ok(code) => code,
        Err(error) => {
            io.say(&error.render(look));
            2
        }
    }
}

/// Help and version go to standard output and succeed; everything else is a usage error.
fn usage(error: &clap::Error, io: &mut Io<'_>) -> u8 {
    let to_out = !error.use_stderr();
    let colour = if to_out { io.terminal.colour } else { io.terminal.error_colour };
    let text = if colour { error.render().ansi().to_string() } else { error.render().to_string() };
    if to_out {
        let _ = io.print(&text);
        0
    } else {
        io.say(&text);
        2
    }
}
