//! From bytes to the first document's value: go-yaml's reader, parser and decoder in a row.

use serde_json::{Number, Value};

use super::GoYamlError;
use super::decode::{Decoder, Keep, View};
use crate::build::Builder;
use crate::events::{EventKind, Parser};
use crate::mask::next_control;
use crate::scan::{Fault, Scanner};

/// Whether a key that stands twice in a mapping is a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// `yaml.Unmarshal`: the last one counts.
    Lax,
    /// `yaml.UnmarshalStrict`: `yaml: unmarshal errors:\n  line 2: key "a" already set in map`.
    Strict,
}

/// `sigs.k8s.io/yaml.YAMLToJSON`: the first document of the text as a JSON value (null if there is none).
/// Floats that JSON prints without a fraction are integers where they fit, as after a round through JSON text.
pub fn to_json(text: &str) -> Result<Value, GoYamlError> {
    first_document(text.as_bytes(), Mode::Lax)
}

/// `sigs.k8s.io/yaml.YAMLToJSONStrict`.
pub fn to_json_strict(text: &str) -> Result<Value, GoYamlError> {
    first_document(text.as_bytes(), Mode::Strict)
}

/// [`to_json`] of bytes that need not be UTF-8: UTF-16 with a byte order mark is read, anything else is go-yaml's error.
pub fn to_json_bytes(bytes: &[u8], mode: Mode) -> Result<Value, GoYamlError> {
    match utf16(bytes)? {
        Some(text) => first_document(text.as_bytes(), mode),
        None => first_document(bytes, mode),
    }
}

/// [`to_json_bytes`] with those entries alone of a mapping at the top whose key is wanted. The others are read and checked
/// alike, but nothing is made of them.
pub fn to_json_fields(bytes: &[u8], wanted: &dyn Fn(&str) -> bool) -> Result<Value, GoYamlError> {
    let text = utf16(bytes)?;
    let bytes = text.as_ref().map_or(bytes, String::as_bytes);
    read(bytes, Mode::Lax, Extent::FirstDocument, Some(wanted))
}

/// `sigs.k8s.io/yaml.Unmarshal` into `any`: like [`to_json`], with every number a float64 and the error in its wrapping.
pub fn unmarshal(text: &str) -> Result<Value, String> {
    match to_json(text) {
        Ok(value) => Ok(floats(value)),
        Err(error) => Err(error.unmarshal_message()),
    }
}

/// The first fault go-yaml finds when every document of the text is read; nothing if it accepts them all.
pub fn check(text: &str) -> Option<GoYamlError> {
    read(text.as_bytes(), Mode::Lax, Extent::Stream, None).err()
}

fn floats(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            number.as_f64().and_then(Number::from_f64).map_or(Value::Null, Value::Number)
        }
        Value::Array(items) => Value::Array(items.into_iter().map(floats).collect()),
        Value::Object(entries) => {
            Value::Object(entries.into_iter().map(|(key, value)| (key, floats(value))).collect())
        }
        other => other,
    }
}

