//! Comments, kept beside the tree.

use std::ops::Range;

use crate::node::Node;

/// A comment in the source, from its `#` to the end of its line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    pub(crate) start: u32,
    pub(crate) end: u32,
    /// Whether nothing but white space stands before it on its line.
    pub own_line: bool,
}

impl Comment {
    /// The bytes of the comment, `#` included, line break excluded.
    pub fn span(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// The comment lines directly above a node.
pub(crate) fn above(node: Node<'_>) -> Vec<&Comment> {
    let tree = node.tree();
    let start = node.key().unwrap_or(node).outer_span().start;
    let text = tree.text();
    let mut line = line_start(text, start);
    let mut index = tree.comments.partition_point(|comment| (comment.start as usize) < line);
    let mut found = Vec::new();
    while let Some(comment) = index.checked_sub(1).and_then(|before| tree.comments.get(before)) {
        if !comment.own_line
            || line_start(text, comment.start as usize) != line_start(text, line.saturating_sub(1))
            || line == 0
        {
            break;
        }
        found.push(comment);
        line = line_start(text, comment.start as usize);
        index -= 1;
    }
    found.reverse();
    found
}

/// The comment that ends the line a node (or its key, for a block collection) stands on.
pub(crate) fn after(node: Node<'_>) -> Option<&Comment> {
    let tree = node.tree();
    let text = tree.text();
    let span = node.span();
    let multi_line = text.get(span.clone())?.contains('\n');
    let at = match node.key() {
        Some(key) if multi_line => key.span().end,
        _ if multi_line => span.start,
        _ => span.end,
    };
    let end = text.get(at..)?.find(['\n', '\r']).map_or(text.len(), |step| at + step);
    let index = tree.comments.partition_point(|comment| (comment.start as usize) < at);
    tree.comments.get(index).filter(|comment| (comment.start as usize) < end && !comment.own_line)
}

pub(crate) fn line_start(text: &str, at: usize) -> usize {
    text.as_bytes()
        .get(..at)
        .unwrap_or_default()
        .iter()
        .rposition(|byte| matches!(byte, b'\n' | b'\r'))
        .map_or(0, |at| at + 1)
}
