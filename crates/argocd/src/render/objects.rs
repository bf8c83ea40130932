//! From a tool's output to the objects that the controller gets.

use serde_json::Value;

use super::stop::Stop;
use crate::gotypes::go_number;

/// The group and version of an object, and its kind; empty where they cannot be read.
pub(super) fn group_version_kind(object: &Value) -> (&str, &str, &str) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let (api, kind) = (text("apiVersion"), text("kind"));
    match api.matches('/').count() {
        0 => ("", api, kind),
        1 => api.split_once('/').map_or(("", api, kind), |(group, version)| (group, version, kind)),
        _ => ("", "", ""),
    }
}

/// A text field of `metadata`.
pub(super) fn metadata<'o>(object: &'o Value, key: &str) -> &'o str {
    object.get("metadata").and_then(|m| m.get(key)).and_then(Value::as_str).unwrap_or_default()
}

/// What `GenerateManifests` makes of one object: lists become their items, empty lists nothing.
pub(super) fn flatten(object: Value) -> Result<Vec<Value>, Stop> {
    let Value::Object(mut map) = object else { return Ok(vec![object]) };
    match map.get("items") {
        Some(Value::Array(_)) => {
            let Some(Value::Array(items)) = map.remove("items") else { return Ok(Vec::new()) };
            if items.iter().any(|item| !item.is_object()) {
                return Err(Stop::fault("items member is not an object: map[string]interface {}"));
            }
            Ok(items)
        }
        Some(Value::Null) if !map.contains_key("spec") && !map.contains_key("status") => Ok(Vec::new()),
        _ => Ok(vec![Value::Object(map)]),
    }
}

/// Numbers as they are after a way through Go's JSON: whole floats are integers.
pub(super) fn canonical(value: &mut Value) {
    match value {
        Value::Number(number) if number.as_i64().is_none() => {
            if let Some(float) = number.as_f64() {
                *value = go_number(float);
            }
        }
        Value::Array(items) => items.iter_mut().for_each(canonical),
        Value::Object(map) => map.values_mut().for_each(canonical),
        _ => {}
    }
}

/// `kind` is what an object must have to be one; the controller's or the decoder's words if it has none.
pub(super) fn has_kind(object: &Value) -> Result<(), String> {
    let found = object.get("kind").and_then(Value::as_str).is_some_and(|kind| !kind.is_empty());
    if found {
        return Ok(());
    }
    Err(format!("Object 'Kind' is missing in '{}'", seatrial_yaml::gojson::to_string(object)))
}
