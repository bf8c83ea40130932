//! Where a command reads and writes: the process's streams, or a test's buffers.

use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::path::PathBuf;

use crate::cli::Colour;
use crate::error::CliError;
use crate::look::Look;

/// The outside of one run.
pub struct Io<'a> {
    /// Standard input.
    pub stdin: &'a mut dyn Read,
    /// Standard output.
    pub out: &'a mut dyn Write,
    /// Standard error.
    pub err: &'a mut dyn Write,
    /// What the streams are.
    pub terminal: Terminal,
    /// The current directory.
    pub cwd: PathBuf,
    /// Environment variables.
    pub env: &'a dyn Fn(&str) -> Option<OsString>,
}

/// What is known of the terminal.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terminal {
    /// Standard input is one: a person can be asked.
    pub input: bool,
    /// Standard output is one.
    pub output: bool,
    /// Standard error is one: progress may be shown.
    pub error: bool,
    /// Columns of standard output.
    pub width: Option<usize>,
    /// Whether standard output shows colours, by its kind and the usual variables (`NO_COLOR`, `TERM`, …).
    pub colour: bool,
    /// The same for standard error.
    pub error_colour: bool,
    /// Whether more than ASCII can be drawn.
    pub unicode: bool,
}

impl Io<'_> {
    /// How standard output may look.
    pub(crate) fn look(&self, colour: Colour) -> Look {
        let terminal = self.terminal;
        let (plain, unicode) = (Look::PLAIN, terminal.output && terminal.unicode);
        Look {
            colour: wanted(colour, terminal.colour),
            unicode,
            width: terminal.width.filter(|_| terminal.output).unwrap_or(plain.width),
        }
    }

    /// How standard error may look.
    pub(crate) fn error_look(&self, colour: Colour) -> Look {
        Look { colour: wanted(colour, self.terminal.error_colour), ..Look::PLAIN }
    }

    /// Writes to standard output. A reader that went away (`| head`) is no error.
    pub(crate) fn print(&mut self, text: &str) -> Result<(), CliError> {
        self.print_bytes(text.as_bytes())
    }

    /// The same for what may be no text.
    pub(crate) fn print_bytes(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        match self.out.write_all(bytes).and_then(|()| self.out.flush()) {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                Err(CliError::new(format!("cannot write to standard output: {error}")))
            }
            _ => Ok(()),
        }
    }

    /// Writes to standard error; there is nowhere to report a failure to.
    pub(crate) fn say(&mut self, text: &str) {
        let _ = self.err.write_all(text.as_bytes()).and_then(|()| self.err.flush());
    }

    /// Reads a line that a person types; `None` at the end of input.
    pub(crate) fn ask(&mut self, question: &str) -> Option<String> {
        self.say(question);
        let mut line = Vec::new();
        let mut byte = [0];
        loop {
            match self.stdin.read(&mut byte) {
                Ok(1) if byte[0] == b'\n' => break,
                Ok(1) if line.len() < 4096 => line.push(byte[0]),
                Ok(1) => {}
                _ if line.is_empty() => return None,
                _ => break,
            }
        }
        Some(String::from_utf8_lossy(&line).trim().to_owned())
    }
}

fn wanted(colour: Colour, shown: bool) -> bool {
    match colour {
        Colour::Auto => shown,
        Colour::Always => true,
        Colour::Never => false,
    }
}
