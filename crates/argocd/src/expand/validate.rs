//! What the controller checks of generated Applications, and what the API server then says.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::run::Run;
use crate::expansion::{ConditionError, Generated, Unknown};
use crate::names::{dns1123_subdomain_problems, label_value_problems, qualified_name_problems};
use crate::strategicpatch::go_quote;
use crate::world::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER, World};

/// What validation found.
#[derive(Default)]
pub(crate) struct Verdict {
    /// Errors by the Application's qualified name, as the controller keeps them: a later one replaces an earlier one.
    pub(crate) errors: BTreeMap<String, ConditionError>,
    /// What could not be judged.
    pub(crate) unknown: Vec<Unknown>,
}

/// `validateGeneratedApplications`.
pub(crate) fn applications(run: &Run<'_>, generated: &[Generated]) -> Verdict {
    let mut verdict = Verdict::default();
    let mut names = BTreeSet::new();
    let set = &run.set.name;
    for (index, app) in generated.iter().enumerate() {
        let name = app.name().to_owned();
        let field =
            |pointer: &str| app.application.pointer(pointer).and_then(Json::as_str).unwrap_or_default();
        let template = Path::keys(["spec", "template"]);
        let checked = if name.is_empty() && run.world.version.at_least(3, 6) {
            Err(Problem::Error(
                format!(
                    "ApplicationSet {set} contains an application with no name; a name must be set in the template's metadata.name or via a templatePatch (generateName is not supported)"
                ),
                ["metadata", "name"],
            ))
        } else if !names.insert(name.clone()) {
            Err(Problem::Error(
                format!("ApplicationSet {set} contains applications with duplicate name: {name}"),
                ["metadata", "name"],
            ))
        } else {
            project(run.world, field("/spec/project")).and_then(|()| {
                destination(run.world, field("/spec/destination/server"), field("/spec/destination/name"))
                    .map(|_| ())?;
                if name.is_empty() && !field("/metadata/generateName").is_empty() {
                    let needs = "the name that the API server makes of `generateName`".to_owned();
                    return Err(Problem::Unknown(needs, ["metadata", "generateName"]));
                }
                Ok(())
            })
        };
        match checked {
            Ok(()) => {}
            Err(Problem::Error(message, place)) => {
                let key = format!("{}/{name}", run.set.namespace);
                let entry = verdict.errors.entry(key).or_insert_with(|| ConditionError {
                    reason: "ApplicationValidationError".to_owned(),
                    message: String::new(),
                    at: template.clone(),
                    applications: Vec::new(),
                    indices: Vec::new(),
                    stops: false,
                });
                entry.message = message;
                entry.at = template.concat(&Path::keys(place));
                entry.indices.push(index);
                if !entry.applications.contains(&name) {
                    entry.applications.push(name);
                }
            }
            Err(Problem::Unknown(needs, place)) => {
                verdict.unknown.push(Unknown {
                    needs,
                    at: template.concat(&Path::keys(place)),
                    index: Some(index),
                });
            }
        }
    }
    verdict
}

