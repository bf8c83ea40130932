//! `toYaml`, `fromYaml` and their kin, as Helm adds them to sprig's functions.

use seatrial_gotemplate::{Call, Elem, FuncError, FuncMap, List, Map, Str, Value};
use seatrial_yaml::{gojson, goyaml};
use serde_json::Value as Json;

use super::pretty;
use super::toml;
use crate::version::HelmVersion;

/// Adds the functions of a Helm.
pub(super) fn add(map: &mut FuncMap, version: HelmVersion) {
    map.add_with_call("toYaml", |call: &mut Call<'_>, value: Value| swallow(to_yaml(call, &value)));
    map.add_with_call("toYamlPretty", |call: &mut Call<'_>, value: Value| {
        swallow(pretty::to_yaml(call, &value).map(|text| Value::str(without_newline(text))))
    });
    map.add_with_call("fromYaml", |call: &mut Call<'_>, text: Str| from_yaml(call, &text).map(object));
    map.add_with_call("fromYamlArray", |call: &mut Call<'_>, text: Str| from_yaml(call, &text).map(array));
    map.add_with_call("fromJson", |call: &mut Call<'_>, text: Str| from_json(call, &text).map(object));
    map.add_with_call("fromJsonArray", |call: &mut Call<'_>, text: Str| from_json(call, &text).map(array));
    map.add_with_call("toToml", |call: &mut Call<'_>, value: Value| match toml::encode(call, &value) {
        Err(error) if !error.is_limit() => Ok(Value::Str(error.message().clone())),
        result => result.map(Value::str),
    });

    map.add_with_call("fromToml", |call: &mut Call<'_>, text: Str| toml::decode(call, &text));
    if version != HelmVersion::V3_19 {
        map.add_with_call("mustToYaml", |call: &mut Call<'_>, value: Value| to_yaml(call, &value));
        map.add_with_call("mustToToml", |call: &mut Call<'_>, value: Value| toml::encode(call, &value));
    }
}

/// An error but of a limit is an empty text.
fn swallow(result: Result<Value, FuncError>) -> Result<Value, FuncError> {
    match result {
        Err(error) if !error.is_limit() => Ok(Value::Str(Str::EMPTY)),
        result => result,
    }
}

fn without_newline(mut text: String) -> String {
    if text.ends_with('\n') {
        text.pop();
    }
    text
}

/// `toYaml`: `sigs.k8s.io/yaml.Marshal` without its last newline.
pub(super) fn to_yaml(call: &Call<'_>, value: &Value) -> Result<Value, FuncError> {
    to_yaml_document(call, value).map(|text| Value::str(without_newline(text)))
}

/// `sigs.k8s.io/yaml.Marshal`.
pub(super) fn to_yaml_document(call: &Call<'_>, value: &Value) -> Result<String, FuncError> {
    let json = value.to_json(call.max_depth()).map_err(|error| {
        if error.is_limit() { error } else { FuncError::new(format!("error marshaling into JSON: {error}")) }
    })?;
    let text = goyaml::to_yaml(&json).map_err(|error| {
        FuncError::new(format!("error marshaling into JSON: error converting YAML to JSON: {error}"))
    })?;
    call.charge(text.len())?;
    Ok(text)
}

/// A text that was read, or why it could not be: the words behind which Go names a type that does not fit, and the value.
type Read = Result<(&'static str, Json), String>;

/// `yaml.Unmarshal`.
fn from_yaml(call: &Call<'_>, text: &Str) -> Result<Read, FuncError> {
    // Values take several times the room of their text.
    call.charge(text.len().saturating_mul(8))?;
    let json = goyaml::to_json_bytes(text, goyaml::Mode::Lax).map_err(|error| error.unmarshal_message());
    Ok(json.map(|json| ("error unmarshaling JSON: while decoding JSON: ", json)))
}

/// `json.Unmarshal`.
fn from_json(call: &Call<'_>, text: &Str) -> Result<Read, FuncError> {
    call.charge(text.len().saturating_mul(8))?;
    let json = gojson::from_str_as_float(&text.to_text()).map_err(|error| error.message);
    Ok(json.map(|json| ("", json)))
}

/// The map that was read; one with `Error` where it is none, the nil map where nothing is.
fn object(read: Read) -> Value {
    let error = match read {
        Ok((_, json @ Json::Object(_))) => return Value::from_json(&json),
        Ok((_, Json::Null)) => return Value::Map(Map::nil(Elem::Any)),
        Ok((before, json)) => mismatch(before, &json, "map[string]interface {}"),
        Err(error) => error,
    };
    Value::map([(Str::from_static("Error"), Value::str(error))])
}

/// The list that was read; one of the error where it is none, the nil list where nothing is.
fn array(read: Read) -> Value {
    let error = match read {
        Ok((_, json @ Json::Array(_))) => return Value::from_json(&json),
        Ok((_, Json::Null)) => return Value::List(List::nil(Elem::Any)),
        Ok((before, json)) => mismatch(before, &json, "[]interface {}"),
        Err(error) => error,
    };
    Value::list(vec![Value::str(error)])
}

fn mismatch(before: &str, json: &Json, wanted: &str) -> String {
    let found = match json {
        Json::Null => "null",
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        Json::Array(_) => "array",
        Json::Object(_) => "object",
    };
    format!("{before}json: cannot unmarshal {found} into Go value of type {wanted}")
}
