//! What stands for repositories: folders, work trees and bare Git repositories named under `repositories`.

mod charts;
mod layout;
mod remote;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_argocd::{
    Artifact, ChartFiles, ChartRequest, RepoAnswer, RepoEntry, RepoEntryKind, Repositories,
};
use seatrial_gotemplate::semver;
use seatrial_source::{Files, GitError, GitRepository, Snapshot, SubTree, WorkTree, normalize};

pub use remote::Remote;

use crate::model::{Platform, Repository};

/// Answers for repositories from what the platform file says stands for them. Everything is opened on first use
/// and kept.
pub struct RepositorySet {
    repositories: Vec<Repository>,
    around: Option<(Arc<dyn Snapshot>, String)>,
    directory: Option<PathBuf>,
    checked: Option<(PathBuf, Arc<dyn Snapshot>)>,
    remote: Option<Arc<dyn Remote>>,
    files: Arc<Files>,
    /// What was opened in the tree under trial: it is different in an overlay.
    under_trial: Mutex<HashSet<(usize, String)>>,
    opened: Mutex<ByRevision<Arc<dyn Snapshot>>>,
    entries: Mutex<ByRevision<Arc<Vec<RepoEntry>>>>,
    artifacts: Mutex<ByRevision<Arc<Artifact>>>,
    charts: Mutex<ByRevision<Arc<ChartFiles>>>,
}

/// Answers by repository (its index) and revision.
type ByRevision<T> = HashMap<(usize, String), RepoAnswer<T>>;

/// A chart found in what stands for a repository.
#[derive(Clone)]
pub struct ChartPlace {
    /// The files around it.
    pub tree: Arc<dyn Snapshot>,
    /// Its folder there; empty for the root.
    pub folder: String,
    /// The version in its `Chart.yaml`.
    pub version: Option<String>,
}

impl Platform {
    /// The repositories. `checked` is the tree under trial and where it is on disk: a repository that a folder in
    /// it stands for, whatever the revision, is then read from that tree, so that edits not yet written count.
    pub fn repository_set(&self, checked: Option<(&Path, Arc<dyn Snapshot>)>) -> RepositorySet {
        let files = match (&checked, &self.tree) {
            (Some((_, tree)), _) => Arc::clone(tree.files()),
            (None, Some((tree, _))) => Arc::clone(tree.files()),
            (None, None) => Files::new(),
        };
        RepositorySet {
            repositories: self.repositories.clone(),
            around: self.tree.clone(),
            directory: self.directory.clone(),
            checked: checked.and_then(|(path, tree)| Some((path.canonicalize().ok()?, tree))),
            remote: self.remote.clone(),
            files,
            under_trial: Mutex::default(),
            opened: Mutex::default(),
            entries: Mutex::default(),
            artifacts: Mutex::default(),
            charts: Mutex::default(),
        }
    }

    /// Whether a repository is known to the platform: declared, imported, or covered by `"*"`. `None` when no
    /// repository is declared at all, so that nothing can be said.
    pub fn knows_repository(&self, url: &str) -> Option<bool> {
        if self.repositories.is_empty() {
            return None;
        }
        let key = address_key(url);
        Some(self.repositories.iter().any(|r| r.url.value == "*" || address_key(&r.url) == key))
    }
}

impl RepositorySet {
    /// The same repositories with the tree under trial as `tree` has it, an overlay over what it was.
    pub(crate) fn over(&self, tree: &Arc<dyn Snapshot>) -> Self {
        let under_trial = self.under_trial.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let indices: HashSet<usize> = under_trial.iter().map(|(index, _)| *index).collect();
        let around = self.around.as_ref().map(|(around, folder)| {
            let laid_over = Arc::ptr_eq(around.files(), tree.files()) && around.label() == tree.label();
            (Arc::clone(if laid_over { tree } else { around }), folder.clone())
        });
        Self {
            repositories: self.repositories.clone(),
            around,
            directory: self.directory.clone(),
            checked: self.checked.as_ref().map(|(path, _)| (path.clone(), Arc::clone(tree))),
            remote: self.remote.clone(),
            files: Arc::clone(&self.files),
            opened: kept(&self.opened, |key| !under_trial.contains(key)),
            entries: kept(&self.entries, |key| !under_trial.contains(key)),
            artifacts: kept(&self.artifacts, |(index, _)| !indices.contains(index)),
            charts: kept(&self.charts, |(index, _)| !indices.contains(index)),
            under_trial: Mutex::default(),
        }
    }

    /// What stands for a URL: its own entry if that names a path, else `"*"`.
    pub fn find(&self, url: &str) -> Option<&Repository> {
        self.index(url).map(|index| &self.repositories[index])
    }

