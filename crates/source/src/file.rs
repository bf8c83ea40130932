//! One file of a snapshot.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use sha2::{Digest, Sha256};

use crate::encoding::decode;
use crate::lines::{LineIndex, floor_char_boundary};
use crate::{Encoding, FileId, LineCol, Span};

/// SHA-256 of a file's bytes as they stand on disk (or would, once written).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// The hash of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Hash({self})")
    }
}

/// A decoded file. All offsets are bytes of [`SourceFile::text`], which never starts with a byte order mark.
#[derive(Debug)]
pub struct SourceFile {
    /// Its stable name.
    pub id: FileId,
    /// Its path as shown to people: relative to the snapshot's root, after the snapshot's label.
    pub path: Arc<str>,
    /// The decoded text.
    pub text: Arc<str>,
    /// The encoding of the bytes it came from, kept when it is written back.
    pub encoding: Encoding,
    /// Where in `text` the first undecodable bytes were replaced by U+FFFD; such a file is never written back.
    pub invalid_at: Option<usize>,
    hash: OnceLock<Hash>,
    lines: OnceLock<LineIndex>,
}

impl SourceFile {
    /// A file of this text in UTF-8, such as standard input.
    pub fn new(id: FileId, path: impl Into<Arc<str>>, text: impl Into<Arc<str>>) -> Self {
        Self::with_encoding(id, path, text, Encoding::Utf8)
    }

    /// A file of this text that will be written in `encoding`.
    pub fn with_encoding(
        id: FileId,
        path: impl Into<Arc<str>>,
        text: impl Into<Arc<str>>,
        encoding: Encoding,
    ) -> Self {
        let (path, text) = (path.into(), text.into());
        Self { id, path, text, encoding, invalid_at: None, hash: OnceLock::new(), lines: OnceLock::new() }
    }

    /// Decodes the bytes of a file: by byte order mark, else as UTF-8, replacing what cannot be decoded.
    pub fn decode(id: FileId, path: impl Into<Arc<str>>, bytes: Vec<u8>) -> Self {
        let hash = OnceLock::new();
        if std::str::from_utf8(&bytes).is_err() {
            // The bytes cannot be had back from the text when something was replaced.
            let _ = hash.set(Hash::of(&bytes));
        }
        let decoded = decode(bytes);
        Self {
            id,
            path: path.into(),
            text: decoded.text.into(),
            encoding: decoded.encoding,
            invalid_at: decoded.invalid_at,
            hash,
            lines: OnceLock::new(),
        }
    }

    /// The same file with other text.
    pub fn with_text(&self, text: impl Into<Arc<str>>) -> Self {
        Self::with_encoding(self.id, Arc::clone(&self.path), text, self.encoding)
    }

    /// SHA-256 of its bytes, computed on first use.
    pub fn hash(&self) -> Hash {
        *self.hash.get_or_init(|| match self.encoding {
            Encoding::Utf8 => Hash::of(self.text.as_bytes()),
            other => Hash::of(&other.encode(&self.text)),
        })
    }

    /// The whole file as a span.
    pub fn span(&self) -> Span {
        Span::new(self.id, 0..self.text.len())
    }

    /// A span over `range` of this file.
    pub fn span_of(&self, range: Range<usize>) -> Span {
        Span::new(self.id, range)
    }

    /// The text of `span`, cut to character boundaries and to the file.
    pub fn slice(&self, span: Span) -> &str {
        let start = floor_char_boundary(&self.text, span.start as usize);
        let end = floor_char_boundary(&self.text, span.end as usize).max(start);
        &self.text[start..end]
    }

    /// Line and column (characters, from 1) of a byte offset. An offset inside a character counts as the place
    /// before it, one past the end as the end.
    pub fn line_col(&self, offset: usize) -> LineCol {
        self.lines().line_col(&self.text, offset)
    }

    /// Line (from 1) of a byte offset: less work than [`SourceFile::line_col`] where lines are long.
    pub fn line_of(&self, offset: usize) -> u32 {
        self.lines().line_of(offset) as u32 + 1
    }

    /// Column of a byte offset in UTF-16 code units, from 1, as LSP and SARIF count.
    pub fn utf16_column(&self, offset: usize) -> u32 {
        self.lines().utf16_column(&self.text, offset)
    }

    /// The byte offset of a place; `None` when the file has no such line or the line no such column
    /// (the column after the last character is one).
    pub fn offset(&self, place: LineCol) -> Option<usize> {
        self.lines().offset(&self.text, place)
    }

    /// How many lines the file has; an empty file has one, and so has the place after a final line break.
    pub fn line_count(&self) -> u32 {
        self.lines().count() as u32
    }

    /// The text of a line (from 1) without its line break.
    pub fn line(&self, line: u32) -> Option<&str> {
        self.lines().line_range(&self.text, line).map(|range| &self.text[range])
    }

    /// The byte range of a line (from 1) without its line break.
    pub fn line_range(&self, line: u32) -> Option<Range<usize>> {
        self.lines().line_range(&self.text, line)
    }

    fn lines(&self) -> &LineIndex {
        self.lines.get_or_init(|| LineIndex::new(&self.text))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_is_that_of_the_bytes() {
        for bytes in [
            b"a: 1\n".to_vec(),
            Encoding::Utf8Bom.encode("a: 1\n"),
            Encoding::Utf16Be.encode("a: é\n"),
            b"a: \xFF\n".to_vec(),
        ] {
            let file = SourceFile::decode(FileId(0), "f", bytes.clone());
            assert_eq!(file.hash(), Hash::of(&bytes));
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn places_round_trip(text in "[a-zé😀 \r\n]{0,60}") {
            let file = SourceFile::new(FileId(0), "f", text.as_str());
            for (at, _) in text.char_indices() {
                let place = file.line_col(at);
                let line = file.line_range(place.line).unwrap();
                // Offsets within a line break have no column of their own in `offset`.
                if at <= line.end {
                    prop_assert_eq!(file.offset(place), Some(at));
                }
                prop_assert!(file.utf16_column(at) >= place.column);
            }
        }

        #[test]
        fn any_bytes_decode(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let file = SourceFile::decode(FileId(0), "f", bytes.clone());
            prop_assert_eq!(file.hash(), Hash::of(&bytes));
            if file.invalid_at.is_none() {
                prop_assert_eq!(file.encoding.encode(&file.text), bytes);
            }
        }
    }
}
