//! The table as JSON Schema, for editors.

use serde_json::{Map, Value, json};

use super::{Form, Key, Shape, table};

/// The JSON Schema (draft 2020-12) of the platform file, as published in `schema/seatrial.schema.json`.
pub fn json_schema() -> Value {
    let mut schema = of_shape(&table::FILE);
    if let Value::Object(object) = &mut schema {
        object.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        object.insert("title".into(), json!("Seatrial platform file"));
        object.insert(
            "description".into(),
            json!("What is true of a platform, and what manifests may do on it."),
        );
        object.insert("patternProperties".into(), json!({"^x-": true}));
    }
    schema
}

fn of_shape(shape: &Shape) -> Value {
    match shape {
        Shape::Any => Value::Bool(true),
        Shape::Null => json!({"type": "null"}),
        Shape::Text => json!({"type": ["string", "number"]}),
        Shape::Form(Form::Url) => json!({"type": "string", "pattern": "^[^:]+://.+"}),
        Shape::Form(Form::Duration) => json!({"type": "string", "pattern": "^([0-9.]+(ns|us|ms|s|m|h|d))+$"}),
        Shape::Form(Form::Quantity | Form::Version) => json!({"type": ["string", "number"]}),
        Shape::Bool => json!({"type": "boolean"}),
        Shape::Count => json!({"type": "integer", "minimum": 0}),
        Shape::Word(words) => json!({"enum": words}),
        Shape::List(item) => json!({"type": "array", "items": of_shape(item)}),
        Shape::Map(_, value) => json!({"type": "object", "additionalProperties": of_shape(value)}),
        Shape::Object(groups) => object(groups, false),
        Shape::Open(groups) => object(groups, true),
        Shape::Either(shapes) => json!({"anyOf": shapes.iter().map(of_shape).collect::<Vec<_>>()}),
    }
}

fn object(groups: &[&[Key]], open: bool) -> Value {
    let mut properties = Map::new();
    for key in groups.iter().copied().flatten() {
        let mut schema = match of_shape(&key.shape) {
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        schema.insert("description".into(), json!(key.doc));
        properties.insert(key.name.into(), Value::Object(schema));
    }
    json!({"type": "object", "properties": properties, "additionalProperties": open})
}