    fn index(&self, url: &str) -> Option<usize> {
        let key = address_key(url);
        let with_path = |repository: &Repository| repository.path.is_some();
        let own = self
            .repositories
            .iter()
            .position(|r| with_path(r) && r.url.value != "*" && address_key(&r.url) == key);
        own.or_else(|| self.repositories.iter().position(|r| with_path(r) && r.url.value == "*"))
    }

    /// The files of a repository at a revision. A revision that does not exist is an error in the repo server's
    /// words; a repository that nothing stands for is unknown, unless there is something to ask for it.
    pub fn snapshot(&self, url: &str, revision: &str) -> RepoAnswer<Arc<dyn Snapshot>> {
        match (self.index(url), &self.remote) {
            (Some(index), _) => self
                .opened((index, revision.to_owned()), || self.open(&self.repositories[index], url, revision)),
            (None, Some(remote)) => self.opened((usize::MAX, format!("{url} {revision}")), || {
                remote::snapshot(&**remote, url, revision, &self.files)
            }),
            (None, None) => unknown_repository(url),
        }
    }

    /// The tags of the Git repository that stands for an address, sorted; none for a plain folder or one of no tags.
    pub fn tags(&self, url: &str) -> Vec<String> {
        let path = self.find(url).and_then(|repository| repository.path.as_ref());
        let (Some(directory), Some(path)) = (&self.directory, path) else { return Vec::new() };
        let tags = GitRepository::open(&directory.join(&path.value)).and_then(|git| git.tags());
        tags.unwrap_or_default()
    }

