//! The files of a repository as a checkout would have them: folders, links, and Go's order of walking.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::world::{RepoEntry, RepoEntryKind};

/// Links followed on the way to one file, as the kernel allows.
const MAX_LINKS: usize = 40;

/// An entry of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    /// A regular file: its index among the entries.
    File(usize),
    /// A folder.
    Folder,
    /// A symbolic link and its text.
    Link(Arc<str>),
}

/// Files and folders by path from the root; the root is the empty path.
#[derive(Debug, Default)]
pub(super) struct Tree {
    nodes: BTreeMap<String, Node>,
    children: BTreeMap<String, BTreeSet<String>>,
}

/// Why a path leads nowhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Missing {
    /// There is no such file or folder.
    Nothing,
    /// Something on the way is no folder.
    NotFolder,
    /// A link leads out of the tree.
    Outside,
    /// Too many links.
    Loop,
}

impl Tree {
    /// A tree of these entries. A submodule is an empty folder.
    pub(super) fn new<'e>(entries: impl IntoIterator<Item = &'e RepoEntry>) -> Self {
        let mut tree = Self::default();
        tree.nodes.insert(String::new(), Node::Folder);
        for (index, entry) in entries.into_iter().enumerate() {
            let node = match &entry.kind {
                RepoEntryKind::File => Node::File(index),
                RepoEntryKind::Symlink(text) => Node::Link(text.as_str().into()),
                RepoEntryKind::Submodule => Node::Folder,
            };
            tree.add(&entry.path, node);
        }
        tree
    }

    fn add(&mut self, path: &str, node: Node) {
        self.nodes.insert(path.to_owned(), node);
        let mut path = path;
        while !path.is_empty() {
            let (parent, name) = path.rsplit_once('/').unwrap_or(("", path));
            let known = !self.children.entry(parent.to_owned()).or_default().insert(name.to_owned());
            if known {
                break;
            }
            self.nodes.entry(parent.to_owned()).or_insert(Node::Folder);
            path = parent;
        }
    }

    /// The entry at a path whose parents are real folders; links are not followed.
    pub(super) fn at(&self, real: &str) -> Option<&Node> {
        self.nodes.get(real)
    }

    /// The names in a real folder, sorted.
    pub(super) fn names(&self, real: &str) -> impl Iterator<Item = &str> {
        self.children.get(real).into_iter().flatten().map(String::as_str)
    }

    /// All links, by path.
    pub(super) fn links(&self) -> impl Iterator<Item = (&str, &str)> {
        self.nodes.iter().filter_map(|(path, node)| match node {
            Node::Link(text) => Some((path.as_str(), &**text)),
            _ => None,
        })
    }

    /// Where a path leads once every link in it is followed (`filepath.EvalSymlinks`), and what is there.
    pub(super) fn follow(&self, path: &str) -> Result<(String, &Node), Missing> {
        self.walk_to(path, true)
    }

    /// The same without following the last part (`lstat`).
    pub(super) fn look(&self, path: &str) -> Result<(String, &Node), Missing> {
        self.walk_to(path, false)
    }

    fn walk_to(&self, path: &str, last: bool) -> Result<(String, &Node), Missing> {
        let mut links = 0;
        let mut here = String::new();
        let mut open: Vec<String> = parts(path).rev().map(str::to_owned).collect();
        while let Some(part) = open.pop() {
            if part == ".." {
                if here.is_empty() {
                    return Err(Missing::Outside);
                }
                here.truncate(here.rfind('/').unwrap_or(0));
                continue;
            }
            match self.at(&here) {
                Some(Node::Folder) => {}
                Some(_) => return Err(Missing::NotFolder),
                None => return Err(Missing::Nothing),
            }
            let next = join(&here, &part);
            match self.at(&next) {
                Some(Node::Link(text)) if last || !open.is_empty() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Missing::Loop);
                    }
                    if text.starts_with('/') {
                        return Err(Missing::Outside);
                    }
                    open.extend(parts(text).rev().map(str::to_owned));
                }
                Some(_) => here = next,
                None => return Err(Missing::Nothing),
            }
        }
        let node = self.at(&here).ok_or(Missing::Nothing)?;
        Ok((here, node))
    }

    /// Everything under a path in the order of Go's `filepath.Walk`, the path itself first. Links are not followed,
    /// not even the path itself. `enter` says whether a folder is entered.
    pub(super) fn walk(&self, root: &str, enter: &dyn Fn(&str) -> bool) -> Vec<(String, &Node)> {
        let mut found = Vec::new();
        let mut open = vec![root.to_owned()];
        while let Some(path) = open.pop() {
            let Some(node) = self.at(&path) else { continue };
            if matches!(node, Node::Folder) && enter(&path) {
                let names: Vec<&str> = self.names(&path).collect();
                open.extend(names.into_iter().rev().map(|name| join(&path, name)));
            }
            found.push((path, node));
        }
        found
    }
}

