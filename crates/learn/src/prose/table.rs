//! Tables: a cell's environment stands in its row or in its column's title.

use std::ops::Range;

use super::names::Names;
use super::token::{Token, tokens};

/// A cell that says something of environments.
pub(super) struct Cell {
    pub(super) span: Range<usize>,
    /// The row it is in.
    pub(super) row: usize,
    /// Words of the title that says what it is about.
    pub(super) header: Vec<Token>,
    pub(super) environments: Vec<String>,
}

/// Tables wider than this are no tables.
const MAX_COLUMNS: usize = 64;

/// The cells of a table whose first row has titles.
pub(super) fn cells(text: &str, rows: &[Range<usize>], names: &Names) -> Vec<Cell> {
    let Some((first, body)) = rows.split_first() else { return Vec::new() };
    let titles = split(text, first.clone());
    let of = |span: &Range<usize>| -> Vec<String> {
        let tokens = tokens(text, span.clone());
        let mut found = Vec::new();
        for index in 0..tokens.len() {
            found.extend(names.mentioned(&tokens, index));
        }
        found
    };
    let by_column: Vec<Vec<String>> = titles.iter().map(of).collect();
    let columns_are_environments = by_column.iter().filter(|found| !found.is_empty()).count() >= 1
        && by_column.first().is_none_or(Vec::is_empty);
    let mut cells = Vec::new();
    for (index, row) in body.iter().enumerate() {
        let parts = split(text, row.clone());
        let Some(label) = parts.first() else { continue };
        let own = of(label);
        for (column, span) in parts.iter().enumerate().skip(1) {
            let (header, environments) = if columns_are_environments {
                (label.clone(), by_column.get(column).cloned().unwrap_or_default())
            } else {
                let Some(title) = titles.get(column) else { continue };
                (title.clone(), own.clone())
            };
            if environments.is_empty() || span.is_empty() {
                continue;
            }
            let header = tokens(text, header);
            cells.push(Cell { span: span.clone(), row: index + 1, header, environments });
        }
    }
    cells
}

fn split(text: &str, row: Range<usize>) -> Vec<Range<usize>> {
    let Some(line) = text.get(row.clone()) else { return Vec::new() };
    let inner = line.strip_prefix('|').unwrap_or(line);
    let mut start = row.start + (line.len() - inner.len());
    let inner = inner.trim_end().strip_suffix('|').unwrap_or(inner);
    let mut parts = Vec::new();
    for part in inner.split('|').take(MAX_COLUMNS) {
        let lead = part.len() - part.trim_start().len();
        parts.push(start + lead..start + lead + part.trim().len());
        start += part.len() + 1;
    }
    parts
}
