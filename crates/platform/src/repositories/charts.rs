//! Charts in what stands for a chart repository: folders, archives with or without `index.yaml`, an OCI layout.

use std::sync::Arc;

use seatrial_argocd::versions::{is_version, max_version};
use seatrial_argocd::{ChartFiles, RepoAnswer, RepoEntry, RepoEntryKind};
use seatrial_gotemplate::semver::Version;
use seatrial_helm::load::{LoadOptions, members};
use seatrial_source::Snapshot;
use seatrial_yaml::goyaml;
use serde_json::Value;

use super::layout;

/// A version of a chart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Candidate {
    /// Its version.
    pub(super) version: String,
    /// Where it is.
    pub(super) content: Content,
}

/// Where a chart's files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A folder; empty for the root.
    Folder(String),
    /// An archive.
    Archive(String),
    /// The index names it, and it is not here.
    Elsewhere,
}

/// The versions of a chart in a tree, and whether the tree says that there are no others.
pub(super) fn candidates(tree: &dyn Snapshot, chart: &str) -> Result<(Vec<Candidate>, bool), String> {
    let name = chart.rsplit('/').next().unwrap_or(chart);
    if tree.exists("oci-layout") {
        return Ok((layout::charts(tree, name)?, true));
    }
    if tree.exists("index.yaml") {
        return indexed(tree, chart).map(|found| (found, true));
    }
    let mut found = Vec::new();
    for folder in [name.to_owned(), format!("charts/{name}"), String::new()] {
        if let Some(version) = folder_version(tree, &folder, name) {
            found.push(Candidate { version, content: Content::Folder(folder) });
        }
    }
    for at in ["", "charts"] {
        for entry in tree.list(at) {
            let path = if at.is_empty() { entry.name.to_string() } else { format!("{at}/{}", entry.name) };
            let Some(rest) = entry.name.strip_prefix(name).and_then(|rest| rest.strip_prefix('-')) else {
                continue;
            };
            if entry.is_dir {
                if let Some(version) = folder_version(tree, &path, name) {
                    found.push(Candidate { version, content: Content::Folder(path) });
                }
            } else if let Some(version) = rest.strip_suffix(".tgz").filter(|v| is_version(v)) {
                found.push(Candidate { version: version.to_owned(), content: Content::Archive(path) });
            }
        }
    }
    Ok((found, false))
}

/// The version in the `Chart.yaml` of a folder, if the chart is so called.
fn folder_version(tree: &dyn Snapshot, folder: &str, name: &str) -> Option<String> {
    let path = if folder.is_empty() { "Chart.yaml".to_owned() } else { format!("{folder}/Chart.yaml") };
    if !tree.exists(&path) {
        return None;
    }
    let text = String::from_utf8(tree.bytes(&path).ok()?).ok()?;
    let chart = goyaml::to_json(&text).ok()?;
    let field = |key: &str| chart.get(key).and_then(Value::as_str);
    (field("name") == Some(name)).then(|| field("version").unwrap_or_default().to_owned())
}

/// What `index.yaml` says of a chart.
fn indexed(tree: &dyn Snapshot, chart: &str) -> Result<Vec<Candidate>, String> {
    let bytes = tree.bytes("index.yaml").map_err(|error| error.to_string())?;
    let index = goyaml::to_json(&String::from_utf8_lossy(&bytes)).map_err(|error| error.message)?;
    let Some(entries) = index.get("entries").and_then(|e| e.get(chart)).and_then(Value::as_array) else {
        return Err(format!("chart '{chart}' not found in index"));
    };
    let one = |entry: &Value| {
        let version = entry.get("version")?.as_str()?.to_owned();
        let urls = entry.get("urls").and_then(Value::as_array).into_iter().flatten();
        let archive = urls.filter_map(Value::as_str).find_map(|url| {
            let path = url.split(['?', '#']).next().unwrap_or_default().trim_start_matches("./");
            let file = path.rsplit('/').next().unwrap_or_default();
            [path, file].into_iter().find(|path| !path.contains("://") && tree.exists(path))
        });
        let content = archive.map_or(Content::Elsewhere, |path| Content::Archive(path.to_owned()));
        Some(Candidate { version, content })
    };
    Ok(entries.iter().filter_map(one).collect())
}