/// Why an Application is not valid, and the field it is about.
pub(crate) enum Problem {
    Error(String, [&'static str; 2]),
    Unknown(String, [&'static str; 2]),
}

fn project(world: &World<'_>, project: &str) -> Result<(), Problem> {
    let place = ["spec", "project"];
    if world.state.project(project).is_some() {
        return Ok(());
    }
    if !world.projects_known {
        return Err(Problem::Unknown(format!("whether the project {project:?} exists"), place));
    }
    Err(Problem::Error(format!("application references project {project} which does not exist"), place))
}

/// The address of the cluster an Application goes to, or why there is none.
pub(crate) fn destination(world: &World<'_>, server: &str, name: &str) -> Result<String, Problem> {
    let place = ["spec", "destination"];
    let invalid =
        |what: String| Err(Problem::Error(format!("application destination spec is invalid: {what}"), place));
    let unknown = |what: String| Err(Problem::Unknown(what, place));
    if !name.is_empty() && !server.is_empty() {
        return invalid(format!(
            "application destination can't have both name and server defined: {name} {server}"
        ));
    }
    let clusters = world.state.clusters();
    let at = |url: &str| clusters.iter().find(|c| c.server.trim_end_matches('/') == url);
    let url = if !server.is_empty() {
        server.trim_end_matches('/').to_owned()
    } else if !name.is_empty() {
        let mut servers: Vec<&str> =
            clusters.iter().filter(|c| c.name == name).map(|c| c.server.trim_end_matches('/')).collect();
        let enabled = world.state.in_cluster_enabled();
        if servers.is_empty() && name == IN_CLUSTER_NAME && enabled {
            servers.push(IN_CLUSTER_SERVER);
        }
        servers.retain(|s| enabled || *s != IN_CLUSTER_SERVER);
        match servers.as_slice() {
            [] if !world.clusters_known => {
                return unknown(format!("whether a cluster named {name:?} is registered"));
            }
            [] => return invalid(format!("there are no clusters with this name: {name}")),
            [one] => (*one).to_owned(),
            many => {
                return invalid(format!(
                    "there are {} clusters with the same name: [{}]",
                    many.len(),
                    many.join(" ")
                ));
            }
        }
    } else {
        return invalid("Destination server missing from app spec".to_owned());
    };
    let prefix = if server.is_empty() {
        "error getting cluster by URL".to_owned()
    } else {
        format!("error getting cluster by server {}", go_quote(server))
    };
    if url == IN_CLUSTER_SERVER {
        if !world.state.in_cluster_enabled() {
            return invalid(format!(
                "{prefix}: rpc error: code = NotFound desc = cluster {} is disabled",
                go_quote(&url)
            ));
        }
        return Ok(url);
    }
    if at(&url).is_some() {
        return Ok(url);
    }
    if !world.clusters_known {
        return unknown(format!("whether a cluster with the address {url} is registered"));
    }
    invalid(format!("{prefix}: rpc error: code = NotFound desc = cluster {} not found", go_quote(&url)))
}

/// Why the API server would refuse to store an Application, in its words.
pub(crate) fn refusal(application: &Json) -> Option<String> {
    let metadata = application.get("metadata")?;
    let name = metadata.get("name").and_then(Json::as_str).unwrap_or_default();
    let mut problems = Vec::new();
    if name.is_empty() {
        problems.push("metadata.name: Required value: name or generateName is required".to_owned());
    } else {
        for problem in dns1123_subdomain_problems(name) {
            problems.push(format!("metadata.name: Invalid value: {}: {problem}", go_quote(name)));
        }
    }
    let entries = |key: &str| metadata.get(key).and_then(Json::as_object).into_iter().flatten();
    for (key, value) in entries("labels") {
        for problem in qualified_name_problems(key) {
            problems.push(format!("metadata.labels: Invalid value: {}: {problem}", go_quote(key)));
        }
        let value = value.as_str().unwrap_or_default();
        for problem in label_value_problems(value) {
            problems.push(format!("metadata.labels: Invalid value: {}: {problem}", go_quote(value)));
        }
    }
    for (key, _) in entries("annotations") {
        for problem in qualified_name_problems(&key.to_lowercase()) {
            problems.push(format!("metadata.annotations: Invalid value: {}: {problem}", go_quote(key)));
        }
    }
    for finalizer in
        metadata.get("finalizers").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
    {
        for problem in qualified_name_problems(finalizer) {
            problems.push(format!("metadata.finalizers: Invalid value: {}: {problem}", go_quote(finalizer)));
        }
    }
    problems.sort();
    let text = match problems.as_slice() {
        [] => return None,
        [one] => one.clone(),
        many => format!("[{}]", many.join(", ")),
    };
    Some(format!("Application.argoproj.io {} is invalid: {text}", go_quote(name)))
}
