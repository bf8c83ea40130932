//! YAML into Go structs as `sigs.k8s.io/yaml.Unmarshal` decodes it.
//!
//! Keys match fields without regard to case, scalars become strings where the field is one, null leaves a field as it
//! was, and the first value of another type is the error, in the words of `encoding/json` of Go 1.27.

use seatrial_yaml::gojson::format_g;
use seatrial_yaml::goyaml::{Mode, to_json_bytes};
use serde_json::{Map, Value};

/// Reads the first document; the error is `Unmarshal`'s.
pub(crate) fn document(bytes: &[u8]) -> Result<Value, String> {
    to_json_bytes(bytes, Mode::Lax).map_err(|error| error.unmarshal_message())
}

/// A value on its way into a Go type, with the path that led to it.
#[derive(Clone, Copy)]
pub(crate) struct Cursor<'v> {
    value: &'v Value,
    path: Path<'v>,
}

#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Key(&'p str),
    Item(&'p str, usize),
    ItemKey(&'p str, usize, &'p str),
}

impl Path<'_> {
    fn text(self) -> String {
        match self {
            Self::Root => String::new(),
            Self::Key(key) => format!(".{key}"),
            Self::Item(key, index) => format!(".{key}.{index}"),
            Self::ItemKey(key, index, inner) => format!(".{key}.{index}.{inner}"),
        }
    }
}

impl<'v> Cursor<'v> {
    pub(crate) fn new(value: &'v Value) -> Self {
        Self { value, path: Path::Root }
    }

    /// The fields of a struct in the order in which JSON has them, each under the name that `fields` gives it.
    /// Nothing for null; other types are an error that names the Go type.
    pub(crate) fn fields(
        self,
        go_type: &str,
        fields: &'static [&'static str],
    ) -> Result<Vec<(&'static str, Self)>, String> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Object(entries) => Ok(self.known(entries, fields)),
            _ => Err(self.wrong(go_type)),
        }
    }

    fn known(
        self,
        entries: &'v Map<String, Value>,
        fields: &'static [&'static str],
    ) -> Vec<(&'static str, Self)> {
        let mut found = Vec::new();
        for (key, value) in entries {
            let exact = fields.iter().find(|field| **field == key);
            let Some(field) = exact.or_else(|| fields.iter().find(|field| field.eq_ignore_ascii_case(key)))
            else {
                continue;
            };
            let path = match self.path {
                Path::Root => Path::Key(key),
                Path::Item(outer, index) => Path::ItemKey(outer, index, key),
                other => other,
            };
            found.push((*field, Self { value, path }));
        }
        found
    }

    /// A string field; `None` for null.
    pub(crate) fn string(self) -> Result<Option<String>, String> {
        Ok(match self.value {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            Value::Bool(value) => Some(value.to_string()),
            Value::Number(number) => Some(if number.is_f64() {
                format_g(number.as_f64().unwrap_or_default())
            } else {
                number.to_string()
            }),
            _ => return Err(self.wrong("string")),
        })
    }

    /// A boolean field; `None` for null.
    pub(crate) fn boolean(self) -> Result<Option<bool>, String> {
        match self.value {
            Value::Null => Ok(None),
            Value::Bool(value) => Ok(Some(*value)),
            _ => Err(self.wrong("bool")),
        }
    }

    /// The items of a slice; `None` for null.
    pub(crate) fn items(self, go_type: &str) -> Result<Option<Vec<Self>>, String> {
        match (self.value, self.path) {
            (Value::Null, _) => Ok(None),
            (Value::Array(items), path) => Ok(Some(
                items
                    .iter()
                    .enumerate()
                    .map(|(index, value)| Self {
                        value,
                        path: match path {
                            Path::Key(key) => Path::Item(key, index),
                            other => other,
                        },
                    })
                    .collect(),
            )),
            _ => Err(self.wrong(go_type)),
        }
    }

    /// The items of a `[]string`.
    pub(crate) fn strings(self) -> Result<Option<Vec<String>>, String> {
        let Some(items) = self.items("[]string")? else { return Ok(None) };
        items
            .into_iter()
            .map(|item| item.string().map(Option::unwrap_or_default))
            .collect::<Result<_, _>>()
            .map(Some)
    }

    /// The entries of a `map[string]string`.
    pub(crate) fn string_map(self) -> Result<Option<Vec<(String, String)>>, String> {
        let entries = match self.value {
            Value::Null => return Ok(None),
            Value::Object(entries) => entries,
            _ => return Err(self.wrong("map[string]string")),
        };
        let mut found = Vec::new();
        for (key, value) in entries {
            let at = Self { value, path: self.path };
            match at.string() {
                Ok(text) => found.push((key.clone(), text.unwrap_or_default())),
                Err(_) => return Err(at.wrong_at(&format!("{}.{key}", self.path.text()), "string")),
            }
        }
        Ok(Some(found))
    }

    /// The value as it is.
    pub(crate) fn raw(self) -> &'v Value {
        self.value
    }

    fn wrong(self, go_type: &str) -> String {
        self.wrong_at(&self.path.text(), go_type)
    }

    fn wrong_at(self, path: &str, go_type: &str) -> String {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Number(_) => "number",
            Value::String(_) => "string",
            Value::Array(_) => "array",
            Value::Object(_) => "object",
        };
        let place = if path.is_empty() { "value".to_owned() } else { format!("struct field {path}") };
        format!(
            "error unmarshaling JSON: while decoding JSON: json: cannot unmarshal {found} into Go {place} of type {go_type}"
        )
    }
}
