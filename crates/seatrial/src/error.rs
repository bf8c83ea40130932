//! What is said when a command cannot do its work.

use std::fmt;

use crate::look::{BOLD, CYAN, Look, RED};
use crate::text::printable;

/// A command could not run: what and why (with file, line and column where there is one), and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CliError {
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do about it; empty when the message says it.
    pub hint: String,
}

impl CliError {
    /// An error that explains itself.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: String::new() }
    }

    /// Adds what to do.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// The error as it is written to standard error.
    pub(crate) fn render(&self, look: Look) -> String {
        let mut out = format!(
            "{} {}\n",
            look.paint(RED, "error:"),
            look.paint(BOLD, &look.wrapped(&printable(&self.message), 0))
        );
        if !self.hint.is_empty() {
            out.push_str(&format!(
                "  {} {}\n",
                look.paint(CYAN, "hint:"),
                look.wrapped(&printable(&self.hint), 8)
            ));
        }
        out
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if self.hint.is_empty() { Ok(()) } else { write!(f, " ({})", self.hint) }
    }
}

impl std::error::Error for CliError {}
