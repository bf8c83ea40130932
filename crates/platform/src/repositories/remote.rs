//! What answers for repositories that nothing on disk stands for.

use std::path::PathBuf;
use std::sync::Arc;

use seatrial_argocd::{Artifact, ChartFiles, ChartRequest, RepoAnswer, RepoEntry, RepoEntryKind};
use seatrial_helm::load::{LoadOptions, members};
use seatrial_source::{Files, GitRepository, Snapshot};

/// The network, or a cache of it: repositories by address. Asked only for what nothing under `repositories` stands for.
pub trait Remote: Send + Sync {
    /// A Git repository on disk that has the commit which a revision means, and that commit. An error is the repo server's,
    /// as [`RepoAnswer::Error`] has it.
    fn repository(&self, url: &str, revision: &str) -> RepoAnswer<(PathBuf, String)>;

    /// The archive of a chart, and its version, chosen as Argo CD chooses it.
    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<(String, Vec<u8>)>;

    /// The content of a values file that is named by an `http` or `https` address.
    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>>;

    /// The OCI artifact that a revision means, chosen and unpacked as Argo CD does it.
    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Artifact>;
}

/// The files of a repository at the commit that a revision means.
pub(super) fn snapshot(
    remote: &dyn Remote,
    url: &str,
    revision: &str,
    files: &Arc<Files>,
) -> RepoAnswer<Arc<dyn Snapshot>> {
    let (path, commit) = match remote.repository(url, revision) {
        RepoAnswer::Ok(found) => found,
        RepoAnswer::Error(text) => return RepoAnswer::Error(text),
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    match GitRepository::open(&path).and_then(|git| git.snapshot(&commit)) {
        Ok(tree) => {
            let label = format!("{url}@{revision}/");
            RepoAnswer::Ok(Arc::new(tree.sharing(Arc::clone(files)).with_label(label)))
        }
        Err(error) => RepoAnswer::Unknown(format!("the content of {url}: {error}")),
    }
}

/// The files of a chart.
pub(super) fn chart(remote: &dyn Remote, asked: &ChartRequest<'_>) -> RepoAnswer<Arc<ChartFiles>> {
    let (version, archive) = match remote.chart(asked) {
        RepoAnswer::Ok(found) => found,
        RepoAnswer::Error(text) => return RepoAnswer::Error(text),
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    let name = format!("{}/{}-{version}.tgz", asked.url.trim_end_matches('/'), asked.chart);
    match members(&archive, &name, &LoadOptions::default()) {
        Ok(found) => {
            let entry = |path: String| RepoEntry { path, kind: RepoEntryKind::File };
            let files = found.into_iter().map(|file| (entry(file.name), file.data)).collect();
            RepoAnswer::Ok(Arc::new(ChartFiles { version, files, label: format!("{name}!") }))
        }
        Err(error) => RepoAnswer::Unknown(format!("the content of {name}: {}", error.message)),
    }
}
