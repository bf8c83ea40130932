//! Check 4: are replicas, requests and limits what the environment asks for?

mod missing_resources;
mod replicas_mismatch;
mod request_exceeds_limit;
mod resources_out_of_bounds;

use seatrial_trial::{HelmValues, Rule};
use seatrial_yaml::Path;
use serde_json::Value;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &missing_resources::RULE,
    &resources_out_of_bounds::RULE,
    &request_exceeds_limit::RULE,
    &replicas_mismatch::RULE,
];

/// Every `resources` mapping in a source's values, empty ones too, with its path.
pub(crate) fn resources(values: &HelmValues) -> Vec<(Path, &Value)> {
    let mut out = Vec::new();
    walk(&Path::root(), &values.values, &mut out);
    out
}

fn walk<'v>(path: &Path, value: &'v Value, out: &mut Vec<(Path, &'v Value)>) {
    let Value::Object(map) = value else { return };
    let states = map.is_empty() || map.contains_key("requests") || map.contains_key("limits");
    if path.last_key() == Some("resources") && states {
        out.push((path.clone(), value));
        return;
    }
    for (key, value) in map {
        walk(&path.join(key.as_str()), value, out);
    }
}

/// A quantity as it is written: text, or a number.
pub(crate) fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
