//! What must hold for any text and any value.

use proptest::prelude::*;
use seatrial_yaml::edit::{self, Position};
use seatrial_yaml::{Kind, Node, Path, gojson, goyaml, parse};
use serde_json::{Value, json};

/// Pieces that make texts look like YAML often enough to get far into it.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => prop::sample::select(vec![
            "a: ", "b:\n", "  ", "    ", "- ", "\n", "\n", "\n  ", "x", "1", "0777", "on", "~", "'q'", "\"d\"", "# c\n", "|\n", ">-\n", "|+\n",
            "[", "]", "{", "}", ", ", ": ", "? ", "&a ", "*a", "!!str ", "!x ", "<<: *a\n", "---\n", "...\n", "{{ .x }}", "{{- if y }}\n",
            "{{ end }}", "{{", "}}", "${{ z }}", "\t", "\r\n", "\u{85}", "\u{2028}", "é", "😀", "\u{feff}", "\"", "'", "\\", "`", "@", "%YAML 1.1\n",
            "key: value\n", "list:\n- a\n- b\n", "m: {a: 1, b: [1, 2]}\n", "t: |\n  line\n\n  more\n",
        ]).prop_map(str::to_owned),
        1 => ".{0,4}",
        1 => any::<char>().prop_map(String::from),
    ]
}

fn text() -> impl Strategy<Value = String> {
    prop::collection::vec(piece(), 0..40).prop_map(|pieces| pieces.concat())
}

fn string() -> impl Strategy<Value = String> {
    let any = prop_oneof![
        4 => prop::sample::select(vec![
            "", "a", "b c", "it's", "\"q\"", "a: b", "#x", "a #b", "- x", "-", "?", "{{ .x }}", "[a]", "a,b", "true", "on", "1", "0777", "1:30", "~",
            "line\n", "one\ntwo\n", "\nlead", " space ", "tab\t", "é😀", "\u{2028}", "2024-01-01", "*a", "&a", "!x", "%y", "@z", "`", "|", ">", "a:", ":a", "---", "a\\b",
        ]).prop_map(str::to_owned),
        2 => "[ -~]{0,20}",
        1 => "[a-z \n:#'\"]{0,20}",
    ];
    // go-yaml writes this key without quotes and cannot read it back.
    any.prop_filter("a merge key", |text| text != "<<")
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-1e6..1e6f64).prop_map(|number| json!((number * 8.0).round() / 8.0 + 0.0625)),
        string().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(string(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A mapping at the top, as edits need one.
fn object() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-z]{2,6}", value(), 1..5)
        .prop_map(|map| Value::Object(map.into_iter().collect()))
}

fn nodes<'t>(root: Node<'t>, out: &mut Vec<Node<'t>>) {
    out.push(root);
    for child in root.children() {
        nodes(child, out);
    }
}

fn check_spans(node: Node<'_>, text: &str) {
    let outer = node.outer_span();
    assert!(outer.start <= outer.end && outer.end <= text.len(), "{node:?}");
    assert!(text.get(outer.clone()).is_some() && text.get(node.span()).is_some(), "{node:?}");
    let mut last = outer.start;
    for child in node.children() {
        let span = child.outer_span();
        assert!(last <= span.start && span.end <= outer.end, "{child:?} in {node:?} of {text:?}");
        last = span.end;
        assert_eq!(child.parent(), Some(node));
        check_spans(child, text);
    }
    if let Some(decoded) = node.decoded() {
        assert_eq!(Some(decoded.text()), node.as_str().as_deref());
        for offset in 0..=decoded.text().len() {
            assert!(decoded.source_offset(offset) <= text.len());
        }
    }
}

/// The value with `new` put at `path`.
fn with(root: &Value, path: &Path, new: Value) -> Value {
    let mut out = root.clone();
    *out.pointer_mut(&path.to_pointer()).unwrap() = new;
    out
}

/// Compares as sigs.k8s.io/yaml does: floats that are whole are integers.
fn same(text: &str, expected: &Value) -> bool {
    match goyaml::to_json(text) {
        Ok(got) => got == *expected,
        Err(_) => false,
    }
}

