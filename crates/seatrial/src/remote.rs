//! What nothing on disk stands for: fetched when allowed, else taken from the cache as `seatrial.lock` pins it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_fetch::{Cache, Credentials, FILE_NAME, Fetcher, Lock};

use crate::error::CliError;

/// The fetcher of a run, and the lock file it keeps.
pub(crate) struct Remote {
    /// The fetcher.
    pub(crate) fetcher: Arc<Fetcher>,
    path: PathBuf,
    before: String,
}

impl Remote {
    /// With `online`, or where there is a lock file beside the platform file; else nothing is looked for elsewhere.
    pub(crate) fn open(folder: &Path, online: bool) -> Result<Option<Self>, CliError> {
        let path = folder.join(FILE_NAME);
        let before = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && !online => return Ok(None),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => {
                return Err(CliError::new(format!("cannot read `{}`: {error}", path.display())));
            }
        };
        let lock = if before.is_empty() { Ok(Lock::default()) } else { Lock::parse(&before) };
        let lock = lock.map_err(|error| {
            CliError::new(format!("the lock file `{}` cannot be used: {error}", path.display()))
                .hint("mend it, or remove it and run again with `--fetch`")
        })?;
        let cache = Cache::of_user().ok_or_else(|| {
            CliError::new("there is no folder for caches").hint("name one in SEATRIAL_CACHE_DIR")
        })?;
        let fetcher = Arc::new(Fetcher::new(cache, lock, Credentials::of_user(), online));
        Ok(Some(Self { fetcher, path, before }))
    }

    /// Writes the lock file, if this run pinned anything new.
    pub(crate) fn keep(&self) -> Result<(), CliError> {
        let text = self.fetcher.lock().to_text();
        if text == self.before || (self.before.is_empty() && self.fetcher.lock() == Lock::default()) {
            return Ok(());
        }
        let failed = |error: &dyn std::fmt::Display| {
            CliError::new(format!("cannot write `{}`: {error}", self.path.display()))
        };
        let folder = self.path.parent().unwrap_or(Path::new("."));
        let file = tempfile::NamedTempFile::new_in(folder).map_err(|error| failed(&error))?;
        fs::write(file.path(), &text).map_err(|error| failed(&error))?;
        file.persist(&self.path).map_err(|error| failed(&error.error))?;
        Ok(())
    }
}
