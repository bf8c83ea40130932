//! The charts that the platform's repositories hold.

use std::cmp::Ordering;
use std::sync::Arc;

use seatrial_argocd::render::helm_version;
use seatrial_argocd::versions::is_version;
use seatrial_argocd::{ChartRequest, RepoAnswer, Repositories, Version};
use seatrial_gotemplate::semver;
use seatrial_helm::load::{self, LoadOptions, RawFile};
use seatrial_helm::{Chart, Prepared};
use seatrial_platform::{Platform, Repository, RepositorySet};
use seatrial_source::Snapshot;
use seatrial_yaml::goyaml;
use serde_json::Value;

use crate::design;
use crate::intent::Intent;

/// Where a chart is in its repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChartPlace {
    /// A folder of a Git repository; empty for its root.
    Folder(String),
    /// A chart of a chart repository, HTTP or OCI.
    Packaged,
}

/// A chart that an Application can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChartSource {
    /// The repository's address, as the platform file has it.
    pub url: String,
    /// Where it is there.
    pub place: ChartPlace,
    /// Its name.
    pub name: String,
    /// The version that would be used.
    pub version: String,
    /// Other names it goes by: the folder's.
    pub aliases: Vec<String>,
}

/// The charts, and the repositories they are read from.
pub struct Charts<'p> {
    /// Each chart once, in the order of the platform file and then by place.
    pub known: Vec<ChartSource>,
    repositories: &'p RepositorySet,
    version: Version,
}

impl<'p> Charts<'p> {
    /// What the repositories of the platform file hold, as far as something stands for them. `"*"` has no address that an
    /// Application could name and is left out.
    pub fn of(platform: &Platform, repositories: &'p RepositorySet) -> Self {
        let mut known = Vec::new();
        for repository in &platform.repositories {
            if repository.url.value == "*" || repository.path.is_none() {
                continue;
            }
            let RepoAnswer::Ok(tree) = repositories.snapshot(&repository.url, "HEAD") else { continue };
            if is_chart_repository(repository, &*tree) {
                packaged(&repository.url, &*tree, &mut known);
            } else {
                folders(&repository.url, &*tree, &mut known);
            }
        }
        Self { known, repositories, version: platform.version() }
    }

    /// The one chart that an intent means; `None` when it names none, one that is not known, or one of several.
    pub fn meant(&self, intent: &Intent) -> Option<&ChartSource> {
        design::source::chart(intent, self, &mut Vec::new())
    }

    /// Loads a chart as the Helm of the platform's Argo CD does. The error says what is in the way.
    pub fn load(&self, source: &ChartSource) -> Result<Prepared, String> {
        let version = helm_version(self.version);
        let options = LoadOptions { version, ..LoadOptions::default() };
        let chart: Chart = match &source.place {
            ChartPlace::Folder(folder) => {
                let tree = unwrapped(self.repositories.snapshot(&source.url, "HEAD"))?;
                load::tree(raw(&*tree, folder), &options)
            }
            ChartPlace::Packaged => {
                let asked = ChartRequest {
                    url: &source.url,
                    chart: &source.name,
                    version: &source.version,
                    pass_credentials: false,
                };
                let found = unwrapped(Repositories::chart(self.repositories, &asked))?;
                let files = found.files.iter().map(|(entry, data)| RawFile {
                    name: entry.path.clone(),
                    data: Arc::clone(data),
                    source: format!("{}{}", found.label, entry.path).into(),
                });
                load::tree(files.collect(), &options)
            }
        }
        .map_err(|error| error.to_string())?;
        let missing = seatrial_helm::install::missing_dependencies(&chart);
        if !missing.is_empty() {
            return Err(format!("its dependencies are not at hand: {}", missing.join(", ")));
        }
        Ok(Prepared::new(Arc::new(chart), version))
    }

    /// The tags of the Git repository that stands for an address; empty for a plain folder.
    pub fn tags(&self, url: &str) -> Vec<String> {
        self.repositories.tags(url)
    }
}

fn unwrapped<T>(answer: RepoAnswer<T>) -> Result<T, String> {
    match answer {
        RepoAnswer::Ok(value) => Ok(value),
        RepoAnswer::Error(text) => Err(text),
        RepoAnswer::Unknown(needs) => Err(format!("not at hand: {needs}")),
    }
}

