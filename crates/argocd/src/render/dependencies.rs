//! Dependencies that a chart does not bring along, as `helm dependency build` finds them.

use std::sync::Arc;

use seatrial_gotemplate::semver;
use seatrial_helm::dependencies::check_lock;
use seatrial_helm::load::RawFile;
use seatrial_helm::{Chart, Dependency, HelmVersion};

use super::Renderer;
use super::cache::ContentHash;
use super::charts::{Refusal, files, load};
use super::checkout::Checkout;
use super::stop::Stop;
use super::tree::{Node, clean};
use crate::strategicpatch::go_quote;
use crate::world::{ChartFiles, ChartRequest, RepoAnswer, RepoEntryKind};

/// The chart with all its dependencies: from folders beside it, and from the repositories that stand for its own.
pub(super) fn build(
    renderer: &Renderer<'_>,
    checkout: &Checkout<'_>,
    folder: &str,
    mut chart: Chart,
    version: HelmVersion,
    pass_credentials: bool,
    hash: &mut ContentHash,
) -> Result<Chart, Refusal> {
    check_lock(&chart, version).map_err(|error| {
        // Helm 3 tells it with the time of day, which nobody can foresee.
        let old = chart.metadata.api_version == "v1" && version != HelmVersion::V3_19;
        failed_after(if old { OLD_DIGEST } else { "" }, &error.message)
    })?;
    let locked = chart.lock.as_ref().map(|lock| lock.dependencies.as_slice());
    let wanted: Vec<Dependency> = locked.unwrap_or(&chart.metadata.dependencies).to_vec();
    let mut unmet = Vec::new();
    let mut built: Vec<(String, Arc<Chart>)> = Vec::new();
    for dependency in &wanted {
        let Some(found) = find(renderer, checkout, folder, dependency, pass_credentials)? else {
            if dependency.repository.is_empty() {
                continue; // it is under `charts/`, and stays
            }
            unmet.push(dependency);
            continue;
        };
        hash.add(&found);
        let found = load(renderer, found, version)?;
        let archive = format!("{}-{}", found.name(), found.metadata.version);
        if built.iter().all(|(name, _)| *name != archive) {
            built.push((archive, Arc::new(found)));
        }
    }
    if !unmet.is_empty() {
        let list: Vec<String> = unmet
            .iter()
            .map(|d| {
                format!(
                    "{} (repository {}, version {})",
                    go_quote(&d.name),
                    go_quote(&d.repository),
                    go_quote(&d.version)
                )
            })
            .collect();
        let words = format!(
            "can't get a valid version for {} subchart(s): {}. Make sure a matching chart version exists in the repo, or change the version constraint in Chart.yaml",
            unmet.len(),
            list.join(", ")
        );
        return Err(failed(&words).into());
    }
    chart.dependencies.retain(|old| built.iter().all(|(_, new)| new.name() != old.name()));
    let mut all: Vec<(String, Arc<Chart>)> =
        chart.dependencies.drain(..).map(|c| (c.name().to_owned(), c)).chain(built).collect();
    all.sort_by(|a, b| a.0.cmp(&b.0));
    chart.dependencies = all.into_iter().map(|(_, chart)| chart).collect();
    Ok(chart)
}

/// What Helm 4 says before it tries the digest of Helm 2.
const OLD_DIGEST: &str =
    "level=INFO msg=\"warning: a valid Helm v3 hash was not found. Checking against Helm v2 hash...\"\n";

/// What the repo server says when Helm cannot build them.
fn failed(words: &str) -> Stop {
    failed_after("", words)
}

fn failed_after(warning: &str, words: &str) -> Stop {
    Stop::fault(format!(
        "error building helm chart dependencies: failed to build helm dependencies: failed to build dependencies: \
         failed running helm: `helm dependency build` failed exit status 1: {warning}Error: {words}"
    ))
}

/// The files of a dependency; `None` when no version fits or nothing says where it is.
fn find(
    renderer: &Renderer<'_>,
    checkout: &Checkout<'_>,
    folder: &str,
    dependency: &Dependency,
    pass_credentials: bool,
) -> Result<Option<Vec<RawFile>>, Refusal> {
    let (name, repository, version) = (&dependency.name, &dependency.repository, &dependency.version);
    if repository.is_empty() {
        return Ok(None);
    }
    if let Some(path) = repository.strip_prefix("file://") {
        let (beside, escaped) =
            if path.starts_with('/') { (String::new(), true) } else { clean(folder, path) };
        let is_folder = !escaped && matches!(checkout.tree.follow(&beside), Ok((_, Node::Folder)));
        if !is_folder {
            return Err(
                failed(&format!("directory {} not found", super::checkout::shown_root(&beside))).into()
            );
        }
        let constraint = semver::Constraints::parse(version.as_bytes()).map_err(|_| {
            failed(&format!("dependency {} has an invalid version/constraint format", go_quote(name)))
        })?;
        let files = files(renderer, checkout, &beside)?;
        let found = load(renderer, files.clone(), HelmVersion::default())?.metadata.version;
        let fits = semver::Version::parse(found.as_bytes()).is_ok_and(|v| constraint.check(&v));
        return Ok(fits.then_some(files));
    }
    if repository.starts_with('@') || repository.starts_with("alias:") {
        let needs = format!("the dependency {name} {version}: which repository {repository} is");
        return Err(Stop::Unknown(needs).into());
    }
    let asked = ChartRequest { url: repository, chart: name, version, pass_credentials };
    match renderer.world.repositories.chart(&asked) {
        RepoAnswer::Ok(files) => Ok(Some(raw_files(&files))),
        RepoAnswer::Error(_) => Ok(None),
        RepoAnswer::Unknown(needs) => Err(Stop::Unknown(format!("a dependency: {needs}")).into()),
    }
}

/// The files of an unpacked chart.
pub fn raw_files(chart: &ChartFiles) -> Vec<RawFile> {
    let files = chart.files.iter().filter(|(entry, _)| entry.kind == RepoEntryKind::File);
    files
        .map(|(entry, data)| RawFile {
            name: entry.path.clone(),
            data: Arc::clone(data),
            source: format!("{}{}", chart.label, entry.path).into(),
        })
        .collect()
}
