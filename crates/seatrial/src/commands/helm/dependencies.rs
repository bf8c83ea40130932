//! `--dependency-update`: what a chart lacks, from what is at hand.

use std::path::Path;
use std::sync::Arc;

use seatrial_argocd::render::raw_files;
use seatrial_argocd::world::Repositories;
use seatrial_argocd::{ChartRequest, RepoAnswer};
use seatrial_gotemplate::semver::{Constraints, Version};
use seatrial_helm::load::{self, LoadOptions};
use seatrial_helm::{Chart, Dependency, Error, install};

/// Puts what is missing under the `charts/` of a chart, in memory; Helm would write it there. Folders stand for `file://`
/// addresses, what the platform file names (or `--fetch` may get) for others. Fails, naming each, where some cannot be had.
pub(super) fn add(
    chart: &mut Chart,
    folder: &Path,
    load: &LoadOptions,
    repositories: &dyn Repositories,
) -> Result<(), Error> {
    let missing: Vec<String> = install::missing_dependencies(chart).into_iter().map(str::to_owned).collect();
    let mut unmet = Vec::new();
    for name in &missing {
        let wanted = chart.metadata.dependencies.iter().find(|dependency| dependency.name == *name);
        let Some(wanted) = wanted else { continue };
        match find(wanted, folder, load, repositories)? {
            Ok(found) => chart.dependencies.push(Arc::new(found)),
            Err(why) => unmet.push(format!("{name} {} of {:?}: {why}", wanted.version, wanted.repository)),
        }
    }
    chart.dependencies.sort_by(|a, b| a.name().cmp(b.name()));
    if unmet.is_empty() {
        return Ok(());
    }
    Err(Error::new(format!(
        "--dependency-update: {} of {} missing dependencies cannot be had here. Give them a place under `repositories` of the \
         platform file, let `--fetch` get them, or run `helm dependency update` first:\n  {}",
        unmet.len(),
        missing.len(),
        unmet.join("\n  ")
    )))
}

/// The chart that is wanted, or why there is none.
fn find(
    wanted: &Dependency,
    folder: &Path,
    load: &LoadOptions,
    repositories: &dyn Repositories,
) -> Result<Result<Chart, String>, Error> {
    if let Some(path) = wanted.repository.strip_prefix("file://") {
        let Ok(range) = Constraints::parse(wanted.version.as_bytes()) else {
            return Ok(Err("its version is no version and no range".to_owned()));
        };
        let found = load::path(&folder.join(path), load)?;
        let version = &found.metadata.version;
        let fits = Version::parse(version.as_bytes()).is_ok_and(|version| range.check(&version));
        return Ok(if fits { Ok(found) } else { Err(format!("there is {version}")) });
    }
    let asked = ChartRequest {
        url: &wanted.repository,
        chart: &wanted.name,
        version: &wanted.version,
        pass_credentials: false,
    };
    Ok(match repositories.chart(&asked) {
        RepoAnswer::Ok(files) => Ok(load::tree(raw_files(&files), load)?),
        RepoAnswer::Error(why) | RepoAnswer::Unknown(why) => Err(why),
    })
}
