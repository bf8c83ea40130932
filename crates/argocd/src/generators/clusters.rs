//! The cluster generator.

use std::collections::{BTreeMap, BTreeSet};

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

/// Annotations that Argo CD or kubectl write for themselves and that are no parameters (since 3.6).
const EXCLUDED: [&str; 7] = [
    "argocd.argoproj.io/refresh",
    "argocd.argoproj.io/refresh-timestamp",
    "argocd.argoproj.io/hydrate",
    "argocd.argoproj.io/hydrate-timestamp",
    "argocd.argoproj.io/tracking-id",
    "argocd.argoproj.io/installation-id",
    "kubectl.kubernetes.io/last-applied-configuration",
];

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
    let values = Values::compile(&run.engine, spec, at);
    let mut sets = Vec::new();
    run.reserve(by_name.len() + 1)?;
    for cluster in by_name.values() {
        let mut set = parameters(run, cluster, at);
        values
            .append(&run.engine, &mut set)
            .map_err(|e| e.wrap("error appending templated values for cluster"))?;
        sets.push(set);
    }
    let named = by_name.values().any(|c| c.server == IN_CLUSTER_SERVER);
    if parsed.is_empty() && !named {
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
        values
            .append(&run.engine, &mut set)
            .map_err(|e| e.wrap("error appending templated values for local cluster"))?;
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

fn parameters(run: &Run<'_>, cluster: &Cluster, at: &Path) -> ParamSet {
    let mut set = ParamSet::new(at.clone());
    set.set("name", text(&cluster.name));
    set.set("nameNormalized", text(&sanitize(&cluster.name)));
    set.set("server", text(&cluster.server));
    set.set("project", text(cluster.project.as_deref().unwrap_or_default()));
    let excluded: BTreeSet<&str> =
        if run.world.version.at_least(3, 6) { EXCLUDED.into_iter().collect() } else { BTreeSet::new() };
    let annotations: BTreeMap<String, String> = cluster
        .annotations
        .iter()
        .filter(|(k, _)| !excluded.contains(k.as_str()))
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
