//! Charts read from checkouts, each parsed once.

use std::sync::{Arc, PoisonError};

use seatrial_helm::load::{self, RawFile};
use seatrial_helm::{Bounds, Chart, Error, HelmVersion, Prepared, install};

use super::cache::ContentHash;
use super::checkout::{Checkout, shown_root};
use super::stop::Stop;
use super::tree::{Node, join};
use super::{Renderer, dependencies};

/// Why a chart is not had.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// Helm says so.
    Helm(Error),
    /// Argo CD says so, or nobody knows.
    Other(Stop),
}

impl From<Stop> for Refusal {
    fn from(stop: Stop) -> Self {
        Self::Other(stop)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Helm(error)
    }
}

/// The chart in a folder of a checkout, with the dependencies that Argo CD would build where they are missing;
/// `pass_credentials` as [`ChartRequest`](crate::ChartRequest) has it.
pub(super) fn prepared(
    renderer: &Renderer<'_>,
    checkout: &Checkout<'_>,
    folder: &str,
    version: HelmVersion,
    pass_credentials: bool,
) -> Result<Arc<Prepared>, Refusal> {
    let key = (checkout.key.clone(), folder.to_owned(), version, pass_credentials);
    let lock = || renderer.prepared.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = lock().get(&key) {
        return known.clone();
    }
    let made = make(renderer, checkout, folder, version, pass_credentials);
    lock().insert(key, made.clone());
    made
}

fn make(
    renderer: &Renderer<'_>,
    checkout: &Checkout<'_>,
    folder: &str,
    version: HelmVersion,
    pass_credentials: bool,
) -> Result<Arc<Prepared>, Refusal> {
    let files = files(renderer, checkout, folder)?;
    let mut hash = ContentHash::new(version);
    hash.add(&files);
    if let Some(known) = renderer.charts.get(&hash) {
        return Ok(known);
    }
    let chart = load(renderer, files, version)?;
    let missing = install::missing_dependencies(&chart);
    if missing.is_empty() || chart.metadata.kind == "library" {
        return Ok(renderer.charts.insert(&hash, Arc::new(chart)));
    }
    let chart = dependencies::build(renderer, checkout, folder, chart, version, pass_credentials, &mut hash)?;
    if let Some(known) = renderer.charts.get(&hash) {
        return Ok(known);
    }
    Ok(renderer.charts.insert(&hash, Arc::new(chart)))
}

/// Loads a chart from its files.
pub(super) fn load(
    renderer: &Renderer<'_>,
    files: Vec<RawFile>,
    version: HelmVersion,
) -> Result<Chart, Error> {
    load::tree(files, &renderer.charts.bounds().load(version))
}

/// The files of a folder as Helm's loader walks them: links are followed, and one that leads nowhere is a fault.
pub(super) fn files(
    renderer: &Renderer<'_>,
    checkout: &Checkout<'_>,
    folder: &str,
) -> Result<Vec<RawFile>, Refusal> {
    let Bounds { chart_files, chart_depth, .. } = renderer.charts.bounds();
    let mut found = Vec::new();
    let mut open = vec![(folder.to_owned(), 0)];
    while let Some((path, depth)) = open.pop() {
        if depth > *chart_depth || found.len() > *chart_files {
            let what = format!(
                "the chart in {folder} has more than {chart_files} files (`--max-chart-files` raises this limit) or {chart_depth} \
                 folders within folders (`--max-chart-depth`)"
            );
            return Err(Error::limit(what).into());
        }
        match checkout.tree.follow(&path) {
            Ok((real, Node::Folder)) => {
                let names: Vec<&str> = checkout.tree.names(&real).collect();
                open.extend(names.into_iter().rev().map(|name| (join(&path, name), depth + 1)));
            }
            Ok((real, Node::File(index))) => {
                let data = checkout.content(&real, *index)?;
                let name = path.strip_prefix(folder).unwrap_or(&path).trim_start_matches('/').to_owned();
                found.push(RawFile { name, data, source: checkout.shown(&real).into() });
            }
            Ok((_, Node::Link(_))) => {}
            Err(why) => {
                let why = checkout.evaluating(&path, why);
                let message = format!("error evaluating symlink {}: {why}", shown_root(&path));
                return Err(Error::new(message).into());
            }
        }
    }
    Ok(found)
}
