//! The git and OCI generators: folders or files of a repository.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatrial_gotemplate::{List, Map, Str, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::values::Values;
use super::{EMPTY, items, text};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::flatten::flatten;
use crate::glob::{doublestar, gopath, wildmatch};
use crate::names::sanitize;
use crate::oci::Artifact;
use crate::params::{ParamSet, map_from_json, put, text as value};
use crate::world::{RepoAnswer, RepoEntry, RepoEntryKind};

/// Which generator it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Git,
    Oci,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Oci => "oci",
        }
    }
}

struct Source<'a> {
    run: &'a Run<'a>,
    kind: Kind,
    url: &'a str,
    revision: &'a str,
    prefix: &'a str,
}

/// Folders win over files; neither is an error. A git generator needs the project of the template to exist, if it is not templated.
pub(super) fn generate(run: &Run<'_>, kind: Kind, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    if kind == Kind::Git {
        project_exists(run)?;
    }
    let source = Source {
        run,
        kind,
        url: text(spec, "repoURL"),
        revision: text(spec, "revision"),
        prefix: text(spec, "pathParamPrefix"),
    };
    let values = Values::compile(&run.engine, spec, at);
    let made = if !items(spec, "directories").is_empty() {
        source.directories(spec, &values, at)
    } else if !items(spec, "files").is_empty() {
        source.files(spec, &values, at)
    } else {
        return error(EMPTY);
    };
    made.map_err(|stop| stop.wrap(&format!("error generating params from {}", kind.name())))
}

fn project_exists(run: &Run<'_>) -> Result<(), Stop> {
    let project = run.set.project.as_str();
    if project.contains("{{") || run.world.state.project(project).is_some() {
        return Ok(());
    }
    if !run.world.projects_known {
        return Err(Stop::Unknown(format!("whether the project {project:?} exists")));
    }
    error(format!("error getting project {project}: AppProject.argoproj.io {project:?} not found"))
}

/// An include or exclude pattern.
fn patterns(spec: &Json, key: &str) -> Vec<(String, bool)> {
    let one = |item: &Json| (text(item, "path").to_owned(), item.get("exclude") == Some(&Json::Bool(true)));
    items(spec, key).iter().map(one).collect()
}

