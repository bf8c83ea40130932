//! Finding and reading the platform file and everything it names.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_source::{Files, Overlay, ReadError, ReadErrorKind, Snapshot, SourceFile, WorkTree, normalize};

use crate::import;
use crate::issue::{Issue, IssueKind};
use crate::model::Platform;
use crate::spanned::Text;
use crate::{agree, read};

/// The name of the platform file.
pub const FILE_NAME: &str = "seatrial.yaml";

impl Platform {
    /// The platform file that counts in `directory`: the nearest `seatrial.yaml` there or above.
    pub fn find(directory: &Path) -> Option<PathBuf> {
        let start = directory.canonicalize().ok()?;
        start.ancestors().map(|dir| dir.join(FILE_NAME)).find(|path| path.is_file())
    }

    /// Reads the platform file at `path` and what it names. `shown` is its path as people see it; `files` are the
    /// names it shares with the snapshot that is checked, so that the same file has the same id in both.
    ///
    /// Only a platform file that cannot be read at all is an error.
    pub fn load(path: &Path, shown: &str, files: &Arc<Files>) -> Result<Self, ReadError> {
        let absolute = path
            .canonicalize()
            .map_err(|_| ReadError { path: shown.to_owned(), kind: ReadErrorKind::NotFound })?;
        let (Some(directory), Some(name)) =
            (absolute.parent(), absolute.file_name().and_then(|name| name.to_str()))
        else {
            return Err(ReadError { path: shown.to_owned(), kind: ReadErrorKind::NotAFile });
        };
        let label = shown.rsplit_once('/').map_or(String::new(), |(dir, _)| format!("{dir}/"));
        let tree = WorkTree::open(directory)?.with_label(label).sharing(Arc::clone(files));
        let file = tree.read(name)?;
        let around = Around { tree: Arc::new(tree), folder: String::new(), disk: Some(directory.to_owned()) };
        Ok(Self::complete(file, &around))
    }

    /// The platform as it would be if the file at `path`, which need not exist, said `text`: what it names is read from
    /// disk as by [`load`](Self::load). Nothing is written.
    pub fn with_text(path: &Path, shown: &str, text: &str, files: &Arc<Files>) -> Result<Self, ReadError> {
        let missing = || ReadError { path: shown.to_owned(), kind: ReadErrorKind::NotFound };
        let directory = path.parent().and_then(|folder| folder.canonicalize().ok()).ok_or_else(missing)?;
        let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(missing)?;
        let label = shown.rsplit_once('/').map_or(String::new(), |(dir, _)| format!("{dir}/"));
        let tree = WorkTree::open(&directory)?.with_label(label).sharing(Arc::clone(files));
        let mut tree = Overlay::new(Arc::new(tree));
        tree.set(name, text);
        let file = tree.read(name)?;
        Ok(Self::complete(
            file,
            &Around { tree: Arc::new(tree), folder: String::new(), disk: Some(directory) },
        ))
    }

    /// Reads the platform file at `path` of a snapshot; what it names is read from the same snapshot.
    pub fn from_tree(tree: &Arc<dyn Snapshot>, path: &str) -> Result<Self, ReadError> {
        let file = tree.read(path)?;
        let folder = path.rsplit_once('/').map_or("", |(dir, _)| dir).to_owned();
        Ok(Self::complete(file, &Around { tree: Arc::clone(tree), folder, disk: None }))
    }

    /// Reads a platform file alone: nothing it names is read.
    pub fn parse(file: Arc<SourceFile>) -> Self {
        let mut platform = read::platform(file);
        agree::check(&mut platform);
        platform.sort_issues();
        platform
    }

    fn complete(file: Arc<SourceFile>, around: &Around) -> Self {
        let mut platform = read::platform(file);
        platform.directory.clone_from(&around.disk);
        platform.tree = Some((Arc::clone(&around.tree), around.folder.clone()));
        for path in platform.argocd.state.clone() {
            let found = platform.gather(around, &path);
            import::state(&mut platform, &found);
        }
        for path in platform.kubeconfig.clone() {
            let found = platform.gather(around, &path);
            import::kubeconfigs(&mut platform, &found);
        }
        agree::check(&mut platform);
        platform.sort_issues();
        platform
    }

    /// The YAML files at a path that the platform file names; what cannot be read becomes an issue there.
    fn gather(&mut self, around: &Around, path: &Text) -> Vec<Arc<SourceFile>> {
        let mut found = Vec::new();
        for one in around.files(path) {
            match one {
                Ok(file) => {
                    self.files.push(Arc::clone(&file));
                    found.push(file);
                }
                Err(error) => {
                    let message = format!("cannot read `{}`: {}", error.path, error.kind);
                    let issue = Issue::new(path.span, IssueKind::Unreadable, message);
                    self.issues.push(issue.help("Paths are relative to the platform file."));
                }
            }
        }
        found
    }

    fn sort_issues(&mut self) {
        self.issues.sort_by(|a, b| {
            let key = |issue: &Issue| (issue.span.file, issue.span.start, issue.span.end, issue.kind);
            key(a).cmp(&key(b)).then_with(|| a.message.cmp(&b.message))
        });
        self.issues.dedup();
    }
}

/// What surrounds the platform file.
struct Around {
    tree: Arc<dyn Snapshot>,
    /// The platform file's folder within the tree.
    folder: String,
    /// The same on disk.
    disk: Option<PathBuf>,
}

impl Around {
    /// The file at a path relative to the platform file, or all YAML files below the folder there.
    fn files(&self, path: &str) -> Vec<Result<Arc<SourceFile>, ReadError>> {
        match &self.disk {
            Some(disk) => self.on_disk(disk, path),
            None => self.in_tree(path),
        }
    }

    fn in_tree(&self, path: &str) -> Vec<Result<Arc<SourceFile>, ReadError>> {
        let Some(full) = normalize(format!("{}/{path}", self.folder).trim_start_matches('/')) else {
            return vec![Err(ReadError { path: path.to_owned(), kind: ReadErrorKind::OutsideRoot })];
        };
        if self.tree.is_dir(&full) {
            let files = self.tree.below(&full);
            return files.iter().filter(|file| is_yaml(file)).map(|file| self.tree.read(file)).collect();
        }
        vec![self.tree.read(&full)]
    }

    /// The platform's owner names these paths, so they may lie beside the platform file's folder.
    fn on_disk(&self, disk: &Path, path: &str) -> Vec<Result<Arc<SourceFile>, ReadError>> {
        let full = disk.join(path);
        let label = |folder: &str| match folder.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => self.tree.label().to_owned(),
            folder => format!("{}{folder}/", self.tree.label()),
        };
        let open = |root: &Path, folder: &str| {
            let tree = WorkTree::open(root)?;
            Ok(tree.with_label(label(folder)).sharing(Arc::clone(self.tree.files())))
        };
        if full.is_dir() {
            return match open(&full, path) {
                Err(error) => vec![Err(error)],
                Ok(tree) => {
                    let paths = tree.paths();
                    let read = paths.iter().filter(|file| is_yaml(file)).map(|file| tree.read(file));
                    read.chain(tree.problems().iter().cloned().map(Err)).collect()
                }
            };
        }
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let root = full.parent().unwrap_or(disk);
        let read = open(root, folder).and_then(|tree| tree.read(name));
        vec![read.map_err(|error| ReadError { path: path.to_owned(), ..error })]
    }
}

fn is_yaml(path: &str) -> bool {
    let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
    ["yaml", "yml", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}
