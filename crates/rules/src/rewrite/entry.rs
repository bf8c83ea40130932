//! Setting a value at a path of a YAML mapping, whatever stands there already.

use seatrial_source::Edit;
use seatrial_trial::Manifest;
use seatrial_yaml::{Kind, Node, Path, Segment, Style, goyaml};
use serde_json::{Map, Value};

use super::base;

/// No value is written deeper than this.
const MAX_DEPTH: usize = 32;

/// The edits that make `mapping` hold `value` at `path`; what else it holds stays. A mapping as value is merged into one that
/// is there.
///
/// `None` where it cannot be said by edits: items that a list does not have, something of several lines between braces.
pub fn set(manifest: &Manifest, mapping: Node<'_>, path: &Path, value: &Value) -> Option<Vec<Edit>> {
    let mut node = mapping;
    for (position, segment) in path.segments().iter().enumerate() {
        match node.step(segment) {
            Some(next) => node = next,
            None => {
                let missing = path.segments().get(position..)?;
                return append(manifest, node, missing, value).map(|edit| vec![edit]);
            }
        }
    }
    replace(manifest, node, value, 0)
}

/// The edits that make a whole file hold `value` at `path`: a mapping, or a file with nothing but comments.
pub fn set_in_file(manifest: &Manifest, path: &Path, value: &Value) -> Option<Vec<Edit>> {
    let root = match manifest.documents.as_slice() {
        [] => None,
        [document] if document.json.is_ok() => manifest.root(document).filter(|n| n.kind() != Kind::Null),
        _ => return None,
    };
    if let Some(root) = root {
        return set(manifest, root, path, value);
    }
    let text = &manifest.file.text;
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Some(vec![base::insert(manifest, text.len(), format!("{gap}{}\n", lines(path.segments(), value)?))])
}

/// Puts a new value in the place of a node.
fn replace(manifest: &Manifest, node: Node<'_>, value: &Value, depth: usize) -> Option<Vec<Edit>> {
    if depth > MAX_DEPTH {
        return None;
    }
    let full = node.kind() == Kind::Mapping && node.entries().len() > 0;
    if let (Value::Object(entries), true) = (value, full) {
        let mut edits: Vec<Edit> = Vec::new();
        let mut missing = Map::new();
        for (key, value) in entries {
            match node.get(key) {
                Some(old) => edits.extend(replace(manifest, old, value, depth + 1)?),
                None => _ = missing.insert(key.clone(), value.clone()),
            }
        }
        if !missing.is_empty() {
            let more = append(manifest, node, &[], &Value::Object(missing))?;
            // What the last entry is given ends where this one's begins.
            match edits.iter_mut().find(|edit| edit.span == more.span && edit.span.is_empty()) {
                Some(same) => same.text.push_str(&more.text),
                None => edits.push(more),
            }
        }
        return Some(edits);
    }
    let text = match (value, node.style()) {
        (Value::String(text), Style::DoubleQuoted) => serde_json::to_string(text).ok()?,
        (Value::String(text), Style::SingleQuoted) => base::quoted(text),
        (Value::Array(_), Style::Block) if node.kind() == Kind::Sequence => {
            let column = base::column(&manifest.file.text, node.outer_span().start);
            base::indent(goyaml::to_yaml(value).ok()?.trim_end(), column).trim_start().to_owned()
        }
        _ => flow(value),
    };
    Some(vec![base::set_value(manifest, node, &text)])
}

/// Adds what is missing of a path to a mapping.
fn append(manifest: &Manifest, mapping: Node<'_>, missing: &[Segment], value: &Value) -> Option<Edit> {
    let nothing = match mapping.kind() {
        Kind::Null => true,
        Kind::Mapping => mapping.style() == Style::Flow && mapping.entries().len() == 0,
        _ => return None,
    };
    let flow_style = mapping.kind() == Kind::Mapping && mapping.style() == Style::Flow;
    let nested = nested(missing, value)?;
    if nothing && mapping.key().is_some() && flow_style {
        // `key: {}` becomes one that holds something, still between braces.
        return Some(base::set_value(manifest, mapping, &flow(&nested)));
    }
    if flow_style {
        let text = flow(&nested);
        return base::append_entry(manifest, mapping, text.strip_prefix('{')?.strip_suffix('}')?);
    }
    base::append_entry(manifest, mapping, &lines(missing, value)?)
}

/// A value below these keys.
fn nested(path: &[Segment], value: &Value) -> Option<Value> {
    path.iter().rev().try_fold(value.clone(), |below, segment| match segment {
        Segment::Key(key) => Some(Value::Object(Map::from_iter([(key.to_string(), below)]))),
        Segment::Index(_) => None,
    })
}

