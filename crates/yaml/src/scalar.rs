//! From a scalar's source text to its value, on demand, with the way back.

use std::borrow::Cow;
use std::ops::Range;

use crate::node::Style;
use crate::tree::Record;

/// A scalar as go-yaml types it.
#[derive(Clone, Debug, PartialEq)]
pub enum Scalar {
    /// `~`, `null`, nothing.
    Null,
    /// `true`, `yes`, `on`, `y`, …
    Bool(bool),
    /// An integer that fits.
    Int(i64),
    /// An integer that only fits unsigned.
    Uint(u64),
    /// Any other number, infinities and NaN included.
    Float(f64),
    /// A date or time; go-yaml keeps it as the text it is.
    Timestamp(String),
    /// Text.
    Str(String),
    /// Bytes of a `!!binary`.
    Binary(Vec<u8>),
}

/// The value of a scalar, each byte of which knows where it came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decoded {
    text: String,
    pieces: Vec<Piece>,
    end: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Piece {
    at: u32,
    source: u32,
    /// Whether the bytes were copied one by one; else the whole piece comes from one place (an escape, a fold).
    copied: bool,
}

impl Decoded {
    /// The value.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The value, without the way back.
    pub fn into_text(self) -> String {
        self.text
    }

    /// Where in the source the byte `offset` of the value was written. The end of the value maps to the end of
    /// what was written.
    pub fn source_offset(&self, offset: usize) -> usize {
        if offset >= self.text.len() {
            return self.end;
        }
        let index = self.pieces.partition_point(|piece| piece.at as usize <= offset);
        match index.checked_sub(1).and_then(|index| self.pieces.get(index)) {
            Some(piece) if piece.copied => piece.source as usize + (offset - piece.at as usize),
            Some(piece) => piece.source as usize,
            None => self.end,
        }
    }

    /// The source of a range of the value.
    pub fn source_span(&self, range: Range<usize>) -> Range<usize> {
        let start = self.source_offset(range.start);
        let end = match range.end.checked_sub(1).filter(|last| *last >= range.start) {
            None => start,
            Some(last) => {
                let index = self.pieces.partition_point(|piece| piece.at as usize <= last);
                match self.pieces.get(index) {
                    Some(next) if next.at as usize == range.end && !self.is_copied(index) => {
                        next.source as usize
                    }
                    _ if self.is_copied(index) => self.source_offset(last) + 1,
                    _ => self.source_offset(range.end),
                }
            }
        };
        start..end.max(start)
    }

    fn is_copied(&self, next: usize) -> bool {
        next.checked_sub(1).and_then(|index| self.pieces.get(index)).is_some_and(|piece| piece.copied)
    }
}

/// Where decoded text goes; the map is only kept when asked for.
struct Sink<'s> {
    source: &'s str,
    text: String,
    pieces: Option<Vec<Piece>>,
}

impl Sink<'_> {
    fn copy(&mut self, from: usize, to: usize) {
        let source = self.source;
        if let Some(slice) = source.get(from..to).filter(|slice| !slice.is_empty()) {
            self.note(from, true);
            self.text.push_str(slice);
        }
    }

    fn put(&mut self, text: &str, from: usize) {
        if !text.is_empty() {
            self.note(from, false);
            self.text.push_str(text);
        }
    }

    fn note(&mut self, source: usize, copied: bool) {
        let at = self.text.len() as u32;
        if let Some(pieces) = &mut self.pieces {
            pieces.push(Piece { at, source: source as u32, copied });
        }
    }
}

/// The value of a scalar record.
pub(crate) fn text<'s>(source: &'s str, record: &Record) -> Cow<'s, str> {
    if record.verbatim {
        let range = content_range(record);
        return Cow::Borrowed(source.get(range).unwrap_or_default());
    }
    let mut sink = Sink { source, text: String::new(), pieces: None };
    decode(&mut sink, record);
    Cow::Owned(sink.text)
}

