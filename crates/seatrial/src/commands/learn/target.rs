//! The platform file that is taught: what it says, and how it is written.

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Files, write};

use crate::cli::{Global, LearnArgs, LearnFormat};
use crate::diff;
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM};
use crate::session;

/// The platform file.
pub(super) struct Target {
    pub(super) platform: Arc<Platform>,
    /// Its path as shown.
    pub(super) shown: String,
    path: PathBuf,
}

impl Target {
    /// The platform file in force; where there is none, one in this folder is made.
    pub(super) fn open(global: &Global, io: &Io<'_>) -> Result<Self, CliError> {
        let home = io.cwd.clone();
        let platform = session::platform(global, io, &home, &Files::new())?;
        let path = session::platform_path(global, io, &home)?
            .unwrap_or_else(|| home.join(seatrial_platform::FILE_NAME));
        let shown = session::shown(&path, &io.cwd);
        Ok(Self { platform, shown, path })
    }

    /// The folder it is in.
    pub(super) fn folder(&self) -> PathBuf {
        self.path.parent().map(std::path::Path::to_owned).unwrap_or_default()
    }

    /// What it says now.
    pub(super) fn text(&self) -> &str {
        self.platform.file().map_or("", |file| &file.text)
    }

    /// The change as a diff.
    pub(super) fn diff(&self, new: &str, io: &Io<'_>, global: &Global) -> String {
        diff::unified(&self.shown, self.text(), new, io.look(global.color))
    }

    /// Asks whether to write, unless it was said; what was done is told. Whether it was written.
    pub(super) fn settle(
        &self,
        new: &str,
        args: &LearnArgs,
        global: &Global,
        io: &mut Io<'_>,
    ) -> Result<bool, CliError> {
        if new == self.text() || args.dry_run {
            return Ok(false);
        }
        let look = io.error_look(global.color);
        let person = io.terminal.input && io.terminal.error;
        let agreed = args.yes
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
        if global.quiet < 2 && args.format == LearnFormat::Text {
            io.print(&format!("Wrote {}. Then: seatrial platform, seatrial check\n", self.shown))?;
        }
        Ok(true)
    }
}
