//! Go values from and to JSON, as `encoding/json` decodes into and encodes from `interface {}`.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value as Json;

use crate::func::FuncError;
use crate::str::Str;
use crate::value::{Elem, Frozen, IntKind, List, UintKind, Value};

/// What JSON numbers become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Numbers {
    /// `float64`, as `encoding/json` decodes into `interface {}`.
    #[default]
    Float64,
    /// `int64` where the number is written as an integer that fits, else `float64` (Helm's values).
    Int64,
}

impl Frozen {
    /// Shared data from JSON.
    pub fn from_json(json: &Json, numbers: Numbers) -> Self {
        match json {
            Json::Null => Self::Nil,
            Json::Bool(b) => Self::Bool(*b),
            Json::Number(number) => match (numbers, number.as_i64()) {
                (Numbers::Int64, Some(int)) => Self::Int(IntKind::Int64, int),
                _ => Self::Float(number.as_f64().unwrap_or_default()),
            },
            Json::String(text) => Self::Str(Str::from(text.as_str())),
            Json::Array(items) => {
                Self::List(items.iter().map(|item| Self::from_json(item, numbers)).collect())
            }
            Json::Object(entries) => {
                let mut list: Vec<(Str, Self)> = entries
                    .iter()
                    .map(|(key, value)| (Str::from(key.as_str()), Self::from_json(value, numbers)))
                    .collect();
                if !list.is_sorted_by(|a, b| a.0 < b.0) {
                    list.sort_by(|a, b| a.0.cmp(&b.0));
                }
                Self::Map(Arc::from(list))
            }
        }
    }
}

impl Value {
    /// The value of JSON as `encoding/json` decodes it: every number is a `float64`.
    pub fn from_json(json: &Json) -> Self {
        Self::from_json_with(json, Numbers::Float64)
    }

    /// The value of JSON, with a choice of what numbers become.
    pub fn from_json_with(json: &Json, numbers: Numbers) -> Self {
        Self::from_frozen(&Frozen::from_json(json, numbers))
    }

    /// What `encoding/json` makes of the value. Fails, with Go's text, on what JSON cannot hold,
    /// and beyond `depth` levels (cyclic data).
    pub fn to_json(&self, depth: u32) -> Result<Json, FuncError> {
        if depth == 0 {
            return Err(FuncError::limit("data nested too deeply for JSON (depth limit exceeded)"));
        }
        Ok(match self {
            Self::Invalid | Self::Nil => Json::Null,
            Self::Bool(b) => Json::Bool(*b),
            Self::Int(_, i) => Json::from(*i),
            Self::Uint(_, u) => Json::from(*u),
            Self::Float(f) => match serde_json::Number::from_f64(*f) {
                Some(number) => Json::Number(number),
                None => {
                    let text = if f.is_nan() {
                        "NaN"
                    } else if *f > 0.0 {
                        "+Inf"
                    } else {
                        "-Inf"
                    };
                    return Err(FuncError::new(format!("json: unsupported value: {text}")));
                }
            },
            Self::Str(text) => Json::String(text_of(text).into_owned()),
            Self::List(list) if list.is_nil() => Json::Null,
            Self::List(list) if list.elem() == Elem::Uint8 => Json::String(base64(list)),
            Self::List(list) => Json::Array(
                list.items().iter().map(|item| item.to_json(depth - 1)).collect::<Result<_, _>>()?,
            ),
            Self::Map(map) if map.is_nil() => Json::Null,
            Self::Map(map) => {
                let mut object = serde_json::Map::new();
                for (key, value) in map.entries() {
                    object.insert(text_of(&key).into_owned(), value.to_json(depth - 1)?);
                }
                Json::Object(object)
            }
            Self::Object(object) if object.json_fields().is_some() => {
                let mut fields = serde_json::Map::new();
                for (key, value) in object.json_fields().unwrap_or_default() {
                    fields.insert(key.to_owned(), value.to_json(depth - 1)?);
                }
                Json::Object(fields)
            }
            Self::Object(object) => match (object.to_json(), object.underlying()) {
                (Some(json), _) => json,
                (None, Some(value)) => value.to_json(depth - 1)?,
                (None, None) => Json::Object(serde_json::Map::new()),
            },
            Self::Complex(..) | Self::Func(_) => {
                return Err(FuncError::new(format!("json: unsupported type: {}", self.type_name())));
            }
        })
    }
}

/// Text as `encoding/json` writes it: every invalid byte becomes U+FFFD.
fn text_of(bytes: &Str) -> Cow<'_, str> {
    match bytes.as_str() {
        Some(text) => Cow::Borrowed(text),
        None => {
            let mut text = String::with_capacity(bytes.len());
            for chunk in bytes.as_bytes().utf8_chunks() {
                text.push_str(chunk.valid());
                text.extend(chunk.invalid().iter().map(|_| '\u{fffd}'));
            }
            Cow::Owned(text)
        }
    }
}

/// The bytes of a `[]byte`.
pub fn bytes_of(list: &List) -> Vec<u8> {
    if let Some(bytes) = list.shared_bytes() {
        return bytes.to_vec();
    }
    list.items()
        .iter()
        .map(|item| match item {
            Value::Uint(UintKind::Uint8, byte) => *byte as u8,
            _ => 0,
        })
        .collect()
}

/// Standard base64 of a `[]byte`, as `encoding/json` writes one.
fn base64(list: &List) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bytes = bytes_of(list);
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let word =
            chunk.iter().fold(0u32, |word, byte| word << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            if place <= chunk.len() {
                text.push(char::from(ALPHABET[(word >> (18 - 6 * place) & 63) as usize]));
            } else {
                text.push('=');
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_floats_unless_asked() {
        let json = serde_json::json!({"a": 1, "b": [1.5, null]});
        let value = Value::from_json(&json);
        assert_eq!(value.as_map().and_then(|m| m.get(b"a")).unwrap().type_name(), "float64");
        let value = Value::from_json_with(&json, Numbers::Int64);
        assert_eq!(value.as_map().and_then(|m| m.get(b"a")).unwrap().type_name(), "int64");
        assert_eq!(value.to_json(10).unwrap(), json);
    }

    #[test]
    fn cycles_end_in_an_error() {
        let map = crate::Map::new();
        map.insert(Str::from("self"), Value::Map(map.clone())).unwrap();
        assert!(Value::Map(map.clone()).to_json(100).unwrap_err().is_limit());
        map.remove(b"self");
    }

    #[test]
    fn bytes_are_base64() {
        let bytes = b"hello".iter().map(|b| Value::Uint(UintKind::Uint8, u64::from(*b))).collect();
        assert_eq!(Value::List(List::typed(Elem::Uint8, bytes)).to_json(10).unwrap(), "aGVsbG8=");
    }
}
