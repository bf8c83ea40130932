//! Byte offsets to lines and columns, and back.

/// A place as people count: both start at 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineCol {
    /// Line, from 1.
    pub line: u32,
    /// Column in characters, from 1.
    pub column: u32,
}

/// Where each line starts. A line ends at `\n`, `\r\n` or a lone `\r`.
#[derive(Debug)]
pub(crate) struct LineIndex {
    starts: Vec<u32>,
    ascii: bool,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n') {
                continue;
            }
            starts.push(at as u32 + 1);
        }
        Self { starts, ascii: text.is_ascii() }
    }

    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// The line (from 0) of `offset`.
    pub(crate) fn line_of(&self, offset: usize) -> usize {
        self.starts.partition_point(|&start| start as usize <= offset).saturating_sub(1)
    }

    /// The line (from 0) of `offset` and the text of that line before it.
    fn before<'t>(&self, text: &'t str, offset: usize) -> (usize, &'t str) {
        let offset = floor_char_boundary(text, offset);
        let line = self.line_of(offset);
        (line, &text[self.starts[line] as usize..offset])
    }

    pub(crate) fn line_col(&self, text: &str, offset: usize) -> LineCol {
        let (line, before) = self.before(text, offset);
        let column = if self.ascii { before.len() } else { before.chars().count() };
        LineCol { line: line as u32 + 1, column: column as u32 + 1 }
    }

    pub(crate) fn utf16_column(&self, text: &str, offset: usize) -> u32 {
        let (_, before) = self.before(text, offset);
        let units = if self.ascii { before.len() } else { before.encode_utf16().count() };
        units as u32 + 1
    }

    /// The text range of a line (from 1) without its line break.
    pub(crate) fn line_range(&self, text: &str, line: u32) -> Option<std::ops::Range<usize>> {
        let index = (line as usize).checked_sub(1)?;
        let start = *self.starts.get(index)? as usize;
        let mut end = self.starts.get(index + 1).map_or(text.len(), |next| *next as usize);
        let bytes = text.as_bytes();
        if index + 1 < self.starts.len() {
            end -= 1;
            if end > start && bytes[end] == b'\n' && bytes[end - 1] == b'\r' {
                end -= 1;
            }
        }
        Some(start..end)
    }

    pub(crate) fn offset(&self, text: &str, place: LineCol) -> Option<usize> {
        let range = self.line_range(text, place.line)?;
        let column = (place.column as usize).checked_sub(1)?;
        let line = &text[range.clone()];
        if self.ascii {
            return (column <= line.len()).then_some(range.start + column);
        }
        let mut chars = line.char_indices().map(|(at, _)| at).chain(std::iter::once(line.len()));
        chars.nth(column).map(|at| range.start + at)
    }
}

/// The last character boundary at or before `offset`.
pub(crate) fn floor_char_boundary(text: &str, offset: usize) -> usize {
    let mut at = offset.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, offset: usize) -> (u32, u32) {
        let place = LineIndex::new(text).line_col(text, offset);
        (place.line, place.column)
    }

    #[test]
    fn all_line_breaks_count_once() {
        let text = "a\nb\r\nc\rd";
        assert_eq!(at(text, 0), (1, 1));
        assert_eq!(at(text, 2), (2, 1));
        assert_eq!(at(text, 5), (3, 1));
        assert_eq!(at(text, 7), (4, 1));
        assert_eq!(at(text, 99), (4, 2));
        let index = LineIndex::new(text);
        let lines: Vec<_> = (1..=4).map(|n| &text[index.line_range(text, n).unwrap()]).collect();
        assert_eq!(lines, ["a", "b", "c", "d"]);
        assert_eq!(index.line_range(text, 5), None);
        assert_eq!(index.line_range(text, 0), None);
    }

    #[test]
    fn columns_count_characters_or_utf16_units() {
        let text = "é😀x: 1";
        let index = LineIndex::new(text);
        assert_eq!(index.line_col(text, 6).column, 3);
        assert_eq!(index.utf16_column(text, 6), 4);
        // A place inside a character is the place before it.
        assert_eq!(index.line_col(text, 4).column, 2);
    }
}
