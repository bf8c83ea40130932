//! Parameter sets: Go maps as the generators fill them, typed as Go has them (`map[string]string` is not
//! `map[string]any`), shared by reference, and with a note of where each value comes from.

use std::sync::Arc;

use seatrial_gotemplate::{Elem, List, Map, Str, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use crate::expansion::{ParamOrigin, Place};
use crate::gotypes::go_number;
use crate::names::go_float;

/// One parameter set of a generator.
#[derive(Clone)]
pub(crate) struct ParamSet {
    /// The map itself; sets that share maps in Go share them here. A nil map is an empty set.
    pub(crate) map: Map,
    /// Where its values come from.
    pub(crate) origins: Arc<Vec<ParamOrigin>>,
    /// The generator or element that made it.
    pub(crate) at: Path,
}

impl ParamSet {
    pub(crate) fn new(at: Path) -> Self {
        Self { map: Map::new(), origins: Arc::default(), at }
    }

    /// Sets a string; a fresh map takes any key.
    pub(crate) fn set(&self, key: &str, value: impl Into<Value>) {
        put(&self.map, key, value.into());
    }

    pub(crate) fn note(&mut self, key: impl Into<String>, place: Place) {
        Arc::make_mut(&mut self.origins).push(ParamOrigin { key: key.into(), place });
    }
}

/// Puts a value into a map that is not nil.
pub(crate) fn put(map: &Map, key: &str, value: Value) {
    // Only a nil map refuses, and this crate makes none that it writes to.
    let _ = map.insert(Str::from(key), value);
}

/// A string value.
pub(crate) fn text(value: &str) -> Value {
    Value::Str(Str::from(value))
}

/// `map[string]string`.
pub(crate) fn string_map<'a>(entries: impl IntoIterator<Item = (&'a String, &'a String)>) -> Value {
    let entries = entries.into_iter().map(|(k, v)| (Str::from(k.as_str()), text(v))).collect();
    Value::Map(Map::from_entries(Elem::Str, entries))
}

/// What `encoding/json` decodes into `any`: numbers are `float64`.
pub(crate) fn from_json(value: &Json) -> Value {
    match value {
        Json::Null => Value::Nil,
        Json::Bool(b) => Value::Bool(*b),
        Json::Number(n) => Value::Float(n.as_f64().unwrap_or_default()),
        Json::String(s) => text(s),
        Json::Array(items) => Value::List(List::new(items.iter().map(from_json).collect())),
        Json::Object(map) => {
            Value::Map(map.iter().map(|(k, v)| (Str::from(k.as_str()), from_json(v))).collect())
        }
    }
}

/// The map of a JSON object.
pub(crate) fn map_from_json(map: &serde_json::Map<String, Json>) -> Map {
    map.iter().map(|(k, v)| (Str::from(k.as_str()), from_json(v))).collect()
}

/// A parameter as JSON, for showing it.
pub(crate) fn to_json(value: &Value) -> Json {
    json_at(value, 0)
}

fn json_at(value: &Value, depth: usize) -> Json {
    if depth > 64 {
        return Json::Null;
    }
    match value {
        Value::Bool(b) => Json::Bool(*b),
        Value::Int(_, n) => Json::from(*n),
        Value::Uint(_, n) => Json::from(*n),
        Value::Float(n) => go_number(*n),
        Value::Str(s) => Json::String(s.to_text().into_owned()),
        Value::List(list) => Json::Array(list.items().iter().map(|v| json_at(v, depth + 1)).collect()),
        Value::Map(map) => Json::Object(
            map.read().iter().map(|(k, v)| (k.to_text().into_owned(), json_at(v, depth + 1))).collect(),
        ),
        Value::Object(object) => object.to_json().unwrap_or(Json::Null),
        _ => Json::Null,
    }
}

/// `%v`.
pub(crate) fn go_text(value: &Value) -> String {
    let mut out = String::new();
    print(value, &mut out, 0);
    out
}

fn print(value: &Value, out: &mut String, depth: usize) {
    match value {
        Value::Bool(b) => out.push_str(if *b { "true" } else { "false" }),
        Value::Int(_, n) => out.push_str(&n.to_string()),
        Value::Uint(_, n) => out.push_str(&n.to_string()),
        Value::Float(n) => out.push_str(&go_float(*n)),
        Value::Str(s) => out.push_str(&s.to_text()),
        Value::List(_) | Value::Map(_) if depth > 64 => out.push_str("..."),
        Value::List(list) => {
            out.push('[');
            for (i, item) in list.items().iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                print(item, out, depth + 1);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (i, (key, item)) in map.read().iter().enumerate() {
                if i > 0 {
                    out.push(' ');
                }
                out.push_str(&key.to_text());
                out.push(':');
                print(item, out, depth + 1);
            }
            out.push(']');
        }
        Value::Object(object) => match object.as_any().downcast_ref::<crate::generators::RawJson>() {
            Some(raw) => out.push_str(&raw.printed()),
            None => out.push_str(&object.text().map(|t| t.to_text().into_owned()).unwrap_or_default()),
        },
        _ => out.push_str("<nil>"),
    }
}

/// The copy that the matrix generator makes of a second child's reused parameters.
pub(crate) fn deep_copy(value: &Value) -> Value {
    match value {
        Value::Map(map) => Value::Map(deep_copy_map(map)),
        Value::List(list) if list.is_nil() => value.clone(),
        Value::List(list) => {
            Value::List(List::typed(list.elem(), list.items().iter().map(deep_copy).collect()))
        }
        other => other.clone(),
    }
}

/// A copy that shares nothing.
pub(crate) fn deep_copy_map(map: &Map) -> Map {
    if map.is_nil() {
        return map.clone();
    }
    let entries = map.read().iter().map(|(k, v)| (k.clone(), deep_copy(v))).collect();
    Map::from_entries(map.elem(), entries)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn printed_as_go_does() {
        let value = from_json(&json!({"b": [1, "x", null], "a": {"n": 1_000_000, "t": true}}));
        assert_eq!(go_text(&value), "map[a:map[n:1e+06 t:true] b:[1 x <nil>]]");
        assert_eq!(to_json(&value), json!({"b": [1, "x", null], "a": {"n": 1_000_000, "t": true}}));
    }
}