/// The value of a scalar record with its map.
pub(crate) fn decode_mapped(source: &str, record: &Record) -> Decoded {
    let mut sink = Sink { source, text: String::new(), pieces: Some(Vec::new()) };
    let range = content_range(record);
    let end = range.end;
    if record.verbatim {
        sink.copy(range.start, range.end);
    } else {
        decode(&mut sink, record);
    }
    Decoded { text: sink.text, pieces: sink.pieces.unwrap_or_default(), end }
}

/// The source range that holds the value: between the quotes, the lines of a block scalar, or the node itself.
pub(crate) fn content_range(record: &Record) -> Range<usize> {
    let (start, end) = (record.start as usize, record.end as usize);
    match record.style {
        Style::SingleQuoted | Style::DoubleQuoted => {
            (start + 1).min(end)..end.saturating_sub(1).max((start + 1).min(end))
        }
        Style::Literal | Style::Folded => record.a as usize..record.c as usize,
        _ => start..end,
    }
}

fn decode(sink: &mut Sink<'_>, record: &Record) {
    let range = content_range(record);
    match record.style {
        Style::Literal => block(sink, range, record.b as usize, record.chomping, true),
        Style::Folded => block(sink, range, record.b as usize, record.chomping, false),
        Style::SingleQuoted => flow(sink, range, Quote::Single),
        Style::DoubleQuoted => flow(sink, range, Quote::Double),
        _ => flow(sink, range, Quote::None),
    }
}

/// The number of bytes of the line break at `at`: 0 if there is none.
pub(crate) fn break_len(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(b'\n') => 1,
        Some(b'\r') => 1 + usize::from(bytes.get(at + 1) == Some(&b'\n')),
        Some(0xC2) if bytes.get(at + 1) == Some(&0x85) => 2,
        Some(0xE2) if bytes.get(at + 1) == Some(&0x80) && matches!(bytes.get(at + 2), Some(0xA8 | 0xA9)) => 3,
        _ => 0,
    }
}

