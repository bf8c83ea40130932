//! A revision of a Git repository, read from its object store without a work tree.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use gix::bstr::ByteSlice;
use gix::objs::tree::EntryKind;

use crate::{Files, Limits, ReadError, ReadErrorKind, Snapshot, SourceFile, normalize};

/// Symbolic links followed on the way to one file, as the kernel allows.
const MAX_LINKS: usize = 40;

/// Why a repository or a revision could not be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GitError {
    /// There is no Git repository at this path.
    NotARepository(String),
    /// The repository has no such branch, tag or commit.
    UnknownRevision(String),
    /// The object store could not be read, in its words.
    Unreadable(String),
}

impl fmt::Display for GitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARepository(path) => write!(f, "{path}: not a Git repository"),
            Self::UnknownRevision(revision) => write!(f, "no branch, tag or commit named {revision:?}"),
            Self::Unreadable(why) => write!(f, "cannot read the Git repository: {why}"),
        }
    }
}

impl std::error::Error for GitError {}

/// A Git repository: a work tree's or a bare one. Only its own configuration is read, never a user's.
pub struct GitRepository {
    inner: gix::ThreadSafeRepository,
    /// Handles not in use: making one costs more than an object read.
    idle: Mutex<Vec<gix::Repository>>,
}

impl fmt::Debug for GitRepository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitRepository").field("path", &self.inner.path()).finish_non_exhaustive()
    }
}

impl GitRepository {
    /// The repository at exactly this path (a work tree, its `.git`, or a bare repository).
    pub fn open(path: &Path) -> Result<Arc<Self>, GitError> {
        let inner = gix::ThreadSafeRepository::open_opts(path, gix::open::Options::isolated())
            .map_err(|_| GitError::NotARepository(path.display().to_string()))?;
        Ok(Arc::new(Self { inner, idle: Mutex::default() }))
    }

    /// The repository that `path` lies in, looking upwards.
    pub fn discover(path: &Path) -> Result<Arc<Self>, GitError> {
        let start = path.canonicalize().map_err(|_| GitError::NotARepository(path.display().to_string()))?;
        start
            .ancestors()
            .filter(|dir| dir.join(".git").exists())
            .find_map(|dir| Self::open(dir).ok())
            .ok_or_else(|| GitError::NotARepository(path.display().to_string()))
    }

    /// The top of the work tree; `None` for a bare repository.
    pub fn work_tree(&self) -> Option<&Path> {
        self.inner.work_dir()
    }

    /// The commit that a revision names, in hexadecimal: `HEAD` (or nothing), a full hash, a branch, a tag, a
    /// branch of a remote as last fetched (what a clone knows of its origin), a full reference name, else what
    /// `git rev-parse` would make of it. A branch wins over a tag of the same name, as in Argo CD's resolution.
    pub fn resolve(&self, revision: &str) -> Result<String, GitError> {
        self.with(|repo| Ok(Self::commit_of(repo, revision)?.to_string()))
    }

