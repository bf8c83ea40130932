//! The cluster generator.

use std::collections::BTreeMap;

use seatrial_gotemplate::{Elem, List, Map, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::values::Values;
use crate::expand::run::Run;
use crate::expand::stop::Stop;
use crate::expansion::Place;
use crate::names::sanitize;
use crate::params::{ParamSet, put, string_map, text};
use crate::selector::{Rules, Selector};
use crate::world::{Cluster, IN_CLUSTER_NAME, IN_CLUSTER_SERVER};

/// Annotations that Argo CD or kubectl write for themselves and that are no parameters.
const EXCLUDED: [&str; 5] = [
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/hydrate",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "kubectl.kubernetes.io/last-applied-configuration",
];

/// Those that are none since 3.6.
const EXCLUDED_SINCE_3_6: [&str; 2] =
    ["argocd.argoproj.io/refresh-timestamp", "argocd.argoproj.io/hydrate-timestamp"];

/// One set per registered cluster that the selector takes (one per name: the last Secret wins), sorted by name where Go's order
/// is random; then the cluster Argo CD runs in, if the selector is empty and no Secret stands for it.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let selector = spec.get("selector").cloned().unwrap_or(Json::Null);
    let parsed = Selector::parse(&selector, Rules::Kubernetes).map_err(|e| {
        Stop::Error(e).wrap("error converting label selector").wrap("error getting cluster secrets")
    })?;
    if !run.world.clusters_known {
        return Err(Stop::Unknown(
            "all clusters registered in Argo CD (their Secrets, with labels)".to_owned(),
        ));
    }
    let mut by_name: BTreeMap<&str, &Cluster> = BTreeMap::new();
    for cluster in run.world.state.clusters() {
        if parsed.matches(&cluster.labels) {
            by_name.insert(&cluster.name, cluster);
        }
    }
    let named = by_name.values().any(|c| c.server == IN_CLUSTER_SERVER);
    let own = (parsed.is_empty() && !named).then_some(None);
    // Before 3.4 the cluster Argo CD runs in comes first, and one with a name that another has too is there twice.
    let chosen: Vec<Option<&Cluster>> = if run.world.version.at_least(3, 4) {
        by_name.into_values().map(Some).chain(own).collect()
    } else {
        let all = run.world.state.clusters().iter();
        own.into_iter().chain(all.filter_map(|c| by_name.get(c.name.as_str()).copied()).map(Some)).collect()
    };
    run.reserve(chosen.len())?;
    let values = Values::compile(&run.engine, spec, at);
    let mut sets = Vec::new();
    for cluster in chosen {
        let mut set = cluster.map_or_else(|| own_parameters(at), |cluster| parameters(run, cluster, at));
        let which = if cluster.is_some() { "cluster" } else { "local cluster" };
        values
            .append(&run.engine, &mut set)
            .map_err(|e| e.wrap(&format!("error appending templated values for {which}")))?;
        sets.push(set);
    }
    if spec.get("flatList") == Some(&Json::Bool(true)) {
        let mut one = ParamSet::new(at.clone());
        let list = if sets.is_empty() {
            List::nil(Elem::Map)
        } else {
            List::typed(Elem::Map, sets.iter().map(|s| Value::Map(s.map.clone())).collect())
        };
        one.set("clusters", Value::List(list));
        one.note("clusters", Place::Set(at.clone()));
        return Ok(vec![one]);
    }
    Ok(sets)
}

/// The cluster Argo CD runs in, where no Secret stands for it.
fn own_parameters(at: &Path) -> ParamSet {
    let mut set = ParamSet::new(at.clone());
    for (key, value) in [
        ("name", IN_CLUSTER_NAME),
        ("nameNormalized", IN_CLUSTER_NAME),
        ("server", IN_CLUSTER_SERVER),
        ("project", ""),
    ] {
        set.set(key, text(value));
        set.note(key, Place::ClusterSecret(None));
    }
    set
}

fn parameters(run: &Run<'_>, cluster: &Cluster, at: &Path) -> ParamSet {
    let mut set = ParamSet::new(at.clone());
    set.set("name", text(&cluster.name));
    set.set("nameNormalized", text(&sanitize(&cluster.name)));
    set.set("server", text(&cluster.server));
    set.set("project", text(cluster.project.as_deref().unwrap_or_default()));
    let later = run.world.version.at_least(3, 6);
    let excluded = |key: &str| EXCLUDED.contains(&key) || (later && EXCLUDED_SINCE_3_6.contains(&key));
    let annotations: BTreeMap<String, String> = cluster
        .annotations
        .iter()
        .filter(|(k, _)| !excluded(k))
        .map(|(k, v)| (k.clone(), v.clone()))
        .collect();
    if run.engine.is_go() {
        let metadata = Map::new();
        if !cluster.annotations.is_empty() {
            put(&metadata, "annotations", string_map(&annotations));
        }
        if !cluster.labels.is_empty() {
            put(&metadata, "labels", string_map(&cluster.labels));
        }
        set.set("metadata", Value::Map(metadata));
    } else {
        for (kind, entries) in [("annotations", &annotations), ("labels", &cluster.labels)] {
            for (key, value) in entries {
                set.set(&format!("metadata.{kind}.{key}"), text(value));
            }
        }
    }
    let place = Place::ClusterSecret(Some(cluster.secret.clone()));
    for key in ["name", "nameNormalized", "server", "project", "metadata"] {
        set.note(key, place.clone());
    }
    set
}
