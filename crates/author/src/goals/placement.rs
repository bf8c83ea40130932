//! Where pods run: node labels and taints.

use seatrial_helm::Values;
use seatrial_kubernetes::pods;
use seatrial_platform::{Cluster, Scope};
use seatrial_yaml::Path;
use serde_json::{Map, Value, json};

use super::{Goal, keys, keys_named, told};

/// Every pod asking for the node labels of the place; `None` when it has none.
pub(crate) fn node_selector<'g>(scope: &Scope<'g>, values: &Values) -> Option<Goal<'g>> {
    let wanted = scope.node_selector()?.value;
    if wanted.is_empty() {
        return None;
    }
    let labels: Map<String, Value> =
        wanted.iter().map(|(key, value)| (key.value.clone(), value.value.as_str().into())).collect();
    let mut tries: Vec<(Path, Value)> = keys_named(values, &["nodeselector"])
        .into_iter()
        .map(|(path, old)| {
            // What the chart selects by itself, such as `kubernetes.io/os`, stays.
            let mut all = old.as_object().cloned().unwrap_or_default();
            all.extend(labels.clone());
            (path, Value::Object(all))
        })
        .collect();
    // Charts read it without listing it among their defaults.
    tries.push((Path::keys(["nodeSelector"]), Value::Object(labels.clone())));
    // Or call it otherwise: any map that is empty by default may be it.
    let empty = keys(values).into_iter().filter(|(_, old)| old.as_object().is_some_and(Map::is_empty));
    tries.extend(empty.map(|(path, _)| (path, Value::Object(labels.clone()))));
    let amiss = move |objects: &[Value]| {
        let lacking = |object: &&Value| {
            pods(object).iter().filter(|pod| !pod.embedded).any(|pod| {
                let given = pod.node_selector();
                wanted
                    .iter()
                    .any(|(key, value)| !given.iter().any(|(_, k, v)| *k == key.value && *v == value.value))
            })
        };
        objects.iter().filter(lacking).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}

/// Every pod tolerating the taints of the nodes it asks for; `None` when no such node has any.
pub(crate) fn tolerations<'g>(scope: &Scope<'g>, cluster: &Cluster, values: &Values) -> Option<Goal<'g>> {
    let labels = scope.node_selector()?.value;
    let groups = &cluster.nodes.as_ref()?.value;
    let fits = |group: &&seatrial_platform::NodeGroup| {
        labels.iter().all(|(key, value)| {
            group.labels.iter().any(|(k, v)| k.value == key.value && v.value == value.value)
        })
    };
    let mut fitting = groups.iter().filter(fits);
    let first = fitting.next()?;
    if first.taints.is_empty() || fitting.any(|group| group.taints.is_empty()) {
        return None;
    }
    let wanted: Vec<Value> = first.taints.iter().filter_map(|taint| toleration(taint)).collect();
    let tries = keys_named(values, &["tolerations"]);
    let tries = tries.into_iter().map(|(path, _)| (path, Value::Array(wanted.clone()))).collect();
    let amiss = move |objects: &[Value]| {
        let lacking = |object: &&Value| {
            pods(object).iter().filter(|pod| !pod.embedded).any(|pod| {
                let given = pod.tolerations();
                wanted.iter().any(|one| !given.iter().any(|(_, known)| *known == one))
            })
        };
        objects.iter().filter(lacking).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}

/// The toleration of a taint written `key=value:Effect` or `key:Effect`.
fn toleration(taint: &str) -> Option<Value> {
    let (label, effect) = taint.rsplit_once(':')?;
    Some(match label.split_once('=') {
        Some((key, value)) => json!({"key": key, "operator": "Equal", "value": value, "effect": effect}),
        None => json!({"key": label, "operator": "Exists", "effect": effect}),
    })
}