/// The parts of a path that mean something.
fn parts(path: &str) -> impl DoubleEndedIterator<Item = &str> {
    path.split('/').filter(|part| !part.is_empty() && *part != ".")
}

/// A folder's path and a name in it.
pub(super) fn join(folder: &str, name: &str) -> String {
    match (folder, name) {
        ("", name) => name.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, name) => format!("{folder}/{name}"),
    }
}

/// `filepath.Join(folder, path)` below a root: the clean path, and whether it climbed out of the root on the way
/// (then the path is what is left, and means something outside).
pub(super) fn clean(folder: &str, path: &str) -> (String, bool) {
    let mut out: Vec<&str> = Vec::new();
    let mut escaped = false;
    for part in parts(folder).chain(parts(path)) {
        if part == ".." {
            escaped |= out.pop().is_none();
        } else {
            out.push(part);
        }
    }
    (out.join("/"), escaped)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, Option<&str>)]) -> Tree {
        let entries: Vec<RepoEntry> = entries
            .iter()
            .map(|(path, link)| RepoEntry {
                path: (*path).to_owned(),
                kind: link.map_or(RepoEntryKind::File, |l| RepoEntryKind::Symlink(l.to_owned())),
            })
            .collect();
        Tree::new(&entries)
    }

    #[test]
    fn links_are_followed_part_by_part() {
        let tree = tree(&[
            ("a/b/c", None),
            ("l", Some("a/b")),
            ("a/up", Some("../l/c")),
            ("loop", Some("loop")),
            ("gone", Some("nothing")),
            ("out", Some("../x")),
        ]);
        assert_eq!(tree.follow("l/c").unwrap().0, "a/b/c");
        assert_eq!(tree.follow("a/up").unwrap().0, "a/b/c");
        assert_eq!(tree.look("a/up").unwrap().0, "a/up");
        assert_eq!(tree.follow("loop"), Err(Missing::Loop));
        assert_eq!(tree.follow("gone"), Err(Missing::Nothing));
        assert_eq!(tree.follow("out"), Err(Missing::Outside));
        assert_eq!(tree.follow("a/b/c/d"), Err(Missing::NotFolder));
    }

    #[test]
    fn walked_as_go_walks() {
        let tree = tree(&[("a.b", None), ("a/x", None), ("a/b/y", None), ("l", Some("a"))]);
        let walked: Vec<String> = tree.walk("", &|_| true).into_iter().map(|(p, _)| p).collect();
        assert_eq!(walked, ["", "a", "a/b", "a/b/y", "a/x", "a.b", "l"]);
        assert_eq!(tree.walk("l", &|_| true).len(), 1);
    }

    #[test]
    fn paths_are_cleaned() {
        assert_eq!(clean("a/b", "../c/./d"), ("a/c/d".to_owned(), false));
        assert_eq!(clean("a", "../../c"), ("c".to_owned(), true));
    }
}
