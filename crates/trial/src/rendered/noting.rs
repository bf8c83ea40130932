//! Repositories that note which of their files are read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_argocd::{Artifact, ChartFiles, ChartRequest, RepoAnswer, RepoEntry, Repositories};

/// Answers as other repositories do, and remembers what files they were asked for.
pub(super) struct Noting<'r> {
    inner: &'r dyn Repositories,
    read: Mutex<BTreeSet<String>>,
}

impl<'r> Noting<'r> {
    pub(super) fn new(inner: &'r dyn Repositories) -> Self {
        Self { inner, read: Mutex::default() }
    }

    /// The files that were read, as they are shown to people.
    pub(super) fn read(&self) -> BTreeSet<String> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, shown: String) {
        self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(shown);
    }
}

impl Repositories for Noting<'_> {
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        self.inner.entries(url, revision)
    }

    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        self.note(self.inner.shown(url, revision, path));
        self.inner.read(url, revision, path)
    }

    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        self.inner.artifact(url, revision)
    }

    fn oci_read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        self.note(self.inner.shown(url, revision, path));
        self.inner.oci_read(url, revision, path)
    }

    fn commit(&self, url: &str, revision: &str) -> RepoAnswer<String> {
        self.inner.commit(url, revision)
    }

    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<Arc<ChartFiles>> {
        let answer = self.inner.chart(asked);
        if let RepoAnswer::Ok(files) = &answer {
            for (entry, _) in &files.files {
                self.note(format!("{}{}", files.label, entry.path));
            }
        }
        answer
    }

    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        self.inner.values_file(url)
    }

    fn shown(&self, url: &str, revision: &str, path: &str) -> String {
        self.inner.shown(url, revision, path)
    }
}