/// Several ways of writing the same value.
fn written(value: &Value, style: u8) -> String {
    let yaml = goyaml::to_yaml(value).unwrap();
    match style % 4 {
        0 => yaml,
        1 => format!("# head\n---\n{yaml}"),
        2 => yaml.replace('\n', "\r\n").replace("\r\n", "\n"),
        _ => gojson::to_string(value) + "\n",
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parse_never_fails_and_spans_nest(text in text()) {
        let tree = parse(text.as_str());
        for document in tree.documents() {
            check_spans(document.root(), &text);
            let _ = document.root().to_json();
        }
        for error in tree.errors() {
            prop_assert!(text.get(error.span()).is_some());
        }
        for hole in tree.holes() {
            prop_assert!(text.get(hole.span()).is_some() && text.get(hole.inner()).is_some());
        }
    }

    #[test]
    fn what_go_yaml_accepts_is_read_the_same(text in text()) {
        // Of the whole text: `to_json` does not look at what stands behind the first document.
        if goyaml::check(&text).is_none() {
            let tree = parse(text.as_str());
            prop_assert!(tree.errors().is_empty(), "{:?}", tree.errors());
            prop_assert_eq!(tree.root().map_or(Value::Null, Node::to_json), goyaml::to_json(&text).unwrap());
        }
    }

    #[test]
    fn what_is_written_is_read_back(value in value()) {
        let yaml = goyaml::to_yaml(&value).unwrap();
        prop_assert_eq!(goyaml::to_json(&yaml).unwrap(), value.clone(), "{}", yaml);
        let tree = parse(yaml.as_str());
        prop_assert_eq!(tree.root().map_or(Value::Null, Node::to_json), value);
    }

    #[test]
    fn set_and_replace_change_exactly_one_value(object in object(), new in value(), style in any::<u8>(), pick in any::<prop::sample::Index>(), whole in any::<bool>()) {
        let text = written(&object, style);
        let tree = parse(text.as_str());
        let mut all = Vec::new();
        nodes(tree.root().unwrap(), &mut all);
        let values: Vec<Node<'_>> = all.into_iter().filter(|node| !node.is_key() && node.parent().is_some()).collect();
        if values.is_empty() {
            return Ok(());
        }
        let node = values[pick.index(values.len())];
        let expected = with(&object, &node.path(), new.clone());
        let replacement = if whole { edit::replace_value(node, &new) } else { edit::set_scalar(node, &new) };
        if let Some(replacement) = replacement {
            let changed = edit::apply(&text, &replacement);
            prop_assert!(same(&changed, &expected), "{:?}\n{}\n=>\n{}", node, text, changed);
        }
    }

    #[test]
    fn entries_come_and_go(object in object(), key in string(), new in value(), style in any::<u8>(), pick in any::<prop::sample::Index>(), place in 0..3u8) {
        let text = written(&object, style);
        let tree = parse(text.as_str());
        let mut all = Vec::new();
        nodes(tree.root().unwrap(), &mut all);
        let collections: Vec<Node<'_>> = all.into_iter().filter(|node| matches!(node.kind(), Kind::Mapping | Kind::Sequence)).collect();
        prop_assert!(!collections.is_empty(), "{text} {:?}", tree.errors());
        let node = collections[pick.index(collections.len())];
        let position = match place { 0 => Position::First, 1 => Position::Last, _ => Position::At(1) };
        let mut expected = object.clone();
        let target = expected.pointer_mut(&node.path().to_pointer()).unwrap();
        let replacement = match target {
            Value::Object(map) => {
                if map.contains_key(&key) {
                    return Ok(());
                }
                map.insert(key.clone(), new.clone());
                edit::insert_entry(node, &key, &new, &position)
            }
            Value::Array(items) => {
                let at = match position { Position::First => 0, Position::Last => items.len(), _ => 1.min(items.len()) };
                items.insert(at, new.clone());
                edit::insert_item(node, &new, &position)
            }
            _ => unreachable!(),
        };
        if let Some(replacement) = replacement {
            let changed = edit::apply(&text, &replacement);
            prop_assert!(same(&changed, &expected), "{:?} {:?} {:?}\n{}\n=>\n{}", node, position, key, text, changed);
        }
        // And away again.
        let mut expected = object.clone();
        let target = expected.pointer_mut(&node.path().to_pointer()).unwrap();
        let replacement = match target {
            Value::Object(map) => {
                let entries: Vec<_> = node.entries().collect();
                if entries.is_empty() {
                    return Ok(());
                }
                let entry = entries[pick.index(entries.len())];
                map.remove(&*entry.key.key_text().unwrap());
                edit::remove_entry(entry)
            }
            Value::Array(items) => {
                if items.is_empty() {
                    return Ok(());
                }
                let at = pick.index(items.len());
                items.remove(at);
                edit::remove_item(node.index(at).unwrap())
            }
            _ => unreachable!(),
        };
        if let Some(replacement) = replacement {
            let changed = edit::apply(&text, &replacement);
            prop_assert!(same(&changed, &expected), "remove {:?}\n{}\n=>\n{}", node, text, changed);
        }
    }
}
