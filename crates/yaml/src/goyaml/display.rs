//! `%#v` of decoded values, as it stands in go-yaml's messages.

use std::collections::BTreeMap;

use super::decode::View;
use super::resolve::Resolved;
use crate::gojson::format_g;
use crate::node::Kind;

/// How deep and how long such a text may get.
const MAX_DEPTH: usize = 200;
const MAX_LEN: usize = 1 << 20;

/// `%#v` of a value held in an interface inside another value.
pub(super) fn go_syntax(view: View<'_>, id: u32) -> String {
    let mut out = String::new();
    write(&mut out, view, id, 0);
    out
}

/// `%#v` of a value on its own.
pub(super) fn go_syntax_top(view: View<'_>, id: u32) -> String {
    let text = go_syntax(view, id);
    if text == "interface {}(nil)" { "<nil>".to_owned() } else { text }
}

fn write(out: &mut String, view: View<'_>, id: u32, depth: usize) {
    let Some(mut record) = view.record(id) else { return };
    for _ in 0..64 {
        if record.kind != Kind::Alias {
            break;
        }
        match view.record(record.a) {
            Some(target) => record = target,
            None => return,
        }
    }
    if depth > MAX_DEPTH || out.len() > MAX_LEN {
        out.push('…');
        return;
    }
    match record.kind {
        Kind::Mapping => {
            out.push_str("map[interface {}]interface {}{");
            // fmt sorts the keys; the last of duplicates counts.
            let mut entries: BTreeMap<(u8, String), (String, u32)> = BTreeMap::new();
            for pair in view.children_of(record).chunks_exact(2) {
                let shown = go_syntax(view, pair[0]);
                let rank = match shown.as_bytes().first() {
                    Some(b'"') => 2,
                    Some(b'i') => 0,
                    _ => 1,
                };
                entries.insert((rank, sort_text(view, pair[0])), (shown, pair[1]));
            }
            for (position, (key, value)) in entries.into_values().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                out.push_str(&key);
                out.push(':');
                write(out, view, value, depth + 1);
            }
            out.push('}');
        }
        Kind::Sequence => {
            out.push_str("[]interface {}{");
            for (position, child) in view.children_of(record).iter().enumerate() {
                if position > 0 {
                    out.push_str(", ");
                }
                write(out, view, *child, depth + 1);
            }
            out.push('}');
        }
        _ => {
            let (text, resolved) = view.resolve(record);
            match resolved {
                Ok(resolved) => out.push_str(&go_scalar(&resolved, &text)),
                Err(_) => out.push_str(&quote(&text)),
            }
        }
    }
}

fn sort_text(view: View<'_>, id: u32) -> String {
    view.record(id).map(|record| view.resolve(record).0.into_owned()).unwrap_or_default()
}

/// `%#v` of a scalar.
pub(super) fn go_scalar(resolved: &Resolved, text: &str) -> String {
    match resolved {
        Resolved::Null => "interface {}(nil)".to_owned(),
        Resolved::Bool(value) => value.to_string(),
        Resolved::Int(value) => value.to_string(),
        Resolved::Uint(value) => format!("0x{value:x}"),
        Resolved::Float(value) => format_g(*value),
        _ => quote(text),
    }
}

/// `strconv.Quote`.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{C}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{B}' => out.push_str("\\v"),
            '\0'..' ' | '\u{7F}' => out.push_str(&format!("\\x{:02x}", char as u32)),
            '\u{80}'..='\u{A0}'
            | '\u{AD}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{FEFF}'
            | '\u{2000}'..='\u{200F}'
            | '\u{3000}' => {
                out.push_str(&format!("\\u{:04x}", char as u32));
            }
            _ => out.push(char),
        }
    }
    out.push('"');
    out
}
