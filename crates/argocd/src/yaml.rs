//! `sigs.k8s.io/yaml` as the generators and the template code call it.

use seatrial_yaml::goyaml;
use serde_json::{Map, Value};

/// `yaml.YAMLToJSON`.
pub(crate) fn to_json(text: &str) -> Result<Value, String> {
    goyaml::to_json(text).map_err(|e| e.to_string())
}

/// The JSON that `yaml.Unmarshal` decodes; the error in its words.
pub(crate) fn unmarshal(text: &str) -> Result<Value, String> {
    goyaml::to_json(text).map_err(|e| e.unmarshal_message())
}

/// Decoding into `[]map[string]any`.
pub(crate) fn list_of_maps(value: &Value) -> Result<Vec<Option<&Map<String, Value>>>, String> {
    let misfit = |value: &Value, ty: &str, place: &str| {
        format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {} into {place} of type {ty}",
            kind(value)
        )
    };
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| match item {
                Value::Object(map) => Ok(Some(map)),
                Value::Null => Ok(None),
                other => Err(misfit(other, "map[string]interface {}", &format!(".{index}"))),
            })
            .collect(),
        other => Err(misfit(other, "[]map[string]interface {}", "Go value")),
    }
}

/// A map, or a list of maps with the index of each.
pub(crate) type Objects = Vec<(Option<usize>, Option<Map<String, Value>>)>;

/// A file of parameters: one object (an empty file is one without keys), else a list of objects.
pub(crate) fn map_or_maps(text: &str) -> Result<Objects, String> {
    let value = unmarshal(text)?;
    match value {
        Value::Object(map) => Ok(vec![(None, Some(map))]),
        Value::Null => Ok(vec![(None, Some(Map::new()))]),
        other => {
            Ok(list_of_maps(&other)?.into_iter().enumerate().map(|(i, m)| (Some(i), m.cloned())).collect())
        }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}
