//! Changes to a text that keep everything else: each function answers which bytes to replace by what.
//!
//! The answer is nothing where the change cannot be made in place (a key that is no plain text, an item of something that
//! is not a sequence). Values are written the way their surroundings are: block or brackets, the same quotes, the same
//! indentation.

mod insert;
mod remove;
mod render;

use std::ops::Range;

use serde_json::Value;

use crate::node::{Kind, Node, Style};
use render::{Place, inline};

pub use insert::{Position, insert_entry, insert_item};
pub use remove::{remove_entry, remove_item};

/// The bytes to replace, and what goes there.
pub type Replacement = (Range<usize>, String);

/// The text with one replacement made.
pub fn apply(text: &str, (span, new): &Replacement) -> String {
    let before = text.get(..span.start).unwrap_or_default();
    let after = text.get(span.end..).unwrap_or_default();
    format!("{before}{new}{after}")
}

/// Sets a scalar (or a value that is not written at all) to a null, boolean, number or string. Quotes are kept if the
/// new value is a string and they can hold it. For collections use [`replace_value`].
pub fn set_scalar(node: Node<'_>, value: &Value) -> Option<Replacement> {
    if matches!(value, Value::Array(_) | Value::Object(_))
        || matches!(node.kind(), Kind::Mapping | Kind::Sequence)
    {
        return replace_value(node, value);
    }
    if node.kind() == Kind::Null || node.outer_span().is_empty() {
        return fill_null(node, &inline(value, Style::Plain, place_of(node)));
    }
    if let (Style::Literal, Value::String(text)) = (node.style(), value)
        && let Some(replacement) = block_text(node, text)
    {
        return Some(replacement);
    }
    let text = inline(value, node.style(), place_of(node));
    Some((node.outer_span(), text))
}

/// Puts quotes around a plain scalar as it is written, so that it becomes that text: `{{ .x }}` becomes `'{{ .x }}'`.
pub fn quote(node: Node<'_>) -> Option<Replacement> {
    if node.kind() != Kind::Scalar || node.style() != Style::Plain {
        return None;
    }
    let text = node.as_str()?;
    Some((node.span(), render::quoted(&text, Style::SingleQuoted)))
}

/// Renames a key; quotes are kept where they can hold the new name.
pub fn rename_key(key: Node<'_>, name: &str) -> Option<Replacement> {
    if !key.is_key() || key.kind() != Kind::Scalar || name.chars().count() > 512 {
        return None;
    }
    let style = match key.style() {
        Style::Literal | Style::Folded => return None,
        style => style,
    };
    Some((key.span(), inline(&Value::String(name.to_owned()), style, place_of(key))))
}

/// Replaces a whole value, tag and anchor included, by a YAML rendering of `value` at the right indentation.
pub fn replace_value(node: Node<'_>, value: &Value) -> Option<Replacement> {
    let place = place_of(node);
    let is_collection = match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(entries) => !entries.is_empty(),
        _ => false,
    };
    if place.flow || !is_collection {
        let text = inline(value, node.style(), place);
        if node.kind() == Kind::Null || node.outer_span().is_empty() {
            return fill_null(node, &text);
        }
        let span = whole_span(node);
        let lead = if span.start < node.outer_span().start { " " } else { "" };
        return Some((span, format!("{lead}{text}")));
    }
    let Some(key) = node.key() else {
        // An item or the root: the first line stands where the value began.
        let column = match node.parent() {
            Some(parent) => column(parent, parent.span().start)? + 2,
            None => 0,
        };
        if node.kind() == Kind::Null || node.outer_span().is_empty() {
            let at = node.span().start;
            let lead = if node.parent().is_some() { " " } else { "\n" };
            return Some((at..at, format!("{lead}{}", render::block(value, column, true))));
        }
        return Some((node.outer_span(), render::block(value, column, true)));
    };
    let key_column = column(node, key.outer_span().start)?;
    let indent = match (value, node.kind(), node.style()) {
        (Value::Array(_), Kind::Sequence, Style::Block) => column(node, node.span().start)?,
        (Value::Array(_), _, _) => key_column,
        (_, Kind::Mapping, Style::Block) => column(node, node.span().start)?,
        _ => key_column + 2,
    };
    let body = format!("\n{}", render::block(value, indent, false));
    if node.kind() == Kind::Null || node.outer_span().is_empty() {
        has_colon(node, key)?;
        let at = insert::line_end(node.tree().text(), node.span().start);
        return Some((at..at, body));
    }
    Some((whole_span(node), body))
}

