//! JSON with numbers as they are written: messages show them so.

use std::borrow::Cow;
use std::collections::BTreeMap;

use seatrial_yaml::gojson;
use serde_json::Value;

/// A JSON value.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Null,
    Bool(bool),
    Number(Box<str>),
    String(String),
    Array(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

/// The types of JSON as bits; an integer is a number too.
pub(super) mod types {
    pub(in crate::schema) const NULL: u8 = 1;
    pub(in crate::schema) const BOOLEAN: u8 = 2;
    pub(in crate::schema) const NUMBER: u8 = 4;
    pub(in crate::schema) const INTEGER: u8 = 8;
    pub(in crate::schema) const STRING: u8 = 16;
    pub(in crate::schema) const ARRAY: u8 = 32;
    pub(in crate::schema) const OBJECT: u8 = 64;
    /// In the order in which messages name them.
    pub(in crate::schema) const NAMES: [(u8, &str); 7] = [
        (NULL, "null"),
        (BOOLEAN, "boolean"),
        (NUMBER, "number"),
        (INTEGER, "integer"),
        (STRING, "string"),
        (ARRAY, "array"),
        (OBJECT, "object"),
    ];
}

impl Json {
    /// Reads a text; the error is that of `encoding/json`.
    pub(super) fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = String::from_utf8_lossy(bytes);
        let (_, end) = gojson::next_in_stream(&text, 0).map_err(|error| error.to_string())?;
        let blank = |c: char| matches!(c, ' ' | '\t' | '\r' | '\n');
        if !text.get(end..).unwrap_or_default().trim_matches(blank).is_empty() {
            return Err("invalid character after top-level value".to_owned());
        }
        let mut reader = Reader { text: &text, at: 0 };
        Ok(reader.value().unwrap_or(Self::Null))
    }

    /// Values as they come out of coalescing.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(value) => Self::Bool(*value),
            Value::Number(number) => Self::Number(match number.as_f64() {
                Some(float) if number.is_f64() => gojson::format_g(float).into(),
                _ => number.to_string().into(),
            }),
            Value::String(text) => Self::String(text.clone()),
            Value::Array(items) => Self::Array(items.iter().map(Self::of).collect()),
            Value::Object(entries) => {
                Self::Object(entries.iter().map(|(key, value)| (key.clone(), Self::of(value))).collect())
            }
        }
    }

    pub(super) fn type_bit(&self) -> u8 {
        match self {
            Self::Null => types::NULL,
            Self::Bool(_) => types::BOOLEAN,
            Self::Number(_) => types::NUMBER,
            Self::String(_) => types::STRING,
            Self::Array(_) => types::ARRAY,
            Self::Object(_) => types::OBJECT,
        }
    }

    pub(super) fn type_name(&self) -> &'static str {
        let bit = self.type_bit();
        types::NAMES.iter().find(|(other, _)| *other == bit).map_or("", |(_, name)| name)
    }

    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        if let Self::Object(entries) = self { entries.get(key) } else { None }
    }

    pub(super) fn str(&self, key: &str) -> Option<&str> {
        if let Some(Self::String(text)) = self.get(key) { Some(text) } else { None }
    }

    pub(super) fn array(&self, key: &str) -> Option<&[Self]> {
        if let Some(Self::Array(items)) = self.get(key) { Some(items) } else { None }
    }

    pub(super) fn object(&self, key: &str) -> Option<&BTreeMap<String, Self>> {
        if let Some(Self::Object(entries)) = self.get(key) { Some(entries) } else { None }
    }

    pub(super) fn bool(&self, key: &str) -> Option<bool> {
        if let Some(Self::Bool(value)) = self.get(key) { Some(*value) } else { None }
    }

    /// The value at a JSON pointer.
    pub(super) fn at(&self, pointer: &str) -> Option<&Self> {
        let mut at = self;
        for token in pointer.split('/').skip(1) {
            let token = token.replace("~1", "/").replace("~0", "~");
            at = match at {
                Self::Object(entries) => entries.get(&token)?,
                Self::Array(items) => items.get(token.parse::<usize>().ok()?)?,
                _ => return None,
            };
        }
        Some(at)
    }

    /// A text that is the same for equal values.
    pub(super) fn canonical(&self) -> Cow<'_, str> {
        match self {
            Self::Null => Cow::Borrowed("n"),
            Self::Bool(value) => Cow::Borrowed(if *value { "t" } else { "f" }),
            Self::Number(text) => Cow::Owned(format!("#{}", super::number::Decimal::read(text).canonical())),
            Self::String(text) => Cow::Owned(format!("{text:?}")),
            Self::Array(items) => {
                let items: Vec<_> = items.iter().map(Self::canonical).collect();
                Cow::Owned(format!("[{}]", items.join(",")))
            }
            Self::Object(entries) => {
                let entries: Vec<_> =
                    entries.iter().map(|(key, value)| format!("{key:?}:{}", value.canonical())).collect();
                Cow::Owned(format!("{{{}}}", entries.join(",")))
            }
        }
    }

    pub(super) fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Null, Self::Null) => true,
            (Self::Bool(a), Self::Bool(b)) => a == b,
            (Self::String(a), Self::String(b)) => a == b,
            (Self::Number(a), Self::Number(b)) => {
                a == b || super::number::Decimal::read(a) == super::number::Decimal::read(b)
            }
            (Self::Array(a), Self::Array(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Object(a), Self::Object(b)) => {
                a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|b| value.equals(b)))
            }
            _ => false,
        }
    }
}

/// Reads what was found to be JSON; its depth is bounded by that.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn value(&mut self) -> Option<Json> {
        let from = self.blank()?;
        let value = match self.text.as_bytes().get(from)? {
            b'{' => {
                self.at += 1;
                let mut entries = BTreeMap::new();
                while self.peek()? != b'}' {
                    if self.peek()? == b',' {
                        self.at += 1;
                    }
                    let Json::String(key) = self.value()? else { return None };
                    self.blank()?;
                    self.at += 1;
                    entries.insert(key, self.value()?);
                }
                self.at += 1;
                Json::Object(entries)
            }
            b'[' => {
                self.at += 1;
                let mut items = Vec::new();
                while self.peek()? != b']' {
                    if self.peek()? == b',' {
                        self.at += 1;
                    }
                    items.push(self.value()?);
                }
                self.at += 1;
                Json::Array(items)
            }
            b'"' => {
                let (value, end) = gojson::next_in_stream(self.text, from).ok()?;
                self.at = end;
                Json::String(value.as_str()?.to_owned())
            }
            _ => {
                let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
                let rest = self.text.as_bytes().get(from..)?;
                let length = rest.iter().position(|byte| !word(byte)).unwrap_or(rest.len());
                self.at = from + length;
                match self.text.get(from..self.at)? {
                    "null" => Json::Null,
                    "true" => Json::Bool(true),
                    "false" => Json::Bool(false),
                    number => Json::Number(number.into()),
                }
            }
        };
        Some(value)
    }

    fn blank(&mut self) -> Option<usize> {
        while self.text.as_bytes().get(self.at)?.is_ascii_whitespace() {
            self.at += 1;
        }
        Some(self.at)
    }

    fn peek(&mut self) -> Option<u8> {
        let at = self.blank()?;
        self.text.as_bytes().get(at).copied()
    }
}
