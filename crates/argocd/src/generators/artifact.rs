//! The files of an OCI artifact that a pattern matches: `doublestar.Glob` over the unpacked files, through links.

use std::collections::{BTreeMap, BTreeSet};

use crate::expand::stop::Stop;
use crate::glob::doublestar;
use crate::oci::{Artifact, MOST_LINKS};
use crate::world::RepoEntryKind;

/// How much is looked at, in bytes of paths: links to folders make many paths of few.
const MOST_BYTES: usize = 64 << 20;

/// The files that a pattern matches, each with the path that its content is read from. What leads nowhere is passed over.
pub(super) fn files(artifact: &Artifact, url: &str, pattern: &str) -> Result<Vec<(String, String)>, Stop> {
    let shown = if pattern.is_empty() { "." } else { pattern };
    let pattern = if shown == "." { "**" } else { shown };
    let mut walk = Walk { tree: Tree::of(artifact), found: Vec::new(), open: vec![Place::default()] };
    walk.all()?;
    let mut out = Vec::new();
    for (path, real) in walk.found {
        match doublestar::matches(pattern, &path) {
            Ok(true) => out.push((path, real)),
            Ok(false) => {}
            Err(_) => {
                return Err(Stop::Error(format!(
                    "rpc error: code = Internal desc = unable to match files. repo {url} with revision {} pattern {shown}: \
                     syntax error in pattern",
                    artifact.digest
                )));
            }
        }
    }
    Ok(out)
}

/// What lies in each folder.
struct Tree<'a> {
    links: BTreeMap<&'a str, &'a str>,
    files: BTreeSet<&'a str>,
    folders: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Tree<'a> {
    fn of(artifact: &'a Artifact) -> Self {
        let mut tree = Self { links: BTreeMap::new(), files: BTreeSet::new(), folders: BTreeMap::new() };
        tree.folders.insert("", BTreeSet::new());
        for entry in &artifact.entries {
            match &entry.kind {
                RepoEntryKind::Symlink(target) => drop(tree.links.insert(&entry.path, target)),
                RepoEntryKind::File => drop(tree.files.insert(&entry.path)),
                RepoEntryKind::Submodule => drop(tree.folders.entry(&entry.path).or_default()),
            }
            tree.put(&entry.path);
        }
        for folder in &artifact.folders {
            tree.folders.entry(folder).or_default();
            tree.put(folder);
        }
        tree
    }

    /// Puts a path into its folder, and that into its own.
    fn put(&mut self, path: &'a str) {
        let mut path = path;
        loop {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            if !self.folders.entry(folder).or_default().insert(name) || folder.is_empty() {
                return;
            }
            path = folder;
        }
    }

    /// Where a link leads to, and through how many links; nothing where that is out, in a circle or nowhere.
    fn followed(&self, link: &str, before: usize) -> Option<(String, usize)> {
        let mut here = String::new();
        let mut rest: Vec<&str> = link.rsplit('/').collect();
        let mut links = before;
        while let Some(part) = rest.pop() {
            let parent = here.len();
            match part {
                "" | "." => continue,
                ".." if here.is_empty() => return None,
                ".." => {
                    here.truncate(here.rfind('/').unwrap_or(0));
                    continue;
                }
                _ if here.is_empty() => here.push_str(part),
                _ => {
                    here.push('/');
                    here.push_str(part);
                }
            }
            if let Some(target) = self.links.get(here.as_str()) {
                links += 1;
                if links > MOST_LINKS {
                    return None;
                }
                here.truncate(parent);
                rest.extend(target.rsplit('/'));
            }
        }
        Some((here, links))
    }
}

/// A folder to look into: the path to it, where it really is, and how many links the path goes through.
#[derive(Default)]
struct Place {
    path: String,
    real: String,
    links: usize,
}

struct Walk<'a> {
    tree: Tree<'a>,
    found: Vec<(String, String)>,
    open: Vec<Place>,
}

impl Walk<'_> {
    fn all(&mut self) -> Result<(), Stop> {
        let mut looked = 0;
        while let Some(place) = self.open.pop() {
            let Some(names) = self.tree.folders.get(place.real.as_str()) else { continue };
            let below = |folder: &str, name: &str| {
                if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
            };
            for name in names {
                let (path, mut real) = (below(&place.path, name), below(&place.real, name));
                looked += path.len() + real.len() + 32;
                if looked > MOST_BYTES {
                    let what = format!("the paths of the artifact take more than {MOST_BYTES} bytes");
                    return Err(Stop::Limit(what));
                }
                let mut links = place.links;
                if self.tree.links.contains_key(real.as_str()) {
                    let Some(end) = self.tree.followed(&real, links) else { continue };
                    (real, links) = end;
                }
                if self.tree.files.contains(real.as_str()) {
                    self.found.push((path, real));
                } else {
                    self.open.push(Place { path, real, links });
                }
            }
        }
        Ok(())
    }
}