impl Source<'_> {
    fn known<T>(&self, answer: RepoAnswer<T>) -> Result<T, Stop> {
        match answer {
            RepoAnswer::Ok(value) => Ok(value),
            RepoAnswer::Error(mut text) => {
                // The repo server says so since 3.6.
                if !self.run.world.version.at_least(3, 6)
                    && let Some(rest) = text.strip_suffix(": revision not found")
                {
                    text.truncate(rest.len());
                }
                Err(Stop::Error(text))
            }
            RepoAnswer::Unknown(needs) => Err(Stop::Unknown(needs)),
        }
    }

    fn entries(&self) -> Result<Arc<Vec<RepoEntry>>, Stop> {
        self.known(self.run.world.repositories.entries(self.url, self.revision))
    }

    fn artifact(&self) -> Result<Arc<Artifact>, Stop> {
        self.known(self.run.world.repositories.artifact(self.url, self.revision))
    }

    fn read(&self, path: &str) -> Result<Arc<[u8]>, Stop> {
        if self.kind == Kind::Git {
            return self.known(self.run.world.repositories.read(self.url, self.revision, path));
        }
        match self.artifact()?.contents.get(path) {
            Some(content) => Ok(Arc::clone(content)),
            None => self.known(self.run.world.repositories.oci_read(self.url, self.revision, path)),
        }
    }

    /// All folders, in the order in which they are walked through.
    fn all_folders(&self) -> Result<Vec<String>, Stop> {
        let hidden = self.run.world.flags.include_hidden_directories;
        Ok(match self.kind {
            Kind::Git => {
                let mut folders = folders(&self.entries()?, &[], hidden);
                if hidden {
                    // The checkout's own.
                    folders.insert(vec![".git".to_owned()]);
                }
                joined(folders)
            }
            Kind::Oci => {
                let artifact = self.artifact()?;
                joined(folders(&artifact.entries, &artifact.folders, hidden))
            }
        })
    }

    fn directories(&self, spec: &Json, values: &Values, at: &Path) -> Result<Vec<ParamSet>, Stop> {
        let what = match self.kind {
            Kind::Git => "error retrieving Git Directories",
            Kind::Oci => "error retrieving OCI directories",
        };
        let source = if self.run.world.version.at_least(3, 6) { self.kind.name() } else { "repo" };
        let wrap = |stop: Stop| stop.wrap(what).wrap(&format!("error getting directories from {source}"));
        let all = self.all_folders().map_err(wrap)?;
        let wanted = patterns(spec, "directories");
        let mut sets = Vec::new();
        for directory in all {
            let (mut include, mut exclude) = (None, false);
            for (index, (pattern, excludes)) in wanted.iter().enumerate() {
                if gopath::matches(pattern, &directory) == Ok(true) {
                    exclude |= excludes;
                    if !excludes && include.is_none() {
                        include = Some(index);
                    }
                }
            }
            let Some(index) = include.filter(|_| !exclude) else { continue };
            let place = at.join("directories").join(index);
            let mut set = self.directory(&directory, place);
            self.run.reserve(1)?;
            values.append(&self.run.engine, &mut set).map_err(|e| {
                e.wrap("failed to append templated values").wrap("error generating params from apps")
            })?;
            sets.push(set);
        }
        Ok(sets)
    }

    fn directory(&self, directory: &str, at: Path) -> ParamSet {
        let mut set = ParamSet::new(at);
        let place = Place::Directory {
            url: self.url.to_owned(),
            revision: self.revision.to_owned(),
            path: directory.to_owned(),
        };
        if self.run.engine.is_go() {
            let inner = Map::new();
            put(&inner, "path", value(directory));
            put(&inner, "basename", value(base(directory)));
            put(&inner, "basenameNormalized", value(&sanitize(base(directory))));
            put(&inner, "segments", Value::List(List::strings(directory.split('/').map(Str::from))));
            self.put_path(&set, inner);
        } else {
            let name = self.flat_name();
            set.set(&name, value(directory));
            set.set(&format!("{name}.basename"), value(base(directory)));
            set.set(&format!("{name}.basenameNormalized"), value(&sanitize(base(directory))));
            segments(&set, &name, directory);
        }
        set.note(self.flat_name(), place);
        set
    }

    /// The name of the path parameter in flat mode.
    fn flat_name(&self) -> String {
        if self.prefix.is_empty() { "path".to_owned() } else { format!("{}.path", self.prefix) }
    }

    fn put_path(&self, set: &ParamSet, inner: Map) {
        if self.prefix.is_empty() {
            set.set("path", Value::Map(inner));
        } else {
            let outer = Map::new();
            put(&outer, "path", Value::Map(inner));
            set.set(self.prefix, Value::Map(outer));
        }
    }

    fn files(&self, spec: &Json, values: &Values, at: &Path) -> Result<Vec<ParamSet>, Stop> {
        let mut chosen: BTreeMap<String, (usize, String)> = BTreeMap::new();
        let wanted = patterns(spec, "files");
        for (index, (pattern, _)) in wanted.iter().enumerate().filter(|(_, (_, excludes))| !excludes) {
            for (path, real) in self.list(pattern)? {
                chosen.entry(path).or_insert((index, real));
            }
        }
        for (pattern, _) in wanted.iter().filter(|(_, excludes)| *excludes) {
            for (path, _) in self.list(pattern)? {
                chosen.remove(&path);
            }
        }
        let mut sets = Vec::new();
        for (path, (index, real)) in &chosen {
            let content = self.read(real)?;
            let place = at.join("files").join(*index);
            let made = self.file(path, &content, values, &place).map_err(|stop| {
                let place = if self.run.world.version.at_least(3, 5) {
                    format!(" from repository '{}'", self.url)
                } else {
                    String::new()
                };
                stop.wrap(&format!("unable to process file '{path}'{place}"))
            })?;
            sets.extend(made);
        }
        Ok(sets)
    }

    /// The files a pattern lists, each with the path its content is read from (links followed).
    fn list(&self, pattern: &str) -> Result<Vec<(String, String)>, Stop> {
        let what = match self.kind {
            Kind::Git => "error retrieving Git files",
            Kind::Oci => "error retrieving OCI files",
        };
        let listed = match self.kind {
            Kind::Git => self.listed(pattern),
            Kind::Oci => {
                self.artifact().and_then(|artifact| super::artifact::files(&artifact, self.url, pattern))
            }
        };
        listed.map_err(|stop| stop.wrap(what))
    }

    fn listed(&self, pattern: &str) -> Result<Vec<(String, String)>, Stop> {
        let entries = self.entries()?;
        let tree = Tree::new(&entries);
        let pattern = if pattern.is_empty() { "." } else { pattern };
        let globbed = self.run.world.flags.new_git_file_globbing;
        let revision = self.revision;
        let refuse = |what: &str, path: &str, why: &str| {
            let url = self.url;
            Stop::Error(format!(
                "rpc error: code = Internal desc = unable to {what} files. repo {url} with revision {revision} pattern {pattern}: {why}{path}"
            ))
        };
        let mut out = Vec::new();
        if globbed {
            let clean = clean(pattern);
            let candidates =
                entries.iter().map(|e| e.path.as_str()).chain(tree.folders.iter().map(String::as_str));
            for path in candidates {
                match doublestar::matches(&clean, path) {
                    Err(_) => return Err(refuse("list", "", "syntax error in pattern")),
                    Ok(false) => {}
                    Ok(true) => match tree.resolve(path) {
                        Some(Found::File(real)) => out.push((path.to_owned(), real)),
                        Some(Found::Folder) => return Err(refuse("read", path, "is a directory: ")),
                        None => return Err(refuse("list", path, "no such file or directory: ")),
                    },
                }
            }
        } else {
            let spec = wildmatch::Pathspec::parse(pattern).map_err(|why| {
                refuse(
                    "list",
                    "",
                    &format!("`git ls-files --full-name -z -- {pattern}` failed exit status 128: {why}"),
                )
            })?;
            for entry in entries.iter().filter(|e| spec.matches(&e.path)) {
                match tree.resolve(&entry.path) {
                    Some(Found::File(real)) => out.push((entry.path.clone(), real)),
                    Some(Found::Folder) => return Err(refuse("read", &entry.path, "is a directory: ")),
                    None => return Err(refuse("read", &entry.path, "no such file or directory: ")),
                }
            }
        }
        Ok(out)
    }

    fn file(&self, path: &str, content: &[u8], values: &Values, at: &Path) -> Result<Vec<ParamSet>, Stop> {
        if content.len() > self.run.limits.file_bytes {
            return Err(Stop::Limit(format!("{path} is larger than {} bytes", self.run.limits.file_bytes)));
        }
        let text = String::from_utf8_lossy(content);
        let objects =
            crate::yaml::map_or_maps(&text).map_err(|e| Stop::Error(format!("unable to parse file: {e}")))?;
        self.run.reserve(objects.len())?;
        let mut sets = Vec::new();
        for (index, object) in objects {
            let mut set = ParamSet::new(at.clone());
            let folder = parent(path);
            let object_map = object.as_ref().map(map_from_json).unwrap_or_default();
            if self.run.engine.is_go() {
                for (key, value) in object_map.entries() {
                    put(&set.map, &key.to_text(), value);
                }
                let inner = Map::new();
                put(&inner, "path", value(folder));
                put(&inner, "basename", value(base(folder)));
                put(&inner, "filename", value(base(path)));
                put(&inner, "basenameNormalized", value(&sanitize(base(folder))));
                put(&inner, "filenameNormalized", value(&sanitize(base(path))));
                put(&inner, "segments", Value::List(List::strings(folder.split('/').map(Str::from))));
                self.put_path(&set, inner);
            } else {
                for (key, leaf) in flatten(&object_map, false) {
                    set.set(&key, value(&leaf));
                }
                let name = self.flat_name();
                set.set(&name, value(folder));
                set.set(&format!("{name}.basename"), value(base(folder)));
                set.set(&format!("{name}.filename"), value(base(path)));
                set.set(&format!("{name}.basenameNormalized"), value(&sanitize(base(folder))));
                set.set(&format!("{name}.filenameNormalized"), value(&sanitize(base(path))));
                segments(&set, &name, folder);
            }
            let root = index.map_or_else(Path::root, |index| Path::root().join(index));
            let place = |at: Path| Place::File {
                url: self.url.to_owned(),
                revision: self.revision.to_owned(),
                path: path.to_owned(),
                at,
            };
            for (key, inner) in object.iter().flatten() {
                note(&mut set, key, inner, &root.join(key.as_str()), &place, 0);
            }
            set.note(
                self.flat_name(),
                Place::Directory {
                    url: self.url.to_owned(),
                    revision: self.revision.to_owned(),
                    path: path.to_owned(),
                },
            );
            values
                .append(&self.run.engine, &mut set)
                .map_err(|e| e.wrap("failed to append templated values"))?;
            sets.push(set);
        }
        Ok(sets)
    }
}

