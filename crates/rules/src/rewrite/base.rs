//! Edits of entries, items and scalars.

use std::ops::Range;

use seatrial_source::Edit;
use seatrial_trial::Manifest;
use seatrial_yaml::{Entry, Kind, Node, Style, goyaml};
use serde_json::Value;

/// Replaces a range of the manifest's text.
pub fn replace(manifest: &Manifest, range: Range<usize>, text: impl Into<String>) -> Edit {
    Edit::replace(manifest.file.span_of(range), text)
}

/// Inserts text at a byte of the manifest.
pub fn insert(manifest: &Manifest, at: usize, text: impl Into<String>) -> Edit {
    Edit::insert(manifest.file.id, at, text)
}

/// Where the line that holds `offset` begins.
pub fn line_start(text: &str, offset: usize) -> usize {
    text.get(..offset).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1)
}

/// Where the line that holds `offset` ends, its line break excluded.
pub fn line_end(text: &str, offset: usize) -> usize {
    let rest = text.get(offset..).unwrap_or_default();
    let end = rest.find('\n').map_or(text.len(), |at| offset + at);
    if end > offset && text.as_bytes().get(end - 1) == Some(&b'\r') { end - 1 } else { end }
}

/// How many bytes of its line stand before `offset`.
pub fn column(text: &str, offset: usize) -> usize {
    offset - line_start(text, offset)
}

/// Puts `columns` blanks before every line that is not empty.
pub fn indent(lines: &str, columns: usize) -> String {
    let blanks = " ".repeat(columns);
    let mut out = String::new();
    for (i, line) in lines.trim_end_matches('\n').split('\n').enumerate() {
        if i > 0 {
            out.push('\n');
        }
        if !line.trim().is_empty() {
            out.push_str(&blanks);
            out.push_str(line);
        }
    }
    out
}

/// Takes off the blanks that every line has in common.
pub fn dedent(lines: &str) -> String {
    let width = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let common = lines.lines().filter(|l| !l.trim().is_empty()).map(width).min().unwrap_or_default();
    let mut out: Vec<&str> = lines.lines().map(|l| l.get(common..).unwrap_or_default()).collect();
    while out.last().is_some_and(|l| l.trim().is_empty()) {
        out.pop();
    }
    out.join("\n")
}

/// The text of a string as a YAML scalar on one line, quoted where it must be.
pub fn scalar(text: &str) -> String {
    let written = goyaml::to_yaml(&Value::String(text.to_owned())).unwrap_or_default();
    let written = written.trim_end_matches('\n');
    if written.is_empty() || written.contains('\n') || written.starts_with(['|', '>']) {
        return serde_json::to_string(text).unwrap_or_default();
    }
    written.to_owned()
}

/// The text of a string as a YAML scalar that is quoted in any case.
pub fn quoted(text: &str) -> String {
    if text.contains(['\'', '\n']) {
        serde_json::to_string(text).unwrap_or_default()
    } else {
        format!("'{text}'")
    }
}

/// Quotes a plain scalar as it stands: two insertions wherever nothing inside needs an escape, so that edits of its
/// inside compose with it.
pub fn quote(manifest: &Manifest, range: Range<usize>) -> Vec<Edit> {
    let source = manifest.file.text.get(range.clone()).unwrap_or_default();
    let quote = match (source.contains('\''), source.contains(['"', '\\'])) {
        (false, _) => "'",
        (true, false) => "\"",
        (true, true) => return vec![replace(manifest, range, format!("'{}'", source.replace('\'', "''")))],
    };
    vec![insert(manifest, range.start, quote), insert(manifest, range.end, quote)]
}

/// Replaces a value, tag and anchor included.
pub fn set_value(manifest: &Manifest, node: Node<'_>, text: &str) -> Edit {
    match node.key().filter(|_| node.kind() == Kind::Null) {
        Some(key) => {
            let colon = after_colon(manifest, key.span().end);
            insert(manifest, colon, format!(" {text}"))
        }
        None => replace(manifest, node.outer_span(), text),
    }
}

/// Just after the colon that follows a key.
fn after_colon(manifest: &Manifest, key_end: usize) -> usize {
    let rest = manifest.file.text.get(key_end..).unwrap_or_default();
    rest.find(':').map_or(key_end, |at| key_end + at + 1)
}

/// Gives an entry another key.
pub fn rename(manifest: &Manifest, key: Node<'_>, name: &str) -> Edit {
    replace(manifest, key.outer_span(), name)
}

/// The column that a block mapping's keys stand in; for a mapping that is not written yet, the one they would.
pub fn entry_column(manifest: &Manifest, mapping: Node<'_>) -> Option<usize> {
    let text = &manifest.file.text;
    match mapping.entries().next() {
        Some(first) => Some(column(text, first.key.outer_span().start)),
        None => Some(column(text, mapping.key()?.outer_span().start) + 2),
    }
}

/// Adds an entry (`lines`, without indentation, key included) at the end of a mapping.
///
/// Into a mapping in braces only an entry of one line can go; `None` where it cannot be done.
pub fn append_entry(manifest: &Manifest, mapping: Node<'_>, lines: &str) -> Option<Edit> {
    let text = &manifest.file.text;
    match (mapping.kind(), mapping.style()) {
        (Kind::Mapping, Style::Flow) => append_flow(manifest, mapping, lines),
        (Kind::Mapping, _) => {
            let last = mapping.entries().next_back()?;
            insert_after(manifest, last, lines)
        }
        (Kind::Null, _) => {
            let key = mapping.key()?;
            let end = line_end(text, key.span().end);
            Some(insert(manifest, end, format!("\n{}", indent(lines, entry_column(manifest, mapping)?))))
        }
        _ => None,
    }
}

