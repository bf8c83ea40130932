//! The platform file that is taught: what it says, and how it is written.

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Files, write};

use crate::cli::Global;
use crate::diff;
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM};
use crate::session;

/// How it is decided whether to write.
#[derive(Clone, Copy)]
pub(crate) struct Consent {
    /// It was said on the command line.
    pub(crate) yes: bool,
    /// Nothing is to be written.
    pub(crate) dry_run: bool,
    /// What was done is told on standard output, which is not for programs.
    pub(crate) tell: bool,
}

/// The platform file.
pub(crate) struct Target {
    pub(crate) platform: Arc<Platform>,
    /// Its path as shown.
    pub(crate) shown: String,
    path: PathBuf,
}

impl Target {
    /// The platform file in force; where there is none, one in this folder is made.
    pub(crate) fn open(global: &Global, io: &Io<'_>) -> Result<Self, CliError> {
        let home = io.cwd.clone();
        let platform = session::platform(global, io, &home, &Files::new())?;
        let path = session::platform_path(global, io, &home)?
            .unwrap_or_else(|| home.join(seatrial_platform::FILE_NAME));
        let shown = session::shown(&path, &io.cwd);
        Ok(Self { platform, shown, path })
    }

    /// The folder it is in.
    pub(crate) fn folder(&self) -> PathBuf {
        self.path.parent().map(std::path::Path::to_owned).unwrap_or_default()
    }

    /// What it says now.
    pub(crate) fn text(&self) -> &str {
        self.platform.file().map_or("", |file| &file.text)
    }

    /// The change as a diff.
    pub(crate) fn diff(&self, new: &str, io: &Io<'_>, global: &Global) -> String {
        diff::unified(&self.shown, self.text(), new, io.look(global.color))
    }

    /// Asks whether to write, unless it was said; what was done is told. Whether it was written.
    pub(crate) fn settle(
        &self,
        new: &str,
        consent: Consent,
        global: &Global,
        io: &mut Io<'_>,
    ) -> Result<bool, CliError> {
        if new == self.text() || consent.dry_run {
            return Ok(false);
        }
        let look = io.error_look(global.color);
        let person = io.terminal.input && io.terminal.error;
        let agreed = consent.yes
            || (person && {
                let question = format!(
                    "{} {}{}: ",
                    look.paint(CYAN, "?"),
                    look.paint(BOLD, &format!("Write {}", self.shown)),
                    look.paint(DIM, " [y/N]")
                );
                io.ask(&question)
                    .is_some_and(|answer| ["y", "yes"].contains(&answer.to_ascii_lowercase().as_str()))
            });
        if !agreed {
            if global.quiet < 2 {
                io.say(&format!("Nothing was written; `--yes` writes {}.\n", self.shown));
            }
            return Ok(false);
        }
        match self.platform.file() {
            Some(read) => write::replace(&self.path, read, new),
            None => write::create(&self.path, new),
        }
        .map_err(|error| CliError::new(error.to_string()).hint("run it again on the file as it is now"))?;
        if global.quiet < 2 && consent.tell {
            io.print(&format!("Wrote {}. Then: seatrial platform, seatrial check\n", self.shown))?;
        }
        Ok(true)
    }
}
