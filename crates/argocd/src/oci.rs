//! OCI artifacts as Argo CD's repo server reads them: from a tag, a digest or a range of versions to the files of the one
//! layer that holds content (`util/oci`, `GetOciFiles`, `GetOciDirectories`).

mod content;
mod reference;
mod root;
mod unpack;

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_gotemplate::semver::{Constraints, Version};

use crate::strategicpatch::go_quote;
use crate::versions::max_version;
use crate::world::{RepoAnswer, RepoEntry};
use reference::Reference;
pub(crate) use root::MOST_LINKS;

/// What answers for the registry of one repository.
pub trait Registry {
    /// The digest of the manifest that a tag or a digest names; none where there is no such manifest.
    fn resolve(&self, reference: &str) -> RepoAnswer<Option<String>>;

    /// All tags, as the registry lists them.
    fn tags(&self) -> RepoAnswer<Vec<String>>;

    /// A manifest or a layer by its digest.
    fn blob(&self, digest: &str) -> RepoAnswer<Arc<[u8]>>;
}

/// The files of an artifact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Artifact {
    /// The digest of its manifest; the revision as it was asked for where only a folder stands for it.
    pub digest: String,
    /// Its files and links.
    pub entries: Vec<RepoEntry>,
    /// Folders that may hold nothing; those of files need not be named.
    pub folders: Vec<String>,
    /// What the files hold, by path. Empty where they are read one by one.
    pub contents: BTreeMap<String, Arc<[u8]>>,
}

/// The artifact that a revision of a repository (`oci://registry/name`) means.
///
/// An error is what the repo server says, such as `rpc error: code = Internal desc = unable to resolve OCI revision 9: …`.
pub fn artifact(url: &str, revision: &str, registry: &dyn Registry) -> RepoAnswer<Artifact> {
    let refused = |why: String| {
        RepoAnswer::Error(format!(
            "rpc error: code = Internal desc = unable to resolve OCI revision {revision}: {why}"
        ))
    };
    let repository = match Reference::of_repository(url) {
        Ok(repository) => repository,
        Err(why) => return refused(format!("failed to initialize oci client: {why}")),
    };
    let digest = match resolved(&repository, revision, registry) {
        RepoAnswer::Ok(digest) => digest,
        RepoAnswer::Error(why) => {
            return refused(format!("failed to resolve revision {}: {why}", go_quote(revision)));
        }
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    match content::files(registry, &digest) {
        RepoAnswer::Error(why) => RepoAnswer::Error(format!(
            "rpc error: code = Internal desc = unable to extract OCI artifact {url} with revision {digest}: {why}"
        )),
        answer => answer.map(|root| root.artifact(digest)),
    }
}

/// An [error](artifact) without what the call of the repo server puts before it.
pub(crate) fn cause<'t>(error: &'t str, revision: &str) -> &'t str {
    let resolving = format!("unable to resolve OCI revision {revision}: ");
    let extracting = || error.split_once(" with revision ")?.1.split_once(": ").map(|(_, cause)| cause);
    error.split_once(&resolving).map(|(_, cause)| cause).or_else(extracting).unwrap_or(error)
}

/// `ResolveRevision`: a tag or digest of that very name, else the highest tag in a range of versions.
fn resolved(repository: &Reference, revision: &str, registry: &dyn Registry) -> RepoAnswer<String> {
    let exact = named(repository, revision, registry);
    if !matches!(exact, RepoAnswer::Error(_)) || !is_constraint(revision) {
        return exact;
    }
    let tags = match registry.tags() {
        // A tag cannot hold the `+` of a version.
        RepoAnswer::Ok(tags) => tags.iter().map(|tag| tag.replace('_', "+")).collect::<Vec<_>>(),
        RepoAnswer::Error(why) => return RepoAnswer::Error(format!("error fetching tags: {why}")),
        RepoAnswer::Unknown(needs) => return RepoAnswer::Unknown(needs),
    };
    match max_version(revision, tags.iter().map(String::as_str), "") {
        Ok(version) => named(repository, &version, registry),
        Err(why) => RepoAnswer::Error(format!("no version for constraints: {why}")),
    }
}

/// The digest of the manifest of that very name.
fn named(repository: &Reference, revision: &str, registry: &dyn Registry) -> RepoAnswer<String> {
    let failed = |why: String| RepoAnswer::Error(format!("cannot get digest for revision {revision}: {why}"));
    let reference = match repository.with(revision) {
        Ok(reference) => reference,
        Err(why) => return failed(why),
    };
    match registry.resolve(&reference.reference) {
        RepoAnswer::Ok(Some(digest)) => RepoAnswer::Ok(digest),
        RepoAnswer::Ok(None) => failed(format!("{reference}: not found")),
        RepoAnswer::Error(why) => failed(why),
        RepoAnswer::Unknown(needs) => RepoAnswer::Unknown(needs),
    }
}

/// `versions.IsConstraint`.
fn is_constraint(revision: &str) -> bool {
    Version::parse(revision.as_bytes()).is_err() && Constraints::parse(revision.as_bytes()).is_ok()
}