    fn opened(
        &self,
        key: (usize, String),
        open: impl FnOnce() -> RepoAnswer<Arc<dyn Snapshot>>,
    ) -> RepoAnswer<Arc<dyn Snapshot>> {
        if let Some(known) = self.opened.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return clone_answer(known);
        }
        // Opened outside the lock: two threads may both do it, and either answer is the same.
        let answer = open();
        if self.is_under_trial(key.0) {
            self.under_trial.lock().unwrap_or_else(PoisonError::into_inner).insert(key.clone());
        }
        self.opened.lock().unwrap_or_else(PoisonError::into_inner).insert(key, clone_answer(&answer));
        answer
    }

    /// Whether what stands for a repository lies in the tree under trial, as far as its folder tells.
    fn is_under_trial(&self, index: usize) -> bool {
        let Some(path) = self.repositories.get(index).and_then(|repository| repository.path.as_ref()) else {
            return false;
        };
        match (&self.directory, &self.checked) {
            (None, _) => true,
            (Some(directory), Some((root, _))) => {
                directory.join(&path.value).canonicalize().is_ok_and(|full| full.starts_with(root))
            }
            (Some(_), None) => false,
        }
    }

    /// What stands for a chart repository here; a chart repository is never asked for as a Git repository.
    fn standing(&self, url: &str) -> RepoAnswer<Arc<dyn Snapshot>> {
        if self.index(url).is_some() { self.snapshot(url, "") } else { unknown_repository(url) }
    }

    /// A chart of a chart repository: a folder of its name, or a root that is the chart itself.
    pub fn chart(&self, url: &str, chart: &str, version: &str) -> RepoAnswer<ChartPlace> {
        let tree = match self.standing(url) {
            RepoAnswer::Ok(tree) => tree,
            RepoAnswer::Error(text) => return RepoAnswer::Error(text),
            RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
        };
        let last = chart.rsplit('/').next().unwrap_or(chart);
        let folders = [last.to_owned(), format!("{last}-{version}"), format!("charts/{last}"), String::new()];
        for folder in folders {
            let path =
                if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
            let Ok(file) = tree.read(&path) else { continue };
            let parsed = seatrial_yaml::parse(Arc::clone(&file.text));
            let text = |key: &str| Some(parsed.root()?.get(key)?.as_str()?.into_owned());
            if text("name").is_none_or(|name| name != last) {
                continue;
            }
            let found = text("version");
            if found.as_deref().is_some_and(|found| !satisfies(version, found)) {
                let found = found.unwrap_or_default();
                return RepoAnswer::Unknown(format!(
                    "chart {chart} {version} of {url} (what stands for it has {found})"
                ));
            }
            return RepoAnswer::Ok(ChartPlace { tree, folder, version: found });
        }
        RepoAnswer::Unknown(format!("chart {chart} {version} of {url}: no folder of that name stands for it"))
    }

    /// The version that Argo CD would take of a chart, of those that stand for its repository; `None` where none does.
    pub fn chart_version(&self, url: &str, chart: &str, wanted: &str) -> Option<String> {
        match self.standing(url) {
            RepoAnswer::Ok(tree) => match charts::choose(&*tree, url, chart, wanted) {
                RepoAnswer::Ok(candidate) => Some(candidate.version),
                _ => None,
            },
            _ => None,
        }
    }

    /// An artifact of a layout, with the tags and digests it has; a folder stands for every one.
    fn standing_artifact(&self, url: &str, revision: &str) -> RepoAnswer<Artifact> {
        match self.standing(url) {
            RepoAnswer::Ok(tree) if tree.exists("oci-layout") => {
                seatrial_argocd::oci::artifact(url, revision, &layout::Layout(&*tree))
            }
            answer => answer.map(|tree| Artifact {
                digest: revision.to_owned(),
                entries: list(&*tree),
                ..Artifact::default()
            }),
        }
    }

    fn standing_chart(&self, url: &str, chart: &str, version: &str) -> RepoAnswer<Arc<ChartFiles>> {
        match self.standing(url) {
            RepoAnswer::Ok(tree) => match charts::choose(&*tree, url, chart, version) {
                RepoAnswer::Ok(candidate) => charts::unpacked(&*tree, url, chart, &candidate),
                RepoAnswer::Error(text) => RepoAnswer::Error(text),
                RepoAnswer::Unknown(needs) => RepoAnswer::Unknown(needs),
            },
            RepoAnswer::Error(text) => RepoAnswer::Error(text),
            RepoAnswer::Unknown(needs) => RepoAnswer::Unknown(needs),
        }
    }

    fn open(&self, repository: &Repository, url: &str, revision: &str) -> RepoAnswer<Arc<dyn Snapshot>> {
        let Some(path) = &repository.path else { return unknown_repository(url) };
        let any = repository.any_revision.is_some_and(|any| any.value);
        let Some(directory) = &self.directory else { return self.open_around(path, url) };
        let full = directory.join(&path.value);
        let Ok(full) = full.canonicalize() else {
            return RepoAnswer::Unknown(format!("the content of {url}: there is no `{path}`"));
        };
        if !any && let Ok(git) = GitRepository::open(&full) {
            return self.open_revision(&git, path, url, revision);
        }
        if let Some((root, tree)) = &self.checked
            && let Ok(folder) = full.strip_prefix(root)
        {
            return RepoAnswer::Ok(match folder.to_str() {
                Some("") | None => Arc::clone(tree),
                Some(folder) => Arc::new(SubTree::new(Arc::clone(tree), folder)),
            });
        }
        match WorkTree::open(&full) {
            Ok(tree) => {
                RepoAnswer::Ok(Arc::new(tree.sharing(Arc::clone(&self.files)).with_label(self.label(path))))
            }
            Err(error) => RepoAnswer::Unknown(format!("the content of {url}: {error}")),
        }
    }

    /// Without a disk, what stands for repositories is in the platform file's own tree.
    fn open_around(&self, path: &str, url: &str) -> RepoAnswer<Arc<dyn Snapshot>> {
        let Some((tree, folder)) = &self.around else { return unknown_repository(url) };
        match normalize(format!("{folder}/{path}").trim_start_matches('/')) {
            Some(full) if full.is_empty() => RepoAnswer::Ok(Arc::clone(tree)),
            Some(full) if tree.is_dir(&full) => {
                RepoAnswer::Ok(Arc::new(SubTree::new(Arc::clone(tree), &full)))
            }
            _ => RepoAnswer::Unknown(format!("the content of {url}: there is no `{path}`")),
        }
    }

    fn open_revision(
        &self,
        git: &Arc<GitRepository>,
        path: &str,
        url: &str,
        revision: &str,
    ) -> RepoAnswer<Arc<dyn Snapshot>> {
        let wanted = match tag_for(git, revision) {
            Ok(tag) => tag.unwrap_or_else(|| revision.to_owned()),
            Err(error) => return RepoAnswer::Unknown(format!("the content of {url}: {error}")),
        };
        match git.snapshot(&wanted) {
            Ok(snapshot) => {
                let label = format!("{}@{revision}/", self.label(path).trim_end_matches('/'));
                RepoAnswer::Ok(Arc::new(snapshot.sharing(Arc::clone(&self.files)).with_label(label)))
            }
            // A whole hash is never resolved, only fetched: it may exist where it was not fetched from.
            Err(GitError::UnknownRevision(_)) if is_hash(revision) => {
                RepoAnswer::Unknown(format!("commit {revision} of {url}"))
            }
            Err(GitError::UnknownRevision(_)) => RepoAnswer::Error(format!(
                "rpc error: code = Internal desc = unable to resolve git revision : \
                 unable to resolve '{revision}' to a commit SHA: revision not found"
            )),
            Err(error) => RepoAnswer::Unknown(format!("the content of {url}: {error}")),
        }
    }

    fn label(&self, path: &str) -> String {
        let around = self.around.as_ref().map_or("", |(tree, _)| tree.label());
        match path.trim_start_matches("./").trim_end_matches('/') {
            "" | "." => around.to_owned(),
            path => format!("{around}{path}/"),
        }
    }
}

