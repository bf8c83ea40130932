//! `toYamlPretty`: go-yaml v3's encoder with an indentation of two, which also indents lists within maps.

use seatrial_gotemplate::{Call, FuncError, Str, Value, sprig};
use seatrial_yaml::{gojson, goyaml};

/// The longest key that is written on a line with its value.
const SIMPLE_KEY: usize = 128;

/// The YAML of a value with the newline at its end.
pub(super) fn to_yaml(call: &Call<'_>, value: &Value) -> Result<String, FuncError> {
    let mut writer = Writer { call, out: String::new() };
    writer.node(value, 0, true)?;
    if !writer.out.ends_with('\n') {
        writer.out.push('\n');
    }
    call.charge(writer.out.len())?;
    Ok(writer.out)
}

struct Writer<'a, 'c> {
    call: &'a Call<'c>,
    out: String,
}

impl Writer<'_, '_> {
    /// Writes a value whose lines stand at `indent`; `inline` when its first line is started already.
    fn node(&mut self, value: &Value, indent: usize, inline: bool) -> Result<(), FuncError> {
        self.call.step(1)?;
        if indent > 2 * self.call.max_depth() as usize {
            return Err(FuncError::limit("data nested too deeply for YAML (depth limit exceeded)"));
        }
        match value {
            Value::Map(map) if !map.is_empty() => {
                let mut entries = map.entries();
                entries.sort_by(|(a, _), (b, _)| {
                    let (a, b) = (a.to_text(), b.to_text());
                    if goyaml::key_less(&a, &b) {
                        std::cmp::Ordering::Less
                    } else if goyaml::key_less(&b, &a) {
                        std::cmp::Ordering::Greater
                    } else {
                        std::cmp::Ordering::Equal
                    }
                });
                for (number, (key, value)) in entries.iter().enumerate() {
                    if number > 0 || !inline {
                        self.line(indent)?;
                    }
                    self.key(key, indent);
                    self.below(value, indent)?;
                }
            }
            Value::List(list) if !list.is_empty() => {
                for (number, item) in list.items().iter().enumerate() {
                    if number > 0 || !inline {
                        self.line(indent)?;
                    }
                    self.out.push_str("- ");
                    self.node(item, indent + 2, true)?;
                }
            }
            Value::Map(_) => self.out.push_str("{}"),
            Value::List(_) => self.out.push_str("[]"),
            Value::Str(text) => self.scalar(text, indent, false),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(_, int) => self.out.push_str(&int.to_string()),
            Value::Uint(_, uint) => self.out.push_str(&uint.to_string()),
            Value::Float(float) => self.out.push_str(&match float {
                float if float.is_nan() => ".nan".to_owned(),
                float if float.is_infinite() => if *float > 0.0 { ".inf" } else { "-.inf" }.to_owned(),
                float => gojson::format_g(*float),
            }),
            Value::Invalid | Value::Nil => self.out.push_str("null"),
            Value::Object(object) => match (object.text(), object.underlying()) {
                (Some(text), _) => self.scalar(&text, indent, false),
                (None, Some(value)) => self.node(&value, indent, inline)?,
                // Go lowers the names of fields.
                (None, None) => {
                    let fields = object.fields().into_iter();
                    let fields = fields.map(|(name, value)| (Str::from(name.to_lowercase()), value));
                    self.node(&Value::map(fields), indent, inline)?;
                }
            },
            Value::Complex(..) | Value::Func(_) => {
                return Err(FuncError::new(format!("cannot marshal type: {}", value.type_name())));
            }
        }
        Ok(())
    }

    /// The value of a key: on its line, or on lines below it.
    fn below(&mut self, value: &Value, indent: usize) -> Result<(), FuncError> {
        let block = match value {
            Value::Map(map) => !map.is_empty(),
            Value::List(list) => !list.is_empty(),
            Value::Object(object) => object.text().is_none() && object.underlying().is_none(),
            _ => false,
        };
        if block {
            return self.node(value, indent + 2, false);
        }
        self.out.push(' ');
        self.node(value, indent + 2, true)
    }

    fn line(&mut self, indent: usize) -> Result<(), FuncError> {
        self.call.charge(indent)?;
        if !self.out.ends_with('\n') {
            self.out.push('\n');
        }
        self.out.extend(std::iter::repeat_n(' ', indent));
        Ok(())
    }

    fn key(&mut self, key: &Str, indent: usize) {
        if key.len() <= SIMPLE_KEY && !key.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            self.scalar(key, indent, true);
        } else {
            self.out.push_str("? ");
            self.scalar(key, indent + 2, false);
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n(' ', indent));
        }
        self.out.push(':');
    }

    fn scalar(&mut self, bytes: &Str, indent: usize, key: bool) {
        let Some(text) = bytes.as_str() else {
            self.out.push_str("!!binary ");
            return self.out.push_str(&sprig::base64_encode(bytes));
        };
        if text.contains('\n') && !key && allows_literal(text) {
            return self.literal(text, indent);
        }
        if !text.contains('\n') && goyaml::can_be_plain(text) {
            let allowed = goyaml::styles(text);
            if allowed.plain && !(key && text.is_empty()) {
                return self.out.push_str(text);
            }
            if allowed.single {
                self.out.push('\'');
                self.out.push_str(&text.replace('\'', "''"));
                return self.out.push('\'');
            }
        }
        self.out.push_str(&goyaml::double_quoted(text));
    }

    fn literal(&mut self, text: &str, indent: usize) {
        self.out.push('|');
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.out.push('2');
        }
        let mut backwards = text.chars().rev();
        match (backwards.next(), backwards.next()) {
            (Some(last), _) if !is_break(last) => self.out.push('-'),
            (None, _) => self.out.push('-'),
            (Some(_), None) => self.out.push('+'),
            (Some(_), Some(before)) if is_break(before) => self.out.push('+'),
            _ => {}
        }
        self.out.push('\n');
        let mut start = true;
        for char in text.chars() {
            if is_break(char) {
                self.out.push(char);
                start = true;
            } else {
                if start {
                    self.out.extend(std::iter::repeat_n(' ', indent.max(2)));
                }
                self.out.push(char);
                start = false;
            }
        }
    }
}

fn is_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Whether a text may be a literal; tabs, which keep version 2 of the library from it, do not keep version 3.
fn allows_literal(text: &str) -> bool {
    if text.contains('\t') {
        goyaml::styles(&text.replace('\t', "x")).block
    } else {
        goyaml::styles(text).block
    }
}
