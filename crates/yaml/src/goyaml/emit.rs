//! `sigs.k8s.io/yaml.Marshal`: JSON values to go-yaml's text.

use serde_json::Value;

use super::decode::json_number;
use super::emitter::Emitter;
use super::input::to_json;
use super::resolve::{Resolved, resolve};
use super::{GoYamlError, keys};
use crate::gojson::{self, format_g};
use crate::mask::next_control;

/// The bytes of `sigs.k8s.io/yaml.Marshal(value)`.
///
/// As there, the value goes through JSON text that go-yaml reads back, so that a string holding DEL or a C1 control
/// is an error, U+0085 becomes a space, and keys of more than about 1,000 characters are refused.
pub fn to_yaml(value: &Value) -> Result<String, GoYamlError> {
    if survives_json(value, 0) {
        return Ok(emit(value));
    }
    Ok(emit(&to_json(&gojson::to_string(value))?))
}

/// Whether the way through JSON text and back surely changes nothing.
fn survives_json(value: &Value, depth: usize) -> bool {
    let plain = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') || next_control_after_escapes(text)
    };
    match value {
        Value::String(text) => plain(text),
        Value::Array(items) => depth < 900 && items.iter().all(|item| survives_json(item, depth + 1)),
        Value::Object(entries) => {
            depth < 900
                && entries
                    .iter()
                    .all(|(key, value)| key.len() < 150 && plain(key) && survives_json(value, depth + 1))
        }
        _ => true,
    }
}

/// JSON escapes the C0 controls; what stays raw must be fit for YAML and no line break.
fn next_control_after_escapes(text: &str) -> bool {
    let mut at = 0;
    while let Some((bad, len)) = next_control(text.as_bytes(), at) {
        if text.as_bytes().get(bad).is_none_or(|byte| *byte >= 0x20) {
            return false;
        }
        at = bad + len;
    }
    !text.contains('\u{85}')
}

fn emit(value: &Value) -> String {
    let mut emitter = Emitter::new();
    node(&mut emitter, value, false, &can_be_plain);
    emitter.finish()
}

/// Like go-yaml's text, save that a key `<<` is quoted, which go-yaml forgets.
pub(crate) fn emit_for_edit(value: &Value) -> String {
    let mut emitter = Emitter::new();
    node(&mut emitter, value, false, &|text| text != "<<" && can_be_plain(text));
    emitter.finish()
}

fn node(emitter: &mut Emitter, value: &Value, mapping: bool, plain: &impl Fn(&str) -> bool) {
    match value {
        Value::Null => emitter.plain("null"),
        Value::Bool(true) => emitter.plain("true"),
        Value::Bool(false) => emitter.plain("false"),
        Value::Number(number) => emitter.plain(&number_text(number)),
        Value::String(text) => emitter.scalar(text, plain(text), false),
        Value::Array(items) if items.is_empty() => emitter.empty("[", "]"),
        Value::Object(entries) if entries.is_empty() => emitter.empty("{", "}"),
        Value::Array(items) => {
            emitter.open_sequence(mapping);
            for item in items {
                emitter.item();
                node(emitter, item, false, plain);
            }
            emitter.close();
        }
        Value::Object(entries) => {
            emitter.open_mapping();
            for (key, value) in keys::sorted(entries.iter()) {
                emitter.key(key, plain(key));
                node(emitter, value, true, plain);
            }
            emitter.close();
        }
    }
}

pub(crate) fn number_text(number: &serde_json::Number) -> String {
    if let Some(integer) = number.as_i64() {
        return integer.to_string();
    }
    if let Some(integer) = number.as_u64() {
        return integer.to_string();
    }
    let value = number.as_f64().unwrap_or(0.0);
    // JSON writes whole floats below 1e21 without a point, and go-yaml reads those as integers if they fit.
    match json_number(value) {
        Some(whole) if whole.is_i64() || whole.is_u64() => whole.to_string(),
        _ if value == 0.0 => "0".to_owned(),
        _ => format_g(value),
    }
}

/// Whether the text, unquoted, is still read as text.
pub fn can_be_plain(text: &str) -> bool {
    resolve("", text) == Ok(Resolved::Str) && !is_base60(text)
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`
fn is_base60(text: &str) -> bool {
    let rest = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !rest.starts_with(|char: char| char.is_ascii_digit()) {
        return false;
    }
    let (groups, fraction) = match rest.split_once('.') {
        Some((groups, fraction)) => (groups, fraction),
        None => (rest, ""),
    };
    if !fraction.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut parts = groups.split(':');
    let head = parts.next().unwrap_or_default();
    if !head.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return false;
    }
    let mut any = false;
    for part in parts {
        any = true;
        let fits = match part.as_bytes() {
            [ones] => ones.is_ascii_digit(),
            [tens, ones] => (b'0'..=b'5').contains(tens) && ones.is_ascii_digit(),
            _ => false,
        };
        if !fits {
            return false;
        }
    }
    any
}