fn is_chart_repository(repository: &Repository, tree: &dyn Snapshot) -> bool {
    match repository.kind.as_ref().map(|kind| kind.value.as_str()) {
        Some("git") => false,
        Some(_) => true,
        None => {
            repository.url.starts_with("oci://")
                || tree.exists("index.yaml")
                || tree.list("").iter().any(|entry| !entry.is_dir && entry.name.ends_with(".tgz"))
        }
    }
}

/// Charts in folders of a Git repository; those below another chart are its parts.
fn folders(url: &str, tree: &dyn Snapshot, known: &mut Vec<ChartSource>) {
    let mut places: Vec<String> = Vec::new();
    for path in tree.paths().iter() {
        let Some(folder) = path.strip_suffix("Chart.yaml") else { continue };
        let folder = folder.trim_end_matches('/');
        let within = |above: &String| above.is_empty() || folder.starts_with(&format!("{above}/"));
        if !(folder.is_empty() || path.ends_with("/Chart.yaml")) || places.iter().any(within) {
            continue;
        }
        let Some((name, version)) = metadata(tree, path) else { continue };
        places.push(folder.to_owned());
        let last = folder.rsplit('/').next().unwrap_or_default().to_owned();
        let aliases = if last.is_empty() || last == name { Vec::new() } else { vec![last] };
        let place = ChartPlace::Folder(folder.to_owned());
        known.push(ChartSource { url: url.to_owned(), place, name, version, aliases });
    }
}

/// Charts of a chart repository, each in its highest version that is no prerelease.
fn packaged(url: &str, tree: &dyn Snapshot, known: &mut Vec<ChartSource>) {
    let mut found: Vec<(String, String)> = Vec::new();
    if let Some(index) = tree.bytes("index.yaml").ok().and_then(|b| String::from_utf8(b).ok()) {
        let index = goyaml::to_json(&index).unwrap_or_default();
        for (name, versions) in index.get("entries").and_then(Value::as_object).into_iter().flatten() {
            let texts = versions.as_array().into_iter().flatten().filter_map(|v| v.get("version")?.as_str());
            found.extend(texts.map(|version| (name.clone(), version.to_owned())));
        }
    }
    for path in tree.paths().iter() {
        if path.ends_with("/Chart.yaml") && path.split('/').count() <= 3 {
            found.extend(metadata(tree, path));
        }
        let Some(stem) = path.rsplit('/').next().and_then(|name| name.strip_suffix(".tgz")) else { continue };
        let cut = stem.match_indices('-').find(|(at, _)| is_version(&stem[at + 1..]));
        found.extend(cut.map(|(at, _)| (stem[..at].to_owned(), stem[at + 1..].to_owned())));
    }
    let parsed = |version: &str| semver::Version::parse(version.as_bytes()).ok();
    found.retain(|(_, version)| parsed(version).is_some());
    found.sort_by(|a, b| {
        let newest_first = match (parsed(&a.1), parsed(&b.1)) {
            (Some(a), Some(b)) => b.compare(&a),
            _ => Ordering::Equal,
        };
        a.0.cmp(&b.0).then(a.1.contains('-').cmp(&b.1.contains('-'))).then(newest_first)
    });
    found.dedup_by(|a, b| a.0 == b.0);
    known.extend(found.into_iter().map(|(name, version)| ChartSource {
        url: url.to_owned(),
        place: ChartPlace::Packaged,
        name,
        version,
        aliases: Vec::new(),
    }));
}

fn metadata(tree: &dyn Snapshot, path: &str) -> Option<(String, String)> {
    let chart = goyaml::to_json(&String::from_utf8(tree.bytes(path).ok()?).ok()?).ok()?;
    if chart.get("type").and_then(Value::as_str) == Some("library") {
        return None;
    }
    let text = |key: &str| chart.get(key).and_then(Value::as_str).map(str::to_owned);
    Some((text("name")?, text("version").unwrap_or_default()))
}

fn raw(tree: &dyn Snapshot, folder: &str) -> Vec<RawFile> {
    let below = tree.below(folder);
    let files = below.iter().filter_map(|path| {
        let name = path.strip_prefix(folder)?.trim_start_matches('/').to_owned();
        let data = tree.bytes(path).ok()?;
        Some(RawFile { name, data: data.into(), source: tree.shown_path(path).into() })
    });
    files.collect()
}
