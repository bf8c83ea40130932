//! The subset of JSON schemas that providers enforce; what is outside is refused, as they do.

use serde_json::Value;

use crate::refusal::{Checked, Refusal, must};

/// Keywords that Anthropic's subset has.
const KEYWORDS: [&str; 17] = [
    "type",
    "enum",
    "const",
    "title",
    "description",
    "default",
    "anyOf",
    "allOf",
    "$ref",
    "$defs",
    "definitions",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "format",
    "minItems",
];
const FORMATS: [&str; 10] =
    ["date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"];

/// Checks a schema. `at` names it in messages; with `all_required` every property must be required, as OpenAI's strict mode demands.
pub(crate) fn check(schema: &Value, at: &str, all_required: bool) -> Checked {
    recursion(schema, schema, at, &mut Vec::new())?;
    node(schema, at, all_required)
}

fn recursion<'a>(root: &'a Value, value: &'a Value, at: &str, open: &mut Vec<&'a str>) -> Checked {
    match value {
        Value::Array(list) => list.iter().try_for_each(|item| recursion(root, item, at, open)),
        Value::Object(map) => map.iter().try_for_each(|(key, value)| match value.as_str() {
            Some(reference) if key == "$ref" => {
                must(!open.contains(&reference), || format!("{at}: Recursive schemas are not supported"))?;
                let found = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer));
                let found = found.ok_or_else(|| {
                    Refusal::invalid(format!("{at}: Only local references are supported: {reference}"))
                })?;
                open.push(reference);
                let checked = recursion(root, found, at, open);
                open.pop();
                checked
            }
            _ => recursion(root, value, at, open),
        }),
        _ => Ok(()),
    }
}

fn node(schema: &Value, at: &str, all_required: bool) -> Checked {
    let map =
        schema.as_object().ok_or_else(|| Refusal::invalid(format!("{at}: A schema must be an object")))?;
    for (key, value) in map {
        must(KEYWORDS.contains(&key.as_str()), || {
            format!(
                "{at}: For '{}' type, property '{key}' is not supported",
                map.get("type").unwrap_or(&Value::Null)
            )
        })?;
        match key.as_str() {
            "format" => must(value.as_str().is_some_and(|format| FORMATS.contains(&format)), || {
                format!("{at}: String format {value} is not supported")
            })?,
            "minItems" => must(!all_required && matches!(value.as_u64(), Some(0 | 1)), || {
                format!("{at}: For 'array' type, 'minItems' values other than 0 or 1 are not supported")
            })?,
            "anyOf" | "allOf" => {
                let list = value.as_array().filter(|list| !list.is_empty());
                let list = list.ok_or_else(|| Refusal::invalid(format!("{at}.{key}: must be a list")))?;
                list.iter().try_for_each(|item| node(item, at, all_required))?;
            }
            "properties" | "$defs" | "definitions" => {
                let named = value
                    .as_object()
                    .ok_or_else(|| Refusal::invalid(format!("{at}.{key}: must be an object")))?;
                named
                    .iter()
                    .try_for_each(|(name, item)| node(item, &format!("{at}.{name}"), all_required))?;
            }
            "items" => node(value, &format!("{at}.items"), all_required)?,
            _ => {}
        }
    }
    let says_something =
        ["type", "enum", "const", "anyOf", "allOf", "$ref"].iter().any(|key| map.contains_key(*key));
    must(says_something, || format!("{at}: Schema must have a 'type', 'anyOf', 'allOf' or '$ref'"))?;
    if map.get("type").is_some_and(|kind| kind == "object") {
        must(map.get("additionalProperties") == Some(&Value::Bool(false)), || {
            format!("{at}: For 'object' type, 'additionalProperties' must be explicitly set to false")
        })?;
        let named = map.get("properties").and_then(Value::as_object);
        let required: Vec<&Value> =
            map.get("required").and_then(Value::as_array).into_iter().flatten().collect();
        let known = |name: &&&Value| {
            named.is_some_and(|named| name.as_str().is_some_and(|name| named.contains_key(name)))
        };
        if let Some(name) = required.iter().find(|name| !known(name)) {
            return Err(Refusal::invalid(format!("{at}: required property {name} is not defined")));
        }
        if all_required {
            let missing =
                named.into_iter().flatten().find(|(name, _)| !required.iter().any(|key| *key == *name));
            must(missing.is_none(), || {
                format!(
                    "Invalid schema: In context={at}, 'required' is required to be supplied and to be an array including every key in properties."
                )
            })?;
        }
    }
    Ok(())
}
