//! New entries and items.

use serde_json::{Map, Value};

use super::render::{self, Place, inline};
use super::{Replacement, column};
use crate::comments::line_start;
use crate::node::{Kind, Node, Style};

/// Where something new goes among its siblings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// Before all others.
    First,
    /// After all others.
    Last,
    /// After the entry with this key; last if there is none.
    After(String),
    /// Before the item with this index; last if there is none.
    At(usize),
}

/// Adds an entry to a mapping, or to a value that is not written yet (`key:` and nothing).
pub fn insert_entry(mapping: Node<'_>, key: &str, value: &Value, position: &Position) -> Option<Replacement> {
    let mapping = mapping.resolved()?;
    let mut one = Map::new();
    one.insert(key.to_owned(), value.clone());
    let entry = Value::Object(one);
    match (mapping.kind(), mapping.style()) {
        (Kind::Null, _) => super::replace_value(mapping, &entry),
        (Kind::Mapping, Style::Flow) => {
            let text = inline(&entry, Style::Plain, Place { flow: true });
            let text = text.strip_prefix('{')?.strip_suffix('}')?.to_owned();
            let siblings: Vec<(usize, usize)> =
                mapping.entries().map(|entry| (entry.span().start, entry.span().end)).collect();
            let before = match position {
                Position::First | Position::At(0) => Some(0),
                Position::After(name) => mapping
                    .entries()
                    .position(|entry| entry.key.key_text().as_deref() == Some(name))
                    .map(|index| index + 1),
                _ => None,
            };
            into_flow(mapping, &siblings, before, &text)
        }
        (Kind::Mapping, _) => {
            let indent = column(mapping, mapping.span().start)?;
            let at_front = matches!(position, Position::First | Position::At(0));
            if at_front {
                return Some(in_front(mapping.span().start, &entry, indent));
            }
            let after = match position {
                Position::After(name) => {
                    mapping.entries().find(|entry| entry.key.key_text().as_deref() == Some(name))
                }
                _ => None,
            };
            let after = after.or_else(|| mapping.entries().next_back())?;
            Some(behind(
                mapping,
                after.span().end,
                last_node(after.value),
                &render::block(&entry, indent, false),
            ))
        }
        _ => None,
    }
}

/// Adds an item to a sequence, or to a value that is not written yet.
pub fn insert_item(sequence: Node<'_>, value: &Value, position: &Position) -> Option<Replacement> {
    let sequence = sequence.resolved()?;
    let list = Value::Array(vec![value.clone()]);
    let count = sequence.items().len();
    let before = match position {
        Position::First => Some(0),
        Position::At(index) => Some(*index),
        _ => None,
    };
    let before = before.filter(|index| *index < count);
    match (sequence.kind(), sequence.style()) {
        (Kind::Null, _) => super::replace_value(sequence, &list),
        (Kind::Sequence, Style::Flow) => {
            let text = inline(value, Style::Plain, Place { flow: true });
            let siblings: Vec<(usize, usize)> =
                sequence.items().map(|item| (item.outer_span().start, item.outer_span().end)).collect();
            into_flow(sequence, &siblings, before, &text)
        }
        (Kind::Sequence, _) => {
            let indent = column(sequence, sequence.span().start)?;
            match before {
                Some(0) => Some(in_front(sequence.span().start, &list, indent)),
                Some(index) => {
                    let previous = sequence.index(index - 1)?;
                    Some(behind(
                        sequence,
                        previous.span().end,
                        last_node(previous),
                        &render::block(&list, indent, false),
                    ))
                }
                None => {
                    let last = sequence.items().next_back()?;
                    Some(behind(
                        sequence,
                        last.span().end,
                        last_node(last),
                        &render::block(&list, indent, false),
                    ))
                }
            }
        }
        _ => None,
    }
}

/// Whether a key is written with `?`.
pub(super) fn complex(key: Node<'_>) -> bool {
    let text = key.tree().text();
    let start = key.outer_span().start;
    let before = text.get(line_start(text, start)..start).unwrap_or_default();
    before.trim_end().ends_with('?')
}

/// Before the first entry or item, on its line: what was there goes to a line of its own.
fn in_front(at: usize, value: &Value, indent: usize) -> Replacement {
    (at..at, format!("{}\n{}", render::block(value, indent, true), " ".repeat(indent)))
}

/// After a sibling: at the end of its last line, or below the blank lines that a `|+` block keeps.
fn behind(node: Node<'_>, end: usize, last: Node<'_>, lines: &str) -> Replacement {
    let text = node.tree().text();
    if let Some(record) = node.tree().nodes.get(last.id().0 as usize)
        && matches!(record.style, Style::Literal | Style::Folded)
    {
        let body_end = record.c as usize;
        if text.get(..body_end).is_some_and(|before| before.ends_with('\n')) && record.chomping > 0 {
            return (body_end..body_end, format!("{lines}\n"));
        }
    }
    let at = line_end(text, end);
    (at..at, format!("{}{lines}", line_break(text)))
}

/// The last node inside a value, where its text ends.
pub(super) fn last_node(node: Node<'_>) -> Node<'_> {
    let mut node = node;
    while let Some(child) = node.children().next_back() {
        node = child;
    }
    node
}

fn into_flow(
    collection: Node<'_>,
    siblings: &[(usize, usize)],
    before: Option<usize>,
    text: &str,
) -> Option<Replacement> {
    let close = collection.span().end.checked_sub(1)?;
    let Some((_, last)) = siblings.last() else {
        let open = collection.span().start + 1;
        return Some((open..close, text.to_owned()));
    };
    match before.and_then(|index| siblings.get(index)) {
        Some((start, _)) => Some((*start..*start, format!("{text}, "))),
        None => Some((*last..*last, format!(", {text}"))),
    }
}

/// The offset of the line break at or after `at`, or the end of the text.
pub(super) fn line_end(text: &str, at: usize) -> usize {
    text.get(at..).and_then(|rest| rest.find(['\n', '\r'])).map_or(text.len(), |step| at + step)
}

/// The line break the text uses.
pub(super) fn line_break(text: &str) -> &'static str {
    match text.find('\n') {
        Some(at) if text.as_bytes().get(at.wrapping_sub(1)) == Some(&b'\r') => "\r\n",
        _ => "\n",
    }
}
