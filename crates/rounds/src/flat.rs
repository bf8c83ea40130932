//! Objects as leaves: the path of each and its value, so that two can be compared without knowing what they are.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::Value;
use sha2::{Digest, Sha256};

/// How deep objects are walked; what lies deeper is one leaf, kept as a hash.
const MAX_DEPTH: usize = 48;
/// How long a text may be to be kept as it is.
const MAX_TEXT: usize = 400;
/// How long a path may be.
const MAX_PATH: usize = 1000;

/// Adds the leaves of a value below `path`. Elements of a list that have a name go by it, so that one more before them
/// changes nothing.
pub(crate) fn leaves(path: &str, value: &Value, out: &mut BTreeMap<String, Value>) {
    walk(path, value, 0, out);
}

fn walk(path: &str, value: &Value, depth: usize, out: &mut BTreeMap<String, Value>) {
    match value {
        Value::Object(map) if !map.is_empty() && depth < MAX_DEPTH && path.len() < MAX_PATH => {
            for (key, inner) in map {
                walk(&join(path, key), inner, depth + 1, out);
            }
        }
        Value::Array(items) if !items.is_empty() && depth < MAX_DEPTH && path.len() < MAX_PATH => {
            let names = names(items);
            for (index, inner) in items.iter().enumerate() {
                let step = names.as_ref().and_then(|names| names.get(index).cloned());
                let step = step.unwrap_or_else(|| index.to_string());
                walk(&format!("{path}[{step}]"), inner, depth + 1, out);
            }
        }
        leaf => {
            out.insert(path.to_owned(), kept(leaf));
        }
    }
}

/// A step to a key; one with anything but letters, digits and the usual marks in it stands in brackets.
pub(crate) fn join(path: &str, key: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
    if !key.is_empty() && key.chars().all(plain) {
        if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
    } else {
        format!("{path}[{}]", Value::String(key.chars().take(200).collect()))
    }
}

/// The names of a list's elements, where each has its own.
fn names(items: &[Value]) -> Option<Vec<String>> {
    let names: Vec<String> = items
        .iter()
        .map(|item| match item {
            Value::String(text) if text.len() < 100 => Some(text.clone()),
            item => {
                item.get("name").and_then(Value::as_str).filter(|name| name.len() < 100).map(str::to_owned)
            }
        })
        .collect::<Option<_>>()?;
    let mut sorted: Vec<&String> = names.iter().collect();
    sorted.sort();
    sorted.windows(2).all(|pair| pair[0] != pair[1]).then_some(names)
}

fn kept(leaf: &Value) -> Value {
    let long = |text: &str| Value::String(format!("sha256:{}… ({} bytes)", digits(text, 8), text.len()));
    match leaf {
        Value::String(text) if text.len() > MAX_TEXT => long(text),
        Value::Array(items) if !items.is_empty() => long(&leaf.to_string()),
        Value::Object(map) if !map.is_empty() => long(&leaf.to_string()),
        other => other.clone(),
    }
}

/// The first digits of a text's hash.
pub(crate) fn digits(text: &str, bytes: usize) -> String {
    let digest = Sha256::digest(text.as_bytes());
    hex(digest.get(..bytes).unwrap_or(&digest))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn flat(value: &Value) -> Vec<String> {
        let mut out = BTreeMap::new();
        leaves("", value, &mut out);
        out.into_iter().map(|(path, value)| format!("{path} = {value}")).collect()
    }

    #[test]
    fn leaves_go_by_keys_and_names() {
        let value = json!({
            "metadata": {"labels": {"app.kubernetes.io/name": "x", "team": "y"}, "finalizers": []},
            "containers": [{"name": "app", "image": "a"}, {"name": "proxy", "image": "b"}],
            "syncOptions": ["A=true", "B=true"],
            "ports": [80, 443],
            "twice": [{"name": "same"}, {"name": "same"}],
        });
        assert_eq!(
            flat(&value),
            [
                "containers[app].image = \"a\"",
                "containers[app].name = \"app\"",
                "containers[proxy].image = \"b\"",
                "containers[proxy].name = \"proxy\"",
                "metadata.finalizers = []",
                "metadata.labels.team = \"y\"",
                "metadata.labels[\"app.kubernetes.io/name\"] = \"x\"",
                "ports[0] = 80",
                "ports[1] = 443",
                "syncOptions[A=true] = \"A=true\"",
                "syncOptions[B=true] = \"B=true\"",
                "twice[0].name = \"same\"",
                "twice[1].name = \"same\"",
            ]
        );
    }

    #[test]
    fn what_is_long_or_deep_is_a_hash() {
        let mut deep = json!("leaf");
        for _ in 0..200 {
            deep = json!({ "a": deep });
        }
        let all = flat(&json!({"deep": deep, "long": "x".repeat(1000)}));
        assert_eq!(all.len(), 2);
        assert!(all.iter().all(|leaf| leaf.contains("sha256:") && leaf.len() < 400), "{all:?}");
    }
}
