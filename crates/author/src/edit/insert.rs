//! The change made where nothing is written yet: an entry beside what is there.

use seatrial_yaml::edit::{self, Position, insert_entry, insert_item};
use seatrial_yaml::{Kind, Node, Path, Segment};
use serde_json::{Map, Value, json};

use super::change::{Aim, Change, Effect};
use super::literal::{flow, whole};
use super::scene::{Scene, Stage};

/// Adds what is missing, in the least place that changes nothing else.
pub(super) fn change(text: &str, scene: &Scene, change: &Change, stage: &Stage<'_>) -> Option<String> {
    let Aim::Value(path) = &change.aim else { return None };
    let mut now = text.to_owned();
    for _ in 0..=change.apps.len() {
        let mut stepped = None;
        for tried in candidates(&now, path, &change.value) {
            let Ok(after) = stage.see(&tried) else { continue };
            match change.effect(scene, &after) {
                Effect::Done => return Some(tried),
                Effect::Step => {
                    stepped = Some(tried);
                    break;
                }
                _ => {}
            }
        }
        now = stepped?;
    }
    None
}

/// Texts with the value somewhere, the narrowest place first.
fn candidates(text: &str, path: &Path, value: &Value) -> Vec<String> {
    let tree = seatrial_yaml::parse(text);
    let mut out: Vec<(usize, String)> = Vec::new();
    for document in tree.documents() {
        visit(document.root(), 0, &mut |node| offer(node, path, value, text, &mut out));
    }
    out.sort_by_key(|(rank, _)| *rank);
    out.into_iter().map(|(_, text)| text).collect()
}

/// Every node, parents first.
pub(super) fn visit<'t>(node: Node<'t>, depth: usize, seen: &mut dyn FnMut(Node<'t>)) {
    seen(node);
    if depth < 64 {
        for child in node.children() {
            visit(child, depth + 1, seen);
        }
    }
}

fn offer(node: Node<'_>, path: &Path, value: &Value, text: &str, out: &mut Vec<(usize, String)>) {
    let at = node.path();
    let keys: Vec<&str> = at
        .segments()
        .iter()
        .filter_map(|s| match s {
            Segment::Key(key) => Some(&**key),
            Segment::Index(_) => None,
        })
        .collect();
    let last = keys.last().copied().unwrap_or_default();
    let in_element = keys.contains(&"elements") && !node.is_key();
    let mut add = |rank: usize, replacement: Option<edit::Replacement>| {
        out.extend(replacement.map(|r| (rank, edit::apply(text, &r))));
    };
    match node.kind() {
        Kind::Mapping => {
            // The deepest of the maps on the way comes first.
            let depth = prefix(&keys, path);
            if in_element && keys.last() != Some(&"elements") || below_values(&keys, depth) {
                let rest = Path::new(path.segments()[depth..].to_vec());
                if let Some((key, inner)) = nested(&rest, value)
                    && node.get(&key).is_none()
                {
                    let rank = usize::from(!in_element) * 100 + 50 - depth.min(50);
                    add(rank, insert_entry(node, &key, &inner, &Position::Last));
                }
            }
            if last == "source" && node.get("helm").is_none() {
                let values = nested(path, value).map(|(key, inner)| json!({"valuesObject": {key: inner}}));
                if let Some(values) = values {
                    add(200, insert_entry(node, "helm", &values, &Position::Last));
                }
            }
            if last == "helm"
                && node.get("valuesObject").is_none()
                && node.get("values").is_none()
                && let Some((key, inner)) = nested(path, value)
            {
                add(190, insert_entry(node, "valuesObject", &json!({key: inner}), &Position::Last));
            }
        }
        Kind::Sequence if last == "parameters" => {
            let mut now = text.to_owned();
            for (name, value) in flattened(path, value) {
                // Each is added to the text that has those before.
                let tree = seatrial_yaml::parse(now.as_str());
                let Some(list) = tree.document(node.document()).and_then(|d| d.root().find(&at)) else {
                    return;
                };
                let item = json!({"name": name, "value": value});
                let Some(replacement) = insert_item(list, &item, &Position::Last) else { return };
                now = edit::apply(&now, &replacement);
            }
            out.push((150, now));
        }
        Kind::Scalar if matches!(last, "values" | "templatePatch") && !node.is_key() => {
            let Some(decoded) = node.decoded() else { return };
            let inner_text = decoded.text().to_owned();
            if !inner_text.contains('\n') {
                return;
            }
            let tree = seatrial_yaml::parse(inner_text.as_str());
            let Some(root) = tree.root() else { return };
            visit(root, 0, &mut |inner| {
                let keys: Vec<String> = inner.path().segments().iter().map(segment).collect();
                let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
                let depth = prefix(&keys, path);
                let fits = if last == "values" { keys.len() == depth } else { below_values(&keys, depth) };
                if inner.kind() != Kind::Mapping || !fits {
                    return;
                }
                let rest = Path::new(path.segments()[depth..].to_vec());
                let Some((key, value)) = nested(&rest, value).filter(|(key, _)| inner.get(key).is_none())
                else {
                    return;
                };
                let Some(replacement) = insert_entry(inner, &key, &value, &Position::Last) else { return };
                let changed = Value::String(edit::apply(&inner_text, &replacement));
                if let Some(replacement) = edit::set_scalar(node, &changed) {
                    out.push((140, edit::apply(text, &replacement)));
                }
            });
        }
        _ => {}
    }
}

fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Key(key) => key.to_string(),
        Segment::Index(index) => index.to_string(),
    }
}

/// How many keys of the path a place ends with.
fn prefix(keys: &[&str], path: &Path) -> usize {
    let wanted: Vec<String> = path.segments().iter().map(segment).collect();
    let most = wanted.len().saturating_sub(1).min(keys.len());
    (0..=most).rev().find(|n| keys[keys.len() - n..].iter().zip(&wanted).all(|(a, b)| a == b)).unwrap_or(0)
}

/// Whether a place is so far below the values of a source.
fn below_values(keys: &[&str], depth: usize) -> bool {
    keys.len().checked_sub(depth + 1).and_then(|at| keys.get(at)) == Some(&"valuesObject")
}

/// The first key of a path, and the value below it.
fn nested(path: &Path, value: &Value) -> Option<(String, Value)> {
    let mut keys: Vec<String> = path.segments().iter().map(segment).collect();
    let mut value = tidy(value);
    while keys.len() > 1 {
        let mut map = Map::new();
        map.insert(keys.pop()?, value);
        value = Value::Object(map);
    }
    Some((keys.pop()?, value))
}

/// Numbers as they are written.
fn tidy(value: &Value) -> Value {
    match value {
        Value::Number(number) => whole(number).parse::<i64>().map_or_else(|_| value.clone(), Value::from),
        Value::Array(items) => items.iter().map(tidy).collect(),
        Value::Object(map) => map.iter().map(|(key, value)| (key.clone(), tidy(value))).collect(),
        other => other.clone(),
    }
}

/// Helm's parameters for a value.
fn flattened(path: &Path, value: &Value) -> Vec<(String, String)> {
    fn go(name: String, value: &Value, out: &mut Vec<(String, String)>) {
        match value {
            Value::Array(items) if !items.is_empty() => {
                for (at, item) in items.iter().enumerate() {
                    go(format!("{name}[{at}]"), item, out);
                }
            }
            Value::Object(map) if !map.is_empty() => {
                for (key, item) in map {
                    go(format!("{name}.{}", key.replace('.', "\\.")), item, out);
                }
            }
            other => out.push((name, flow(other))),
        }
    }
    let mut out = Vec::new();
    go(path.segments().iter().map(segment).collect::<Vec<_>>().join("."), value, &mut out);
    out
}
