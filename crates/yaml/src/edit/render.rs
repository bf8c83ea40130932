//! Values as text that fits a place.

use serde_json::Value;

use crate::goyaml;
use crate::node::{Node, Style};

/// Where a text goes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    /// Inside brackets.
    pub(super) flow: bool,
}

/// A value on one line.
pub(super) fn inline(value: &Value, style: Style, place: Place) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => goyaml::number_text(number),
        Value::String(text) => string(text, style, place),
        Value::Array(items) => {
            let items: Vec<String> =
                items.iter().map(|item| inline(item, Style::Plain, Place { flow: true })).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(entries) => {
            let entries: Vec<String> = entries
                .iter()
                .map(|(key, value)| {
                    let key = string(key, Style::Plain, Place { flow: true });
                    format!("{key}: {}", inline(value, Style::Plain, Place { flow: true }))
                })
                .collect();
            format!("{{{}}}", entries.join(", "))
        }
    }
}

fn string(text: &str, style: Style, place: Place) -> String {
    let (block, flow) = goyaml::allows_plain(text);
    let allowed = if place.flow { flow } else { block };
    let keeps_quotes = matches!(style, Style::SingleQuoted | Style::DoubleQuoted);
    let plain = allowed && goyaml::can_be_plain(text) && text != "<<";
    if plain && !keeps_quotes && !text.contains("{{") {
        return text.to_owned();
    }
    quoted(text, style)
}

/// A string in quotes: those of `style` if they can hold it, single ones by default.
pub(super) fn quoted(text: &str, style: Style) -> String {
    if style == Style::DoubleQuoted || !goyaml::allows_single(text) {
        return goyaml::double_quoted(text);
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// A collection as block lines at an indentation, without a line break at the end. `hanging`: the first line stands
/// where the cursor is.
pub(super) fn block(value: &Value, indent: usize, hanging: bool) -> String {
    let text = goyaml::emit_for_edit(value);
    let lead = " ".repeat(indent);
    let mut out = String::with_capacity(text.len() + 64);
    for (position, line) in text.split_inclusive('\n').enumerate() {
        if line != "\n" && !(hanging && position == 0) {
            out.push_str(&lead);
        }
        out.push_str(line);
    }
    // A literal at the end may hold its own line breaks.
    let keep = out.len() - usize::from(out.ends_with('\n'));
    out.truncate(keep);
    out
}

/// The indentation of a block scalar's lines.
pub(super) fn block_indent(node: Node<'_>) -> usize {
    node.tree().nodes.get(node.id().0 as usize).map_or(0, |record| record.b as usize)
}

/// The lines of a literal block, without the last line break. Nothing if it needs more than plain lines.
pub(super) fn literal_lines(text: &str, indent: usize) -> Option<String> {
    let odd = |char: char| {
        matches!(char, '\r' | '\u{85}' | '\u{2028}' | '\u{2029}' | '\u{7F}')
            || char < ' ' && char != '\n' && char != '\t'
    };
    if text.is_empty()
        || text.starts_with([' ', '\n', '\t'])
        || text.contains(odd)
        || !text.chars().any(|char| !char.is_whitespace())
    {
        return None;
    }
    if text.chars().any(|char| {
        ('\u{80}'..'\u{A0}').contains(&char) || matches!(char, '\u{FFFE}' | '\u{FFFF}' | '\u{FEFF}')
    }) {
        return None;
    }
    let lead = " ".repeat(indent);
    let body = text.strip_suffix('\n').unwrap_or(text);
    let lines: Vec<String> = body
        .split('\n')
        .map(|line| if line.is_empty() { String::new() } else { format!("{lead}{line}") })
        .collect();
    Some(lines.join("\n"))
}