/// The same as lines of YAML without indentation.
pub(super) fn lines(path: &[Segment], value: &Value) -> Option<String> {
    let text = goyaml::to_yaml(&nested(path, value)?).ok()?;
    Some(text.trim_end_matches('\n').to_owned())
}

/// A value on one line.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Object(entries) => {
            let entries =
                entries.iter().map(|(key, value)| format!("{}: {}", in_flow(key), flow_item(value)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow_item).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) => base::scalar(text),
        other => other.to_string(),
    }
}

fn flow_item(value: &Value) -> String {
    match value {
        Value::String(text) => in_flow(text),
        other => flow(other),
    }
}

/// A text between braces, where commas and brackets mean something.
fn in_flow(text: &str) -> String {
    if text.contains([',', '[', ']', '{', '}']) {
        return serde_json::to_string(text).unwrap_or_default();
    }
    base::scalar(text)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use seatrial_source::{EditSet, FileId, SourceFile};
    use serde_json::json;

    use super::*;

    fn after(text: &str, path: &str, value: &Value) -> Option<String> {
        let file = Arc::new(SourceFile::new(FileId(0), "values.yaml", text));
        let manifest = Manifest::read(Arc::clone(&file));
        let path = if path.is_empty() { Path::root() } else { Path::parse(path)? };
        let edits = set_in_file(&manifest, &path, value)?;
        EditSet::from_edits(edits).ok()?.apply(file.id, text).ok()
    }

    #[track_caller]
    fn sets(text: &str, path: &str, value: &Value, expected: &str) {
        assert_eq!(after(text, path, value).as_deref(), Some(expected), "{path} in:\n{text}");
    }

    #[test]
    fn values_take_the_place_of_values() {
        sets("a: 1 # why\nb: 2\n", "a", &json!(3), "a: 3 # why\nb: 2\n");
        sets("a: 'x'\n", "a", &json!("y"), "a: 'y'\n");
        sets("a: \"x\"\n", "a", &json!("y"), "a: \"y\"\n");
        sets("a: x\n", "a", &json!("true"), "a: \"true\"\n");
        sets("s: []\nb: 2\n", "s", &json!([{"name": "p"}]), "s: [{name: p}]\nb: 2\n");
        sets("s:\n  - name: q\nb: 2\n", "s", &json!([{"name": "p"}]), "s:\n  - name: p\nb: 2\n");
        sets("a:\n", "a", &json!(3), "a: 3\n");
    }

    #[test]
    fn what_is_missing_is_added() {
        sets("a: 1\n", "b.c", &json!("x"), "a: 1\nb:\n  c: x\n");
        sets("# only this\n", "b.c", &json!("x"), "# only this\nb:\n  c: x\n");
        sets("", "b", &json!(["x"]), "b:\n- x\n");
        sets("a:\n  b: 1\nc: 2\n", "a.d", &json!(true), "a:\n  b: 1\n  d: true\nc: 2\n");
        sets(
            "a: {b: 1}\n",
            "a.c.d",
            &json!("x, y"),
            "a: {b: 1, c: {d: x, y}}\n".replace("x, y", "\"x, y\"").as_str(),
        );
        sets("a: {}\n", "a.b", &json!(1), "a: {b: 1}\n");
    }

    #[test]
    fn several_at_once() {
        let both = json!({"image": {"tag": "v2", "repository": "a"}, "secrets": ["p"], "more": {"x": 1}});
        sets(
            "c: 1\nimage:\n  tag: v1\n",
            "",
            &both,
            "c: 1\nimage:\n  tag: v2\n  repository: a\nmore:\n  x: 1\nsecrets:\n- p\n",
        );
        sets(
            "{c: 1, image: {}}\n",
            "",
            &both,
            "{c: 1, image: {repository: a, tag: v2}, more: {x: 1}, secrets: [p]}\n",
        );
        sets("", "", &both, "image:\n  repository: a\n  tag: v2\nmore:\n  x: 1\nsecrets:\n- p\n");
    }

    #[test]
    fn mappings_are_merged() {
        let labels = json!({"workload": "apps", "zone": "a"});
        sets(
            "sel:\n  zone: b\n  os: linux\n",
            "sel",
            &labels,
            "sel:\n  zone: a\n  os: linux\n  workload: apps\n",
        );
        sets("sel: {}\n", "sel", &labels, "sel: {workload: apps, zone: a}\n");
    }

    #[test]
    fn what_cannot_be_said_is_left() {
        assert_eq!(after("a: [1]\n", "a[3]", &json!(1)), None);
        assert_eq!(after("a: 1\n---\nb: 2\n", "a", &json!(1)), None);
        assert_eq!(after("a: [\n", "a", &json!(1)), None);
    }
}
