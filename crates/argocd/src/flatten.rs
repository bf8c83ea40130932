//! `jeremywohl/flatten` in its dot style: nested parameters as one flat map of texts.

use std::collections::BTreeMap;

use seatrial_gotemplate::{Elem, Map, Value};

use crate::params::go_text;

/// Flattens a parameter set: `a.b` for maps, `a.0` for lists, every leaf as `%v` prints it; empty maps and lists vanish.
///
/// `strings_too` also descends into `map[string]string` (not below lists), as selectors see parameters.
pub(crate) fn flatten(map: &Map, strings_too: bool) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    descend_map(map, "", strings_too, &mut out, 0);
    out
}

fn descend_map(map: &Map, prefix: &str, strings_too: bool, out: &mut BTreeMap<String, String>, depth: usize) {
    for (key, value) in map.read().iter() {
        assign(value, join(prefix, &key.to_text(), depth), strings_too, out, depth);
    }
}

fn join(prefix: &str, key: &str, depth: usize) -> String {
    if depth == 0 { key.to_owned() } else { format!("{prefix}.{key}") }
}

fn assign(value: &Value, key: String, strings_too: bool, out: &mut BTreeMap<String, String>, depth: usize) {
    match value {
        _ if depth > 64 => {}
        Value::Map(map) if map.elem() == Elem::Any || (strings_too && map.elem() == Elem::Str) => {
            descend_map(map, &key, strings_too, out, depth + 1);
        }
        Value::List(list) if list.elem() == Elem::Any => {
            for (index, item) in list.items().iter().enumerate() {
                assign(item, join(&key, &index.to_string(), depth + 1), false, out, depth + 1);
            }
        }
        leaf => {
            out.insert(key, go_text(leaf));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::map_from_json;
    use serde_json::json;

    #[test]
    fn dot_style() {
        let value = json!({"a": {"b": 1, "c": [true, {"d": null}]}, "e": {}, "f": [], "g": 1_000_000});
        let flat = flatten(&map_from_json(value.as_object().unwrap()), true);
        let want = [("a.b", "1"), ("a.c.0", "true"), ("a.c.1.d", "<nil>"), ("g", "1e+06")];
        assert_eq!(flat.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect::<Vec<_>>(), want);
    }
}