fn note(
    set: &mut ParamSet,
    key: &str,
    value: &Json,
    at: &Path,
    place: &impl Fn(Path) -> Place,
    depth: usize,
) {
    if let (Json::Object(entries), true) = (value, depth < 4) {
        for (inner, value) in entries {
            note(set, &format!("{key}.{inner}"), value, &at.join(inner.as_str()), place, depth + 1);
        }
    }
    set.note(key, place(at.clone()));
}

/// `path[0]`, `path[1]`, … for the segments that are not empty.
fn segments(set: &ParamSet, name: &str, path: &str) {
    for (index, segment) in path.split('/').enumerate().filter(|(_, s)| !s.is_empty()) {
        set.set(&format!("{name}[{index}]"), value(segment));
    }
}

/// Go's `path.Base`.
fn base(path: &str) -> &str {
    let trimmed = path.trim_end_matches('/');
    if trimmed.is_empty() {
        return if path.is_empty() { "." } else { "/" };
    }
    trimmed.rsplit('/').next().unwrap_or(trimmed)
}

/// Go's `path.Dir` of a clean relative path.
fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or(".", |(folder, _)| folder)
}

/// Go's `filepath.Clean` of a pattern below the root; what leaves the root matches nothing in it.
fn clean(pattern: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in pattern.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return "..".to_owned();
                }
            }
            other => parts.push(other),
        }
    }
    parts.join("/")
}

