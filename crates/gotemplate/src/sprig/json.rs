//! `toJson`, `fromJson` and their kin: `encoding/json` to the byte, error texts included.

use seatrial_yaml::gojson;

use super::encode::base64_encode;
use crate::func::{Call, FuncError, FuncMap};
use crate::json::bytes_of;
use crate::stack::deep;
use crate::str::Str;
use crate::value::{Elem, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("fromJson", |call: &mut Call<'_>, s: Str| match decode(call, &s) {
        Err(error) if !error.is_limit() => Ok(Value::Nil),
        result => result,
    });
    m.add_with_call("mustFromJson", |call: &mut Call<'_>, s: Str| decode(call, &s));

    for (name, html, indent) in [("toJson", true, false), ("toPrettyJson", true, true)] {
        m.add_with_call(name, move |call: &mut Call<'_>, v: Value| match encode(call, &v, html, indent) {
            Err(error) if !error.is_limit() => Ok(Vec::new()),
            result => result,
        });
    }
    for (name, html, indent) in [
        ("mustToJson", true, false),
        ("mustToPrettyJson", true, true),
        ("toRawJson", false, false),
        ("mustToRawJson", false, false),
    ] {
        m.add_with_call(name, move |call: &mut Call<'_>, v: Value| encode(call, &v, html, indent));
    }
}

fn decode(call: &Call<'_>, text: &[u8]) -> Result<Value, FuncError> {
    // Values take several times the room of their text.
    call.charge(text.len().saturating_mul(8))?;
    // Every byte that is not UTF-8 reads as U+FFFD, but an error shows the byte itself.
    let mut readable = String::with_capacity(text.len());
    let mut replaced = Vec::new();
    for chunk in text.utf8_chunks() {
        readable.push_str(chunk.valid());
        for byte in chunk.invalid() {
            replaced.push((readable.len(), *byte));
            readable.push(char::REPLACEMENT_CHARACTER);
        }
    }
    let json = gojson::from_str_as_float(&readable).map_err(|error| {
        FuncError::new(match replaced.iter().find(|(at, _)| *at == error.offset) {
            Some((_, byte)) => error.message.replacen('\u{fffd}', &format!("\\x{byte:02x}"), 1),
            None => error.message,
        })
    })?;
    Ok(Value::from_json(&json))
}

/// `json.Marshal`; without `html`, `<`, `>` and `&` stay as they are.
fn encode(call: &Call<'_>, v: &Value, html: bool, indent: bool) -> Result<Vec<u8>, FuncError> {
    let mut writer = Writer { call, out: String::new(), html, indent };
    writer.value(v, 0)?;
    call.charge(writer.out.len())?;
    Ok(writer.out.into_bytes())
}

struct Writer<'a, 'c> {
    call: &'a Call<'c>,
    out: String,
    html: bool,
    indent: bool,
}

impl Writer<'_, '_> {
    fn value(&mut self, v: &Value, depth: u32) -> Result<(), FuncError> {
        self.call.step(1)?;
        if depth > self.call.max_depth() {
            return Err(FuncError::limit("data nested too deeply for JSON (depth limit exceeded)"));
        }
        match v {
            Value::Invalid | Value::Nil => self.out.push_str("null"),
            Value::Bool(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Value::Int(_, i) => self.out.push_str(&i.to_string()),
            Value::Uint(_, u) => self.out.push_str(&u.to_string()),
            Value::Float(f) if f.is_finite() => self.out.push_str(&gojson::format_f64(*f)),
            Value::Float(f) => {
                let name = if f.is_nan() {
                    "NaN"
                } else if *f > 0.0 {
                    "+Inf"
                } else {
                    "-Inf"
                };
                return Err(FuncError::new(format!("json: unsupported value: {name}")));
            }
            Value::Str(s) => self.string(s),
            Value::List(list) if list.is_nil() => self.out.push_str("null"),
            Value::List(list) if list.elem() == Elem::Uint8 => {
                let text = base64_encode(&bytes_of(list));
                self.string(text.as_bytes());
            }
            Value::List(list) => {
                self.items(b"[]", list.items(), depth, |this, item| deep(|| this.value(item, depth + 1)))?
            }
            Value::Map(map) if map.is_nil() => self.out.push_str("null"),
            Value::Map(map) => self.items(b"{}", &map.entries(), depth, |this, (key, value)| {
                this.string(key);
                this.out.push_str(if this.indent { ": " } else { ":" });
                deep(|| this.value(value, depth + 1))
            })?,
            Value::Object(object) if object.json_fields().is_some() => {
                let fields = object.json_fields().unwrap_or_default();
                self.items(b"{}", &fields, depth, |this, (key, value)| {
                    this.string(key.as_bytes());
                    this.out.push_str(if this.indent { ": " } else { ":" });
                    deep(|| this.value(value, depth + 1))
                })?;
            }
            Value::Object(object) => match (object.to_json(), object.underlying()) {
                (Some(json), _) => self.value(&Value::from_json(&json), depth + 1)?,
                (None, Some(value)) => self.value(&value, depth + 1)?,
                (None, None) => self.out.push_str("{}"),
            },
            Value::Complex(..) | Value::Func(_) => {
                return Err(FuncError::new(format!("json: unsupported type: {}", v.type_name())));
            }
        }
        Ok(())
    }

    fn items<T>(
        &mut self,
        brackets: &[u8; 2],
        items: &[T],
        depth: u32,
        mut write: impl FnMut(&mut Self, &T) -> Result<(), FuncError>,
    ) -> Result<(), FuncError> {
        self.out.push(char::from(brackets[0]));
        for (number, item) in items.iter().enumerate() {
            if number > 0 {
                self.out.push(',');
            }
            self.line(depth + 1)?;
            write(self, item)?;
        }
        if !items.is_empty() {
            self.line(depth)?;
        }
        self.out.push(char::from(brackets[1]));
        Ok(())
    }

    fn line(&mut self, depth: u32) -> Result<(), FuncError> {
        if self.indent {
            // Deep nesting makes more indentation than the values are long.
            self.call.charge(2 * depth as usize)?;
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth as usize));
        }
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push('"');
        for chunk in text.utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '"' => self.out.push_str("\\\""),
                    '\\' => self.out.push_str("\\\\"),
                    '\u{8}' => self.out.push_str("\\b"),
                    '\u{c}' => self.out.push_str("\\f"),
                    '\n' => self.out.push_str("\\n"),
                    '\r' => self.out.push_str("\\r"),
                    '\t' => self.out.push_str("\\t"),
                    '<' | '>' | '&' if self.html => self.escape(c),
                    '\u{2028}' | '\u{2029}' | '\0'..=' ' if c != ' ' => self.escape(c),
                    c => self.out.push(c),
                }
            }
            for _ in chunk.invalid() {
                self.out.push('\u{fffd}');
            }
        }
        self.out.push('"');
    }

    fn escape(&mut self, c: char) {
        self.out.push_str(&format!("\\u{:04x}", u32::from(c)));
    }
}
