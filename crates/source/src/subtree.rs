//! A folder of a snapshot, seen as a snapshot of its own.

use std::sync::Arc;

use crate::{Files, ReadError, ReadErrorKind, Snapshot, SourceFile, normalize};

/// The files below one folder of another snapshot. Their ids and shown paths are those of that snapshot.
#[derive(Clone)]
pub struct SubTree {
    base: Arc<dyn Snapshot>,
    /// Ends in `/`.
    folder: String,
    label: String,
    paths: Arc<[Arc<str>]>,
}

impl SubTree {
    /// What lies below `folder` of `base`; links leading out of the folder are followed as `base` follows them.
    pub fn new(base: Arc<dyn Snapshot>, folder: &str) -> Self {
        let folder = format!("{}/", folder.trim_matches('/'));
        let paths = base.below(&folder).iter().map(|path| Arc::from(&path[folder.len()..])).collect();
        let label = base.shown_path(&folder);
        Self { base, folder, label, paths }
    }

    fn outer(&self, path: &str) -> Result<String, ReadError> {
        match normalize(path) {
            Some(path) => Ok(format!("{}{path}", self.folder)),
            None => Err(ReadError::new(path, ReadErrorKind::OutsideRoot)),
        }
    }
}

impl Snapshot for SubTree {
    fn files(&self) -> &Arc<Files> {
        self.base.files()
    }

    fn paths(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.paths)
    }

    fn problems(&self) -> Arc<[ReadError]> {
        let problems = self.base.problems();
        problems.iter().filter(|problem| problem.path.starts_with(&self.folder)).cloned().collect()
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.base.bytes(&self.outer(path)?)
    }

    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError> {
        self.base.read(&self.outer(path)?)
    }

    fn exists(&self, path: &str) -> bool {
        self.outer(path).is_ok_and(|path| self.base.exists(&path))
    }

    fn link(&self, path: &str) -> Option<String> {
        self.base.link(&self.outer(path).ok()?)
    }

    fn submodules(&self) -> Vec<Arc<str>> {
        let submodules = self.base.submodules();
        submodules.iter().filter_map(|path| path.strip_prefix(&self.folder)).map(Arc::from).collect()
    }

    fn contains_any(&self, path: &str, needles: &[&str]) -> Result<bool, ReadError> {
        self.base.contains_any(&self.outer(path)?, needles)
    }

    fn label(&self) -> &str {
        &self.label
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Memory;

    #[test]
    fn a_folder_is_a_tree() {
        let base: Memory = [("a.yaml", "0"), ("x/a.yaml", "1"), ("x/y/b.yaml", "2")].into_iter().collect();
        let base: Arc<dyn Snapshot> = Arc::new(base);
        let tree = SubTree::new(Arc::clone(&base), "x");
        assert_eq!(tree.paths().iter().map(|p| &**p).collect::<Vec<_>>(), ["a.yaml", "y/b.yaml"]);
        let file = tree.read("a.yaml").unwrap();
        assert_eq!((&*file.text, &*file.path), ("1", "x/a.yaml"));
        assert_eq!(file.id, base.read("x/a.yaml").unwrap().id);
        assert_eq!(tree.read("../a.yaml").unwrap_err().kind, ReadErrorKind::OutsideRoot);
        assert_eq!(tree.local_path("x/y/b.yaml").as_deref(), Some("y/b.yaml"));
        assert!(tree.is_dir("y") && !tree.exists("b.yaml"));
    }
}