    /// The names of branches, sorted: its own, then those of its remotes without the remote's name.
    pub fn branches(&self) -> Result<Vec<String>, GitError> {
        let mut names = self.reference_names("refs/heads/")?;
        for remote in self.reference_names("refs/remotes/")? {
            if let Some((_, name)) = remote.split_once('/').filter(|(_, name)| *name != "HEAD") {
                names.push(name.to_owned());
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// The names of tags, sorted.
    pub fn tags(&self) -> Result<Vec<String>, GitError> {
        self.reference_names("refs/tags/")
    }

    /// Names and fetch URLs of the remotes, sorted by name; user names and passwords in URLs are left out.
    pub fn remotes(&self) -> Vec<(String, String)> {
        let found: Result<Vec<_>, GitError> = self.with(|repo| {
            let mut remotes = Vec::new();
            for name in repo.remote_names() {
                let Some(Ok(remote)) = repo.try_find_remote_without_url_rewrite(&**name) else { continue };
                if let Some(url) = remote.url(gix::remote::Direction::Fetch) {
                    remotes.push((name.to_str_lossy().into_owned(), without_credentials(url)));
                }
            }
            Ok(remotes)
        });
        let mut remotes = found.unwrap_or_default();
        remotes.sort();
        remotes
    }

    /// The files of a revision.
    pub fn snapshot(self: &Arc<Self>, revision: &str) -> Result<GitRevision, GitError> {
        let (commit, entries) = self.with(|repo| {
            let id = Self::commit_of(repo, revision)?;
            let tree = repo
                .find_object(id)
                .map_err(unreadable)?
                .try_into_commit()
                .map_err(unreadable)?
                .tree()
                .map_err(unreadable)?;
            let recorded = tree.traverse().breadthfirst.files().map_err(unreadable)?;
            let mut entries = BTreeMap::new();
            let mut problems = Vec::new();
            for entry in recorded {
                let kind = match entry.mode.kind() {
                    EntryKind::Tree => continue,
                    EntryKind::Blob | EntryKind::BlobExecutable => Kind::File,
                    EntryKind::Link => Kind::Link,
                    EntryKind::Commit => Kind::Submodule,
                };
                match entry.filepath.to_str() {
                    Ok(path) => {
                        entries.insert(Arc::from(path), (kind, entry.oid));
                    }
                    Err(_) => problems.push(ReadError::new(
                        entry.filepath.to_str_lossy().into_owned(),
                        ReadErrorKind::NotUnicode,
                    )),
                }
            }
            Ok((id.to_string(), (entries, problems)))
        })?;
        let (entries, problems): (BTreeMap<Arc<str>, _>, Vec<_>) = entries;
        let paths = entries
            .iter()
            .filter(|(_, (kind, _))| *kind != Kind::Submodule)
            .map(|(path, _)| Arc::clone(path))
            .collect();
        Ok(GitRevision {
            repository: Arc::clone(self),
            commit,
            entries,
            paths,
            problems: problems.into(),
            label: String::new(),
            files: Files::new(),
            limits: Limits::default(),
            read: RwLock::default(),
        })
    }

    fn reference_names(&self, prefix: &str) -> Result<Vec<String>, GitError> {
        self.with(|repo| {
            let references = repo.references().map_err(unreadable)?;
            let mut names = Vec::new();
            for reference in references.prefixed(prefix).map_err(unreadable)?.flatten() {
                let full = reference.name().as_bstr().to_str_lossy().into_owned();
                names.extend(full.strip_prefix(prefix).map(str::to_owned));
            }
            names.sort();
            Ok(names)
        })
    }

    fn commit_of(repo: &gix::Repository, revision: &str) -> Result<gix::ObjectId, GitError> {
        let unknown = || GitError::UnknownRevision(revision.to_owned());
        let id = Self::object(repo, revision).ok_or_else(unknown)?;
        let object = repo.find_object(id).map_err(|_| unknown())?;
        Ok(object.peel_to_commit().map_err(|_| unknown())?.id)
    }

    fn object(repo: &gix::Repository, revision: &str) -> Option<gix::ObjectId> {
        if revision.is_empty() || revision == "HEAD" {
            return repo.head_id().ok().map(gix::Id::detach);
        }
        if let Ok(id) = gix::ObjectId::from_hex(revision.as_bytes()) {
            return Some(id);
        }
        let own = [format!("refs/heads/{revision}"), format!("refs/tags/{revision}")];
        let full = revision.starts_with("refs/").then(|| revision.to_owned());
        let of_remotes = repo
            .remote_names()
            .into_iter()
            .filter_map(|name| name.to_str().ok().map(|name| format!("refs/remotes/{name}/{revision}")));
        for name in own.into_iter().chain(full).chain(of_remotes) {
            if let Ok(Some(mut reference)) = repo.try_find_reference(name.as_str()) {
                return reference.peel_to_id().ok().map(gix::Id::detach);
            }
        }
        repo.rev_parse_single(revision).ok().map(gix::Id::detach)
    }

    fn with<T>(&self, work: impl FnOnce(&gix::Repository) -> Result<T, GitError>) -> Result<T, GitError> {
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let repo = idle.unwrap_or_else(|| self.inner.to_thread_local());
        let result = work(&repo);
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(repo);
        result
    }
}

fn unreadable(error: impl fmt::Display) -> GitError {
    GitError::Unreadable(error.to_string())
}

fn without_credentials(url: &gix::Url) -> String {
    let mut url = url.clone();
    // The user of an scp-like address (`git@…`) is part of the address, not a secret.
    if url.scheme != gix::url::Scheme::Ssh {
        url.set_user(None);
    }
    url.set_password(None);
    url.to_bstring().to_str_lossy().into_owned()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Link,
    Submodule,
}

/// The files of one commit. Symbolic links are resolved within the tree and never leave it; submodules are not
/// entered.
#[derive(Debug)]
pub struct GitRevision {
    repository: Arc<GitRepository>,
    commit: String,
    entries: BTreeMap<Arc<str>, (Kind, gix::ObjectId)>,
    paths: Arc<[Arc<str>]>,
    problems: Arc<[ReadError]>,
    label: String,
    files: Arc<Files>,
    limits: Limits,
    read: RwLock<HashMap<Arc<str>, Arc<SourceFile>>>,
}

impl GitRevision {
    /// The revision of the repository at `path` (see [`GitRepository::open`] and [`GitRepository::resolve`]).
    pub fn open(path: &Path, revision: &str) -> Result<Self, GitError> {
        GitRepository::open(path)?.snapshot(revision)
    }

    /// Shares names with other snapshots.
    #[must_use]
    pub fn sharing(mut self, files: Arc<Files>) -> Self {
        self.files = files;
        self
    }

    /// Puts `label` before the paths that people see.
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

    /// The commit's hash in hexadecimal.
    pub fn commit(&self) -> &str {
        &self.commit
    }

    /// The blob that `path` leads to through symbolic links.
    fn find(&self, path: &str) -> Result<gix::ObjectId, ReadError> {
        let outside = || ReadError::new(path, ReadErrorKind::OutsideRoot);
        let mut at = normalize(path).ok_or_else(outside)?;
        for _ in 0..=MAX_LINKS {
            if let Some((Kind::File, id)) = self.entries.get(at.as_str()) {
                return Ok(*id);
            }
            // The first part of the path that is a link decides where to go on.
            let mut ends = at.match_indices('/').map(|(end, _)| end).chain([at.len()]);
            let link = ends.find_map(|end| Some((end, self.entries.get(&at[..end])?)));
            let Some((end, (kind, id))) = link else {
                let kind = if self.is_dir(&at) { ReadErrorKind::NotAFile } else { ReadErrorKind::NotFound };
                return Err(ReadError::new(path, kind));
            };
            match kind {
                Kind::Submodule => return Err(ReadError::new(path, ReadErrorKind::NotAFile)),
                Kind::File => return Err(ReadError::new(path, ReadErrorKind::NotFound)),
                Kind::Link => {}
            }
            let target = String::from_utf8(self.blob(path, *id)?)
                .map_err(|_| ReadError::new(path, ReadErrorKind::NotUnicode))?;
            if target.starts_with('/') {
                return Err(outside());
            }
            let dir = at[..end].rsplit_once('/').map_or("", |(dir, _)| dir);
            at = normalize(format!("{dir}/{target}{}", &at[end..]).trim_start_matches('/'))
                .ok_or_else(outside)?;
        }
        Err(ReadError::new(path, ReadErrorKind::LinkLoop))
    }

    fn blob(&self, path: &str, id: gix::ObjectId) -> Result<Vec<u8>, ReadError> {
        let limit = self.limits.max_file_bytes;
        let read = self.repository.with(|repo| {
            let size = repo.find_header(id).map_err(unreadable)?.size();
            if size > limit {
                return Ok(Err(size));
            }
            Ok(Ok(repo.find_object(id).map_err(unreadable)?.detach().data))
        });
        match read {
            Ok(Ok(bytes)) => Ok(bytes),
            Ok(Err(size)) => Err(ReadError::new(path, ReadErrorKind::TooLarge { size, limit })),
            Err(error) => Err(ReadError::new(path, ReadErrorKind::Unreadable(error.to_string()))),
        }
    }
}

impl Snapshot for GitRevision {
    fn files(&self) -> &Arc<Files> {
        &self.files
    }

    fn paths(&self) -> Arc<[Arc<str>]> {
        Arc::clone(&self.paths)
    }

    fn problems(&self) -> Arc<[ReadError]> {
        Arc::clone(&self.problems)
    }

    fn bytes(&self, path: &str) -> Result<Vec<u8>, ReadError> {
        self.blob(path, self.find(path)?)
    }

    fn read(&self, path: &str) -> Result<Arc<SourceFile>, ReadError> {
        if let Some(file) = self.read.read().unwrap_or_else(PoisonError::into_inner).get(path) {
            return Ok(Arc::clone(file));
        }
        let bytes = self.bytes(path)?;
        let shown = self.shown_path(&normalize(path).unwrap_or_else(|| path.to_owned()));
        let file = Arc::new(SourceFile::decode(self.files.id(&shown), shown, bytes));
        let mut read = self.read.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(read.entry(path.into()).or_insert(file)))
    }

    fn exists(&self, path: &str) -> bool {
        self.find(path).is_ok()
    }

    fn link(&self, path: &str) -> Option<String> {
        let (Kind::Link, id) = self.entries.get(path)? else { return None };
        String::from_utf8(self.blob(path, *id).ok()?).ok()
    }

    fn submodules(&self) -> Vec<Arc<str>> {
        let submodules = self.entries.iter().filter(|(_, (kind, _))| *kind == Kind::Submodule);
        submodules.map(|(path, _)| Arc::clone(path)).collect()
    }

    fn label(&self) -> &str {
        &self.label
    }
}
