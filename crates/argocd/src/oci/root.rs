//! A folder that nothing leads out of: Go's `os.Root`, in memory.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Artifact;
use crate::world::{RepoEntry, RepoEntryKind};

/// How many links a path may go through.
pub(crate) const MOST_LINKS: usize = 8;

/// What lies at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Folder,
    File(Arc<[u8]>),
    Link(String),
}

/// The nodes by their clean paths; the root itself is not among them.
#[derive(Clone, Debug, Default)]
pub(super) struct Root {
    nodes: BTreeMap<String, Node>,
    /// How many parts of paths were gone through.
    steps: usize,
}

/// Why a path leads nowhere, in Go's words for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    Missing,
    NotFolder,
    Exists,
    IsFolder,
    Escapes,
    Links,
}

impl Wrong {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Missing => "no such file or directory",
            Self::NotFolder => "not a directory",
            Self::Exists => "file exists",
            Self::IsFolder => "is a directory",
            Self::Escapes => "path escapes from parent",
            Self::Links => "too many levels of symbolic links",
        }
    }
}

/// What is done with the folders on the way to a path.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// They must be there.
    Find,
    /// They are made.
    Make,
}

/// Where a path leads: the real path, and what kept the walk from going on, with the folder it happened in.
type Walked = Result<String, (Wrong, String)>;

impl Root {
    /// How many parts of paths were gone through so far.
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// What lies at a real path.
    fn node(&self, path: &str) -> Option<&Node> {
        if path.is_empty() { Some(&Node::Folder) } else { self.nodes.get(path) }
    }

    /// Follows a path to its last part, and that too if it is a link and `last` says so.
    fn walk(&mut self, path: &str, way: Way, last: bool) -> Walked {
        let mut here = String::new();
        let mut rest: Vec<String> = parts(path).rev().collect();
        let mut links = 0;
        while let Some(part) = rest.pop() {
            self.steps += 1;
            let parent = here.len();
            if part == ".." {
                if here.is_empty() {
                    return Err((Wrong::Escapes, String::new()));
                }
                here.truncate(here.rfind('/').unwrap_or(0));
                continue;
            }
            if !here.is_empty() {
                here.push('/');
            }
            here.push_str(&part);
            let is_last = rest.is_empty();
            match self.nodes.get(&here) {
                Some(Node::Link(target)) if !is_last || last => {
                    links += 1;
                    if links > MOST_LINKS {
                        return Err((Wrong::Links, here));
                    }
                    here.truncate(parent);
                    rest.extend(parts(target).rev());
                }
                Some(Node::File(_)) if !is_last => return Err((Wrong::NotFolder, here)),
                None if !is_last && way == Way::Make => drop(self.nodes.insert(here.clone(), Node::Folder)),
                None if !is_last => return Err((Wrong::Missing, here)),
                _ => {}
            }
        }
        Ok(here)
    }

    /// `Stat`: whether a path leads somewhere.
    pub(super) fn stat(&mut self, path: &str) -> Result<(), Wrong> {
        let real = self.walk(path, Way::Find, true).map_err(|(wrong, _)| wrong)?;
        self.node(&real).map(|_| ()).ok_or(Wrong::Missing)
    }

    /// `Lstat`: whether a link lies at a path.
    pub(super) fn is_link(&mut self, path: &str) -> Result<bool, Wrong> {
        let real = self.walk(path, Way::Find, false).map_err(|(wrong, _)| wrong)?;
        self.node(&real).map(|node| matches!(node, Node::Link(_))).ok_or(Wrong::Missing)
    }

    /// `MkdirAll`; the error names what was tried.
    pub(super) fn make_folders(&mut self, path: &str) -> Result<(), String> {
        if path == "." {
            return Ok(());
        }
        let failed = |what: &str, path: &str, wrong: Wrong| Err(format!("{what} {path}: {}", wrong.words()));
        match self.walk(path, Way::Make, false) {
            Err((wrong @ (Wrong::Escapes | Wrong::Links), _)) => failed("mkdirat", path, wrong),
            Err((wrong, at)) => failed("openat", &at, wrong),
            Ok(real) => match self.node(&real) {
                Some(Node::Folder) => Ok(()),
                None => {
                    self.nodes.insert(real, Node::Folder);
                    Ok(())
                }
                // A link will do that leads to a folder.
                Some(Node::Link(_)) => {
                    let end = self.walk(path, Way::Find, true);
                    match end.ok().and_then(|end| self.node(&end).cloned()) {
                        Some(Node::Folder) => Ok(()),
                        _ => failed("mkdirat", path, Wrong::Exists),
                    }
                }
                Some(Node::File(_)) => failed("mkdirat", path, Wrong::Exists),
            },
        }
    }

    /// `OpenFile` for writing, through links.
    pub(super) fn write(&mut self, path: &str, data: Arc<[u8]>) -> Result<(), String> {
        let failed = |wrong: Wrong| Err(format!("openat {path}: {}", wrong.words()));
        let real = match self.walk(path, Way::Find, true) {
            Ok(real) => real,
            Err((wrong, _)) => return failed(wrong),
        };
        if self.node(&real) == Some(&Node::Folder) {
            return failed(Wrong::IsFolder);
        }
        self.nodes.insert(real, Node::File(data));
        Ok(())
    }

    /// `Symlink`; whether there was room for it.
    pub(super) fn link(&mut self, target: &str, path: &str) -> bool {
        match self.walk(path, Way::Find, false) {
            Ok(real) if self.node(&real).is_none() => {
                self.nodes.insert(real, Node::Link(target.to_owned()));
                true
            }
            _ => false,
        }
    }

    /// The one folder of a chart's archive as a root of its own; else how many things there are.
    pub(super) fn chart(self) -> Result<Self, usize> {
        let top: Vec<&String> = self.nodes.keys().filter(|path| !path.contains('/')).collect();
        let folder = match top.as_slice() {
            [one] if self.nodes.get(*one) == Some(&Node::Folder) => format!("{one}/"),
            found => return Err(found.len()),
        };
        let inner = |(path, node): (String, Node)| Some((path.strip_prefix(&folder)?.to_owned(), node));
        Ok(Self { nodes: self.nodes.into_iter().filter_map(inner).collect(), steps: self.steps })
    }

    /// All there is, as the artifact of that digest.
    pub(super) fn artifact(self, digest: String) -> Artifact {
        let mut artifact = Artifact { digest, ..Artifact::default() };
        for (path, node) in self.nodes {
            match node {
                Node::Folder => artifact.folders.push(path),
                Node::File(data) => {
                    artifact.entries.push(RepoEntry { path: path.clone(), kind: RepoEntryKind::File });
                    artifact.contents.insert(path, data);
                }
                Node::Link(target) => {
                    artifact.entries.push(RepoEntry { path, kind: RepoEntryKind::Symlink(target) });
                }
            }
        }
        artifact
    }
}

/// The parts of a path that say something.
fn parts(path: &str) -> impl DoubleEndedIterator<Item = String> {
    path.split('/').filter(|part| !matches!(*part, "" | ".")).map(str::to_owned)
}
