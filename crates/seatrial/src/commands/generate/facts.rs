//! What an intent says of the platform, beside what it wants: facts that the platform file does not have yet.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_learn::edit::{self, Origin};
use seatrial_learn::{Reading, prose};
use seatrial_platform::Platform;
use seatrial_source::{SourceFile, write};

use crate::cli::Global;
use crate::error::CliError;
use crate::io::Io;
use crate::session::{self, Session};

/// Facts of an intent, and the platform file with them.
pub(super) struct Facts {
    pub(super) reading: Reading,
    /// The platform file as shown.
    pub(super) shown: String,
    /// Its text with the facts; `None` when the intent states none.
    pub(super) new: Option<String>,
    path: PathBuf,
    old: Option<Arc<SourceFile>>,
}

/// Reads the facts of an intent and puts them in force for this run; the platform file itself is left as it is.
pub(super) fn learn(
    text: &str,
    name: &str,
    session: &mut Session,
    global: &Global,
    io: &Io<'_>,
) -> Result<Facts, CliError> {
    let platform = &session.inputs.platform;
    let mut reading = prose::read(text, platform);
    let path = session::platform_path(global, io, &io.cwd)?;
    let path = path.unwrap_or_else(|| io.cwd.join(seatrial_platform::FILE_NAME));
    let shown = session::shown(&path, &io.cwd);
    let old = platform.file().cloned();
    let mut facts = Facts { shown, new: None, path, old, reading: Reading::default() };
    if !reading.facts.is_empty() {
        let before = facts.old.as_ref().map_or("", |file| &file.text);
        let edited = edit::apply(before, &reading, Origin::Text(name));
        reading.questions.extend(edited.questions);
        let files = session.inputs.snapshot.files();
        let mut taught = Platform::with_text(&facts.path, &facts.shown, &edited.text, files)
            .map_err(|error| CliError::new(error.to_string()))?;
        taught.remote.clone_from(&platform.remote);
        session.environments = taught.environments.iter().map(|e| e.name.value.clone()).collect();
        session.inputs.platform = Arc::new(taught);
        facts.new = Some(edited.text);
    }
    facts.reading = reading;
    Ok(facts)
}

impl Facts {
    /// Writes the platform file with the facts.
    pub(super) fn write(&self) -> Result<(), CliError> {
        let Some(new) = &self.new else { return Ok(()) };
        match &self.old {
            Some(read) => write::replace(&self.path, read, new),
            None => write::create(&self.path, new),
        }
        .map_err(|error| CliError::new(error.to_string()).hint("run it again on the file as it is now"))
    }
}

/// What a text is called where facts cite it.
pub(super) fn name(given: Option<&str>, cwd: &Path) -> String {
    match given {
        Some("-") => "stdin".to_owned(),
        Some(given) if given.len() < 256 && !given.contains('\n') && cwd.join(given).is_file() => given.to_owned(),
        _ => "intent".to_owned(),
    }
}
