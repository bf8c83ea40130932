//! Changes laid over a snapshot without touching it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::{EditError, EditSet, Files, ReadError, ReadErrorKind, Snapshot, SourceFile};

/// A snapshot with some files changed, added or removed. Files keep the ids they have in the base.
#[derive(Clone)]
pub struct Overlay {
    base: Arc<dyn Snapshot>,
    changed: BTreeMap<Arc<str>, Option<Arc<SourceFile>>>,
    paths: Arc<[Arc<str>]>,
}

/// Why edits could not be laid over a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OverlayError {
    /// A file to be edited could not be read.
    Read(ReadError),
    /// The edits do not fit the file.
    Edit(EditError),
}

impl std::fmt::Display for OverlayError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Read(error) => error.fmt(f),
            Self::Edit(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for OverlayError {}

impl Overlay {
    /// An overlay that changes nothing yet.
    pub fn new(base: Arc<dyn Snapshot>) -> Self {
        let paths = base.paths();
        Self { base, changed: BTreeMap::new(), paths }
    }

    /// `base` with `edits` applied. Edits of files that `base` does not name are refused as not found.
    pub fn with_edits(base: Arc<dyn Snapshot>, edits: &EditSet) -> Result<Self, OverlayError> {
        let mut overlay = Self::new(base);
        overlay.apply(edits)?;
        Ok(overlay)
    }

    /// Applies edits to the files as they stand in this overlay. On an error nothing has changed.
    pub fn apply(&mut self, edits: &EditSet) -> Result<(), OverlayError> {
        let mut edited = Vec::new();
        for id in edits.files() {
            let shown = self.files().path(id);
            let not_found = || ReadError::new(shown.as_deref().unwrap_or("?"), ReadErrorKind::NotFound);
            let path = shown.as_deref().and_then(|shown| self.base.local_path(shown)).ok_or_else(not_found);
            let path = path.map_err(OverlayError::Read)?;
            let file = self.read(&path).map_err(OverlayError::Read)?;
            let text = edits.apply(id, &file.text).map_err(OverlayError::Edit)?;
            edited.push((path, file.with_text(text)));
        }
        for (path, file) in edited {
            self.put(path.as_str().into(), Some(Arc::new(file)));
        }
        Ok(())
    }

    /// Adds a file, or replaces its text.
    pub fn set(&mut self, path: &str, text: impl Into<Arc<str>>) -> &mut Self {
        let file = match self.read(path) {
            Ok(file) => file.with_text(text),
            Err(_) => {
                let shown = self.base.shown_path(path);
                SourceFile::new(self.files().id(&shown), shown, text)
            }
        };
        self.put(path.into(), Some(Arc::new(file)));
        self
    }

    /// Removes a file.
    pub fn remove(&mut self, path: &str) -> &mut Self {
        self.put(path.into(), None);
        self
    }

    /// The files that differ from the base: their new text, or `None` where removed.
    pub fn changes(&self) -> impl Iterator<Item = (&str, Option<&Arc<SourceFile>>)> {
        self.changed.iter().map(|(path, file)| (&**path, file.as_ref()))
    }

    /// What lies below.
    pub fn base(&self) -> &Arc<dyn Snapshot> {
        &self.base
    }

    fn put(&mut self, path: Arc<str>, file: Option<Arc<SourceFile>>) {
        let listed = self.paths.binary_search(&path);
        match (&file, listed) {
            (Some(_), Err(at)) => {
                let mut paths = self.paths.to_vec();
                paths.insert(at, Arc::clone(&path));
                self.paths = paths.into();
            }
            (None, Ok(at)) => {
                let mut paths = self.paths.to_vec();
                paths.remove(at);
                self.paths = paths.into();
            }
            _ => {}
        }
        self.changed.insert(path, file);
    }
}

impl Snapshot for Overlay {
    fn files(&self) -> &Arc<Files> {
        self.base.files()
    }

    fn paths(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.paths)
    }

    fn problems(&self) -> Arc<[ReadError]> {
        self.base.problems()
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        match self.changed.get(path) {
            Some(Some(file)) => Ok(file.encoding.encode(&file.text)),
            Some(None) => Err(ReadError::new(path, ReadErrorKind::NotFound)),
            None => self.base.bytes(path),
        }
    }

    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError> {
        match self.changed.get(path) {
            Some(Some(file)) => Ok(Arc::clone(file)),
            Some(None) => Err(ReadError::new(path, ReadErrorKind::NotFound)),
            None => self.base.read(path),
        }
    }

    fn exists(&self, path: &str) -> bool {
        match self.changed.get(path) {
            Some(file) => file.is_some(),
            None => self.base.exists(path),
        }
    }

    fn contains_any(&self, path: &str, needles: &[&str]) -> Result<bool, ReadError> {
        match self.changed.get(path) {
            None => self.base.contains_any(path, needles),
            Some(_) => Ok(crate::snapshot::bytes_contain_any(&self.bytes(path)?, needles)),
        }
    }

    fn link(&self, path: &str) -> Option<String> {
        if self.changed.contains_key(path) { None } else { self.base.link(path) }
    }

    fn submodules(&self) -> Vec<Arc<str>> {
        self.base.submodules()
    }

    fn label(&self) -> &str {
        self.base.label()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Edit, Memory, Span};

    fn base(text: &str) -> Arc<dyn Snapshot> {
        let memory: Memory = [("a.yaml", text), ("b/c.yaml", "c: 1\n")].into_iter().collect();
        Arc::new(memory)
    }

    #[test]
    fn files_are_changed_added_and_removed() {
        let base = base("a: 1\n");
        let id = base.read("a.yaml").unwrap().id;
        let edits = EditSet::from_edits([Edit::replace(Span::new(id, 3..4), "22")]).unwrap();
        let mut overlay = Overlay::with_edits(Arc::clone(&base), &edits).unwrap();
        overlay.set("n/new.yaml", "n: 1").remove("b/c.yaml");
        let file = overlay.read("a.yaml").unwrap();
        assert_eq!((&*file.text, file.id), ("a: 22\n", id));
        assert_ne!(file.hash(), base.read("a.yaml").unwrap().hash());
        assert_eq!(overlay.paths().iter().map(|p| &**p).collect::<Vec<_>>(), ["a.yaml", "n/new.yaml"]);
        assert!(overlay.is_dir("n") && !overlay.is_dir("b") && !overlay.exists("b/c.yaml"));
        assert_eq!(overlay.read("b/c.yaml").unwrap_err().kind, ReadErrorKind::NotFound);
        assert!(overlay.contains_any("a.yaml", &["22"]).unwrap());
        assert_eq!(overlay.changes().count(), 3);
        assert!(base.exists("b/c.yaml"));
    }

    #[test]
    fn a_refused_edit_changes_nothing() {
        let base = base("a: 1\n");
        let a = base.read("a.yaml").unwrap().id;
        let c = base.read("b/c.yaml").unwrap().id;
        let edits = EditSet::from_edits([Edit::insert(a, 0, "x"), Edit::insert(c, 99, "x")]).unwrap();
        let mut overlay = Overlay::new(Arc::clone(&base));
        assert!(matches!(overlay.apply(&edits), Err(OverlayError::Edit(EditError::OutOfBounds(_)))));
        assert_eq!(overlay.changes().count(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn an_overlay_reads_what_the_edits_say(text in "[a-z\n]{1,30}", at in 0usize..30, with in "[A-Z]{0,4}") {
            let base = base(&text);
            let id = base.read("a.yaml").unwrap().id;
            let at = at % text.len();
            let edits = EditSet::from_edits([Edit::replace(Span::new(id, at..at + 1), with)]).unwrap();
            let overlay = Overlay::with_edits(base, &edits).unwrap();
            let read = overlay.read("a.yaml").unwrap();
            let expected = edits.apply(id, &text).unwrap();
            prop_assert_eq!(&*read.text, expected.as_str());
            // An overlay over an overlay starts from the edited text.
            let id = read.id;
            let again = EditSet::from_edits([Edit::insert(id, 0, "#")]).unwrap();
            let second = Overlay::with_edits(Arc::new(overlay), &again).unwrap();
            let twice = second.read("a.yaml").unwrap();
            prop_assert_eq!(twice.text.strip_prefix('#'), Some(&*read.text));
        }
    }
}
