//! What the facts ask of a chart's resources, and which of the chart's values bring it about.
//!
//! A [`Goal`] counts what is amiss in rendered objects and proposes values that could mend it. [`reach`] sets them one
//! by one, renders, and keeps those that help: so a value is used because of what it does in this chart.

mod images;
mod ingress;
mod placement;
mod pull_secrets;
mod scale;
mod storage;

use seatrial_helm::Values;
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use crate::bench::{Bench, set};

pub(crate) use images::{Tag, allowed_registries, tag};
pub(crate) use ingress::{host, ingress_class};
pub(crate) use placement::{node_selector, tolerations};
pub(crate) use pull_secrets::{needed as pull_secret, unneeded as no_pull_secret};
pub(crate) use scale::{amount_of, disruption_budget, replicas, resources, spread};
pub(crate) use storage::{explicit_storage_class, storage_class};

/// How many values are tried for one goal. Every try renders the chart.
const MAX_TRIES: usize = 96;

/// What is amiss in rendered objects, each in a few words.
type Amiss<'g> = Box<dyn Fn(&[Value]) -> Vec<String> + 'g>;

/// Something that the resources shall be.
pub(crate) struct Goal<'g> {
    /// Empty when the goal is met.
    pub(crate) amiss: Amiss<'g>,
    /// Values that could mend it, the likeliest first.
    pub(crate) tries: Vec<(Path, Value)>,
}

/// What came of it.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Reached {
    /// The values that help.
    pub(crate) set: Vec<(Path, Value)>,
    /// What is still amiss.
    pub(crate) left: Vec<String>,
}

/// Sets values until nothing is amiss or nothing helps any more; `values` gets those that help.
pub(crate) fn reach(bench: &Bench<'_>, values: &mut Values, goal: &Goal<'_>) -> Result<Reached, String> {
    let mut left = (goal.amiss)(&bench.render(values)?.objects);
    let mut kept: Vec<(Path, Value)> = Vec::new();
    for (path, value) in goal.tries.iter().take(MAX_TRIES) {
        if left.is_empty() {
            break;
        }
        // A value that was found for this place already is not replaced by another shape of it.
        if kept.iter().any(|(known, _)| known == path) {
            continue;
        }
        let mut tried = values.clone();
        set(&mut tried, path, value.clone());
        // A value that the chart cannot take is no answer.
        let Ok(rendered) = bench.render(&tried) else { continue };
        let now = (goal.amiss)(&rendered.objects);
        if now.len() < left.len() {
            *values = tried;
            left = now;
            kept.push((path.clone(), value.clone()));
        }
    }
    Ok(Reached { set: kept, left })
}

/// Every key among values, with its path and value, parents before children and shallow ones first.
pub(crate) fn keys(values: &Values) -> Vec<(Path, &Value)> {
    let mut out = Vec::new();
    let mut level: Vec<(Path, &Values)> = vec![(Path::root(), values)];
    while !level.is_empty() && out.len() < 20_000 {
        let mut below = Vec::new();
        for (path, map) in level {
            for (key, value) in map {
                let path = path.join(key.as_str());
                if let Value::Object(inner) = value {
                    below.push((path.clone(), inner));
                }
                out.push((path, value));
            }
        }
        level = below;
    }
    out
}

/// The keys whose last part, in lower case without `-` and `_`, is one of these; those of `global` come first.
pub(crate) fn keys_named<'v>(values: &'v Values, names: &[&str]) -> Vec<(Path, &'v Value)> {
    let mut found = keys(values);
    found.retain(|(path, _)| {
        let last = path.last_key().unwrap_or_default().to_lowercase().replace(['-', '_'], "");
        names.contains(&last.as_str())
    });
    // What a subchart reads below `global` is best said once, at the top.
    let mut global: Vec<(Path, &Value)> = Vec::new();
    for (path, value) in &found {
        if let Some(at) = path.segments().iter().position(is_global) {
            let shared = Path::new(path.segments()[at..].to_vec());
            if !global.iter().any(|(known, _)| *known == shared) {
                global.push((shared, value));
            }
        }
    }
    found.retain(|(path, _)| !path.segments().iter().any(is_global));
    global.extend(found);
    global
}

fn is_global(segment: &Segment) -> bool {
    matches!(segment, Segment::Key(key) if **key == *"global")
}

/// A name for people: `Deployment/agent`.
fn told(object: &Value) -> String {
    let text = |at: &str| object.pointer(at).and_then(Value::as_str).unwrap_or_default();
    format!("{}/{}", text("/kind"), text("/metadata/name"))
}

fn kind(object: &Value) -> &str {
    object.get("kind").and_then(Value::as_str).unwrap_or_default()
}
