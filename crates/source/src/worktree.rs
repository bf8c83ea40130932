//! A directory on disk.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, OnceLock, PoisonError, RwLock, mpsc};

use ignore::{WalkBuilder, WalkState};

use crate::{Files, Limits, ReadError, ReadErrorKind, Snapshot, SourceFile, normalize};

/// The files below a directory, listed on first use and read lazily.
///
/// The listing leaves out `.git` and what `.gitignore` files leave out (those of the repository only: a user's
/// global ignores would make two machines differ); hidden files are listed. Symbolic links to files within the
/// root are files; links to directories are not walked; links out of the root are never followed.
#[derive(Debug)]
pub struct WorkTree {
    root: PathBuf,
    label: String,
    files: Arc<Files>,
    limits: Limits,
    listing: OnceLock<Listing>,
    read: RwLock<HashMap<Arc<str>, Arc<SourceFile>>>,
}

#[derive(Debug)]
struct Listing {
    paths: Arc<[Arc<str>]>,
    /// For each path, whether the walk met a plain file there (not a link).
    plain: Vec<bool>,
    problems: Arc<[ReadError]>,
}

impl WorkTree {
    /// The tree below `root`, which must be a directory.
    pub fn open(root: &Path) -> Result<Self, ReadError> {
        let shown = || root.display().to_string();
        let canonical = root.canonicalize().map_err(|error| ReadError::io(shown(), &error))?;
        if !canonical.is_dir() {
            return Err(ReadError::new(shown(), ReadErrorKind::NotFound));
        }
        Ok(Self {
            root: canonical,
            label: String::new(),
            files: Files::new(),
            limits: Limits::default(),
            listing: OnceLock::new(),
            read: RwLock::default(),
        })
    }

    /// Shares names with other snapshots.
    #[must_use]
    pub fn sharing(mut self, files: Arc<Files>) -> Self {
        self.files = files;
        self
    }

    /// Puts `label` (such as `../charts/`) before the paths that people see.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// Other bounds.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The directory, with symbolic links resolved.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where a file of this tree is on disk.
    pub fn absolute(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// The name within this tree of a file on disk; `None` when it is not below the root.
    pub fn relative(&self, path: &Path) -> Option<String> {
        // The file itself may not exist yet, or be a link; its directory decides.
        let (parent, name) = (path.parent()?, path.file_name()?);
        let parent = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        slashed(parent.canonicalize().ok()?.join(name).strip_prefix(&self.root).ok()?)
    }

    fn listing(&self) -> &Listing {
        self.listing.get_or_init(|| walk(&self.root, self.limits))
    }

    /// Where `path` leads without leaving the root, and what is there.
    fn resolve(&self, path: &str) -> Result<(PathBuf, Metadata), ReadError> {
        let Some(normal) = normalize(path) else {
            return Err(ReadError::new(path, ReadErrorKind::OutsideRoot));
        };
        let full = self.root.join(&normal);
        let io = |error: std::io::Error| ReadError::io(path, &error);
        let met_plain = self.listing.get().is_some_and(|listing| {
            listing.paths.binary_search_by(|listed| (**listed).cmp(&normal)).is_ok_and(|at| listing.plain[at])
        });
        let metadata = full.symlink_metadata().map_err(io)?;
        if met_plain && metadata.is_file() {
            return Ok((full, metadata));
        }
        let real = full.canonicalize().map_err(io)?;
        if !real.starts_with(&self.root) {
            return Err(ReadError::new(path, ReadErrorKind::OutsideRoot));
        }
        let metadata = real.symlink_metadata().map_err(io)?;
        // Opening a pipe would wait for a writer: only plain files are opened.
        if !metadata.is_file() {
            return Err(ReadError::new(path, ReadErrorKind::NotAFile));
        }
        Ok((real, metadata))
    }
}

impl Snapshot for WorkTree {
    fn files(&self) -> &Arc<Files> {
        &self.files
    }

    fn paths(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.listing().paths)
    }

    fn problems(&self) -> Arc<[ReadError]> {
        Arc::clone(&self.listing().problems)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        let (real, expected) = self.resolve(path)?;
        read_plain(path, &real, &expected, self.limits.max_file_bytes)
    }

    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError> {
        if let Some(file) = self.read.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(Arc::clone(file));
        }
        let bytes = self.bytes(path)?;
        Ok(self.keep(path, bytes))
    }

    fn exists(&self, path: &str) -> bool {
        self.resolve(path).is_ok()
    }

    fn contains_any(&self, path: &str, needles: &[&str]) -> Result<bool, ReadError> {
        if let Some(file) = self.read.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(crate::snapshot::bytes_contain_any(file.text.as_bytes(), needles));
        }
        let bytes = self.bytes(path)?;
        let found = crate::snapshot::bytes_contain_any(&bytes, needles);
        if found {
            // It will be read next: once from disk is enough.
            self.keep(path, bytes);
        }
        Ok(found)
    }

    fn link(&self, path: &str) -> Option<String> {
        let listing = self.listing();
        let at = listing.paths.binary_search_by(|listed| (**listed).cmp(path)).ok()?;
        if listing.plain[at] {
            return None;
        }
        Some(self.root.join(path).read_link().ok()?.to_str()?.to_owned())
    }

    fn label(&self) -> &str {
        &self.label
    }
}

