//! Why a file could not be read, by name.

use std::fmt;

/// A file (or directory) of a snapshot that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The path as asked for, or as met in the walk.
    pub path: String,
    /// What went wrong.
    pub kind: ReadErrorKind,
}

/// What went wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadErrorKind {
    /// No such file in the snapshot.
    NotFound,
    /// Larger than the limit ([`crate::Limits::max_file_bytes`]); both in bytes.
    TooLarge {
        /// The file's size.
        size: u64,
        /// The limit.
        limit: u64,
    },
    /// A directory, pipe, socket, device or submodule.
    NotAFile,
    /// The path, or a symbolic link on its way, leads out of the root.
    OutsideRoot,
    /// Symbolic links lead in a circle.
    LinkLoop,
    /// The name is not valid Unicode.
    NotUnicode,
    /// The file changed while it was being read.
    Changed,
    /// More files than the limit ([`crate::Limits::max_files`]); the rest were not listed.
    TooManyFiles {
        /// The limit.
        limit: usize,
    },
    /// The operating system or the Git object store refused, in its words.
    Unreadable(String),
}

impl ReadError {
    pub(crate) fn new(path: impl Into<String>, kind: ReadErrorKind) -> Self {
        Self { path: path.into(), kind }
    }

    pub(crate) fn io(path: impl Into<String>, error: &std::io::Error) -> Self {
        let kind = match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => ReadErrorKind::NotFound,
            std::io::ErrorKind::IsADirectory => ReadErrorKind::NotAFile,
            _ if is_link_loop(error) => ReadErrorKind::LinkLoop,
            std::io::ErrorKind::PermissionDenied => ReadErrorKind::Unreadable("permission denied".into()),
            _ => ReadErrorKind::Unreadable(error.to_string()),
        };
        Self::new(path, kind)
    }
}

/// `ELOOP`, which the standard library does not name on stable.
fn is_link_loop(error: &std::io::Error) -> bool {
    cfg!(target_os = "linux") && error.raw_os_error() == Some(40)
        || cfg!(target_os = "macos") && error.raw_os_error() == Some(62)
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.kind)
    }
}

impl fmt::Display for ReadErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => f.write_str("no such file"),
            Self::TooLarge { size, limit } => {
                write!(f, "file of {size} bytes is larger than the limit of {limit} bytes")
            }
            Self::NotAFile => f.write_str("not a regular file"),
            Self::OutsideRoot => f.write_str("leads out of the root"),
            Self::LinkLoop => f.write_str("symbolic links lead in a circle"),
            Self::NotUnicode => f.write_str("name is not valid Unicode"),
            Self::Changed => f.write_str("changed while it was being read"),
            Self::TooManyFiles { limit } => write!(f, "more than {limit} files; the rest were not read"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
        }
    }
}

impl std::error::Error for ReadError {}
