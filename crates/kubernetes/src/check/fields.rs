//! Walking an object of Kubernetes' own along its definition.

use std::collections::BTreeSet;

use seatrial_yaml::Path;
use serde_json::{Map, Value};

use super::issue::{IssueKind, SchemaIssue, is_whole, nearest, place, quote, quoted_list, type_name};
use crate::data::{Definition, Type, schemas};
use crate::text;
use crate::version::Version;

/// How deep objects are followed; no definition is that deep, save those that contain themselves.
const DEPTH: usize = 96;

/// Checks an object against the definition of its kind.
pub(super) fn check(version: Version, definition: usize, object: &Value) -> Vec<SchemaIssue> {
    let mut walk = Walk::new(version);
    let definition = schemas().definition(definition);
    match object {
        Value::Object(entries) => walk.object(definition, entries),
        other => walk.wrong_type(definition.name, "object", definition.name, other),
    }
    walk.issues
}

/// Checks `metadata`, which all kinds have alike.
pub(super) fn check_metadata(version: Version, metadata: &Value) -> Vec<SchemaIssue> {
    let mut walk = Walk::new(version);
    let kind = schemas().kinds.iter().find(|row| row.kind == "ConfigMap").map(|row| row.definition);
    let field = kind.and_then(|number| schemas().definition(number).field("metadata", version));
    if let Some(field) = field {
        walk.path.push("metadata");
        walk.fields.push(field.name);
        walk.value(&field.ty, metadata, "");
    }
    walk.issues
}

struct Walk {
    version: Version,
    issues: Vec<SchemaIssue>,
    path: Path,
    /// The fields on the way here, without indices and keys of maps.
    fields: Vec<&'static str>,
}

impl Walk {
    fn new(version: Version) -> Self {
        Self { version, issues: Vec::new(), path: Path::root(), fields: Vec::new() }
    }

    fn issue(&mut self, kind: IssueKind, message: String) {
        self.issues.push(SchemaIssue { path: self.path.clone(), kind, message });
    }

    fn object(&mut self, definition: &'static Definition, entries: &Map<String, Value>) {
        if self.path.len() > DEPTH {
            return;
        }
        let version = self.version;
        let given = |name: &str| entries.get(name).is_some_and(|value| !is_empty(value));
        for field in &definition.fields {
            if field.releases.has(version) && field.required.has(version) && !given(field.name) {
                self.path.push(field.name);
                let message = format!("{}: Required value", place(&self.path));
                self.issue(IssueKind::MissingField, message);
                self.path.pop();
            }
        }
        for (key, value) in entries {
            // What the cluster writes is not the author's.
            if self.path.is_empty() && key == "status" {
                continue;
            }
            self.path.push(key.as_str());
            match definition.field(key, version) {
                Some(field) => {
                    let before = self.fields.len();
                    self.fields.extend(embedded(definition.name, field.name));
                    self.fields.push(field.name);
                    self.value(&field.ty, value, definition.name);
                    self.fields.truncate(before);
                }
                None => self.unknown(definition, key),
            }
            self.path.pop();
        }
    }

    fn unknown(&mut self, definition: &Definition, key: &str) {
        let version = self.version;
        let first = definition.named(key).filter_map(|field| field.releases.first()).min();
        let last = definition.named(key).filter_map(|field| field.releases.last()).max();
        let introduced = first.filter(|first| *first > version);
        let removed = last.filter(|last| *last < version).map(Version::next);
        let now =
            definition.fields.iter().filter(|field| field.releases.has(version)).map(|field| field.name);
        let nearest = if first.is_none() { nearest(key, now) } else { None };
        let message = format!("unknown field {}", quote(&place(&self.path)));
        self.issue(IssueKind::UnknownField { nearest, introduced, removed }, message);
    }

    /// Checks a value; `owner` is the Go type whose field it is in.
    fn value(&mut self, ty: &'static Type, value: &Value, owner: &str) {
        match (ty, value) {
            // The decoder leaves a field alone that is null.
            (_, Value::Null)
            | (Type::Any, _)
            // Bytes may be given one by one.
            | (Type::Bytes, Value::Array(_))
            | (Type::Open, Value::Object(_))
            | (Type::Text | Type::IntOrText, Value::String(_))
            | (Type::Boolean, Value::Bool(_))
            | (Type::Number, Value::Number(_)) => {}
            (Type::Enum(number), Value::String(text)) => self.allowed(*number, text),
            (Type::Quantity, Value::String(text)) => self.quantity(text),
            (Type::Quantity, Value::Number(_)) => {}
            (Type::Time, Value::String(text)) => {
                if !text::is_time(text) {
                    let message = format!("parsing time {} as \"2006-01-02T15:04:05Z07:00\"", quote(text));
                    self.issue(IssueKind::InvalidValue, message);
                }
            }
            (Type::Bytes, Value::String(text)) => {
                if let Some(byte) = text::illegal_base64(text) {
                    self.issue(IssueKind::InvalidValue, format!("illegal base64 data at input byte {byte}"));
                }
            }
            (Type::Int32 | Type::IntOrText, Value::Number(number)) => {
                self.integer(number, i32::MIN.into(), i32::MAX.into(), "int32", owner)
            }
            (Type::Int64, Value::Number(number)) => self.integer(number, i64::MIN, i64::MAX, "int64", owner),
            (Type::Object(number), Value::Object(entries)) => {
                self.object(schemas().definition(*number), entries)
            }
            (Type::List { item, keys }, Value::Array(items)) => {
                self.duplicates(keys, items);
                for (index, value) in items.iter().enumerate() {
                    self.path.push(index);
                    self.value(item, value, owner);
                    self.path.pop();
                }
            }
            (Type::Map(values), Value::Object(entries)) => {
                for (key, value) in entries {
                    self.path.push(key.as_str());
                    self.value(values, value, owner);
                    self.path.pop();
                }
            }
            (ty, value) => self.wrong_type(owner, json_type(ty), &go_type(ty), value),
        }
    }

