//! Do pods land on nodes that may run them, and survive the loss of one?

mod missing_node_selector;
mod not_highly_available;
mod unsatisfiable_scheduling;

use seatrial_kubernetes::PodPlace;
use seatrial_trial::{HelmValue, HelmValues, Rule};
use seatrial_yaml::Path;
use serde_json::Value;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] =
    &[&missing_node_selector::RULE, &unsatisfiable_scheduling::RULE, &not_highly_available::RULE];

/// The node selector that a source's values give, wherever the chart keeps it; of several below subcharts, the first
/// that is empty, else the first.
pub(crate) fn node_selector(values: &HelmValues) -> Option<HelmValue<'_>> {
    let found = values.get("nodeSelector").or_else(|| values.get("global.nodeSelector"));
    if let Some(found) = found.filter(|v| v.value.is_object()) {
        return Some(found);
    }
    let mut below = Vec::new();
    selectors(&Path::root(), &values.values, &mut below);
    let empty = |path: &&Path| {
        path.lookup(&values.values).and_then(Value::as_object).is_some_and(serde_json::Map::is_empty)
    };
    values.at(below.iter().find(empty).or(below.first())?)
}

fn selectors(path: &Path, value: &Value, out: &mut Vec<Path>) {
    let Value::Object(map) = value else { return };
    if path.last_key() == Some("nodeSelector") {
        out.push(path.clone());
        return;
    }
    map.iter().for_each(|(key, value)| selectors(&path.join(key.as_str()), value, out));
}

/// Labels that a rendered pod asks of its node, by selector or by a required affinity.
pub(crate) fn asked_labels(pod: &PodPlace<'_>) -> Vec<(String, String)> {
    let selector = pod.node_selector();
    let mut out: Vec<(String, String)> =
        selector.into_iter().map(|(_, key, value)| (key.to_owned(), value.to_owned())).collect();
    out.extend(pod.affinity().into_iter().flat_map(|(_, affinity)| required_labels(affinity)));
    out
}

/// Labels that the values' required node affinity asks for, as pairs.
pub(crate) fn affinity_labels(values: &HelmValues) -> Vec<(String, String)> {
    values.values.get("affinity").map(required_labels).unwrap_or_default()
}

/// Labels that an affinity requires of nodes; only plain `In` with one value is one.
fn required_labels(affinity: &Value) -> Vec<(String, String)> {
    let terms = affinity
        .pointer("/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms")
        .and_then(Value::as_array);
    let [term] = terms.map_or(&[][..], Vec::as_slice) else { return Vec::new() };
    let expressions = term.get("matchExpressions").and_then(Value::as_array);
    expressions
        .into_iter()
        .flatten()
        .filter(|e| e.get("operator").and_then(Value::as_str) == Some("In"))
        .filter_map(|e| {
            let [value] = e.get("values")?.as_array()?.as_slice() else { return None };
            Some((e.get("key")?.as_str()?.to_owned(), value.as_str()?.to_owned()))
        })
        .collect()
}
