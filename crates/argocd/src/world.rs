//! What an expansion may know about the world outside the ApplicationSet.

mod fixtures;
mod flags;
mod state;
mod version;

use std::sync::Arc;

pub use fixtures::{Fixtures, PluginAnswer, PluginReply};
pub use flags::Flags;
pub use state::{Cluster, IN_CLUSTER_NAME, IN_CLUSTER_SERVER, State};
pub use version::Version;

use crate::oci::Artifact;

/// Everything an expansion reads besides the ApplicationSet.
pub struct World<'a> {
    /// The namespace the controller runs in (where cluster Secrets and AppProjects are).
    pub namespace: String,
    /// The version of Argo CD.
    pub version: Version,
    /// How the controller is started.
    pub flags: Flags,
    /// The objects in Argo CD's namespace.
    pub state: &'a State,
    /// The repositories that git generators read.
    pub repositories: &'a dyn Repositories,
    /// The answers of services outside.
    pub fixtures: &'a Fixtures,
    /// Whether `state` holds all clusters: if not, a cluster that is not in it is unknown, not missing.
    pub clusters_known: bool,
    /// Whether `state` holds all projects.
    pub projects_known: bool,
}

/// What a repository answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoAnswer<T> {
    /// The answer.
    Ok(T),
    /// What the repo server would say. For a revision that does not resolve (the blank before the colon is Argo CD's own):
    /// `rpc error: code = Internal desc = unable to resolve git revision : unable to resolve 'REVISION' to a commit SHA: revision not found`.
    Error(String),
    /// Nobody knows; what would have to be given.
    Unknown(String),
}

impl<T> RepoAnswer<T> {
    /// Changes the answer, keeping errors and unknowns.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> RepoAnswer<U> {
        match self {
            Self::Ok(value) => RepoAnswer::Ok(f(value)),
            Self::Error(text) => RepoAnswer::Error(text),
            Self::Unknown(needs) => RepoAnswer::Unknown(needs),
        }
    }
}

/// One entry of a repository's tree at a revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepoEntry {
    /// The path from the root, with `/`, without a leading one.
    pub path: String,
    /// What it is.
    pub kind: RepoEntryKind,
}

/// What an entry of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RepoEntryKind {
    /// A regular file.
    File,
    /// A symbolic link and the text it holds.
    Symlink(String),
    /// A submodule, which is an empty folder when submodules are not fetched.
    Submodule,
}

/// The repositories that generators read.
pub trait Repositories: Sync {
    /// All entries of the tree (files, links and submodules; no folders), in any order.
    ///
    /// A revision that does not resolve is an error in the repo server's words; a URL nobody stands in for is unknown.
    fn entries(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>>;

    /// The content of one file of the tree.
    fn read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>>;

    /// The OCI artifact that a revision of a repository means, [resolved](crate::oci::artifact) as Argo CD does it.
    fn artifact(&self, url: &str, revision: &str) -> RepoAnswer<Arc<Artifact>> {
        let _ = revision;
        RepoAnswer::Unknown(format!("the content of the OCI artifact {url}"))
    }

    /// The content of one file of an OCI artifact that does not bring it along.
    fn oci_read(&self, url: &str, revision: &str, path: &str) -> RepoAnswer<Arc<[u8]>> {
        let _ = (revision, path);
        RepoAnswer::Unknown(format!("the content of the OCI artifact {url}"))
    }

    /// The commit that a revision of a Git repository means, in hexadecimal. Unknown where a plain folder stands for it.
    fn commit(&self, url: &str, revision: &str) -> RepoAnswer<String> {
        let _ = revision;
        RepoAnswer::Unknown(format!("the commits of the repository {url}"))
    }

    /// A chart of a chart repository (HTTP or OCI), its version chosen as Argo CD chooses it.
    ///
    /// An error is what the repo server would say, such as `invalid revision: version matching constraint not found in 3 tags`.
    fn chart(&self, asked: &ChartRequest<'_>) -> RepoAnswer<Arc<ChartFiles>> {
        let ChartRequest { url, chart, version, .. } = asked;
        RepoAnswer::Unknown(format!("the chart {chart} {version} of {url}"))
    }

    /// The content of a values file that is named by an `http` or `https` address. An error is what Helm would say of it.
    fn values_file(&self, url: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Unknown(format!("the content of {url}"))
    }

    /// How a file of a tree is named to people.
    fn shown(&self, url: &str, revision: &str, path: &str) -> String {
        let _ = (url, revision);
        path.to_owned()
    }
}

/// A chart that is asked of a chart repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChartRequest<'a> {
    /// The repository's address.
    pub url: &'a str,
    /// The chart's name.
    pub chart: &'a str,
    /// A version or a range.
    pub version: &'a str,
    /// Whether the repository's login goes along to every server that its index names (`helm.passCredentials`).
    pub pass_credentials: bool,
}

/// The files of a chart, unpacked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChartFiles {
    /// The version that was chosen.
    pub version: String,
    /// The files with their bytes (a link's are empty), by path within the chart.
    pub files: Vec<(RepoEntry, Arc<[u8]>)>,
    /// What stands before a file's path when it is named to people: `charts/demo/`, `demo-1.2.3.tgz!`.
    pub label: String,
}

/// No repositories: every one is unknown.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRepositories;

impl Repositories for NoRepositories {
    fn entries(&self, url: &str, _: &str) -> RepoAnswer<Arc<Vec<RepoEntry>>> {
        RepoAnswer::Unknown(format!("the content of the repository {url}"))
    }

    fn read(&self, url: &str, _: &str, _: &str) -> RepoAnswer<Arc<[u8]>> {
        RepoAnswer::Unknown(format!("the content of the repository {url}"))
    }
}
