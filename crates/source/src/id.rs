//! Names that stay the same between a snapshot and everything laid over it.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, PoisonError, RwLock};

/// A file, named by number: the same path has the same id in every snapshot that shares one [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes in the decoded text of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte; equal to `start` for a place between two bytes.
    pub end: u32,
}

impl Span {
    /// A span over `range` of `file`.
    pub fn new(file: FileId, range: Range<usize>) -> Self {
        let start = u32::try_from(range.start).unwrap_or(u32::MAX);
        let end = u32::try_from(range.end).unwrap_or(u32::MAX).max(start);
        Self { file, start, end }
    }

    /// The empty span before byte `offset`.
    pub fn at(file: FileId, offset: usize) -> Self {
        Self::new(file, offset..offset)
    }

    /// The byte range.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// How many bytes it covers.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Whether `other` lies within this span (of the same file).
    pub fn contains(self, other: Self) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }

    /// The smallest span covering both; `self` when they are in different files.
    pub fn join(self, other: Self) -> Self {
        if self.file != other.file {
            return self;
        }
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// Hands out [`FileId`]s and remembers which path each stands for.
///
/// Share one (by `Arc`) between all snapshots whose spans may meet in one report. Snapshots with different
/// roots get different labels, so that `Chart.yaml` of two trees is two files.
#[derive(Debug, Default)]
pub struct Files {
    inner: RwLock<Interner>,
}

#[derive(Debug, Default)]
struct Interner {
    paths: Vec<Arc<str>>,
    ids: HashMap<Arc<str>, u32>,
}

impl Files {
    /// An empty table, ready to be shared.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The id of `path`, made on first use.
    pub fn id(&self, path: &str) -> FileId {
        if let Some(id) = self.inner.read().unwrap_or_else(PoisonError::into_inner).ids.get(path) {
            return FileId(*id);
        }
        let mut inner = self.inner.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(id) = inner.ids.get(path) {
            return FileId(*id);
        }
        let id = inner.paths.len() as u32;
        let path: Arc<str> = path.into();
        inner.paths.push(Arc::clone(&path));
        inner.ids.insert(path, id);
        FileId(id)
    }

    /// The path that `id` stands for; `None` for an id of another table.
    pub fn path(&self, id: FileId) -> Option<Arc<str>> {
        self.inner.read().unwrap_or_else(PoisonError::into_inner).paths.get(id.0 as usize).cloned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_stable_and_paths_come_back() {
        let files = Files::new();
        let a = files.id("a.yaml");
        let b = files.id("b.yaml");
        assert_ne!(a, b);
        assert_eq!(files.id("a.yaml"), a);
        assert_eq!(files.path(b).as_deref(), Some("b.yaml"));
        assert_eq!(files.path(FileId(7)), None);
    }

    #[test]
    fn spans_join_and_contain() {
        let f = FileId(0);
        let a = Span::new(f, 2..5);
        let b = Span::new(f, 4..9);
        assert_eq!(a.join(b), Span::new(f, 2..9));
        assert!(a.join(b).contains(a));
        assert!(!a.contains(b));
        assert_eq!(a.join(Span::new(FileId(1), 0..9)), a);
        assert!(Span::at(f, 3).is_empty());
    }
}
