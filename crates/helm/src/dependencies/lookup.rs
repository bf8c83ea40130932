//! Dotted paths into tables: `Values.Table` and `Values.PathValue`.

use serde_json::Value;

use crate::coalesce::{Heap, Item, TableId};

/// The table at a path; the name that is no table otherwise.
pub(super) fn table<'p>(heap: &Heap<'_>, from: TableId, path: &'p str) -> Result<TableId, &'p str> {
    let mut at = from;
    for name in path.split('.') {
        match heap.get(at, name) {
            Some(Item::Table(inner)) => at = inner,
            _ => return Err(name),
        }
    }
    Ok(at)
}

/// The value at a path, unless it is a table.
pub(super) fn value<'v>(heap: &Heap<'v>, from: TableId, path: &str) -> Option<&'v Value> {
    let (at, key) = match path.rsplit_once('.') {
        Some((tables, key)) => (table(heap, from, tables).ok()?, key),
        None => (from, path),
    };
    match heap.get(at, key)? {
        Item::Leaf(value) => Some(value),
        Item::Table(_) => None,
    }
}
