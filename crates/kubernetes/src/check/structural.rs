//! Walking an object along the schema of its CustomResourceDefinition.

use regex::RegexBuilder;
use seatrial_yaml::Path;
use serde_json::{Map, Value};

use super::fields::check_metadata;
use super::issue::{IssueKind, SchemaIssue, is_whole, nearest, place, quote, quoted_list, type_name};
use crate::text;
use crate::version::Version;

/// How deep objects are followed.
const DEPTH: usize = 96;
/// How large a compiled pattern may be.
const PATTERN: usize = 1 << 20;

/// Checks an object against a schema; `null` is one that says nothing.
pub(super) fn check(version: Version, schema: &Value, object: &Value) -> Vec<SchemaIssue> {
    let mut walk = Walk { issues: Vec::new(), path: Path::root() };
    let Some(entries) = object.as_object() else {
        walk.wrong_type("object", object);
        return walk.issues;
    };
    // The API server knows these itself, whatever the schema says of them.
    let own = ["apiVersion", "kind", "metadata"];
    let judged: Map<String, Value> = entries
        .iter()
        .filter(|(key, _)| !own.contains(&key.as_str()) && *key != "status")
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if schema.is_object() {
        let required = strings(schema.get("required")).filter(|name| own.contains(name));
        walk.missing(schema, required, entries);
        walk.value(schema, &Value::Object(judged), true);
        walk.issues.retain(|issue| {
            let top = issue.path.len() == 1 && issue.kind == IssueKind::MissingField;
            !top || !issue.path.last_key().is_some_and(|key| own.contains(&key) && entries.contains_key(key))
        });
    }
    if let Some(metadata) = object.get("metadata") {
        walk.issues.extend(check_metadata(version, metadata));
    }
    walk.issues
}

struct Walk {
    issues: Vec<SchemaIssue>,
    path: Path,
}

impl Walk {
    fn issue(&mut self, kind: IssueKind, message: String) {
        self.issues.push(SchemaIssue { path: self.path.clone(), kind, message });
    }

    fn invalid(&mut self, value: &Value, what: &str) {
        let place = place(&self.path);
        let shown = shown(value);
        self.issue(
            IssueKind::InvalidValue,
            format!("{place}: Invalid value: {shown}: {place} in body {what}"),
        );
    }

    fn wrong_type(&mut self, expected: &'static str, value: &Value) {
        let (got, place) = (type_name(value), place(&self.path));
        let quoted = quote(got);
        let message =
            format!("{place}: Invalid value: {quoted}: {place} in body must be of type {expected}: {quoted}");
        self.issue(IssueKind::WrongType { expected, got }, message);
    }

    /// Checks a value; `closed` says whether fields that the schema does not have are told.
    fn value(&mut self, schema: &Value, value: &Value, closed: bool) {
        if self.path.len() > DEPTH {
            return;
        }
        let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        let int_or_text = flag("x-kubernetes-int-or-string");
        if value.is_null() {
            // What may not be null and has a default gets it; the rest is refused.
            if !flag("nullable") && schema.get("default").is_none() && schema.get("type").is_some() {
                let expected = expected(schema);
                self.wrong_type(expected, value);
            }
            return;
        }
        if !int_or_text && !fits(schema, value) {
            self.wrong_type(expected(schema), value);
            return;
        }
        if int_or_text && !matches!(type_name(value), "integer" | "string") {
            self.wrong_type("integer,string", value);
            return;
        }
        self.allowed(schema, value);
        match value {
            Value::String(text) => self.text(schema, text, value),
            Value::Number(number) => self.number(schema, number, value),
            Value::Array(items) => self.list(schema, items, value, closed),
            Value::Object(entries) => self.object(schema, entries, value, closed),
            _ => {}
        }
        self.junctors(schema, value);
        self.rules(schema);
    }

    /// Names the first rule in CEL that counts when an object is made; one of `oldSelf` counts when it changes.
    fn rules(&mut self, schema: &Value) {
        let rules = schema.get("x-kubernetes-validations").and_then(Value::as_array).into_iter().flatten();
        let counts = |rule: &&Value| {
            let text = rule.get("rule").and_then(Value::as_str).unwrap_or_default();
            let optional = rule.get("optionalOldSelf").and_then(Value::as_bool).unwrap_or(false);
            optional || !text.contains("oldSelf")
        };
        if let Some(rule) = rules.into_iter().find(counts) {
            let rule = rule.get("rule").and_then(Value::as_str).unwrap_or_default();
            let place = place(&self.path);
            let of = if place.is_empty() { "the object" } else { &place };
            let message = format!("the rule {} for {of}", quote(rule));
            self.issue(IssueKind::NotEvaluated, message);
        }
    }