/// The text of UTF-16 with a byte order mark; nothing of anything else.
fn utf16(bytes: &[u8]) -> Result<Option<String>, GoYamlError> {
    let (rest, unit): (_, fn([u8; 2]) -> u16) = match bytes {
        [0xFF, 0xFE, rest @ ..] => (rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => (rest, u16::from_be_bytes),
        _ => return Ok(None),
    };
    let fail = |message: &str| GoYamlError { message: format!("yaml: {message}"), line: None, offset: 0 };
    let mut pairs = rest.chunks_exact(2);
    let units: Vec<u16> = pairs.by_ref().filter_map(|pair| pair.try_into().ok()).map(unit).collect();
    let mut text = String::with_capacity(units.len());
    let mut rest = units.iter().copied().peekable();
    while let Some(unit) = rest.next() {
        let code = match unit {
            0xDC00..0xE000 => return Err(fail("unexpected low surrogate area")),
            0xD800..0xDC00 => match rest.next() {
                None => return Err(fail("incomplete UTF-16 surrogate pair")),
                Some(low @ 0xDC00..0xE000) => {
                    0x10000 + ((u32::from(unit) - 0xD800) << 10) + (u32::from(low) - 0xDC00)
                }
                Some(_) => return Err(fail("expected low surrogate area")),
            },
            _ => u32::from(unit),
        };
        text.extend(char::from_u32(code));
    }
    if !pairs.remainder().is_empty() {
        return Err(fail("incomplete UTF-16 character"));
    }
    Ok(Some(text))
}

/// The first byte go-yaml's reader refuses, with its words.
fn bad_byte(bytes: &[u8]) -> Option<(usize, &'static str)> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(_) => bytes.len(),
        Err(error) => error.valid_up_to(),
    };
    if let Some((at, _)) = next_control(bytes.get(..valid)?, 0) {
        return Some((at, "control characters are not allowed"));
    }
    let rest = bytes.get(valid..).filter(|rest| !rest.is_empty())?;
    let width = match rest[0] {
        0xC0..0xE0 => 2,
        0xE0..0xF0 => 3,
        0xF0..0xF8 => 4,
        _ => return Some((valid, "invalid leading UTF-8 octet")),
    };
    let Some(sequence) = rest.get(..width) else { return Some((valid, "incomplete UTF-8 octet sequence")) };
    if sequence.iter().skip(1).any(|byte| byte & 0xC0 != 0x80) {
        return Some((valid, "invalid trailing UTF-8 octet"));
    }
    let lead = u32::from(sequence[0]) & (0x7F >> width);
    let value = sequence.iter().skip(1).fold(lead, |value, byte| value << 6 | u32::from(byte & 0x3F));
    let least = [0, 0, 0x80, 0x800, 0x10000][width];
    Some((
        valid,
        if value < least { "invalid length of a UTF-8 sequence" } else { "invalid Unicode character" },
    ))
}

fn fault_error(fault: &Fault) -> GoYamlError {
    GoYamlError { message: fault.message(), line: fault.line(), offset: fault.mark.offset as usize }
}

/// How much of a text is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Extent {
    /// Up to the end of the first document, as `Unmarshal` does: what comes after is not even looked at.
    FirstDocument,
    /// All documents, as a decoder does that is asked until there is no more.
    Stream,
}

fn first_document(bytes: &[u8], mode: Mode) -> Result<Value, GoYamlError> {
    read(bytes, mode, Extent::FirstDocument, None)
}

/// The value of the first document.
fn read(bytes: &[u8], mode: Mode, extent: Extent, keep: Option<Keep<'_>>) -> Result<Value, GoYamlError> {
    if u32::try_from(bytes.len()).is_err() {
        return Err(GoYamlError {
            message: "yaml: text is larger than 4 GiB".to_owned(),
            line: None,
            offset: 0,
        });
    }
    let bad = bad_byte(bytes);
    let scanner = match bad {
        Some((at, message)) => Scanner::with_bad_byte(bytes, at, message),
        None => Scanner::new(bytes),
    };
    let valid = bad.map_or(bytes.len(), |(at, _)| at);
    let text = std::str::from_utf8(bytes.get(..valid).unwrap_or_default()).unwrap_or_default();
    let mut parser = Parser::new(scanner);
    let mut builder = Builder::new(true);
    loop {
        let event = parser.next().map_err(|fault| fault_error(&fault))?;
        if event.kind == EventKind::StreamEnd {
            break;
        }
        if builder.feed(event, text).map_err(|fault| fault_error(&fault))? && extent == Extent::FirstDocument
        {
            break;
        }
    }
    let mut first = None;
    for document in &builder.documents {
        let view =
            View { nodes: &builder.nodes, children: &builder.children, strings: &builder.strings, text };
        let mut decoder = Decoder::new(view, mode, false).keeping(document.root, keep);
        let value = decoder.node(document.root, 0)?;
        let value = decoder.finish(document.root, value)?;
        first.get_or_insert(value);
    }
    Ok(first.unwrap_or(Value::Null))
}
