//! JSON schemas reduced to what providers enforce.

use serde_json::{Map, Value, json};

/// How deep a schema may be nested.
const MAX_DEPTH: usize = 64;
/// The formats of strings that are enforced.
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Which subset.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Subset {
    /// Anthropic's: every object is closed.
    Closed,
    /// OpenAI's strict one: every object is closed and every property required; those that were not may be null.
    AllRequired,
}

/// The schema in a subset, or `None` if its meaning would be lost: it is recursive, refers elsewhere, or has objects whose properties
/// it does not name. Keywords that are not enforced (bounds, lengths, patterns) move into descriptions, where the model reads them.
pub(crate) fn reduced(schema: &Value, subset: Subset) -> Option<Value> {
    if !schema.is_object() || is_recursive(schema, schema, &mut Seen::default(), MAX_DEPTH) {
        return None;
    }
    node(schema, subset, MAX_DEPTH)
}

/// What a local reference names.
fn target<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// References that a walk has met.
#[derive(Default)]
struct Seen<'a> {
    /// Those whose definitions it is in.
    open: Vec<&'a str>,
    /// Those whose definitions it has been through, so that it is no longer than the schema.
    done: Vec<&'a str>,
}

/// Whether a schema contains itself, is too deep, or refers to what is not there.
fn is_recursive<'a>(root: &'a Value, at: &'a Value, seen: &mut Seen<'a>, depth: usize) -> bool {
    let Some(depth) = depth.checked_sub(1) else { return true };
    match at {
        Value::Array(items) => items.iter().any(|item| is_recursive(root, item, seen, depth)),
        Value::Object(map) => map.iter().any(|(key, value)| match value.as_str() {
            Some(reference) if key == "$ref" && seen.done.contains(&reference) => false,
            Some(reference) if key == "$ref" => {
                let Some(found) = target(root, reference).filter(|_| !seen.open.contains(&reference)) else {
                    return true;
                };
                seen.open.push(reference);
                let recursive = is_recursive(root, found, seen, depth);
                seen.done.extend(seen.open.pop());
                recursive
            }
            _ => is_recursive(root, value, seen, depth),
        }),
        _ => false,
    }
}

fn node(schema: &Value, subset: Subset, depth: usize) -> Option<Value> {
    let depth = depth.checked_sub(1)?;
    let map = match schema {
        // Anything at all cannot be enforced.
        Value::Object(map) if !map.is_empty() => map,
        _ => return None,
    };
    let each = |list: &Value| -> Option<Value> {
        list.as_array()?
            .iter()
            .map(|item| node(item, subset, depth))
            .collect::<Option<Vec<_>>>()
            .map(Value::Array)
    };
    let named = |map: &Value| -> Option<Map<String, Value>> {
        map.as_object()?.iter().map(|(key, value)| Some((key.clone(), node(value, subset, depth)?))).collect()
    };
    let (mut out, mut said) = (Map::new(), Vec::new());
    if let Some(reference) = map.get("$ref") {
        // Nothing but definitions may stand beside a reference.
        out.insert("$ref".to_owned(), reference.clone());
        for key in ["$defs", "definitions"] {
            if let Some(value) = map.get(key) {
                out.insert(key.to_owned(), Value::Object(named(value)?));
            }
        }
        return Some(Value::Object(out));
    }
    for (key, value) in map {
        match key.as_str() {
            "type" | "enum" | "const" | "title" | "description" => {
                out.insert(key.clone(), value.clone());
            }
            "anyOf" | "oneOf" => {
                out.insert("anyOf".to_owned(), each(value)?);
            }
            "allOf" => {
                out.insert(key.clone(), each(value)?);
            }
            "$defs" | "definitions" => {
                out.insert(key.clone(), Value::Object(named(value)?));
            }
            "items" => {
                out.insert(key.clone(), node(value, subset, depth)?);
            }
            "format" if value.as_str().is_some_and(|format| FORMATS.contains(&format)) => {
                out.insert(key.clone(), value.clone());
            }
            "minItems" if matches!(value.as_u64(), Some(0 | 1)) && subset == Subset::Closed => {
                out.insert(key.clone(), value.clone());
            }
            "properties" | "required" | "additionalProperties" | "$schema" | "$id" | "$comment" => {}
            _ => said.push(format!("{key}: {value}")),
        }
    }
    if map.get("type").is_some_and(is_object) || map.contains_key("properties") {
        object(map, named(map.get("properties")?)?, subset, &mut out)?;
    } else if map.get("type") == Some(&json!("array")) && !map.contains_key("items") {
        return None;
    }
    if !said.is_empty() {
        let told = out.get("description").and_then(Value::as_str).unwrap_or_default();
        let gap = if told.is_empty() { "" } else { " " };
        out.insert("description".to_owned(), Value::String(format!("{told}{gap}({})", said.join(", "))));
    }
    Some(Value::Object(out))
}

