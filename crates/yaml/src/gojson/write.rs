//! `json.Marshal`.

use serde_json::Value;

use super::float::format_f64;

/// The bytes of `json.Marshal`: keys sorted, `<`, `>`, `&`, U+2028 and U+2029 escaped, no white space.
pub fn to_string(value: &Value) -> String {
    let mut out = String::new();
    write(&mut out, value, None, 0);
    out
}

/// The bytes of `json.MarshalIndent(value, "", indent)`.
pub fn to_string_indent(value: &Value, indent: &str) -> String {
    let mut out = String::new();
    write(&mut out, value, Some(indent), 0);
    out
}

fn write(out: &mut String, value: &Value, indent: Option<&str>, depth: usize) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => write_number(out, number),
        Value::String(text) => write_string(out, text),
        Value::Array(items) => {
            out.push('[');
            for (position, item) in items.iter().enumerate() {
                separate(out, position, indent, depth + 1);
                write(out, item, indent, depth + 1);
            }
            close(out, items.is_empty(), indent, depth);
            out.push(']');
        }
        Value::Object(entries) => {
            out.push('{');
            for (position, (key, item)) in entries.iter().enumerate() {
                separate(out, position, indent, depth + 1);
                write_string(out, key);
                out.push_str(if indent.is_some() { ": " } else { ":" });
                write(out, item, indent, depth + 1);
            }
            close(out, entries.is_empty(), indent, depth);
            out.push('}');
        }
    }
}

fn separate(out: &mut String, position: usize, indent: Option<&str>, depth: usize) {
    if position > 0 {
        out.push(',');
    }
    if let Some(indent) = indent {
        out.push('\n');
        out.extend(std::iter::repeat_n(indent, depth));
    }
}

fn close(out: &mut String, empty: bool, indent: Option<&str>, depth: usize) {
    if let Some(indent) = indent
        && !empty
    {
        out.push('\n');
        out.extend(std::iter::repeat_n(indent, depth));
    }
}

fn write_number(out: &mut String, number: &serde_json::Number) {
    if let Some(integer) = number.as_i64() {
        out.push_str(&integer.to_string());
    } else if let Some(integer) = number.as_u64() {
        out.push_str(&integer.to_string());
    } else {
        out.push_str(&format_f64(number.as_f64().unwrap_or(0.0)));
    }
}

/// Writes a string as `json.Marshal` does, quotes included.
pub fn write_string(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            0x08 => "\\b",
            0x0C => "\\f",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            b'<' => "\\u003c",
            b'>' => "\\u003e",
            b'&' => "\\u0026",
            0..0x20 => {
                out.push_str(&text[from..at]);
                out.push_str(&format!("\\u{byte:04x}"));
                from = at + 1;
                continue;
            }
            // U+2028 and U+2029.
            0xE2 if matches!(text.as_bytes().get(at + 1..at + 3), Some([0x80, 0xA8 | 0xA9])) => {
                out.push_str(&text[from..at]);
                out.push_str(if text.as_bytes()[at + 2] == 0xA8 { "\\u2028" } else { "\\u2029" });
                from = at + 3;
                continue;
            }
            _ => continue,
        };
        out.push_str(&text[from..at]);
        out.push_str(escape);
        from = at + 1;
    }
    out.push_str(&text[from..]);
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_as_go_does() {
        let value = serde_json::json!({"b": "<a & b>\u{2028}\u{1}\u{8}\u{7f}\u{85}😀", "a": [1, 1.5, 1e21, true, null, {}, []]});
        assert_eq!(
            to_string(&value),
            "{\"a\":[1,1.5,1e+21,true,null,{},[]],\"b\":\"\\u003ca \\u0026 b\\u003e\\u2028\\u0001\\b\u{7f}\u{85}😀\"}"
        );
        assert_eq!(
            to_string_indent(&serde_json::json!({"a": [1], "b": {}}), "  "),
            "{\n  \"a\": [\n    1\n  ],\n  \"b\": {}\n}"
        );
    }
}