    fn duplicates(&mut self, keys: &[&str], items: &[Value]) {
        if keys.is_empty() || items.len() < 2 {
            return;
        }
        let mut seen = BTreeSet::new();
        for (index, item) in items.iter().enumerate() {
            let shown: Vec<String> = keys
                .iter()
                .filter_map(|key| Some(format!("{key}={}", item.get(*key).filter(|v| !v.is_null())?)))
                .collect();
            let shown = shown.join(",");
            if !shown.is_empty() && !seen.insert(shown.clone()) {
                let message = format!(".{}: duplicate entries for key [{shown}]", place(&self.path));
                self.path.push(index);
                self.issue(IssueKind::Duplicate, message);
                self.path.pop();
            }
        }
    }

    fn integer(&mut self, number: &serde_json::Number, min: i64, max: i64, go: &str, owner: &str) {
        let fits = match number.as_i64() {
            Some(whole) => (min..=max).contains(&whole),
            None => is_whole(number) && number.as_f64().is_some_and(|f| f >= min as f64 && f <= max as f64),
        };
        if !fits {
            let message = format!(
                "json: cannot unmarshal number {number} into Go struct field {} of type {go}",
                self.decoder_field(owner)
            );
            let kind = if is_whole(number) {
                IssueKind::InvalidValue
            } else {
                IssueKind::WrongType { expected: "integer", got: "number" }
            };
            self.issue(kind, message);
        }
    }

    fn quantity(&mut self, text: &str) {
        if !text::is_quantity(text) {
            let message = format!(
                "quantities must match the regular expression '{}'",
                r"^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$"
            );
            self.issue(IssueKind::InvalidValue, message);
        }
    }

    fn allowed(&mut self, number: usize, text: &str) {
        let allowed = schemas().allowed(number);
        // An empty text is the same as none: the default is taken.
        if text.is_empty() || allowed.contains(&text) {
            return;
        }
        let message = format!(
            "{}: Unsupported value: {}: supported values: {}",
            place(&self.path),
            quote(text),
            quoted_list(allowed.iter().copied())
        );
        let allowed = allowed.iter().map(|text| (*text).to_owned()).collect();
        self.issue(IssueKind::InvalidEnum { allowed }, message);
    }

    fn wrong_type(&mut self, owner: &str, expected: &'static str, go: &str, value: &Value) {
        let got = match value {
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            other => type_name(other),
        };
        let message = format!(
            "json: cannot unmarshal {got} into Go struct field {} of type {go}",
            self.decoder_field(owner)
        );
        self.issue(IssueKind::WrongType { expected, got: type_name(value) }, message);
    }

    /// `Type.path` as the decoder writes it: without indices and keys of maps.
    fn decoder_field(&self, owner: &str) -> String {
        format!("{owner}.{}", self.fields.join("."))
    }
}

/// Whether a value is the same as none to the API server where one is required.
fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        _ => false,
    }
}

/// The Go struct inside a struct that a field belongs to: the decoder names it on the way.
fn embedded(owner: &str, field: &str) -> Option<&'static str> {
    match (owner, field) {
        ("Volume", "name") => None,
        ("Volume", _) => Some("VolumeSource"),
        ("Probe", "exec" | "httpGet" | "tcpSocket" | "grpc") => Some("ProbeHandler"),
        (
            "ConfigMapKeySelector"
            | "SecretKeySelector"
            | "ConfigMapEnvSource"
            | "SecretEnvSource"
            | "ConfigMapVolumeSource"
            | "ConfigMapProjection"
            | "SecretProjection",
            "name",
        ) => Some("LocalObjectReference"),
        _ => None,
    }
}

/// The type in JSON's words.
fn json_type(ty: &Type) -> &'static str {
    match ty {
        Type::Any => "any",
        Type::Open | Type::Object(_) | Type::Map(_) => "object",
        Type::Text | Type::Time | Type::Bytes | Type::Enum(_) => "string",
        Type::Boolean => "boolean",
        Type::Int32 | Type::Int64 => "integer",
        Type::Number => "number",
        Type::IntOrText => "integer or string",
        Type::Quantity => "quantity",
        Type::List { .. } => "array",
    }
}

/// The type in Go's words.
fn go_type(ty: &Type) -> String {
    match ty {
        Type::Any | Type::Open => "interface {}".to_owned(),
        Type::Text | Type::Enum(_) | Type::Time | Type::Quantity => "string".to_owned(),
        Type::Bytes => "[]uint8".to_owned(),
        Type::Boolean => "bool".to_owned(),
        Type::Int32 | Type::IntOrText => "int32".to_owned(),
        Type::Int64 => "int64".to_owned(),
        Type::Number => "float64".to_owned(),
        Type::Object(number) => {
            let definition = schemas().definition(*number);
            format!("{}.{}", definition.package, definition.name)
        }
        Type::List { item, .. } => format!("[]{}", go_type(item)),
        Type::Map(values) => format!("map[string]{}", go_type(values)),
    }
}
