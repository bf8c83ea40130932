//! How much of it runs: replicas, requests and limits, and what survives the loss of a node.

use seatrial_helm::Values;
use seatrial_kubernetes::pods;
use seatrial_platform::quantity;
use seatrial_platform::{Bounds, Replicas, Resources};
use seatrial_yaml::{Path, Segment};
use serde_json::{Map, Value, json};

use super::{Goal, keys_named, kind, told};

fn is_scalable(object: &Value) -> bool {
    matches!(kind(object), "Deployment" | "StatefulSet")
        && object.get("apiVersion").and_then(Value::as_str) == Some("apps/v1")
}

fn is_scaled_by_another(objects: &[Value], workload: &Value) -> bool {
    let text =
        |object: &Value, at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    objects.iter().any(|object| {
        matches!(kind(object), "HorizontalPodAutoscaler" | "ScaledObject")
            && text(object, "/spec/scaleTargetRef/name") == text(workload, "/metadata/name")
    })
}

/// Every workload with so many replicas.
pub(crate) fn replicas<'g>(wanted: &'g Replicas, values: &Values) -> Goal<'g> {
    let count = match wanted {
        Replicas::Exactly(n) => *n,
        Replicas::Between(min, max) => min.or(*max).unwrap_or(1),
    };
    let keys = keys_named(values, &["replicacount", "replicas", "minreplicas", "maxreplicas"]);
    let tries = keys.into_iter().filter(|(_, old)| !old.is_object()).map(|(path, _)| (path, count.into()));
    let tries = tries.collect();
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        for object in objects {
            let number = |at: &str| object.pointer(at).and_then(Value::as_u64);
            if is_scalable(object) && !is_scaled_by_another(objects, object) {
                let given = number("/spec/replicas").unwrap_or(1);
                if given != 0 && !wanted.allows(given) {
                    out.push(format!("{} has {given} replicas", told(object)));
                }
            }
            if kind(object) == "HorizontalPodAutoscaler" {
                let bounds = [number("/spec/minReplicas").or(Some(1)), number("/spec/maxReplicas")];
                let outside = bounds.into_iter().flatten().filter(|n| !wanted.allows(*n));
                out.extend(outside.map(|n| format!("{} scales to {n}", told(object))));
            }
        }
        out
    };
    Goal { amiss: Box::new(amiss), tries }
}

/// Every container within the bounds of the place, stating all four amounts where that is asked for.
///
/// An amount out of bounds becomes the bound; one that is missing becomes the least that is allowed.
pub(crate) fn resources<'g>(wanted: &'g Resources, values: &Values) -> Goal<'g> {
    let required = wanted.required.as_ref().is_some_and(|required| required.value);
    let parts = [("requests", &wanted.requests), ("limits", &wanted.limits)];
    let mut tries = Vec::new();
    for (path, old) in keys_named(values, &["resources"]) {
        if !old.is_object() && !old.is_null() {
            continue;
        }
        let mut mended = if old.is_null() { json!({}) } else { old.clone() };
        for (part, amounts) in parts {
            for (what, bounds) in [("cpu", &amounts.cpu), ("memory", &amounts.memory)] {
                let Some(bounds) = bounds else { continue };
                let given = mended.pointer(&format!("/{part}/{what}")).and_then(amount);
                let mend = match given {
                    Some(given) => bound_broken(&given, bounds),
                    None => bounds.min.as_ref().or(bounds.max.as_ref()).map(|bound| bound.value.clone()),
                };
                if let Some(text) = mend {
                    mended[part][what] = text.into();
                }
            }
        }
        limits_hold_requests(&mut mended, wanted);
        tries.push((path, mended));
    }
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        for container in
            objects.iter().flat_map(|o| pods(o).into_iter().flat_map(|p| p.containers()).collect::<Vec<_>>())
        {
            for (part, amounts) in parts {
                for (what, bounds) in [("cpu", &amounts.cpu), ("memory", &amounts.memory)] {
                    match (container.amount(part, what), bounds) {
                        (Some((_, text)), Some(bounds)) if bound_broken(&text, bounds).is_some() => {
                            out.push(format!("{}: {part}.{what} is {text}", container.name()));
                        }
                        (None, _) if required => out.push(format!("{}: no {part}.{what}", container.name())),
                        _ => {}
                    }
                }
            }
        }
        out
    };
    Goal { amiss: Box::new(amiss), tries }
}

