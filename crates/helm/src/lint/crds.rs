//! The files under `crds/`.

use std::sync::Arc;

use super::object::objects;
use super::source::Source;
use super::{Lint, Severity};
use crate::chart::Chart;
use crate::error::Error;

const FOLDER: &str = "crds/";

/// Judges every file under `crds/`: plain YAML, and definitions alone.
pub(super) fn check(source: &Source, loaded: &Result<Arc<Chart>, Error>, out: &mut Lint) {
    if !source.exists("crds") {
        return;
    }
    if !source.is_folder("crds") {
        return out.add(Severity::Error, FOLDER, "not a directory");
    }
    let chart = match loaded {
        Ok(chart) => chart,
        Err(error) => return out.fail(FOLDER, error.clone()),
    };
    let mut all = Vec::new();
    crds(chart, "", &mut all);
    for (name, data) in all {
        for object in objects(&data) {
            match object {
                Err(why) => return out.add(Severity::Error, &name, format!("unable to parse YAML: {why}")),
                Ok(None) => {}
                Ok(Some(object)) => {
                    if !object.api_version.starts_with("apiextensions.k8s.io") {
                        out.add(Severity::Error, &name, "apiVersion is not in 'apiextensions.k8s.io'");
                    }
                    if object.kind != "CustomResourceDefinition" {
                        out.add(Severity::Error, &name, "object kind is not 'CustomResourceDefinition'");
                    }
                }
            }
        }
    }
}

/// The files of a chart, then those of the charts below it, by their paths from it.
fn crds(chart: &Chart, within: &str, found: &mut Vec<(String, Arc<[u8]>)>) {
    let manifest = |name: &str| [".yaml", ".yml", ".json"].iter().any(|end| name.ends_with(end));
    for file in chart.files.iter().filter(|file| file.name.starts_with(FOLDER) && manifest(&file.name)) {
        found.push((file.name.to_string(), Arc::clone(&file.data)));
    }
    for child in &chart.dependencies {
        crds(child, &format!("{within}charts/{}/", child.name()), found);
    }
}