/// All folders of a tree in the order of `filepath.WalkDir`; those whose name begins with a dot are left out with all below
/// them. `named` may hold nothing.
fn folders(entries: &[RepoEntry], named: &[String], hidden: bool) -> BTreeSet<Vec<String>> {
    let mut found: BTreeSet<Vec<String>> = BTreeSet::new();
    let mut add = |mut parts: Vec<&str>| {
        while !parts.is_empty() {
            let shown = hidden || !parts.iter().any(|part| part.starts_with('.'));
            if shown && !found.insert(parts.iter().map(|part| (*part).to_owned()).collect()) {
                break;
            }
            parts.pop();
        }
    };
    for entry in entries {
        let mut parts: Vec<&str> = entry.path.split('/').collect();
        if entry.kind != RepoEntryKind::Submodule {
            parts.pop();
        }
        add(parts);
    }
    for path in named {
        add(path.split('/').collect());
    }
    found
}

fn joined(folders: BTreeSet<Vec<String>>) -> Vec<String> {
    folders.into_iter().map(|parts| parts.join("/")).collect()
}

enum Found {
    File(String),
    Folder,
}

/// A tree for following links.
struct Tree<'a> {
    kinds: BTreeMap<&'a str, &'a RepoEntryKind>,
    folders: BTreeSet<String>,
}

impl<'a> Tree<'a> {
    fn new(entries: &'a [RepoEntry]) -> Self {
        let kinds = entries.iter().map(|e| (e.path.as_str(), &e.kind)).collect();
        let mut folders: BTreeSet<String> = joined(folders(entries, &[], true)).into_iter().collect();
        folders.insert(".git".to_owned());
        Self { kinds, folders }
    }

    /// What a path leads to; nothing for links that lead nowhere or out of the tree.
    fn resolve(&self, path: &str) -> Option<Found> {
        let mut path = path.to_owned();
        for _ in 0..40 {
            if path.is_empty() || self.folders.contains(&path) {
                return Some(Found::Folder);
            }
            match self.kinds.get(path.as_str())? {
                RepoEntryKind::File => return Some(Found::File(path)),
                RepoEntryKind::Submodule => return Some(Found::Folder),
                RepoEntryKind::Symlink(target) => {
                    let joined = if target.starts_with('/') {
                        return None;
                    } else {
                        format!("{}/{target}", parent(&path))
                    };
                    let cleaned = clean(&joined);
                    if cleaned == ".." {
                        return None;
                    }
                    path = cleaned;
                }
            }
        }
        None
    }
}
