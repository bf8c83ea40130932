//! Which files a trial reads.

use std::sync::Arc;

use rayon::prelude::*;
use seatrial_source::{ReadError, Snapshot, SourceFile, normalize};

/// What tells a file of a folder to be worth reading: every object of Argo CD says one of these.
pub const NEEDLES: [&str; 2] = ["argoproj.io", "ApplicationSet"];

/// The files found, and those that could not be read.
#[derive(Debug, Default)]
pub struct Collected {
    /// The files, sorted by path.
    pub files: Vec<Arc<SourceFile>>,
    /// What could not be read: a file named by the caller, or one met in a folder.
    pub errors: Vec<ReadError>,
}

/// Finds the manifests below `paths` (files and folders relative to the snapshot's root; none means the root).
///
/// A file that is named is read whatever it holds. In a folder, YAML and JSON files that speak of Argo CD are;
/// the templates of a Helm chart are not manifests and are left out, as is `except` (the platform file).
pub fn collect(snapshot: &dyn Snapshot, paths: &[String], except: Option<&str>) -> Collected {
    let mut named = Vec::new();
    let mut found = Vec::new();
    let mut errors = Vec::new();
    let roots: Vec<String> = if paths.is_empty() { vec![String::new()] } else { paths.to_vec() };
    for path in &roots {
        let path = normalize(path).unwrap_or_else(|| path.clone());
        if path.is_empty() || snapshot.is_dir(&path) {
            found.extend(
                snapshot.below(&path).iter().filter(|p| is_manifest_name(p)).map(ToString::to_string),
            );
        } else {
            named.push(path);
        }
    }
    found.retain(|path| Some(path.as_str()) != except && !named.contains(path));
    found.sort();
    found.dedup();
    let mut files: Vec<Result<Arc<SourceFile>, ReadError>> = found
        .par_iter()
        .filter_map(|path| match snapshot.contains_any(path, &NEEDLES) {
            Ok(false) => None,
            Ok(true) if is_chart_template(snapshot, path) => None,
            Ok(true) => Some(snapshot.read(path)),
            Err(error) => Some(Err(error)),
        })
        .collect();
    files.extend(named.iter().map(|path| snapshot.read(path)));
    let mut collected = Collected::default();
    for file in files {
        match file {
            Ok(file) => collected.files.push(file),
            Err(error) => errors.push(error),
        }
    }
    collected.files.sort_by(|a, b| a.path.cmp(&b.path));
    collected.files.dedup_by(|a, b| a.id == b.id);
    collected.errors = errors;
    collected
}

fn is_manifest_name(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| matches!(extension, "yaml" | "yml" | "json"))
}

/// Whether a file is a template of a Helm chart: below `templates/` beside a `Chart.yaml`.
fn is_chart_template(snapshot: &dyn Snapshot, path: &str) -> bool {
    let mut rest = path;
    while let Some((dir, _)) = rest.rsplit_once('/') {
        let (parent, name) = dir.rsplit_once('/').unwrap_or(("", dir));
        if name == "templates" {
            let chart =
                if parent.is_empty() { "Chart.yaml".to_owned() } else { format!("{parent}/Chart.yaml") };
            if snapshot.exists(&chart) {
                return true;
            }
        }
        rest = dir;
    }
    false
}
