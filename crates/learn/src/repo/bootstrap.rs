//! What has to be known before Applications can be expanded and rendered: which addresses this repository goes by, and where
//! Argo CD's own objects lie in it.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_source::Snapshot;
use seatrial_yaml::goyaml;
use serde_json::{Value, json};

/// What the files of a repository are, before anything is expanded.
#[derive(Default)]
pub(super) struct Survey {
    /// Folders with cluster Secrets, AppProjects or Argo CD's ConfigMaps.
    pub(super) state: BTreeSet<String>,
    /// Addresses that Applications take paths from, with how many of those paths are here and how many are not.
    pub(super) addresses: BTreeMap<String, (usize, usize)>,
    /// Namespaces of Argo CD's objects, with how many.
    pub(super) namespaces: BTreeMap<String, usize>,
    /// Clusters that Secrets declare: name, address, environment that a label tells.
    pub(super) clusters: Vec<(String, Option<String>, Option<String>)>,
    /// The version in an image of Argo CD, and where.
    pub(super) version: Option<(String, String)>,
}

/// Objects deeper than this are not looked into.
const MAX_DEPTH: usize = 48;

/// Reads the Argo CD objects of a repository.
pub(super) fn survey(tree: &dyn Snapshot) -> Survey {
    let mut survey = Survey::default();
    let telling = ["argoproj.io", "argocd-cm", "argoproj/argocd:"];
    for path in tree.paths().iter() {
        let yaml = path.rsplit_once('.').is_some_and(|(_, ext)| matches!(ext, "yaml" | "yml"));
        if !yaml || path.contains("/templates/") || !tree.contains_any(path, &telling).unwrap_or(false) {
            continue;
        }
        let Ok(file) = tree.read(path) else { continue };
        let folder = path.rsplit_once('/').map_or(".", |(folder, _)| folder);
        for part in goyaml::documents(&file.text).unwrap_or_default() {
            if let Ok(object) = goyaml::to_json(part.text(&file.text)) {
                one(&object, folder, tree, &mut survey);
            }
        }
        if survey.version.is_none()
            && let Some(version) = version(&file.text)
        {
            survey.version = Some((version, path.to_string()));
        }
    }
    survey
}

fn one(object: &Value, folder: &str, tree: &dyn Snapshot, survey: &mut Survey) {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    match text("/kind").unwrap_or_default().as_str() {
        "Application" | "ApplicationSet" => {
            if let Some(namespace) = text("/metadata/namespace") {
                *survey.namespaces.entry(namespace).or_default() += 1;
            }
            sources(object, tree, survey, 0);
        }
        "AppProject" => {
            survey.state.insert(folder.to_owned());
        }
        "ConfigMap" if text("/metadata/name").is_some_and(|name| name.starts_with("argocd-cm")) => {
            survey.state.insert(folder.to_owned());
        }
        "Secret"
            if text("/metadata/labels/argocd.argoproj.io~1secret-type").as_deref() == Some("cluster") =>
        {
            survey.state.insert(folder.to_owned());
            let labels = object.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
            let environment = labels
                .filter(|(key, _)| {
                    ["env", "environment", "stage", "tier"]
                        .contains(&key.rsplit('/').next().unwrap_or_default())
                })
                .find_map(|(_, value)| value.as_str().map(str::to_owned));
            // Only the plain fields that name it: what is encoded or secret stays unread.
            if let Some(name) = text("/stringData/name").or_else(|| text("/metadata/name")) {
                survey.clusters.push((name, text("/stringData/server"), environment));
            }
        }
        _ => {}
    }
}

/// Sources (of templates and generators as well): whether their paths are in this tree.
fn sources(value: &Value, tree: &dyn Snapshot, survey: &mut Survey, depth: usize) {
    if depth > MAX_DEPTH {
        return;
    }
    match value {
        Value::Object(map) => {
            let text = |key: &str| map.get(key).and_then(Value::as_str);
            if let Some(url) = text("repoURL").filter(|url| !url.contains("{{") && text("chart").is_none()) {
                let mut paths: Vec<&str> = text("path").into_iter().collect();
                for key in ["directories", "files"] {
                    let items = map.get(key).and_then(Value::as_array).into_iter().flatten();
                    paths.extend(items.filter_map(|item| item.get("path").and_then(Value::as_str)));
                }
                let entry = survey.addresses.entry(plain_address(url)).or_default();
                for path in paths {
                    // Of a pattern the part before it goes wild decides.
                    let fixed: Vec<&str> =
                        path.split('/').take_while(|part| !part.contains(['*', '{', '['])).collect();
                    let fixed = fixed.join("/");
                    let here = fixed.is_empty() || fixed == "." || tree.is_dir(&fixed) || tree.exists(&fixed);
                    if here && !fixed.is_empty() && fixed != "." {
                        entry.0 += 1
                    } else if !here {
                        entry.1 += 1
                    }
                }
            }
            for item in map.values() {
                sources(item, tree, survey, depth + 1);
            }
        }
        Value::Array(items) => {
            for item in items {
                sources(item, tree, survey, depth + 1);
            }
        }
        _ => {}
    }
}

