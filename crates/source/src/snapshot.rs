//! What every set of files can do.

use std::sync::Arc;

use crate::{Files, ReadError, SourceFile};

/// A set of text files that answers the same for as long as it lives: what was read once stays as it was read.
pub trait Snapshot: Send + Sync {
    /// The names of files, shared with every overlay.
    fn files(&self) -> &Arc<Files>;

    /// Every listed file: `/`-separated, relative to the root, sorted bytewise. A work tree leaves out what
    /// `.gitignore` leaves out, but still reads it when asked by name.
    fn paths(&self) -> Arc<[Arc<str>]>;

    /// What could not be listed (unreadable directories, names that are not Unicode), sorted by path.
    fn problems(&self) -> Arc<[ReadError]>;

    /// The bytes of a file as they are, not kept.
    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError>;

    /// A file, decoded; the same `Arc` each time.
    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError>;

    /// Whether a file of this name can be found (listed or not).
    fn exists(&self, path: &str) -> bool;

    /// Whether this is a directory; `""` and `"."` name the root.
    fn is_dir(&self, path: &str) -> bool {
        let path = if path == "." { "" } else { path.trim_end_matches('/') };
        path.is_empty() || !under(&self.paths(), path).is_empty()
    }

    /// What a directory holds among the listed files, sorted by name; empty when it is no directory.
    fn list(&self, dir: &str) -> Vec<Entry> {
        let dir = if dir == "." { "" } else { dir.trim_end_matches('/') };
        let paths = self.paths();
        let skip = if dir.is_empty() { 0 } else { dir.len() + 1 };
        let mut entries: Vec<Entry> = Vec::new();
        for path in under(&paths, dir) {
            let rest = &path[skip..];
            let (name, is_dir) = match rest.split_once('/') {
                Some((name, _)) => (name, true),
                None => (rest, false),
            };
            if entries.last().is_none_or(|last| *last.name != *name) {
                entries.push(Entry { name: name.into(), is_dir });
            }
        }
        entries.sort();
        entries.dedup();
        entries
    }

    /// The listed files below a directory, sorted.
    fn below(&self, dir: &str) -> Vec<Arc<str>> {
        let dir = if dir == "." { "" } else { dir.trim_end_matches('/') };
        under(&self.paths(), dir).to_vec()
    }

    /// The text of the symbolic link at `path`; `None` when it is none.
    fn link(&self, path: &str) -> Option<String> {
        let _ = path;
        None
    }

    /// Paths of submodules, sorted; they are not entered.
    fn submodules(&self) -> Vec<Arc<str>> {
        Vec::new()
    }

    /// What stands before the paths of this snapshot in reports and in [`Files`]; empty, or ending in `/`.
    #[allow(clippy::unnecessary_literal_bound)] // Other snapshots return their own.
    fn label(&self) -> &str {
        ""
    }

    /// The path of a file as shown: label and path.
    fn shown_path(&self, path: &str) -> String {
        format!("{}{path}", self.label())
    }

    /// The path within this snapshot of a file shown as `shown`; `None` when it is another snapshot's.
    fn local_path(&self, shown: &str) -> Option<String> {
        shown.strip_prefix(self.label()).map(str::to_owned)
    }

    /// Whether any of `needles` occurs in the file: a cheap look before decoding and parsing. Files that are
    /// not UTF-8 are decoded first. What it returns is only a hint to go and [`Snapshot::read`].
    fn contains_any(&self, path: &str, needles: &[&str]) -> Result<bool, ReadError> {
        let bytes = self.bytes(path)?;
        Ok(bytes_contain_any(&bytes, needles))
    }
}

/// One name in a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The last part of its path.
    pub name: Arc<str>,
    /// Whether it is a directory.
    pub is_dir: bool,
}

/// Bounds on what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The largest file that is read.
    pub max_file_bytes: u64,
    /// How many files are listed.
    pub max_files: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { max_file_bytes: 32 << 20, max_files: 1_000_000 }
    }
}

/// The part of the sorted `paths` that lies below `dir`.
fn under<'p>(paths: &'p [Arc<str>], dir: &str) -> &'p [Arc<str>] {
    if dir.is_empty() {
        return paths;
    }
    let prefix = format!("{dir}/");
    let start = paths.partition_point(|path| **path < *prefix);
    let len = paths[start..].partition_point(|path| path.starts_with(&prefix));
    &paths[start..start + len]
}

pub(crate) fn bytes_contain_any(bytes: &[u8], needles: &[&str]) -> bool {
    let decoded;
    let haystack = match bytes {
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => {
            decoded = crate::encoding::decode(bytes.to_vec()).text;
            decoded.as_bytes()
        }
        _ => bytes,
    };
    needles.iter().any(|needle| memchr::memmem::find(haystack, needle.as_bytes()).is_some())
}

/// A path without `.`, `..`, doubled or trailing slashes, as snapshots name files; `None` when it is absolute
/// or climbs out of the root.
///
/// ```
/// # use seatrial_source::normalize;
/// assert_eq!(normalize("./apps//a/../b.yaml").as_deref(), Some("apps/b.yaml"));
/// assert_eq!(normalize("../b.yaml"), None);
/// ```
pub fn normalize(path: &str) -> Option<String> {
    if path.starts_with('/') || path.contains('\0') {
        return None;
    }
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_searched_decoded() {
        let bytes = crate::Encoding::Utf16Le.encode("apiVersion: argoproj.io/v1alpha1");
        assert!(bytes_contain_any(&bytes, &["x", "argoproj.io"]));
        assert!(!bytes_contain_any(b"apiVersion: v1", &["argoproj.io"]));
    }

    #[test]
    fn paths_are_normal() {
        assert_eq!(normalize("a/./b/"), Some("a/b".into()));
        assert_eq!(normalize("a/../../b"), None);
        assert_eq!(normalize("/a"), None);
        assert_eq!(normalize("."), Some(String::new()));
    }
}
