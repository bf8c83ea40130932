//! Entries and items that go.

use std::ops::Range;

use super::insert::{complex, line_end};
use super::{Replacement, place_of};
use crate::comments::line_start;
use crate::node::{Entry, Kind, Node, Style};

/// Removes an entry from its mapping, with the comment lines directly above it and the comment at its end. A mapping
/// that loses its last entry becomes `{}`.
pub fn remove_entry(entry: Entry<'_>) -> Option<Replacement> {
    let mapping = entry.key.parent()?;
    if mapping.kind() != Kind::Mapping || mapping.entries().any(|entry| complex(entry.key)) {
        return None;
    }
    let siblings: Vec<Range<usize>> = mapping.entries().map(|entry| entry.span()).collect();
    let index = mapping.entries().position(|other| other == entry)?;
    remove(mapping, &siblings, index, entry.key, entry.value, "{}")
}

/// Removes an item from its sequence, with the comment lines directly above it. A sequence that loses its last item
/// becomes `[]`.
pub fn remove_item(item: Node<'_>) -> Option<Replacement> {
    let sequence = item.parent()?;
    if sequence.kind() != Kind::Sequence {
        return None;
    }
    let siblings: Vec<Range<usize>> = match sequence.style() {
        Style::Flow => sequence.items().map(|item| item.outer_span()).collect(),
        _ => sequence
            .items()
            .map(|item| dash(item).map(|dash| dash..item.outer_span().end))
            .collect::<Option<_>>()?,
    };
    let index = item.item_index()?;
    remove(sequence, &siblings, index, item, item, "[]")
}

/// Where the dash of a block item stands.
fn dash(item: Node<'_>) -> Option<usize> {
    let text = item.tree().text();
    let previous = match item.item_index()?.checked_sub(1) {
        Some(index) => item.parent()?.index(index)?.outer_span().end,
        None => return Some(item.parent()?.span().start),
    };
    // Only blanks, comments and line breaks lie between two items, and the dash.
    let mut at = previous;
    while at < item.outer_span().start.max(previous + 1) {
        match text.as_bytes().get(at)? {
            b'#' => at = line_end(text, at),
            b'-' => return Some(at),
            _ => at += 1,
        }
    }
    None
}

fn remove(
    collection: Node<'_>,
    siblings: &[Range<usize>],
    index: usize,
    first: Node<'_>,
    last: Node<'_>,
    empty: &str,
) -> Option<Replacement> {
    let text = collection.tree().text();
    let span = siblings.get(index)?.clone();
    let flow = collection.style() == Style::Flow;
    if siblings.len() == 1 {
        if flow {
            return Some((collection.span(), empty.to_owned()));
        }
        let whole = super::whole_span(collection);
        let lead = if whole.start < collection.outer_span().start { " " } else { "" };
        return Some((whole, format!("{lead}{empty}")));
    }
    if flow || place_of(first).flow && collection.style() == Style::Flow {
        return match siblings.get(index + 1) {
            Some(next) => Some((span.start..next.start, String::new())),
            None => Some((siblings.get(index.checked_sub(1)?)?.end..span.end, String::new())),
        };
    }
    let start_of_line = line_start(text, span.start);
    let own_line = text.get(start_of_line..span.start)?.trim_matches([' ', '\t', '\u{FEFF}']).is_empty();
    if !own_line {
        // The first thing after a dash: the next one moves up to its place.
        let next = siblings.get(index + 1)?;
        return Some((span.start..next.start, String::new()));
    }
    let comments = if first == last { first.comments_above() } else { last.comments_above() };
    let from = comments.first().map_or(start_of_line, |comment| line_start(text, comment.span().start));
    let end = full_end(last, span.end);
    let to = line_end(text, end);
    let after = text.get(to..)?;
    let next_line = if after.starts_with("\r\n") { to + 2 } else { (to + 1).min(text.len()) };
    if to >= text.len() && from > 0 {
        // The last line of a text without a break at its end: the break before goes instead.
        let before = text.get(..from)?;
        let cut = before.len()
            - before
                .strip_suffix("\r\n")
                .or(before.strip_suffix('\n'))
                .map_or(0, |rest| before.len() - rest.len());
        return Some((cut..text.len(), String::new()));
    }
    Some((from..next_line, String::new()))
}

/// The end of a value with all lines of a block scalar that keeps them.
fn full_end(node: Node<'_>, end: usize) -> usize {
    let last = super::insert::last_node(node);
    match node.tree().nodes.get(last.id().0 as usize) {
        Some(record) if matches!(record.style, Style::Literal | Style::Folded) && record.chomping > 0 => {
            (record.c as usize).saturating_sub(1).max(end)
        }
        _ => end,
    }
}
