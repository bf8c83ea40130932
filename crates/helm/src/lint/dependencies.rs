//! Dependencies: those named, and those that lie under `charts/`.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use super::{Lint, Severity};
use crate::chart::Chart;
use crate::error::Error;

/// Compares what `Chart.yaml` names with what is there.
pub(super) fn check(path: &Path, loaded: &Result<Arc<Chart>, Error>, out: &mut Lint) {
    let chart = match loaded {
        Ok(chart) => chart,
        Err(error) => {
            let message = format!("unable to load chart\n\t{}", error.message);
            return out.fail("", Error { message, ..error.clone() });
        }
    };
    let path = path.to_string_lossy();
    let named: BTreeSet<&str> = chart.metadata.dependencies.iter().map(|d| d.name.as_str()).collect();
    let there: BTreeSet<&str> = chart.dependencies.iter().map(|chart| chart.name()).collect();
    let list = |names: Vec<&str>| (!names.is_empty()).then(|| names.join(","));
    if let Some(unnamed) = list(there.difference(&named).copied().collect()) {
        out.add(Severity::Error, &path, format!("chart metadata is missing these dependencies: {unnamed}"));
    }
    let mut known = BTreeSet::new();
    let keys =
        chart.metadata.dependencies.iter().map(|d| if d.alias.is_empty() { &d.name } else { &d.alias });
    if let Some(twice) = list(keys.filter(|key| !known.insert(*key)).map(String::as_str).collect()) {
        out.add(Severity::Error, &path, format!("multiple dependencies with name or alias: {twice}"));
    }
    let absent =
        chart.metadata.dependencies.iter().map(|d| d.name.as_str()).filter(|name| !there.contains(name));
    if let Some(absent) = list(absent.collect()) {
        out.add(Severity::Warning, &path, format!("chart directory is missing these dependencies: {absent}"));
    }
}