/// Every container with this amount at a part of its `resources`, such as `limits.memory`.
pub(crate) fn amount_of<'g>(part: &'g Path, wanted: &'g str, values: &Values) -> Goal<'g> {
    let within = keys_named(values, &["resources"]);
    let tries = within
        .into_iter()
        .filter(|(_, old)| old.is_object() || old.is_null())
        .map(|(path, _)| (path.concat(part), Value::from(wanted)))
        .collect();
    let amiss = move |objects: &[Value]| {
        let keys = part.segments().iter().map(|segment| match segment {
            Segment::Key(key) => key.to_string(),
            Segment::Index(index) => index.to_string(),
        });
        let keys: Vec<String> = keys.collect();
        let [kind, what] = keys.as_slice() else { return vec![format!("`{part}` is no amount")] };
        let mut out = Vec::new();
        for container in objects.iter().flat_map(pods).flat_map(|pod| pod.containers()) {
            let given = container.amount(kind, what).map(|(_, text)| text);
            let same = |text: &String| {
                quantity::parse(text)
                    .zip(quantity::parse(wanted))
                    .is_some_and(|(a, b)| (a - b).abs() <= f64::EPSILON * b.abs())
            };
            if !given.as_ref().is_some_and(same) {
                out.push(format!(
                    "{}: {part} is {}",
                    container.name(),
                    given.unwrap_or_else(|| "not there".to_owned())
                ));
            }
        }
        out
    };
    Goal { amiss: Box::new(amiss), tries }
}

/// A request that was raised past its limit takes the limit along, where the place allows that.
fn limits_hold_requests(resources: &mut Value, wanted: &Resources) {
    for (what, bounds) in [("cpu", &wanted.limits.cpu), ("memory", &wanted.limits.memory)] {
        let given = |part: &str| resources.pointer(&format!("/{part}/{what}")).and_then(amount);
        let (Some(request), Some(limit)) = (given("requests"), given("limits")) else { continue };
        let (Some(least), Some(most)) = (quantity::parse(&request), quantity::parse(&limit)) else {
            continue;
        };
        let allowed = bounds.as_ref().is_none_or(|bounds| bound_broken(&request, bounds).is_none());
        if least > most && allowed {
            resources["limits"][what] = request.into();
        }
    }
}

fn amount(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The bound that an amount breaks.
fn bound_broken(text: &str, bounds: &Bounds) -> Option<String> {
    let given = quantity::parse(text)?;
    let breaks = |bound: &Option<seatrial_platform::Text>, too_far: fn(f64, f64) -> bool| {
        let bound = bound.as_ref()?;
        too_far(given, quantity::parse(bound)?).then(|| bound.value.clone())
    };
    breaks(&bounds.min, |given, bound| given < bound)
        .or_else(|| breaks(&bounds.max, |given, bound| given > bound))
}

/// A disruption budget beside the workloads.
pub(crate) fn disruption_budget<'g>(values: &Values) -> Goal<'g> {
    let mut tries = Vec::new();
    for (path, old) in keys_named(values, &["poddisruptionbudget", "pdb"]) {
        match old {
            Value::Object(map) => {
                for key in ["enabled", "create"] {
                    if map.contains_key(key) {
                        tries.push((path.join(key), Value::Bool(true)));
                    }
                }
                if map.is_empty() {
                    tries.push((path, json!({"minAvailable": 1})));
                }
            }
            Value::Bool(false) => tries.push((path, Value::Bool(true))),
            _ => {}
        }
    }
    let amiss = |objects: &[Value]| {
        let wanted = objects.iter().filter(|object| is_scalable(object)).count();
        let given = objects.iter().filter(|object| kind(object) == "PodDisruptionBudget").count();
        (given..wanted).map(|_| "no PodDisruptionBudget".to_owned()).collect()
    };
    Goal { amiss: Box::new(amiss), tries }
}

/// Pods spread over a topology.
///
/// They are told by those of their labels that every release of the chart has alike; `None` when they have no such label.
pub(crate) fn spread<'g>(
    topology: &'g str,
    values: &Values,
    objects: &[Value],
    release: &str,
) -> Option<Goal<'g>> {
    let workload = objects.iter().find(|object| is_scalable(object))?;
    let pods = pods(workload);
    let lasting = pods.first()?.labels()?.iter().filter(|(key, value)| {
        let chosen =
            workload.pointer("/spec/selector/matchLabels").and_then(|labels| labels.get(key.as_str()));
        chosen == Some(*value) && !value.as_str().unwrap_or_default().contains(release)
    });
    let labels: Value =
        lasting.map(|(key, value)| (key.clone(), value.clone())).collect::<Map<_, _>>().into();
    if labels.as_object().is_none_or(Map::is_empty) {
        return None;
    }
    let constraint = json!([{
        "maxSkew": 1,
        "topologyKey": topology,
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": {"matchLabels": labels},
    }]);
    let keys = keys_named(values, &["topologyspreadconstraints"]);
    let mut tries: Vec<_> = keys.into_iter().map(|(path, _)| (path, constraint.clone())).collect();
    let affinity = json!({"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [
        {"weight": 100, "podAffinityTerm": {"topologyKey": topology, "labelSelector": {"matchLabels": labels}}},
    ]}});
    tries.extend(keys_named(values, &["affinity"]).into_iter().map(|(path, _)| (path, affinity.clone())));
    let amiss = move |objects: &[Value]| {
        let apart = |object: &&Value| {
            !seatrial_kubernetes::pods(object)
                .iter()
                .all(|pod| pod.spec.to_string().contains(&format!("\"topologyKey\":\"{topology}\"")))
        };
        objects.iter().filter(|object| is_scalable(object)).filter(apart).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}
