//! Changing files on disk: whole or not at all, and only those that are still as they were read.

use std::fmt;
use std::fs::{self, Metadata};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::worktree::same_file;
use crate::{Hash, SourceFile};

/// New text for a file on disk.
#[derive(Clone, Debug)]
pub struct Replacement {
    /// Where the file is.
    pub path: PathBuf,
    /// The file as it was read.
    pub read: Arc<SourceFile>,
    /// Its new text; written in the encoding that it was read in.
    pub text: String,
}

/// A file that was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError {
    /// Where it is.
    pub path: PathBuf,
    /// Why.
    pub kind: WriteErrorKind,
}

/// Why a file was not written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WriteErrorKind {
    /// Its content is no longer what was read.
    Changed,
    /// It is gone.
    NotFound,
    /// It is there already, and was to be created.
    Exists,
    /// It is a symbolic link: replacing it would cut the link, following it might leave the repository.
    SymbolicLink,
    /// A directory, pipe, socket or device.
    NotAFile,
    /// Nobody may write to it.
    ReadOnly,
    /// Some of its bytes could not be decoded and would be lost.
    Undecodable,
    /// The operating system refused, in its words.
    Io(String),
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        match &self.kind {
            WriteErrorKind::Changed => write!(f, "{path}: changed since it was read; not written"),
            WriteErrorKind::NotFound => write!(f, "{path}: no longer there; not written"),
            WriteErrorKind::Exists => write!(f, "{path}: exists already; not written"),
            WriteErrorKind::SymbolicLink => write!(f, "{path}: a symbolic link; not written"),
            WriteErrorKind::NotAFile => write!(f, "{path}: not a regular file; not written"),
            WriteErrorKind::ReadOnly => write!(f, "{path}: read-only; not written"),
            WriteErrorKind::Undecodable => {
                write!(f, "{path}: holds bytes that are not valid text; not written")
            }
            WriteErrorKind::Io(why) => write!(f, "{path}: cannot be written: {why}"),
        }
    }
}

impl std::error::Error for WriteError {}

/// Replaces one file: through a temporary file in the same directory that is renamed over it, so that a reader
/// sees the old text or the new and a crash leaves one of them. Permissions (and owner, where allowed) are
/// kept. Refused when the file is not what was read, a link, read-only, or not wholly decodable.
pub fn replace(path: &Path, read: &Arc<SourceFile>, text: &str) -> Result<(), WriteError> {
    let replacement = Replacement { path: path.to_owned(), read: Arc::clone(read), text: text.to_owned() };
    replace_all(&[replacement])
}

/// Replaces several files: all are checked and written beside their targets before the first one is renamed,
/// so that whatever can be refused is refused before anything changed.
pub fn replace_all(replacements: &[Replacement]) -> Result<(), WriteError> {
    let staged: Vec<Staged> = replacements.iter().map(stage).collect::<Result<_, _>>()?;
    for one in &staged {
        unchanged(one)?;
    }
    for one in staged {
        unchanged(&one)?;
        one.temporary.persist(&one.path).map_err(|error| io(&one.path, &error.error))?;
        sync_directory(&one.path);
    }
    Ok(())
}

/// Creates a file that must not exist yet, in UTF-8.
pub fn create(path: &Path, text: &str) -> Result<(), WriteError> {
    let mut temporary = temporary_beside(path)?;
    temporary.write_all(text.as_bytes()).map_err(|error| io(path, &error))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // Temporary files are private; a file of the repository is not.
        let everyone = fs::Permissions::from_mode(0o644);
        temporary.as_file().set_permissions(everyone).map_err(|error| io(path, &error))?;
    }
    temporary.as_file().sync_all().map_err(|error| io(path, &error))?;
    temporary.persist_noclobber(path).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => refused(path, WriteErrorKind::Exists),
        _ => io(path, &error.error),
    })?;
    sync_directory(path);
    Ok(())
}

/// A file whose new content waits beside it.
struct Staged {
    path: PathBuf,
    metadata: Metadata,
    temporary: tempfile::NamedTempFile,
}

fn stage(replacement: &Replacement) -> Result<Staged, WriteError> {
    let Replacement { path, read, text } = replacement;
    if read.invalid_at.is_some() {
        return Err(refused(path, WriteErrorKind::Undecodable));
    }
    let metadata = plain_file(path)?;
    if metadata.permissions().readonly() {
        return Err(refused(path, WriteErrorKind::ReadOnly));
    }
    let current = fs::read(path).map_err(|error| io(path, &error))?;
    if Hash::of(&current) != read.hash() {
        return Err(refused(path, WriteErrorKind::Changed));
    }
    let mut temporary = temporary_beside(path)?;
    let result = temporary
        .write_all(&read.encoding.encode(text))
        .and_then(|()| keep_owner(temporary.path(), &metadata))
        .and_then(|()| temporary.as_file().set_permissions(metadata.permissions()))
        .and_then(|()| temporary.as_file().sync_all());
    result.map_err(|error| io(path, &error))?;
    Ok(Staged { path: path.clone(), metadata, temporary })
}

fn unchanged(staged: &Staged) -> Result<(), WriteError> {
    let (before, now) = (&staged.metadata, plain_file(&staged.path)?);
    let same =
        same_file(before, &now) && before.len() == now.len() && before.modified().ok() == now.modified().ok();
    if same { Ok(()) } else { Err(refused(&staged.path, WriteErrorKind::Changed)) }
}

fn plain_file(path: &Path) -> Result<Metadata, WriteError> {
    let metadata = path.symlink_metadata().map_err(|error| io(path, &error))?;
    if metadata.is_symlink() {
        return Err(refused(path, WriteErrorKind::SymbolicLink));
    }
    if !metadata.is_file() {
        return Err(refused(path, WriteErrorKind::NotAFile));
    }
    Ok(metadata)
}

fn temporary_beside(path: &Path) -> Result<tempfile::NamedTempFile, WriteError> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    tempfile::Builder::new()
        .prefix(".seatrial-")
        .suffix(".tmp")
        .tempfile_in(dir)
        .map_err(|error| io(path, &error))
}

#[cfg(unix)]
fn keep_owner(temporary: &Path, metadata: &Metadata) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};
    let ours = temporary.symlink_metadata()?;
    if (ours.uid(), ours.gid()) != (metadata.uid(), metadata.gid()) {
        // Only root may give files away; everyone else keeps what the kernel allows.
        let _ = chown(temporary, Some(metadata.uid()), Some(metadata.gid()));
    }
    Ok(())
}

#[cfg(not(unix))]
fn keep_owner(_: &Path, _: &Metadata) -> std::io::Result<()> {
    Ok(())
}

/// Makes the rename itself durable where the system lets directories be synced.
fn sync_directory(path: &Path) {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if let Ok(dir) = fs::File::open(dir) {
        let _ = dir.sync_all();
    }
}

fn refused(path: &Path, kind: WriteErrorKind) -> WriteError {
    WriteError { path: path.to_owned(), kind }
}

fn io(path: &Path, error: &std::io::Error) -> WriteError {
    let kind = match error.kind() {
        std::io::ErrorKind::NotFound => WriteErrorKind::NotFound,
        _ => WriteErrorKind::Io(error.to_string()),
    };
    refused(path, kind)
}
