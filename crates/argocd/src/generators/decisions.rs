//! The cluster decision resource generator: clusters that some other controller has chosen.

use std::collections::BTreeMap;

use seatrial_gotemplate::Elem;
use seatrial_gotemplate::{Map, Str, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::text;
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::names::client_value;
use crate::params::{ParamSet, text as value};
use crate::selector::{Rules, Selector};
use crate::world::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER};

/// Clusters named in the status of resources, as the referenced ConfigMap describes them.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let state = run.world.state;
    if !run.world.clusters_known {
        return Err(Stop::Unknown("all clusters registered in Argo CD".to_owned()));
    }
    let reference = text(spec, "configMapRef");
    let Some(settings) = state.config_map(reference) else {
        if !state.is_complete() {
            return Err(Stop::Unknown(format!("the ConfigMap {reference:?}")));
        }
        return error(format!("error reading configMapRef: configmaps {reference:?} not found"));
    };
    let setting = |key: &str| settings.get(key).map(String::as_str).unwrap_or_default();
    let (kind, api) = (setting("kind"), setting("apiVersion"));
    if kind.is_empty() || api.find('/').is_none_or(|at| at < 1) {
        return error("there is a problem with the apiVersion, kind or resourceName provided");
    }
    let name = text(spec, "name");
    let selector = spec.get("labelSelector").filter(|s| s.as_object().is_some_and(|o| !o.is_empty()));
    if name.is_empty() == selector.is_none() {
        return error("there is a problem with the definition of the ClusterDecisionResource generator");
    }
    let selector = selector.map(|s| Selector::parse(s, Rules::Kubernetes)).transpose();
    let of_kind: Vec<&Json> = state
        .other()
        .iter()
        .filter(|o| text(o, "apiVersion") == api && plural(text(o, "kind")) == kind)
        .collect();
    if of_kind.is_empty() {
        if !state.is_complete() {
            return Err(Stop::Unknown(format!("the {kind} of {api} in Argo CD's namespace")));
        }
        let group = api.split('/').next().unwrap_or_default();
        return error(format!(
            "failed to get dynamic resources: the server could not find the requested resource (list {kind}.{group})"
        ));
    }
    let Ok(selector) = selector else {
        return error(
            "failed to get dynamic resources: unable to parse requirement: <nil>: Invalid value: \"<error>\"",
        );
    };
    let chosen: Vec<&Json> = of_kind
        .into_iter()
        .filter(|resource| match &selector {
            None => resource.pointer("/metadata/name").and_then(Json::as_str) == Some(name),
            Some(selector) => selector.matches(&labels(resource)),
        })
        .collect();
    if chosen.is_empty() {
        return error("no clusterDecisionResources found");
    }
    let list_key = if setting("statusListKey").is_empty() { "clusters" } else { setting("statusListKey") };
    let match_key = setting("matchKey");
    if match_key.is_empty() {
        return Ok(Vec::new());
    }
    let mut sets = Vec::new();
    for decision in decisions(&chosen, list_key)? {
        let Json::Object(entries) = decision else {
            return Err(Stop::Panic(format!(
                "interface conversion: interface {{}} is {}, not map[string]interface {{}}",
                go_type(decision)
            )));
        };
        let wanted = entries.get(match_key).map(client_value).unwrap_or_default();
        if wanted.is_empty() {
            continue;
        }
        let Some((name, server)) = cluster(run, &wanted) else { continue };
        let mut set = ParamSet::new(at.clone());
        set.set("name", value(&name));
        set.set("server", value(&server));
        for (key, inner) in entries {
            set.set(key, value(&client_value(inner)));
        }
        raw_values(run, &mut set, spec, at);
        set.note("name", Place::ClusterSecret(Some(name)));
        run.reserve(1)?;
        sets.push(set);
    }
    Ok(sets)
}

/// `values` are taken as they are, never rendered.
fn raw_values(run: &Run<'_>, set: &mut ParamSet, spec: &Json, at: &Path) {
    let entries: BTreeMap<&String, &str> = spec
        .get("values")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(k, v)| (k, v.as_str().unwrap_or_default()))
        .collect();
    if entries.is_empty() {
        return;
    }
    if run.engine.is_go() {
        let map = entries.iter().map(|(k, v)| (Str::from(k.as_str()), value(v))).collect();
        set.set("values", Value::Map(Map::from_entries(Elem::Str, map)));
    } else {
        for (key, text) in &entries {
            set.set(&format!("values.{key}"), value(text));
        }
    }
    for key in entries.keys() {
        set.note(format!("values.{key}"), Place::Set(at.join("values").join(key.as_str())));
    }
}

fn decisions<'r>(resources: &[&'r Json], list_key: &str) -> Result<Vec<&'r Json>, Stop> {
    let mut out = Vec::new();
    for resource in resources {
        let Some(status) = resource.get("status").and_then(Json::as_object).filter(|s| !s.is_empty()) else {
            continue;
        };
        match status.get(list_key) {
            Some(Json::Array(items)) => out.extend(items),
            other => {
                let found = other.map_or("nil", go_type);
                return Err(Stop::Panic(format!(
                    "interface conversion: interface {{}} is {found}, not []interface {{}}"
                )));
            }
        }
    }
    Ok(out)
}

fn cluster(run: &Run<'_>, name: &str) -> Option<(String, String)> {
    let clusters = run.world.state.clusters();
    if let Some(found) = clusters.iter().find(|c| c.name == name) {
        return Some((found.name.clone(), found.server.clone()));
    }
    let in_cluster = name == IN_CLUSTER_NAME && !clusters.iter().any(|c| c.server == IN_CLUSTER_SERVER);
    in_cluster.then(|| (IN_CLUSTER_NAME.to_owned(), IN_CLUSTER_SERVER.to_owned()))
}

fn labels(resource: &Json) -> BTreeMap<String, String> {
    let labels = resource.pointer("/metadata/labels").and_then(Json::as_object).into_iter().flatten();
    labels.filter_map(|(k, v)| Some((k.clone(), v.as_str()?.to_owned()))).collect()
}

fn go_type(value: &Json) -> &'static str {
    match value {
        Json::Null => "nil",
        Json::Bool(_) => "bool",
        Json::Number(n) if n.is_f64() => "float64",
        Json::Number(_) => "int64",
        Json::String(_) => "string",
        Json::Array(_) => "[]interface {}",
        Json::Object(_) => "map[string]interface {}",
    }
}

/// The resource's name of a kind, as Kubernetes guesses it.
fn plural(kind: &str) -> String {
    let lower = kind.to_lowercase();
    if lower.ends_with("endpoints") {
        return lower;
    }
    match lower.chars().last() {
        Some('s') => format!("{lower}es"),
        Some('y') => format!("{}ies", lower.strip_suffix('y').unwrap_or(&lower)),
        _ => format!("{lower}s"),
    }
}
