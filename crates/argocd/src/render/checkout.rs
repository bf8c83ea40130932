//! A repository at a revision, or an unpacked chart, as the repo server has it on disk.

use std::sync::Arc;

use super::stop::{Stop, known};
use super::tree::{Missing, Node, Tree, clean};
use crate::oci::{self, Artifact};
use crate::world::{ChartFiles, RepoAnswer, RepoEntry, Repositories, World};

/// How the repo server shows the folder of a checkout.
pub(super) const ROOT: &str = "<path to cached source>";

/// Files, and where they are read.
#[derive(Clone)]
pub(super) struct Checkout<'w> {
    /// The files.
    pub(super) tree: Arc<Tree>,
    /// What tells this checkout from others of the same world.
    pub(super) key: CheckoutKey,
    reader: Reader<'w>,
}

/// A kind of source, its address and its revision.
pub(super) type CheckoutKey = (&'static str, String, String);

#[derive(Clone)]
enum Reader<'w> {
    Git { repositories: &'w dyn Repositories, url: String, revision: String },
    Oci { repositories: &'w dyn Repositories, url: String, revision: String, artifact: Arc<Artifact> },
    Chart(Arc<ChartFiles>),
}

impl<'w> Checkout<'w> {
    /// A Git repository at a revision. Links that lead out of it are refused, as the repo server refuses them.
    pub(super) fn git(world: &World<'w>, url: &str, revision: &str) -> Result<Self, Stop> {
        let entries = known(world.repositories.entries(url, revision))?;
        let (url, revision) = (url.to_owned(), revision.to_owned());
        let key = ("git", url.clone(), revision.clone());
        let reader = Reader::Git { repositories: world.repositories, url, revision };
        Self::checked(entries.iter(), key, reader, "repository")
    }

    /// An OCI artifact.
    pub(super) fn oci(world: &World<'w>, url: &str, revision: &str) -> Result<Self, Stop> {
        let artifact = match world.repositories.artifact(url, revision) {
            // Generators ask through another call of the repo server, which wraps the cause once more.
            RepoAnswer::Error(text) => return Err(Stop::fault(oci::cause(&text, revision))),
            answer => known(answer)?,
        };
        let (url, revision) = (url.to_owned(), revision.to_owned());
        let key = ("oci", url.clone(), revision.clone());
        let reader =
            Reader::Oci { repositories: world.repositories, url, revision, artifact: Arc::clone(&artifact) };
        Self::checked(artifact.entries.iter(), key, reader, "oci image")
    }

    /// A chart of a chart repository.
    pub(super) fn chart(url: &str, name: &str, files: Arc<ChartFiles>) -> Result<Self, Stop> {
        let key = ("chart", format!("{url}#{name}"), files.version.clone());
        let reader = Reader::Chart(Arc::clone(&files));
        Self::checked(files.files.iter().map(|(entry, _)| entry), key, reader, "chart")
    }

    fn checked<'e>(
        entries: impl IntoIterator<Item = &'e RepoEntry>,
        key: CheckoutKey,
        reader: Reader<'w>,
        what: &str,
    ) -> Result<Self, Stop> {
        let tree = Tree::new(entries);
        if let Some(link) = outside(&tree) {
            return Err(Stop::fault(format!("{what} contains out-of-bounds symlinks. file: {link}")));
        }
        Ok(Self { tree: Arc::new(tree), key, reader })
    }

    /// The bytes of a file, links followed; a fault in the system's words.
    pub(super) fn read(&self, path: &str) -> Result<Arc<[u8]>, Stop> {
        let open = |why: &str| Stop::fault(format!("open {}: {why}", shown_root(path)));
        match self.tree.follow(path) {
            Ok((real, Node::File(index))) => self.content(&real, *index),
            Ok(_) => Err(Stop::fault(format!("read {}: is a directory", shown_root(path)))),
            Err(Missing::NotFolder) => Err(open("not a directory")),
            Err(Missing::Loop) => Err(open("too many levels of symbolic links")),
            Err(Missing::Nothing | Missing::Outside) => Err(open("no such file or directory")),
        }
    }

    /// The bytes of a file by its real path and index.
    pub(super) fn content(&self, real: &str, index: usize) -> Result<Arc<[u8]>, Stop> {
        match &self.reader {
            Reader::Git { repositories, url, revision } => known(repositories.read(url, revision, real)),
            Reader::Oci { repositories, url, revision, artifact } => match artifact.contents.get(real) {
                Some(content) => Ok(Arc::clone(content)),
                None => known(repositories.oci_read(url, revision, real)),
            },
            Reader::Chart(files) => {
                files.files.get(index).map(|(_, bytes)| Arc::clone(bytes)).ok_or_else(|| {
                    Stop::fault(format!("open {}: no such file or directory", shown_root(real)))
                })
            }
        }
    }

    /// Go's `EvalSymlinks` of a path that leads nowhere, in its words.
    pub(super) fn evaluating(&self, path: &str, why: Missing) -> String {
        if why == Missing::Loop {
            return "EvalSymlinks: too many links".to_owned();
        }
        let target = match self.tree.look(path) {
            Ok((_, Node::Link(text))) => {
                clean(path.rsplit_once('/').map_or("", |(parent, _)| parent), text).0
            }
            _ => path.to_owned(),
        };
        let what = if why == Missing::NotFolder { "not a directory" } else { "no such file or directory" };
        format!("lstat {}: {what}", shown_root(&target))
    }

    /// How a file is named to people.
    pub(super) fn shown(&self, path: &str) -> String {
        match &self.reader {
            Reader::Git { repositories, url, revision } | Reader::Oci { repositories, url, revision, .. } => {
                repositories.shown(url, revision, path)
            }
            Reader::Chart(files) => format!("{}{path}", files.label),
        }
    }
}

/// A path as the repo server's messages show it.
pub(super) fn shown_root(path: &str) -> String {
    if path.is_empty() { ROOT.to_owned() } else { format!("{ROOT}/{path}") }
}

/// The first link, as Go walks, that is absolute or climbs out of the tree on its way.
fn outside(tree: &Tree) -> Option<String> {
    let climbs = |path: &str, text: &str| {
        if text.starts_with('/') {
            return true;
        }
        let mut depth = path.split('/').count().saturating_sub(1);
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." if depth == 0 => return true,
                ".." => depth -= 1,
                _ => depth += 1,
            }
        }
        false
    };
    if !tree.links().any(|(path, text)| climbs(path, text)) {
        return None;
    }
    let walked = tree.walk("", &|_| true);
    walked.into_iter().find_map(|(path, node)| match node {
        Node::Link(text) if climbs(&path, text) => Some(path),
        _ => None,
    })
}
