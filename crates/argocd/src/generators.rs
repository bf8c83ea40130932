//! The generators: each turns its part of the ApplicationSet into parameter sets.

mod artifact;
mod clusters;
mod decisions;
mod list;
mod matrix;
mod merge;
mod plugin;
mod pull_request;
mod repository;
mod scm;
mod values;

use seatrial_gotemplate::Map;
use seatrial_yaml::Path;
use serde_json::Value as Json;

use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::params::ParamSet;

pub(crate) use plugin::RawJson;

/// What `GenerateParams` of a generator with nothing in it says.
pub(crate) const EMPTY: &str = "ApplicationSet is empty";

/// Runs one generator. `key` is its field (`list`, `git`, …), `spec` what stands there (in normal form).
pub(crate) fn generate(run: &Run<'_>, key: &str, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    match key {
        "list" => list::generate(run, spec, at),
        "clusters" => clusters::generate(run, spec, at),
        "git" => repository::generate(run, repository::Kind::Git, spec, at),
        "scmProvider" => scm::generate(run, spec, at),
        "clusterDecisionResource" => decisions::generate(run, spec, at),
        "pullRequest" => pull_request::generate(run, spec, at),
        "matrix" => matrix::generate(run, spec, at),
        "merge" => merge::generate(run, spec, at),
        "plugin" => plugin::generate(run, spec, at),
        "oci" => repository::generate(run, repository::Kind::Oci, spec, at),
        _ => error(EMPTY),
    }
}

/// A text field, empty when absent.
pub(crate) fn text<'v>(spec: &'v Json, key: &str) -> &'v str {
    spec.get(key).and_then(Json::as_str).unwrap_or_default()
}

/// The items of a list field.
pub(crate) fn items<'v>(spec: &'v Json, key: &str) -> &'v [Json] {
    spec.get(key).and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The children of a matrix or merge: typed, nested ones decoded from their raw JSON.
pub(crate) fn child(spec: &Json, in_merge: bool) -> Result<Json, Stop> {
    let mut child = spec.clone();
    let Some(object) = child.as_object_mut() else { return Ok(child) };
    if let Some(raw) = object.get("matrix") {
        let typed = crate::gotypes::decode(&crate::gotypes::argo("NestedMatrixGenerator"), raw)
            .map_err(|e| Stop::Error(e.message))?;
        object.insert("matrix".to_owned(), typed);
    }
    if let Some(raw) = object.get("merge") {
        let typed =
            crate::gotypes::decode(&crate::gotypes::argo("NestedMergeGenerator"), raw).map_err(|e| {
                let stop = Stop::Error(e.message).wrap("error converting to nested merge generator");
                if in_merge { stop } else { stop.wrap("error retrieving merge generator") }
            })?;
        object.insert("merge".to_owned(), typed);
    }
    Ok(child)
}

/// `getParams` of matrix and merge: one child, which must have exactly one generator key.
pub(crate) fn child_params(
    run: &Run<'_>,
    spec: &Json,
    params: Option<&Map>,
    at: &Path,
    in_merge: bool,
) -> Result<Vec<ParamSet>, Stop> {
    let child = child(spec, in_merge)?;
    let results = run
        .transform(&run.known(&child), None, params, at)
        .map_err(|stop| stop.wrap("child generator returned an error on parameter generation"))?;
    let mut results = results.into_iter();
    match (results.next(), results.next()) {
        (None, _) => error("child generator generated no parameters"),
        (Some(one), None) => Ok(one.params),
        _ => error("found more than one generator in matrix.Generators"),
    }
}
