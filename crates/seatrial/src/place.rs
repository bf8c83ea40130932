//! Spans as people and machines read them.

use std::sync::Arc;

use seatrial_source::{SourceFile, Span};
use seatrial_trial::report::Report;

/// A span with its file's path; lines and columns from 1, the end exclusive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    /// The file's path as the report shows it.
    pub file: Arc<str>,
    /// First line.
    pub line: u32,
    /// First column, in characters.
    pub column: u32,
    /// Line of the end.
    pub end_line: u32,
    /// Column after the last character.
    pub end_column: u32,
}

/// The place of `span`; `None` when the report does not know its file.
pub(crate) fn place(report: &Report, span: Span) -> Option<Place> {
    Some(in_file(report.file(span.file)?, span))
}

/// The place of `span` in its file.
pub(crate) fn in_file(file: &SourceFile, span: Span) -> Place {
    let start = file.line_col(span.start as usize);
    let end = file.line_col(span.end.max(span.start) as usize);
    Place {
        file: Arc::clone(&file.path),
        line: start.line,
        column: start.column,
        end_line: end.line,
        end_column: end.column,
    }
}

/// The same for a tool that counts columns in UTF-16 code units: (line, column, end line, end column).
pub(crate) fn utf16(file: &SourceFile, span: Span) -> (u32, u32, u32, u32) {
    let place = in_file(file, span);
    let column = file.utf16_column(span.start as usize);
    let end = file.utf16_column(span.end.max(span.start) as usize);
    (place.line, column, place.end_line, end)
}
