//! Text that never was a file: standard input, an editor's buffer, a proposal.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{Files, ReadError, ReadErrorKind, Snapshot, SourceFile};

/// Files held in memory.
#[derive(Debug, Default)]
pub struct Memory {
    files: Arc<Files>,
    held: BTreeMap<Arc<str>, Arc<SourceFile>>,
    paths: Arc<[Arc<str>]>,
}

impl Memory {
    /// An empty set with its own names.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty set that shares names with other snapshots.
    pub fn sharing(files: Arc<Files>) -> Self {
        Self { files, ..Self::default() }
    }

    /// One file of these bytes under a display name, such as `<stdin>`.
    pub fn single(name: &str, bytes: Vec<u8>) -> Self {
        let mut memory = Self::new();
        memory.insert_bytes(name, bytes);
        memory
    }

    /// Adds or replaces a file.
    pub fn insert(&mut self, path: &str, text: impl Into<Arc<str>>) -> &mut Self {
        let path: Arc<str> = path.into();
        let file = SourceFile::new(self.files.id(&path), Arc::clone(&path), text);
        self.hold(path, file)
    }

    /// Adds or replaces a file of undecoded bytes.
    pub fn insert_bytes(&mut self, path: &str, bytes: Vec<u8>) -> &mut Self {
        let path: Arc<str> = path.into();
        let file = SourceFile::decode(self.files.id(&path), Arc::clone(&path), bytes);
        self.hold(path, file)
    }

    fn hold(&mut self, path: Arc<str>, file: SourceFile) -> &mut Self {
        self.held.insert(path, Arc::new(file));
        self.paths = self.held.keys().cloned().collect();
        self
    }
}

impl<P: AsRef<str>, T: Into<Arc<str>>> FromIterator<(P, T)> for Memory {
    fn from_iter<I: IntoIterator<Item = (P, T)>>(entries: I) -> Self {
        let mut memory = Self::new();
        for (path, text) in entries {
            let path: Arc<str> = path.as_ref().into();
            let file = SourceFile::new(memory.files.id(&path), Arc::clone(&path), text);
            memory.held.insert(path, Arc::new(file));
        }
        memory.paths = memory.held.keys().cloned().collect();
        memory
    }
}

impl Snapshot for Memory {
    fn files(&self) -> &Arc<Files> {
        &self.files
    }

    fn paths(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.paths)
    }

    fn problems(&self) -> Arc<[ReadError]> {
        Arc::default()
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.read(path).map(|file| file.encoding.encode(&file.text))
    }

    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError> {
        self.held.get(path).cloned().ok_or_else(|| {
            let kind = if self.is_dir(path) { ReadErrorKind::NotAFile } else { ReadErrorKind::NotFound };
            ReadError::new(path, kind)
        })
    }

    fn exists(&self, path: &str) -> bool {
        self.held.contains_key(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directories_come_from_paths() {
        let memory: Memory = [("apps/a.yaml", "a"), ("apps-b.yaml", "b"), ("apps/x/c.yaml", "c"), ("z", "")]
            .into_iter()
            .collect();
        assert!(memory.is_dir("apps") && memory.is_dir("apps/x/") && memory.is_dir("."));
        assert!(!memory.is_dir("app") && !memory.is_dir("z"));
        let names: Vec<_> = memory.list("").into_iter().map(|e| (e.name.to_string(), e.is_dir)).collect();
        assert_eq!(names, [("apps".into(), true), ("apps-b.yaml".into(), false), ("z".into(), false)]);
        assert_eq!(memory.below("apps").len(), 2);
        assert_eq!(memory.read("apps").unwrap_err().kind, ReadErrorKind::NotAFile);
        assert_eq!(memory.read("nope").unwrap_err().kind, ReadErrorKind::NotFound);
    }
}
