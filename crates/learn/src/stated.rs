//! What the platform file states under a key.

use seatrial_platform::Platform;
use serde_json::{Map, Value, json};

/// The value at a key path of the platform file, with its short forms written out: `sync: manual` is
/// `{automated: false}`, one registry is a list of one.
pub(crate) fn value(platform: &Platform, path: &[String]) -> Option<Value> {
    let file = platform.file()?;
    let tree = seatrial_yaml::parse(std::sync::Arc::clone(&file.text));
    let mut at = tree.root()?;
    for (depth, key) in path.iter().enumerate() {
        let parent = at;
        match parent.resolved()?.get(key) {
            Some(node) => at = node,
            None => return short_form(&parent.to_json(), path.get(..depth)?, path.get(depth..)?),
        }
    }
    let value = at.to_json();
    if value.is_null() {
        return None;
    }
    Some(written_out(path.last()?, value))
}

fn written_out(key: &str, value: Value) -> Value {
    let is_list =
        ["registries", "storageClasses", "ingressClasses", "options", "secrets", "pinned"].contains(&key);
    match (key, value) {
        ("sync", Value::String(word)) => sync(&word).unwrap_or(Value::String(word)),
        ("pinned", Value::Bool(true)) => json!(["revisions", "tags"]),
        ("pinned", Value::Bool(false)) => json!([]),
        (_, Value::String(one)) if is_list && key != "secrets" => json!([one]),
        (_, value) => value,
    }
}

fn sync(word: &str) -> Option<Value> {
    match word {
        "manual" => Some(json!({"automated": false})),
        "automatic" => Some(json!({"automated": true, "prune": true, "selfHeal": true})),
        "safe" => Some(json!({"automated": true, "prune": false, "selfHeal": true})),
        _ => None,
    }
}

/// A part of something that is stated as a word or a list.
fn short_form(stated: &Value, above: &[String], below: &[String]) -> Option<Value> {
    match (above.last().map(String::as_str), below) {
        (Some("sync"), [part]) => sync(stated.as_str()?)?.get(part).cloned(),
        (Some("namespaces"), [name]) => stated
            .as_array()?
            .iter()
            .any(|item| item.as_str() == Some(name))
            .then(|| Value::Object(Map::new())),
        _ => None,
    }
}

/// Whether what is stated already says what a claim says.
pub(crate) fn covers(key: &str, stated: &Value, said: &Value) -> bool {
    match (stated, said) {
        (Value::Array(stated), Value::Array(said)) => {
            said.iter().all(|item| stated.contains(item)) && (!said.is_empty() || stated.is_empty())
        }
        (Value::Array(stated), one) => stated.contains(one),
        // That a namespace exists says nothing of what is in it.
        (Value::Object(_), Value::Object(said)) if said.is_empty() && key != "nodeSelector" => true,
        (Value::Bool(true), Value::String(_)) => false,
        (stated, said) => same(stated, said),
    }
}

fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(n), Value::String(text)) | (Value::String(text), Value::Number(n)) => {
            n.to_string() == *text
        }
        (Value::String(one), Value::String(other)) => {
            one.trim_end_matches('/') == other.trim_end_matches('/')
        }
        _ => one == other,
    }
}