impl Repositories for RepositorySet {
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        let key = match self.index(url) {
            Some(index) => (index, revision.to_owned()),
            None => (usize::MAX, format!("{url} {revision}")),
        };
        if let Some(known) = self.entries.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return clone_answer(known);
        }
        let answer = self.snapshot(url, revision).map(|tree| Arc::new(list(&*tree)));
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(key, clone_answer(&answer));
        answer
    }

    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        match self.snapshot(url, revision) {
            RepoAnswer::Ok(tree) => match tree.bytes(path) {
                Ok(bytes) => RepoAnswer::Ok(bytes.into()),
                Err(error) => RepoAnswer::Unknown(format!("{path} of {url}: {}", error.kind)),
            },
            RepoAnswer::Error(text) => RepoAnswer::Error(text),
            RepoAnswer::Unknown(needs) => RepoAnswer::Unknown(needs),
        }
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        // `"*"` stands for Git repositories.
        let index = self.index(url).filter(|index| self.repositories[*index].url.value != "*");
        let key = match index {
            Some(index) => (index, revision.to_owned()),
            None => (usize::MAX, format!("{url} {revision}")),
        };
        if let Some(known) = self.artifacts.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return clone_answer(known);
        }
        let answer = match (index, &self.remote) {
            (None, None) => RepoAnswer::Unknown(format!("the content of the OCI artifact {url}")),
            (None, Some(remote)) => remote.artifact(url, revision),
            (Some(_), _) => self.standing_artifact(url, revision),
        };
        let answer = answer.map(Arc::new);
        self.artifacts.lock().unwrap_or_else(PoisonError::into_inner).insert(key, clone_answer(&answer));
        answer
    }

    fn oci_read(&self, url: &str, _revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        self.read(url, "", path)
    }

    fn commit(&self, url: &str, revision: &str) -> RepoAnswer<String> {
        let Some(repository) = self.find(url) else {
            return match &self.remote {
                Some(remote) => remote.repository(url, revision).map(|(_, commit)| commit),
                None => unknown_repository(url),
            };
        };
        let unknown = || RepoAnswer::Unknown(format!("which commit of {url} {revision:?} is"));
        let any = repository.any_revision.as_ref().is_some_and(|any| any.value);
        let (Some(directory), Some(path), false) = (&self.directory, &repository.path, any) else {
            return unknown();
        };
        let Ok(git) = GitRepository::open(&directory.join(&path.value)) else { return unknown() };
        let wanted = tag_for(&git, revision).ok().flatten().unwrap_or_else(|| revision.to_owned());
        git.resolve(&wanted).map_or_else(|_| unknown(), RepoAnswer::Ok)
    }

    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<Arc<ChartFiles>> {
        let ChartRequest { url, chart, version, pass_credentials } = *asked;
        let index = self.index(url);
        let key = (index.unwrap_or(usize::MAX), format!("{url} {chart} {version} {pass_credentials}"));
        if let Some(known) = self.charts.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return clone_answer(known);
        }
        let answer = match (index, &self.remote) {
            (None, Some(remote)) => remote::chart(&**remote, asked),
            _ => self.standing_chart(url, chart, version),
        };
        self.charts.lock().unwrap_or_else(PoisonError::into_inner).insert(key, clone_answer(&answer));
        answer
    }

    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        match &self.remote {
            Some(remote) => remote.values_file(url),
            None => RepoAnswer::Unknown(format!("the content of {url}: nothing was fetched (`--fetch`)")),
        }
    }

    fn shown(&self, url: &str, revision: &str, path: &str) -> String {
        match self.snapshot(url, revision) {
            RepoAnswer::Ok(tree) => tree.shown_path(path),
            RepoAnswer::Error(_) | RepoAnswer::Unknown(_) => path.to_owned(),
        }
    }
}

/// The answers of those keys that stay true.
fn kept<T: Clone>(
    answers: &Mutex<ByRevision<T>>,
    stays: impl Fn(&(usize, String)) -> bool,
) -> Mutex<ByRevision<T>> {
    let answers = answers.lock().unwrap_or_else(PoisonError::into_inner);
    let kept = answers.iter().filter(|(key, _)| stays(key));
    Mutex::new(kept.map(|(key, answer)| (key.clone(), clone_answer(answer))).collect())
}

