//! What Secrets hold stays here.

use serde_json::{Map, Value};

/// What stands in the place of a value.
const MASKED: &str = "(masked)";

/// How deep objects are looked into.
const MAX_DEPTH: usize = 64;

/// An object of Kubernetes, or a list of them, without what its Secrets hold.
pub(super) fn objects(value: &mut Value) {
    walk(value, 0);
}

fn walk(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        *value = Value::String(MASKED.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| walk(item, depth + 1)),
        Value::Object(map) => {
            if map.get("kind").and_then(Value::as_str) == Some("Secret") {
                secret(map);
            }
            map.values_mut().for_each(|item| walk(item, depth + 1));
        }
        _ => {}
    }
}

/// The keys stay, and annotations that repeat the object go.
fn secret(map: &mut Map<String, Value>) {
    for part in ["data", "stringData"] {
        match map.get_mut(part) {
            Some(Value::Object(values)) => {
                values.values_mut().for_each(|value| *value = Value::String(MASKED.to_owned()));
            }
            Some(other) if !other.is_null() => *other = Value::String(MASKED.to_owned()),
            _ => {}
        }
    }
    let annotations = map.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(Value::Object(annotations)) = annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}