    fn allowed(&mut self, schema: &Value, value: &Value) {
        let Some(allowed) = schema.get("enum").and_then(Value::as_array) else { return };
        if allowed.contains(value) {
            return;
        }
        let texts: Vec<String> =
            allowed.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
        let message = format!(
            "{}: Unsupported value: {}: supported values: {}",
            place(&self.path),
            shown(value),
            quoted_list(texts.iter().map(String::as_str))
        );
        self.issue(IssueKind::InvalidEnum { allowed: texts }, message);
    }

    fn text(&mut self, schema: &Value, text: &str, value: &Value) {
        let count = text.chars().count() as u64;
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        if let Some(max) = limit("maxLength").filter(|max| count > *max) {
            let (place, noun) = (place(&self.path), if max == 1 { "byte" } else { "bytes" });
            let message = format!("{place}: Too long: may not be more than {max} {noun}");
            self.issue(IssueKind::InvalidValue, message);
        }
        if let Some(min) = limit("minLength").filter(|min| count < *min) {
            self.invalid(value, &format!("should be at least {min} chars long"));
        }
        if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
            let compiled = RegexBuilder::new(pattern).size_limit(PATTERN).build();
            if compiled.is_ok_and(|regex| !regex.is_match(text)) {
                self.invalid(value, &format!("should match '{pattern}'"));
            }
        }
        let format = schema.get("format").and_then(Value::as_str).unwrap_or_default();
        let broken = match format {
            "date-time" => !text::is_time(text),
            "byte" => text::illegal_base64(text).is_some(),
            _ => false,
        };
        if broken {
            self.invalid(value, &format!("must be of type {format}: {}", quote(text)));
        }
    }

    fn number(&mut self, schema: &Value, number: &serde_json::Number, value: &Value) {
        let Some(amount) = number.as_f64() else { return };
        let limit = |key: &str| schema.get(key).filter(|v| v.is_number());
        let exclusive = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        if let Some(max) = limit("maximum") {
            let (bound, exclusive) = (max.as_f64().unwrap_or(f64::MAX), exclusive("exclusiveMaximum"));
            if amount > bound || exclusive && amount >= bound {
                let words = if exclusive { "less than" } else { "less than or equal to" };
                self.invalid(value, &format!("should be {words} {max}"));
            }
        }
        if let Some(min) = limit("minimum") {
            let (bound, exclusive) = (min.as_f64().unwrap_or(f64::MIN), exclusive("exclusiveMinimum"));
            if amount < bound || exclusive && amount <= bound {
                let words = if exclusive { "greater than" } else { "greater than or equal to" };
                self.invalid(value, &format!("should be {words} {min}"));
            }
        }
        if let Some(step) = limit("multipleOf").and_then(Value::as_f64).filter(|step| *step > 0.0)
            && (amount / step).fract() != 0.0
        {
            self.invalid(value, &format!("should be a multiple of {step}"));
        }
    }

    fn list(&mut self, schema: &Value, items: &[Value], value: &Value, closed: bool) {
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        if let Some(max) = limit("maxItems").filter(|max| count > *max) {
            let message = format!("{}: Too many: {count}: must have at most {max} items", place(&self.path));
            self.issue(IssueKind::InvalidValue, message);
        }
        if let Some(min) = limit("minItems").filter(|min| count < *min) {
            self.invalid(value, &format!("should have at least {min} items"));
        }
        self.twice(schema, items);
        let Some(each) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.path.push(index);
            self.value(each, item, closed);
            self.path.pop();
        }
    }

    /// Items of a set or map that are there twice.
    fn twice(&mut self, schema: &Value, items: &[Value]) {
        let of_map: Vec<&str> = strings(schema.get("x-kubernetes-list-map-keys")).collect();
        let kind = schema.get("x-kubernetes-list-type").and_then(Value::as_str).unwrap_or_default();
        let key = |item: &Value| -> Option<String> {
            match kind {
                "set" => Some(item.to_string()),
                "map" => {
                    let part = |name: &&str| {
                        let default = || schema.pointer(&format!("/items/properties/{name}/default"));
                        Some((name.to_string(), item.get(*name).or_else(default)?.clone()))
                    };
                    let parts: Map<String, Value> = of_map.iter().filter_map(part).collect();
                    Some(Value::Object(parts).to_string())
                }
                _ => None,
            }
        };
        let mut seen = std::collections::BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let Some(key) = key(item) else { return };
            if seen.contains(&key) {
                self.path.push(index);
                let message = format!("{}: Duplicate value: {key}", place(&self.path));
                self.issue(IssueKind::InvalidValue, message);
                self.path.pop();
            }
            seen.insert(key);
        }
    }

    fn missing<'n>(
        &mut self,
        schema: &Value,
        required: impl Iterator<Item = &'n str>,
        entries: &Map<String, Value>,
    ) {
        for name in required {
            let default = schema.get("properties").and_then(|p| p.get(name)).and_then(|p| p.get("default"));
            if !entries.contains_key(name) && default.is_none() {
                self.path.push(name);
                let message = format!("{}: Required value", place(&self.path));
                self.issue(IssueKind::MissingField, message);
                self.path.pop();
            }
        }
    }

    fn object(&mut self, schema: &Value, entries: &Map<String, Value>, value: &Value, closed: bool) {
        let flag = |key: &str| schema.get(key).and_then(Value::as_bool).unwrap_or(false);
        self.missing(schema, strings(schema.get("required")), entries);
        let limit = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = entries.len() as u64;
        if let Some(max) = limit("maxProperties").filter(|max| count > *max) {
            let message = format!("{}: Too many: {count}: must have at most {max} items", place(&self.path));
            self.issue(IssueKind::InvalidValue, message);
        }
        if let Some(min) = limit("minProperties").filter(|min| count < *min) {
            self.invalid(value, &format!("should have at least {min} properties"));
        }
        let embedded = flag("x-kubernetes-embedded-resource");
        let closed = closed && !flag("x-kubernetes-preserve-unknown-fields");
        let properties = schema.get("properties").and_then(Value::as_object);
        let others = schema.get("additionalProperties");
        for (key, value) in entries {
            let known = properties.and_then(|properties| properties.get(key));
            self.path.push(key.as_str());
            match (known, others) {
                (Some(schema), _) => self.value(schema, value, closed),
                (None, Some(schema)) if schema.is_object() => self.value(schema, value, closed),
                (None, Some(Value::Bool(true))) => {}
                // A resource inside a resource has these of itself.
                (None, _) if embedded && ["apiVersion", "kind", "metadata"].contains(&key.as_str()) => {}
                (None, _) if closed && is_structured(schema) => {
                    let names = properties.into_iter().flat_map(Map::keys).map(String::as_str);
                    let nearest = nearest(key, names);
                    let message = format!("unknown field {}", quote(&place(&self.path)));
                    let kind = IssueKind::UnknownField { nearest, introduced: None, removed: None };
                    self.issue(kind, message);
                }
                (None, _) => {}
            }
            self.path.pop();
        }
    }

    /// `allOf`, `anyOf`, `oneOf`, `not`.
    fn junctors(&mut self, schema: &Value, value: &Value) {
        let list =
            |key: &str| schema.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for part in list("allOf") {
            self.value(part, value, false);
        }
        // What `x-kubernetes-int-or-string` stands for is written out as well in many definitions.
        let any = list("anyOf");
        if !any.is_empty() && !any.iter().any(|part| self.holds(part, value)) {
            self.invalid(value, "must validate at least one schema (anyOf)");
        }
        let one = list("oneOf");
        if !one.is_empty() && one.iter().filter(|part| self.holds(part, value)).count() != 1 {
            self.invalid(value, "must validate one and only one schema (oneOf)");
        }
        if schema.get("not").is_some_and(|part| self.holds(part, value)) {
            self.invalid(value, "must not validate the schema (not)");
        }
    }

    /// Whether a value has no issues under a part of a schema.
    fn holds(&self, schema: &Value, value: &Value) -> bool {
        let mut inner = Self { issues: Vec::new(), path: self.path.clone() };
        inner.value(schema, value, false);
        inner.issues.iter().all(|issue| issue.kind == IssueKind::NotEvaluated)
    }
}

/// Whether a schema says which fields an object has: one that says nothing of them prunes all, which nobody means.
fn is_structured(schema: &Value) -> bool {
    schema.get("properties").is_some() || schema.get("type").and_then(Value::as_str) == Some("object")
}

/// The type a schema asks for.
fn expected(schema: &Value) -> &'static str {
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => "string",
        Some("integer") => "integer",
        Some("number") => "number",
        Some("boolean") => "boolean",
        Some("array") => "array",
        _ => "object",
    }
}

/// Whether a value is of the type that a schema asks for.
fn fits(schema: &Value, value: &Value) -> bool {
    let Some(ty) = schema.get("type").and_then(Value::as_str) else { return true };
    match (ty, value) {
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("number", Value::Number(_))
        | ("array", Value::Array(_))
        | ("object", Value::Object(_)) => true,
        ("integer", Value::Number(number)) => is_whole(number),
        _ => false,
    }
}

/// A value as errors show it: texts quoted, lists and objects by their type.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        Value::Array(_) | Value::Object(_) => quote(type_name(value)),
        other => other.to_string(),
    }
}

fn strings(list: Option<&Value>) -> impl Iterator<Item = &str> {
    list.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}
