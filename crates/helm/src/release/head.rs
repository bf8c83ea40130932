//! The few fields that Helm reads of every document.

use std::collections::BTreeMap;

use seatrial_yaml::gojson;
use seatrial_yaml::goyaml;
use serde_json::Value as Json;

use crate::version::HelmVersion;

/// `apiVersion`, `kind`, `metadata.name` and `metadata.annotations`.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Head {
    pub(super) api_version: String,
    pub(super) kind: String,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
}

/// The fields of Helm's `SimpleHead`.
const FIELDS: [&str; 3] = ["apiVersion", "kind", "metadata"];

/// How Go's type of `metadata` prints.
const METADATA: &str =
    r#"struct { Name string "json:\"name\""; Annotations map[string]string "json:\"annotations\"" }"#;

/// `yaml.Unmarshal` of a document into Helm's `SimpleHead`: numbers and booleans become text where text is wanted,
/// names of fields need not match in case, later ones win. The error is the whole text.
pub(super) fn read(document: &[u8], version: HelmVersion) -> Result<Head, String> {
    let wanted = |key: &str| FIELDS.iter().any(|field| key.eq_ignore_ascii_case(field));
    let json = goyaml::to_json_fields(document, &wanted).map_err(|error| error.unmarshal_message())?;
    let mut reader = Reader { fault: None };
    let mut head = Head::default();
    match &json {
        Json::Null => {}
        Json::Object(fields) => {
            for (key, value) in fields {
                if key.eq_ignore_ascii_case("apiVersion") {
                    reader.text(&mut head.api_version, value, "apiVersion");
                } else if key.eq_ignore_ascii_case("kind") {
                    reader.text(&mut head.kind, value, "kind");
                } else if key.eq_ignore_ascii_case("metadata") {
                    reader.metadata(&mut head, value);
                }
            }
        }
        other => {
            let package = if version == HelmVersion::V3_19 { "releaseutil" } else { "util" };
            reader.mismatch(other, &format!("value of type {package}.SimpleHead"));
        }
    }
    match reader.fault {
        None => Ok(head),
        Some(fault) => {
            Err(format!("error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {fault}"))
        }
    }
}

/// Goes on behind a fault, as Go does; the first is told.
struct Reader {
    fault: Option<String>,
}

impl Reader {
    fn mismatch(&mut self, value: &Json, wanted: &str) {
        let found = match value {
            Json::Null => return,
            Json::Bool(_) => "bool",
            Json::Number(_) => "number",
            Json::String(_) => "string",
            Json::Array(_) => "array",
            Json::Object(_) => "object",
        };
        self.fault.get_or_insert_with(|| format!("{found} into Go {wanted}"));
    }

    fn text(&mut self, to: &mut String, value: &Json, field: &str) {
        match value {
            Json::Null => {}
            Json::String(text) => text.clone_into(to),
            Json::Bool(value) => *to = value.to_string(),
            Json::Number(number) => *to = number_text(number),
            other => self.mismatch(other, &format!("struct field .{field} of type string")),
        }
    }

    fn metadata(&mut self, head: &mut Head, value: &Json) {
        let fields = match value {
            Json::Object(fields) => fields,
            Json::Null => {
                (head.name, head.annotations) = Default::default();
                return;
            }
            other => return self.mismatch(other, &format!("struct field .metadata of type {METADATA}")),
        };
        for (key, value) in fields {
            if key.eq_ignore_ascii_case("name") {
                self.text(&mut head.name, value, "metadata.name");
            } else if key.eq_ignore_ascii_case("annotations") {
                match value {
                    Json::Null => head.annotations.clear(),
                    Json::Object(entries) => {
                        for (key, value) in entries {
                            let mut text = String::new();
                            self.text(&mut text, value, &format!("metadata.annotations.{key}"));
                            head.annotations.insert(key.clone(), text);
                        }
                    }
                    other => {
                        self.mismatch(other, "struct field .metadata.annotations of type map[string]string");
                    }
                }
            }
        }
    }
}

/// A number as sigs.k8s.io/yaml writes it where text is wanted.
fn number_text(number: &serde_json::Number) -> String {
    match number.as_f64() {
        Some(float) if number.is_f64() => gojson::format_g(float),
        _ => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_text() {
        let head =
            read(b"Kind: 1\nmetadata:\n  name: true\n  annotations: {a: 1.50, b: ~}\n", HelmVersion::V4_3);
        let head = head.unwrap();
        assert_eq!((head.kind.as_str(), head.name.as_str()), ("1", "true"));
        let annotations: Vec<_> = head.annotations.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        assert_eq!(annotations, [("a", "1.5"), ("b", "")]);
    }

    #[test]
    fn the_first_mismatch_is_told() {
        let error =
            read(b"kind: [a]\nmetadata: {annotations: {a: {b: c}}}\n", HelmVersion::V4_3).unwrap_err();
        let words = "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ";
        assert_eq!(error, format!("{words}array into Go struct field .kind of type string"));
        let error = read(b"- a\n", HelmVersion::V3_19).unwrap_err();
        assert_eq!(error, format!("{words}array into Go value of type releaseutil.SimpleHead"));
        assert!(read(b"# nothing\n", HelmVersion::V4_3).is_ok());
    }
}
