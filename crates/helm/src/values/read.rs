//! A values file as a given Helm reads it.

use std::borrow::Cow;

use seatrial_yaml::goyaml::{Mode, to_json_bytes};
use serde_json::{Number, Value};

use crate::chart::Values;
use crate::version::HelmVersion;

/// The size of Go's `bufio.Reader`.
const BUFFER: usize = 4096;

/// Reads the values of a file: Helm 3 its first document, Helm 4 all documents, later ones over earlier ones. Every
/// number is a float. The error is Helm's, without the name of the file before it.
pub fn read(bytes: &[u8], version: HelmVersion) -> Result<Values, String> {
    if version == HelmVersion::V3_19 {
        return document(bytes);
    }
    let mut merged = Values::new();
    for part in documents(bytes, version) {
        let part = part.map_err(|message| format!("error reading yaml document: {message}"))?;
        let found =
            document(&part).map_err(|message| format!("cannot unmarshal yaml document: {message}"))?;
        if merged.is_empty() {
            merged = found;
        } else {
            merge_maps(&mut merged, found);
        }
    }
    Ok(merged)
}

/// Helm's `MergeMaps`: tables are merged, everything else is replaced.
pub fn merge_maps(into: &mut Values, from: Values) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(Value::Object(old)), Value::Object(new)) => merge_maps(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

/// `sigs.k8s.io/yaml.Unmarshal` into a `map[string]interface{}`.
fn document(bytes: &[u8]) -> Result<Values, String> {
    let value = to_json_bytes(bytes, Mode::Lax).map_err(|error| error.unmarshal_message())?;
    table(value, "map[string]interface {}")
}

/// A document that was read into a map of this Go type: nothing is an empty one. The error is that of Go's decoder.
pub(crate) fn table(document: Value, go_type: &str) -> Result<Values, String> {
    let kind = match document {
        Value::Null => return Ok(Values::new()),
        Value::Object(mut values) => {
            values.values_mut().for_each(floats);
            return Ok(values);
        }
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
    };
    Err(format!(
        "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {kind} into Go value of type {go_type}"
    ))
}

/// Makes every number a float, as `encoding/json` does. The depth is bounded by the reader.
pub(crate) fn floats(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(float) = number.as_f64().filter(|_| !number.is_f64()).and_then(Number::from_f64) {
                *number = float;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(floats),
        Value::Object(entries) => entries.values_mut().for_each(floats),
        _ => {}
    }
}

/// The documents of a stream, cut at lines that start with `---` as `k8s.io/apimachinery`'s `YAMLReader` cuts them.
pub(crate) fn documents(bytes: &[u8], version: HelmVersion) -> Vec<Result<Cow<'_, [u8]>, String>> {
    let mut bytes = bytes;
    let last = bytes.rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
    if version < HelmVersion::V4_3 && !last.is_empty() && last.len().is_multiple_of(BUFFER) {
        // Before 4.3 a last line without its end was lost when it filled the reader's buffer exactly.
        bytes = bytes.get(..bytes.len() - last.len()).unwrap_or_default();
    }
    if !bytes.starts_with(b"---") && memchr::memmem::find(bytes, b"\n---").is_none() {
        return vec![Ok(Cow::Borrowed(bytes))];
    }
    let mut found = Vec::new();
    let mut document: Vec<u8> = Vec::new();
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\n").unwrap_or(line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if let Some(rest) = line.strip_prefix(b"---") {
            let rest = String::from_utf8_lossy(rest);
            let rest = rest.trim();
            if !rest.is_empty() && !rest.starts_with('#') {
                found.push(Err(format!("invalid Yaml document separator: {rest}")));
                return found;
            }
            if !document.is_empty() {
                found.push(Ok(Cow::Owned(std::mem::take(&mut document))));
                continue;
            }
        }
        document.extend_from_slice(line);
        document.push(b'\n');
    }
    if !document.is_empty() {
        found.push(Ok(Cow::Owned(document)));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shown(text: &str, version: HelmVersion) -> Result<String, String> {
        read(text.as_bytes(), version).map(|values| Value::Object(values).to_string())
    }

    #[test]
    fn documents_are_merged_since_helm_4() {
        let text = "---\na: {x: 1}\nb: 2\n---\na: {z: 2}\nb: null\n";
        assert_eq!(shown(text, HelmVersion::V3_19), Ok(json!({"a": {"x": 1.0}, "b": 2.0}).to_string()));
        let both = json!({"a": {"x": 1.0, "z": 2.0}, "b": null}).to_string();
        assert_eq!(shown(text, HelmVersion::V4_2), Ok(both.clone()));
        assert_eq!(shown(text, HelmVersion::V4_3), Ok(both));
        let fault = "cannot unmarshal";
        assert!(shown("a: 1\n---\n- x\n", HelmVersion::V4_3).is_err_and(|error| error.starts_with(fault)));
        let fault = "error reading yaml document: invalid Yaml document separator: a: 1".to_owned();
        assert_eq!(shown("--- a: 1\n", HelmVersion::V4_3), Err(fault));
    }

    #[test]
    fn a_last_line_of_the_size_of_the_buffer_is_lost_before_4_3() {
        let text = format!("a: 1\n# {}", "x".repeat(BUFFER - 2));
        assert_eq!(documents(text.as_bytes(), HelmVersion::V4_2).pop(), Some(Ok(b"a: 1\n".into())));
        assert_eq!(documents(text.as_bytes(), HelmVersion::V4_3).pop(), Some(Ok(text.as_bytes().into())));
    }
}
