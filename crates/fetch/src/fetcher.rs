//! From an address to content: the lock file first, then the cache, then the network where it is allowed.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use seatrial_argocd::{Artifact, ChartRequest, RepoAnswer};

use crate::artifact::Shelf;
use crate::cache::Cache;
use crate::credentials::Credentials;
use crate::error::{FetchError, without_logins};
use crate::http::Http;
use crate::lock::{Lock, LockedChart};
use crate::{git, helm, oci};

/// Fetches charts and repositories, each once. Shared between threads.
pub struct Fetcher {
    cache: Cache,
    credentials: Credentials,
    online: Option<Http>,
    lock: Mutex<Lock>,
    /// Repositories that were fetched in this run.
    fetched: Mutex<HashMap<String, Result<(), FetchError>>>,
    /// Values files that were asked for in this run.
    values_files: Mutex<HashMap<String, Result<Vec<u8>, FetchError>>>,
}

/// A chart's archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedChart {
    /// Its version.
    pub version: String,
    /// The digest of its bytes.
    pub digest: String,
    /// The archive, `.tgz`.
    pub bytes: Vec<u8>,
}

/// A Git repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FetchedRepository {
    /// A bare repository that has the commit.
    pub path: PathBuf,
    /// The commit that the revision means.
    pub commit: String,
}

impl Fetcher {
    /// A fetcher over a cache and what a lock file pins. Without `online` nothing leaves this machine.
    pub fn new(cache: Cache, lock: Lock, credentials: Credentials, online: bool) -> Self {
        Self {
            cache,
            credentials,
            online: online.then(Http::new),
            lock: Mutex::new(lock),
            fetched: Mutex::default(),
            values_files: Mutex::default(),
        }
    }

    /// What is pinned by now: what was, and what this run fetched.
    pub fn lock(&self) -> Lock {
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A chart of a repository (`https://…`, `oci://…`, or a registry without scheme, as Argo CD writes it).
    pub fn chart(&self, request: &ChartRequest<'_>) -> Result<FetchedChart, FetchError> {
        let ChartRequest { url: repository, chart, version: wanted, .. } = *request;
        let shown = without_logins(repository);
        let key = [shown.clone(), chart.to_owned(), wanted.to_owned()];
        let locked = self.lock().charts.get(&key).cloned();
        if let Some(locked) = &locked
            && let Some(bytes) = self.cache.get(&locked.digest)
        {
            let LockedChart { version, digest } = locked.clone();
            return Ok(FetchedChart { version, digest, bytes });
        }
        let what = format!("chart {chart} {wanted} of {shown}");
        let Some(http) = &self.online else { return Err(FetchError::Offline(what)) };
        let asked = locked.as_ref().map_or(wanted, |locked| locked.version.as_str());
        let over_http = ["https://", "http://"].iter().any(|scheme| repository.starts_with(scheme));
        let asked = ChartRequest { version: asked, ..*request };
        let (version, bytes) = if over_http {
            helm::chart(http, &self.credentials, &asked)?
        } else {
            oci::chart(http, &self.credentials, &asked)?
        };
        let digest = self.kept(what, locked.map(|locked| locked.digest), &bytes)?;
        let pinned = LockedChart { version: version.clone(), digest: digest.clone() };
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).charts.insert(key, pinned);
        Ok(FetchedChart { version, digest, bytes })
    }

    /// A values file that is named by an `http` or `https` address. What is missing is told in Helm's words.
    pub fn values_file(&self, url: &str) -> Result<Vec<u8>, FetchError> {
        let shown = without_logins(url);
        let locked = self.lock().values_files.get(&shown).cloned();
        if let Some(bytes) = locked.as_ref().and_then(|digest| self.cache.get(digest)) {
            return Ok(bytes);
        }
        let Some(http) = &self.online else { return Err(FetchError::Offline(shown)) };
        // One fetch for all that ask for it.
        let mut fetched = self.values_files.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = fetched.get(url) {
            return known.clone();
        }
        let answer = helm::values_file(http, url).and_then(|bytes| {
            let digest = self.kept(shown.clone(), locked, &bytes)?;
            self.lock.lock().unwrap_or_else(PoisonError::into_inner).values_files.insert(shown, digest);
            Ok(bytes)
        });
        fetched.insert(url.to_owned(), answer.clone());
        answer
    }

    /// Puts what came into the cache, and answers its digest; what is not what was pinned is refused.
    fn kept(&self, what: String, locked: Option<String>, bytes: &[u8]) -> Result<String, FetchError> {
        let found = self.cache.put(bytes)?;
        match locked {
            Some(locked) if locked != found => Err(FetchError::Changed { what, locked, found }),
            _ => Ok(found),
        }
    }

    /// The OCI artifact that a revision of a repository (`oci://…`) means: a tag, a digest, or a range over tags. An error is
    /// what Argo CD's repo server says.
    pub fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Artifact> {
        let shown = without_logins(url);
        let key = [shown.clone(), revision.to_owned()];
        let pinned = self.lock().artifacts.get(&key).cloned();
        let online = self.online.as_ref().map(|http| oci::Registry::of(http, &self.credentials, url));
        let shelf = Shelf::new(&self.cache, online, format!("{shown} at {revision}"));
        let answer = seatrial_argocd::oci::artifact(url, pinned.as_deref().unwrap_or(revision), &shelf);
        if let RepoAnswer::Ok(artifact) = &answer {
            let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            lock.artifacts.insert(key, artifact.digest.clone());
        }
        answer
    }

    /// A Git repository at a revision (a branch, a tag, a range over tags, a commit; empty is `HEAD`).
    pub fn repository(&self, url: &str, revision: &str) -> Result<FetchedRepository, FetchError> {
        let shown = without_logins(url);
        let path = self.cache.repository(&shown);
        let key = [shown.clone(), revision.to_owned()];
        let locked = self.lock().commits.get(&key).cloned();
        let wanted = locked.as_deref().unwrap_or(revision);
        if git::is_commit(wanted)
            && path.exists()
            && let Some(commit) = git::resolve(&path, wanted)
        {
            return Ok(FetchedRepository { path, commit });
        }
        let what = format!("{shown} at {}", if revision.is_empty() { "HEAD" } else { revision });
        if self.online.is_none() {
            return Err(FetchError::Offline(what));
        }
        {
            // One fetch for all that ask for it.
            let mut fetched = self.fetched.lock().unwrap_or_else(PoisonError::into_inner);
            fetched.entry(shown.clone()).or_insert_with(|| git::fetch(url, &path)).clone()?;
        }
        let mut found = git::resolve(&path, wanted);
        if found.is_none() && git::is_commit(wanted) && git::fetch_commit(url, &path, wanted).is_ok() {
            found = git::resolve(&path, wanted);
        }
        let Some(commit) = found else {
            let text = format!("unable to resolve '{revision}' to a commit SHA: revision not found");
            return Err(FetchError::Missing(text));
        };
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).commits.insert(key, commit.clone());
        Ok(FetchedRepository { path, commit })
    }
}