/// The version that a chart source's `targetRevision` (or a dependency's range) means, as Argo CD chooses it.
///
/// Where the tree does not say that it has all versions, one that it lacks is unknown, and no error.
pub(super) fn choose(tree: &dyn Snapshot, url: &str, chart: &str, wanted: &str) -> RepoAnswer<Candidate> {
    let (found, complete) = match candidates(tree, chart) {
        Ok(found) => found,
        Err(error) => return RepoAnswer::Error(error),
    };
    let have = || {
        let versions: Vec<&str> = found.iter().map(|c| c.version.as_str()).collect();
        if versions.is_empty() { "nothing of that name".to_owned() } else { versions.join(", ") }
    };
    let lacking = || {
        RepoAnswer::Unknown(format!("chart {chart} {wanted} of {url} (what stands for it has {})", have()))
    };
    let version = if is_version(wanted) {
        wanted.to_owned()
    } else {
        // Helm's own ranges know the empty one.
        let range = if wanted.is_empty() { "*" } else { wanted };
        match max_version(range, found.iter().map(|c| c.version.as_str()), "") {
            Ok(version) => version,
            Err(error) if complete => return RepoAnswer::Error(format!("invalid revision: {error}")),
            Err(_) => return lacking(),
        }
    };
    let same = |candidate: &&Candidate| {
        let read = |text: &str| Version::parse(text.as_bytes()).ok();
        match (read(&candidate.version), read(&version)) {
            (Some(a), Some(b)) => a.compare(&b).is_eq(),
            _ => false,
        }
    };
    let exact = found.iter().find(|c| c.version == version);
    match exact.or_else(|| found.iter().find(same)) {
        Some(candidate) => RepoAnswer::Ok(candidate.clone()),
        None => lacking(),
    }
}

/// The files of a chart.
pub(super) fn unpacked(
    tree: &dyn Snapshot,
    url: &str,
    chart: &str,
    candidate: &Candidate,
) -> RepoAnswer<Arc<ChartFiles>> {
    let unknown = |why: String| {
        RepoAnswer::Unknown(format!("the content of the chart {chart} {} of {url}: {why}", candidate.version))
    };
    let regular = |path: &str| RepoEntry { path: path.to_owned(), kind: RepoEntryKind::File };
    let mut files = Vec::new();
    let label = match &candidate.content {
        Content::Elsewhere => return unknown("its archive is not beside the index".to_owned()),
        Content::Archive(path) => {
            let bytes = match tree.bytes(path) {
                Ok(bytes) => bytes,
                Err(error) => return unknown(error.to_string()),
            };
            match members(&bytes, path, &LoadOptions::default()) {
                Ok(found) => files.extend(found.into_iter().map(|file| (regular(&file.name), file.data))),
                Err(error) => return unknown(error.message),
            }
            format!("{}!", tree.shown_path(path))
        }
        Content::Folder(folder) => {
            for path in tree.below(folder) {
                let name = path.strip_prefix(folder.as_str()).unwrap_or(&path).trim_start_matches('/');
                if let Some(link) = tree.link(&path) {
                    let entry = RepoEntry { path: name.to_owned(), kind: RepoEntryKind::Symlink(link) };
                    files.push((entry, Arc::from([])));
                    continue;
                }
                match tree.bytes(&path) {
                    Ok(bytes) => files.push((regular(name), bytes.into())),
                    Err(error) => return unknown(error.to_string()),
                }
            }
            let shown = tree.shown_path(folder);
            if folder.is_empty() { shown } else { format!("{shown}/") }
        }
    };
    RepoAnswer::Ok(Arc::new(ChartFiles { version: candidate.version.clone(), files, label }))
}