/// Whether a `type` includes objects.
fn is_object(of: &Value) -> bool {
    of == "object" || of.as_array().is_some_and(|types| types.contains(&json!("object")))
}

/// Closes an object.
fn object(
    map: &Map<String, Value>,
    mut properties: Map<String, Value>,
    subset: Subset,
    out: &mut Map<String, Value>,
) -> Option<()> {
    let open = map.get("additionalProperties").is_some_and(|more| *more != Value::Bool(false));
    if open {
        return None;
    }
    let mut required: Vec<&str> = map
        .get("required")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if subset == Subset::AllRequired {
        for (name, property) in &mut properties {
            if !required.contains(&name.as_str()) {
                *property = json!({ "anyOf": [property.take(), { "type": "null" }] });
            }
        }
        required = properties.keys().map(String::as_str).collect();
    } else {
        required.retain(|name| properties.contains_key(*name));
    }
    out.insert("required".to_owned(), json!(required));
    out.insert("additionalProperties".to_owned(), Value::Bool(false));
    out.insert("properties".to_owned(), Value::Object(properties));
    Some(())
}

/// The schema as a demand in words, for servers that enforce none.
pub(crate) fn in_words(schema: &Value) -> String {
    format!(
        "Answer with one JSON value and nothing else: no prose, no code fence. It must be valid by this JSON schema:\n{schema}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_enforced_is_told() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "required": ["files", "gone"],
            "properties": {
                "files": { "type": "array", "minItems": 2, "items": { "$ref": "#/$defs/file" } },
                "count": { "type": "integer", "minimum": 1, "description": "How many." },
                "either": { "oneOf": [{ "type": "string", "format": "uri" }, { "type": "string", "format": "path" }] },
            },
            "$defs": { "file": { "type": "object", "properties": { "path": { "type": "string", "minLength": 1 } } } },
        });
        assert_eq!(
            reduced(&schema, Subset::Closed),
            Some(json!({
                "type": "object",
                "additionalProperties": false,
                "required": ["files"],
                "properties": {
                    "files": { "type": "array", "description": "(minItems: 2)", "items": { "$ref": "#/$defs/file" } },
                    "count": { "type": "integer", "description": "How many. (minimum: 1)" },
                    "either": { "anyOf": [
                        { "type": "string", "format": "uri" },
                        { "type": "string", "description": "(format: \"path\")" },
                    ] },
                },
                "$defs": { "file": {
                    "type": "object", "additionalProperties": false, "required": [],
                    "properties": { "path": { "type": "string", "description": "(minLength: 1)" } },
                } },
            }))
        );
        let strict = reduced(&schema, Subset::AllRequired).unwrap();
        assert_eq!(strict["required"], json!(["count", "either", "files"]));
        assert_eq!(strict["properties"]["count"]["anyOf"][1], json!({ "type": "null" }));
        assert_eq!(strict["properties"]["files"]["type"], "array");
    }

    #[test]
    fn what_would_lose_its_meaning_is_left_alone() {
        for schema in [
            json!({ "type": "object" }),
            json!({ "type": "object", "properties": {}, "additionalProperties": { "type": "string" } }),
            json!({ "type": "object", "properties": { "any": {} } }),
            json!({ "type": "object", "properties": { "self": { "$ref": "#" } } }),
            json!({ "type": "object", "properties": { "far": { "$ref": "https://example.org/a" } } }),
            json!({ "type": "array" }),
            json!(true),
        ] {
            assert_eq!(reduced(&schema, Subset::Closed), None, "{schema}");
        }
        let chain: Map<String, Value> = (0..15)
            .map(|at| {
                let next = json!({ "$ref": format!("#/$defs/d{}", at + 1) });
                (format!("d{at}"), json!({ "anyOf": [next, next, next] }))
            })
            .chain([("d15".to_owned(), json!({ "type": "null" }))])
            .collect();
        assert!(reduced(&json!({ "$ref": "#/$defs/d0", "$defs": chain }), Subset::Closed).is_some());
        let mut deep = json!({ "type": "string" });
        for _ in 0..100 {
            deep = json!({ "type": "array", "items": deep });
        }
        assert_eq!(reduced(&deep, Subset::Closed), None);
    }
}