impl WorkTree {
    fn keep(&self, path: &str, bytes: Vec<u8>) -> Arc<SourceFile> {
        let name = normalize(path).unwrap_or_else(|| path.to_owned());
        let shown = self.shown_path(&name);
        let file = Arc::new(SourceFile::decode(self.files.id(&shown), shown, bytes));
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        // Another thread may have been first; what was read first stays.
        Arc::clone(read.entry(path.into()).or_insert(file))
    }
}

/// Reads a plain file, and makes sure that it is the one looked at and did not change meanwhile.
fn read_plain(path: &str, real: &Path, expected: &Metadata, limit: u64) -> Result<Vec<u8>, ReadError> {
    let io = |error: std::io::Error| ReadError::io(path, &error);
    let too_large = |size| ReadError::new(path, ReadErrorKind::TooLarge { size, limit });
    if expected.len() > limit {
        return Err(too_large(expected.len()));
    }
    let mut file = File::open(real).map_err(io)?;
    let before = file.metadata().map_err(io)?;
    let changed = || ReadError::new(path, ReadErrorKind::Changed);
    if !same_file(expected, &before) {
        return Err(changed());
    }
    let mut bytes = Vec::with_capacity(before.len().min(limit) as usize + 1);
    file.by_ref().take(limit + 1).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() as u64 > limit {
        return Err(too_large(bytes.len() as u64));
    }
    let after = file.metadata().map_err(io)?;
    if after.len() != bytes.len() as u64
        || before.len() != after.len()
        || before.modified().ok() != after.modified().ok()
    {
        return Err(changed());
    }
    Ok(bytes)
}

#[cfg(unix)]
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;
    a.dev() == b.dev() && a.ino() == b.ino()
}

#[cfg(not(unix))]
pub(crate) fn same_file(a: &Metadata, b: &Metadata) -> bool {
    a.is_file() && b.is_file() && a.created().ok() == b.created().ok()
}

enum Met {
    File { path: String, plain: bool },
    Problem(ReadError),
}

fn walk(root: &Path, limits: Limits) -> Listing {
    // Inside a repository the ignore files up to its top count, outside of one only those below the root.
    let in_repository = root.ancestors().any(|dir| dir.join(".git").exists());
    let (met, meetings) = mpsc::channel();
    WalkBuilder::new(root)
        .standard_filters(false)
        .git_ignore(true)
        .parents(in_repository)
        .require_git(in_repository)
        .follow_links(false)
        .threads(std::thread::available_parallelism().map_or(2, |n| n.get().min(8)))
        .filter_entry(|entry| entry.file_name() != ".git")
        .build_parallel()
        .run(|| {
            let met = met.clone();
            Box::new(move |entry| {
                let seen = match entry {
                    Ok(entry) => look(root, &entry),
                    Err(error) => Some(Met::Problem(walk_error(root, &error))),
                };
                // The receiver is gone only when it has had enough.
                match seen.map(|seen| met.send(seen)) {
                    Some(Err(_)) => WalkState::Quit,
                    _ => WalkState::Continue,
                }
            })
        });
    drop(met);
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for seen in meetings {
        match seen {
            Met::Problem(problem) => problems.push(problem),
            Met::File { path, plain } => found.push((path, plain)),
        }
    }
    found.sort_unstable();
    if found.len() > limits.max_files {
        found.truncate(limits.max_files);
        problems.push(ReadError::new(".", ReadErrorKind::TooManyFiles { limit: limits.max_files }));
    }
    problems.sort_by(|a, b| a.path.cmp(&b.path));
    let plain = found.iter().map(|(_, plain)| *plain).collect();
    let paths = found.into_iter().map(|(path, _)| path.into()).collect();
    Listing { paths, plain, problems: problems.into() }
}

fn look(root: &Path, entry: &ignore::DirEntry) -> Option<Met> {
    let kind = entry.file_type()?;
    if kind.is_dir() || !(kind.is_file() || kind.is_symlink()) {
        return None;
    }
    // A link to a directory is neither walked nor a file; a broken or outward one says so when it is read.
    if kind.is_symlink() && entry.path().is_dir() {
        return None;
    }
    let relative = entry.path().strip_prefix(root).ok()?;
    Some(match slashed(relative) {
        Some(path) => Met::File { path, plain: kind.is_file() },
        None => {
            Met::Problem(ReadError::new(relative.to_string_lossy().into_owned(), ReadErrorKind::NotUnicode))
        }
    })
}

fn walk_error(root: &Path, error: &ignore::Error) -> ReadError {
    let path = error_path(error)
        .map(|path| path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned())
        .filter(|path| !path.is_empty())
        .unwrap_or_else(|| ".".into());
    match error.io_error() {
        Some(io) => ReadError::io(path, io),
        None => ReadError::new(path, ReadErrorKind::Unreadable(error.to_string())),
    }
}

fn error_path(error: &ignore::Error) -> Option<&Path> {
    match error {
        ignore::Error::WithPath { path, .. } => Some(path),
        ignore::Error::WithDepth { err, .. } | ignore::Error::WithLineNumber { err, .. } => error_path(err),
        ignore::Error::Loop { child, .. } => Some(child),
        _ => None,
    }
}

/// A relative path with `/` between its parts; `None` when a part is not Unicode.
fn slashed(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        if let Component::Normal(part) = component {
            parts.push(part.to_str()?);
        }
    }
    Some(parts.join("/"))
}