/// Adds an entry before the first one of a block mapping.
pub fn prepend_entry(manifest: &Manifest, mapping: Node<'_>, lines: &str) -> Option<Edit> {
    if mapping.kind() != Kind::Mapping || mapping.style() == Style::Flow {
        return append_entry(manifest, mapping, lines);
    }
    let first = mapping.entries().next()?.key.outer_span().start;
    let columns = column(&manifest.file.text, first);
    let block = indent(lines, columns);
    Some(insert(manifest, first, format!("{}\n{}", block.trim_start(), " ".repeat(columns))))
}

/// Adds an entry after one of a block mapping (in braces: at their end).
pub fn insert_after(manifest: &Manifest, entry: Entry<'_>, lines: &str) -> Option<Edit> {
    let text = &manifest.file.text;
    let mapping = entry.key.parent()?;
    if mapping.style() == Style::Flow {
        return append_flow(manifest, mapping, lines);
    }
    let columns = column(text, entry.key.outer_span().start);
    let end = line_end(text, trimmed_end(text, entry.span()));
    Some(insert(manifest, end, format!("\n{}", indent(lines, columns))))
}

fn append_flow(manifest: &Manifest, mapping: Node<'_>, lines: &str) -> Option<Edit> {
    if lines.trim_end().contains('\n') {
        return None;
    }
    let span = mapping.span();
    let text = manifest.file.text.get(span.clone())?;
    text.strip_suffix('}')?;
    match mapping.entries().next_back() {
        Some(last) => Some(insert(manifest, last.span().end, format!(", {}", lines.trim()))),
        None => Some(insert(manifest, span.start + 1, lines.trim())),
    }
}

/// The end of a range without the white space it may end with.
fn trimmed_end(text: &str, range: Range<usize>) -> usize {
    let source = text.get(range.clone()).unwrap_or_default();
    range.start + source.trim_end().len()
}

/// The bytes that go when an entry is removed: its lines, or its part between braces.
fn entry_range(manifest: &Manifest, entry: Entry<'_>) -> Option<Range<usize>> {
    let text = &manifest.file.text;
    let mapping = entry.key.parent()?;
    let start = entry.key.outer_span().start;
    let end = trimmed_end(text, entry.span());
    let entries: Vec<Entry<'_>> = mapping.entries().collect();
    let at = entries.iter().position(|e| e.key == entry.key)?;
    if mapping.style() == Style::Flow {
        return Some(match (at.checked_sub(1).and_then(|i| entries.get(i)), entries.get(at + 1)) {
            (_, Some(next)) => start..next.key.outer_span().start,
            (Some(previous), None) => previous.span().end..end,
            (None, None) => start..end,
        });
    }
    let before = text.get(line_start(text, start)..start)?;
    if !before.trim().is_empty() {
        // The first entry of a list item shares the line with its dash.
        return Some(start..entries.get(at + 1)?.key.outer_span().start);
    }
    Some(line_start(text, start)..(line_end(text, end) + 1).min(text.len()))
}

/// Removes an entry with its lines.
///
/// A mapping that would be left empty goes too, up to (not including) the mapping at `keep` levels below the root.
pub fn remove_entry(manifest: &Manifest, value: Node<'_>, keep: usize) -> Option<Edit> {
    let mut value = value;
    loop {
        let key = value.key()?;
        let mapping = value.parent()?;
        let alone = mapping.entries().len() == 1;
        if alone && mapping.key().is_some() && mapping.path().len() > keep {
            value = mapping;
            continue;
        }
        let range = entry_range(manifest, Entry { key, value })?;
        return Some(replace(manifest, range, ""));
    }
}

/// The range that [`remove_entry`] would take out.
pub fn removal_range(manifest: &Manifest, value: Node<'_>, keep: usize) -> Option<Range<usize>> {
    remove_entry(manifest, value, keep).map(|edit| edit.span.range())
}

/// Removes an item of a list with its lines; `None` for the only item.
pub fn remove_item(manifest: &Manifest, item: Node<'_>) -> Option<Edit> {
    let text = &manifest.file.text;
    let list = item.parent().filter(|l| l.kind() == Kind::Sequence)?;
    let items: Vec<Node<'_>> = list.items().collect();
    let at = items.iter().position(|i| *i == item)?;
    let span = item.outer_span();
    if items.len() < 2 {
        return None;
    }
    if list.style() == Style::Flow {
        let range = match items.get(at + 1) {
            Some(next) => span.start..next.outer_span().start,
            None => items.get(at - 1)?.outer_span().end..span.end,
        };
        return Some(replace(manifest, range, ""));
    }
    let start = line_start(text, span.start);
    let end = line_end(text, trimmed_end(text, span));
    Some(replace(manifest, start..(end + 1).min(text.len()), ""))
}

/// The source of a value as lines without indentation, fit to stand after a key of any column: the first line of a
/// scalar, or a block's lines.
pub fn source_lines(manifest: &Manifest, node: Node<'_>) -> String {
    let text = &manifest.file.text;
    let span = node.outer_span();
    let end = trimmed_end(text, span.clone());
    let columns = column(text, span.start);
    let first = " ".repeat(columns);
    let source = text.get(span.start..end).unwrap_or_default();
    dedent(&format!("{first}{source}"))
}