/// What a line break of `len` bytes at `at` becomes: a line feed, save for U+2028 and U+2029, which stay.
fn break_text(source: &str, at: usize, len: usize) -> &str {
    if len == 3 { source.get(at..at + len).unwrap_or("\n") } else { "\n" }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Quote {
    None,
    Single,
    Double,
}

fn flow(sink: &mut Sink<'_>, range: Range<usize>, quote: Quote) {
    let source = sink.source;
    let bytes = source.as_bytes().get(..range.end).unwrap_or_default();
    let mut at = range.start;
    let mut copied_from = at;
    while at < range.end {
        let byte = bytes[at];
        if matches!(byte, b' ' | b'\t') || break_len(bytes, at) > 0 {
            let run = at;
            let (next, broken) = skip_white(bytes, at);
            if broken {
                sink.copy(copied_from, run);
                fold(sink, bytes, run, next, false);
                copied_from = next;
            }
            at = next;
        } else if quote == Quote::Single && byte == b'\'' && bytes.get(at + 1) == Some(&b'\'') {
            sink.copy(copied_from, at + 1);
            at += 2;
            copied_from = at;
        } else if quote == Quote::Double && byte == b'\\' {
            sink.copy(copied_from, at);
            let len = break_len(bytes, at + 1);
            if len > 0 {
                let (next, _) = skip_white(bytes, at + 1 + len);
                fold(sink, bytes, at + 1 + len, next, true);
                at = next;
            } else {
                at = escape(sink, bytes, at);
            }
            copied_from = at;
        } else {
            at += 1;
        }
    }
    sink.copy(copied_from.min(range.end), range.end);
}

fn skip_white(bytes: &[u8], mut at: usize) -> (usize, bool) {
    let mut broken = false;
    loop {
        let len = break_len(bytes, at);
        if len > 0 {
            broken = true;
            at += len;
        } else if matches!(bytes.get(at), Some(b' ' | b'\t')) {
            at += 1;
        } else {
            return (at, broken);
        }
    }
}

/// Folds the line breaks in `from..to`. After an escaped break all of them are "trailing".
fn fold(sink: &mut Sink<'_>, bytes: &[u8], from: usize, to: usize, escaped: bool) {
    let source = sink.source;
    let mut breaks = Vec::new();
    let mut at = from;
    while at < to {
        let len = break_len(bytes, at);
        if len > 0 {
            breaks.push((at, break_text(source, at, len)));
        }
        at += len.max(1);
    }
    let trailing = if escaped {
        &breaks[..]
    } else {
        match breaks.split_first() {
            Some(((at, first), rest)) => {
                if *first == "\n" {
                    if rest.is_empty() {
                        sink.put(" ", *at);
                    }
                } else {
                    sink.put(first, *at);
                }
                rest
            }
            None => &[],
        }
    };
    for (at, text) in trailing {
        sink.put(text, *at);
    }
}

/// Decodes the escape at `at`, and answers where it ends.
fn escape(sink: &mut Sink<'_>, bytes: &[u8], at: usize) -> usize {
    let code = bytes.get(at + 1).copied().unwrap_or(b'\\');
    let fixed = match code {
        b'0' => "\0",
        b'a' => "\x07",
        b'b' => "\x08",
        b't' | b'\t' => "\t",
        b'n' => "\n",
        b'v' => "\x0B",
        b'f' => "\x0C",
        b'r' => "\r",
        b'e' => "\x1B",
        b' ' => " ",
        b'"' => "\"",
        b'\'' => "'",
        b'\\' => "\\",
        b'N' => "\u{85}",
        b'_' => "\u{A0}",
        b'L' => "\u{2028}",
        b'P' => "\u{2029}",
        b'x' | b'u' | b'U' => {
            let len = match code {
                b'x' => 2,
                b'u' => 4,
                _ => 8,
            };
            let digits = bytes.get(at + 2..at + 2 + len).and_then(|digits| std::str::from_utf8(digits).ok());
            let char =
                digits.and_then(|digits| u32::from_str_radix(digits, 16).ok()).and_then(char::from_u32);
            if let Some(char) = char {
                sink.put(char.encode_utf8(&mut [0; 4]), at);
                return at + 2 + len;
            }
            "\u{FFFD}"
        }
        // The scanner refuses others; a tolerant reader keeps what is written.
        _ => {
            sink.copy(at, at + 1);
            return at + 1;
        }
    };
    sink.put(fixed, at);
    (at + 2).min(bytes.len())
}

fn block(sink: &mut Sink<'_>, range: Range<usize>, indent: usize, chomping: i8, literal: bool) {
    let source = sink.source;
    let bytes = source.as_bytes().get(..range.end).unwrap_or_default();
    let mut at = range.start;
    let mut leading_break: Option<(usize, &str)> = None;
    let mut trailing: Vec<(usize, &str)> = Vec::new();
    let mut leading_blank = false;
    while at < range.end {
        let spaces = bytes[at..].iter().take(indent).take_while(|byte| **byte == b' ').count();
        at += spaces;
        let len = break_len(bytes, at);
        if len > 0 {
            trailing.push((at, break_text(source, at, len)));
            at += len;
            continue;
        }
        if at >= range.end {
            break;
        }
        let blank = matches!(bytes[at], b' ' | b'\t');
        match leading_break {
            Some((at, "\n")) if !literal && !leading_blank && !blank => {
                sink.put(if trailing.is_empty() { " " } else { "" }, at);
            }
            Some((at, text)) => sink.put(text, at),
            None => {}
        }
        for (at, text) in trailing.drain(..) {
            sink.put(text, at);
        }
        leading_blank = blank;
        let end = line_end(bytes, at);
        sink.copy(at, end);
        let len = break_len(bytes, end);
        leading_break = (len > 0).then(|| (end, break_text(source, end, len)));
        at = end + len;
    }
    if chomping >= 0
        && let Some((at, text)) = leading_break
    {
        sink.put(text, at);
    }
    if chomping > 0 {
        for (at, text) in trailing {
            sink.put(text, at);
        }
    }
}

/// The offset of the next line break, or the end.
pub(crate) fn line_end(bytes: &[u8], mut at: usize) -> usize {
    loop {
        let rest = bytes.get(at..).unwrap_or_default();
        let Some(step) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r' | 0xC2 | 0xE2)) else {
            return bytes.len();
        };
        at += step;
        if break_len(bytes, at) > 0 {
            return at;
        }
        at += 1;
    }
}