/// Replaces a range of a scalar's value (byte offsets of the decoded value). In a literal block the rest stays as it is
/// written; other styles are written anew.
pub fn replace_text(node: Node<'_>, range: Range<usize>, new: &str) -> Option<Replacement> {
    let decoded = node.decoded()?;
    let old = decoded.text();
    let changed = format!("{}{new}{}", old.get(..range.start)?, old.get(range.end..)?);
    if node.style() == Style::Literal
        && !new.contains(['\r', '\u{85}', '\u{2028}', '\u{2029}'])
        && !range.is_empty()
        && !old.get(range.clone())?.contains('\n')
        && !new.is_empty()
    {
        let span = decoded.source_span(range);
        let indent = " ".repeat(render::block_indent(node));
        return Some((span, new.replace('\n', &format!("\n{indent}"))));
    }
    set_scalar(node, &Value::String(changed))
}

/// A literal block's new lines, under the old header if that still fits.
fn block_text(node: Node<'_>, text: &str) -> Option<Replacement> {
    let header_end = insert::line_end(node.tree().text(), node.span().start);
    let header = node.tree().text().get(node.span().start..header_end)?;
    let lines = render::literal_lines(text, render::block_indent(node))?;
    // The header's chomping must suit the text, and its indentation must not need to be told.
    let chomping = match text.as_bytes() {
        [.., b'\n', b'\n'] | b"\n" => return None,
        [.., b'\n'] => "",
        _ => "-",
    };
    let wanted = format!("|{chomping}");
    let comment = header.find(" #").map_or("", |at| header.get(at..).unwrap_or_default());
    Some((node.outer_span(), format!("{wanted}{comment}\n{lines}")))
}

/// Where a value that is not written goes: after the colon or the dash.
fn fill_null(node: Node<'_>, text: &str) -> Option<Replacement> {
    let at = node.span().start;
    match node.key() {
        Some(key) if has_colon(node, key).is_none() => {
            place_of(node).flow.then(|| (at..at, format!(": {text}")))
        }
        None if node.parent().is_none() => {
            let lead = if at == 0 || node.tree().text().get(..at).is_some_and(|before| before.ends_with('\n'))
            {
                ""
            } else {
                " "
            };
            Some((at..at, format!("{lead}{text}")))
        }
        _ => Some((at..at, format!(" {text}"))),
    }
}

fn has_colon(node: Node<'_>, key: Node<'_>) -> Option<()> {
    let between = node.tree().text().get(key.span().end..node.span().start)?;
    between.contains(':').then_some(())
}

/// From right after the colon (or dash) to the end of the value, so that a block value may become an inline one and back.
fn whole_span(node: Node<'_>) -> Range<usize> {
    let span = node.outer_span();
    let text = node.tree().text();
    if node.key().is_none() {
        return span;
    }
    let before = text.get(..span.start).unwrap_or_default();
    let trimmed = before.trim_end_matches([' ', '\t', '\n', '\r']);
    let start = if trimmed.ends_with(':') { trimmed.len() } else { span.start };
    start..span.end
}

/// The kind of place a node stands in.
fn place_of(node: Node<'_>) -> Place {
    let mut at = node.parent();
    let mut flow = false;
    while let Some(parent) = at {
        flow |= parent.style() == Style::Flow;
        at = parent.parent();
    }
    Place { flow }
}

/// The column (in characters) of an offset.
fn column(node: Node<'_>, offset: usize) -> Option<usize> {
    let text = node.tree().text();
    let start = crate::comments::line_start(text, offset);
    Some(text.get(start..offset)?.chars().filter(|char| *char != '\u{FEFF}').count())
}