/// An address without what somebody may have put into it to log in.
pub(super) fn plain_address(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => match rest.split_once('@') {
            Some((before, after)) if !before.contains('/') => format!("{scheme}://{after}"),
            _ => url.to_owned(),
        },
        None => url.to_owned(),
    }
}

/// `3.6` of an image `quay.io/argoproj/argocd:v3.6.1`.
fn version(text: &str) -> Option<String> {
    let (_, rest) = text.split_once("argoproj/argocd:v")?;
    let mut numbers = rest.split(|c: char| !c.is_ascii_digit());
    let (major, minor) = (numbers.next()?, numbers.next()?);
    (!major.is_empty() && !minor.is_empty()).then(|| format!("{major}.{minor}"))
}

/// Addresses that this tree stands for: its remotes, and those whose paths are here; of several spellings of one the
/// commonest.
pub(super) fn own(survey: &Survey, remotes: &[String]) -> Vec<String> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for (url, (here, elsewhere)) in &survey.addresses {
        if here > elsewhere {
            found.push((url.clone(), *here));
        }
    }
    found.extend(remotes.iter().map(|url| (plain_address(url), 0)));
    found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    let mut own: Vec<String> = Vec::new();
    for (url, _) in found {
        if !own.iter().any(|known| bare_address(known) == bare_address(&url)) {
            own.push(url);
        }
    }
    own
}

/// Host and path, however one gets there: `git@host:a/b.git` and `https://host/a/b` are the same repository.
fn bare_address(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let rest = rest.split_once('@').map_or(rest, |(_, rest)| rest);
    let rest = rest.trim_end_matches('/').trim_end_matches(".git");
    rest.replacen(':', "/", usize::from(!url.contains("://"))).to_ascii_lowercase()
}

/// A platform file for the trial: just enough to expand and render.
pub(super) fn platform(survey: &Survey, remotes: &[String]) -> String {
    let repositories: serde_json::Map<String, Value> = own(survey, remotes)
        .into_iter()
        .map(|url| (url, json!({"path": ".", "anyRevision": true})))
        .collect();
    let mut environments = serde_json::Map::new();
    let mut clusters = serde_json::Map::new();
    for (name, server, label) in &survey.clusters {
        let environment = label.as_deref().or_else(|| super::signs::environment(name));
        let mut cluster = serde_json::Map::new();
        if let Some(environment) = environment {
            environments.insert(environment.to_owned(), json!({}));
            cluster.insert("environment".into(), json!(environment));
        }
        if let Some(server) = server {
            cluster.insert("server".into(), json!(server));
        }
        clusters.insert(name.clone(), Value::Object(cluster));
    }
    let state: Vec<&String> = survey.state.iter().collect();
    let mut argocd = serde_json::Map::new();
    argocd.insert("state".into(), json!(state));
    if let Some(namespace) = namespace(survey) {
        argocd.insert("namespace".into(), json!(namespace.0));
    }
    let file = json!({"argocd": argocd, "clusters": clusters, "environments": environments, "repositories": repositories});
    // JSON is YAML.
    format!("{file:#}\n")
}

/// The namespace that most of Argo CD's objects are in, how many, and of how many.
pub(super) fn namespace(survey: &Survey) -> Option<(&str, usize, usize)> {
    let all: usize = survey.namespaces.values().sum();
    let (name, count) = survey.namespaces.iter().max_by_key(|(name, count)| (**count, *name == "argocd"))?;
    Some((name, *count, all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_repository_has_one_address() {
        let mut survey = Survey::default();
        for (url, here) in [
            ("https://github.com/acme/deploy", 9),
            ("git@github.com:acme/deploy.git", 2),
            ("https://x.dev/c", 0),
        ] {
            survey.addresses.insert(url.to_owned(), (here, 1));
        }
        let remotes =
            ["https://me:secret@github.com/Acme/deploy.git".to_owned(), "https://x.dev/own".to_owned()];
        assert_eq!(own(&survey, &remotes), ["https://github.com/acme/deploy", "https://x.dev/own"]);
        assert_eq!(plain_address("https://me:secret@x.dev/a"), "https://x.dev/a");
    }
}