fn list(tree: &dyn Snapshot) -> Vec<RepoEntry> {
    let file = |path: &Arc<str>| RepoEntry {
        path: path.to_string(),
        kind: tree.link(path).map_or(RepoEntryKind::File, RepoEntryKind::Symlink),
    };
    let submodule = |path: &Arc<str>| RepoEntry { path: path.to_string(), kind: RepoEntryKind::Submodule };
    tree.paths().iter().map(file).chain(tree.submodules().iter().map(submodule)).collect()
}

fn clone_answer<T: Clone>(answer: &RepoAnswer<T>) -> RepoAnswer<T> {
    match answer {
        RepoAnswer::Ok(value) => RepoAnswer::Ok(value.clone()),
        RepoAnswer::Error(text) => RepoAnswer::Error(text.clone()),
        RepoAnswer::Unknown(needs) => RepoAnswer::Unknown(needs.clone()),
    }
}

fn unknown_repository<T>(url: &str) -> RepoAnswer<T> {
    RepoAnswer::Unknown(format!(
        "the content of the repository {url}: name a folder for it under `repositories`"
    ))
}

/// The tag that a semver constraint means: the highest that satisfies it. A version is no constraint, and neither
/// is what cannot be read as one.
fn tag_for(git: &GitRepository, revision: &str) -> Result<Option<String>, GitError> {
    if semver::Version::parse(revision.as_bytes()).is_ok() {
        return Ok(None);
    }
    let Ok(constraint) = semver::Constraints::parse(revision.as_bytes()) else { return Ok(None) };
    let tags = git.tags()?;
    let versions =
        tags.into_iter().filter_map(|tag| Some((semver::Version::parse(tag.as_bytes()).ok()?, tag)));
    let fitting = versions.filter(|(version, _)| constraint.check(version));
    Ok(fitting.max_by(|a, b| a.0.compare(&b.0)).map(|(_, tag)| tag))
}

/// Whether a chart's version is what is asked for: the same, or within a constraint.
fn satisfies(wanted: &str, found: &str) -> bool {
    if wanted.is_empty() || wanted == found {
        return true;
    }
    let Ok(version) = semver::Version::parse(found.as_bytes()) else { return false };
    semver::Constraints::parse(wanted.as_bytes()).is_ok_and(|constraint| constraint.check(&version))
}

fn is_hash(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

/// What is the same for all ways to write a repository's address: host and path, in lower case, without scheme,
/// user, port of the scheme, `.git` and trailing slashes.
pub(crate) fn address_key(url: &str) -> String {
    let url = url.trim();
    let (rest, has_scheme) = match url.split_once("://") {
        Some((_, rest)) => (rest.to_owned(), true),
        None => (url.to_owned(), false),
    };
    let host_end = rest.find('/').unwrap_or(rest.len());
    let rest = match rest[..host_end].rfind('@') {
        Some(at) => rest[at + 1..].to_owned(),
        None => rest,
    };
    // `git@host:path` is `ssh://git@host/path`.
    let rest = match rest.split_once(':') {
        Some((host, path)) if !has_scheme && !host.contains('/') && !starts_with_port(path) => {
            format!("{host}/{}", path.trim_start_matches('/'))
        }
        _ => rest,
    };
    let rest = rest.trim_end_matches('/');
    let rest = rest.strip_suffix(".git").unwrap_or(rest);
    rest.trim_end_matches('/').to_ascii_lowercase()
}

fn starts_with_port(path: &str) -> bool {
    let port = path.split('/').next().unwrap_or_default();
    !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_repository_are_one() {
        for url in [
            "https://github.com/Acme/charts",
            "https://github.com/acme/charts.git",
            "https://github.com/acme/charts/",
            "git@github.com:acme/charts.git",
            "ssh://git@github.com/acme/charts",
            "https://me:pw@github.com/acme/charts.git/",
        ] {
            assert_eq!(address_key(url), "github.com/acme/charts", "{url}");
        }
        assert_eq!(address_key("registry.example.org:5000/charts"), "registry.example.org:5000/charts");
        assert_eq!(address_key("oci://registry.example.org/charts"), "registry.example.org/charts");
    }

    #[test]
    fn chart_versions() {
        assert!(satisfies("1.2.3", "1.2.3") && satisfies("^1.0.0", "1.2.3") && satisfies("", "9"));
        assert!(!satisfies("2.x", "1.2.3") && !satisfies("HEAD", "1.2.3"));
    }
}
