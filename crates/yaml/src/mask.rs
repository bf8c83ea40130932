//! The text as the scanner may see it: same length, same line breaks, what is not YAML painted over.

use crate::holes::Hole;
use crate::scan::{CONTROL_MASK, width};

/// A painted copy of the text.
pub(crate) struct Mask {
    pub(crate) bytes: Vec<u8>,
}

impl Mask {
    pub(crate) fn new(text: &str, holes: &[Hole]) -> Self {
        let mut mask = Self { bytes: text.as_bytes().to_vec() };
        mask.paint_control_characters();
        for hole in holes {
            mask.paint(hole.start as usize, hole.end as usize);
        }
        let mut index = 0;
        while index < holes.len() {
            let line = mask.line_range(holes[index].start as usize);
            let mut last = index;
            while last + 1 < holes.len() && (holes[last + 1].start as usize) < line.1 {
                last += 1;
            }
            let on_line = &holes[index..=last];
            if on_line.iter().all(|hole| hole.own_line && hole.is_control()) {
                mask.comment_out(line.0, line.1);
            } else {
                mask.unwrap_line(text.as_bytes(), line, on_line);
            }
            index = last + 1;
        }
        mask
    }

    /// `{{#x}}- name: y{{/x}}`: what wraps a line is no part of its content. The dash of an item moves to where the line
    /// begins, so that the item stays at its column.
    fn unwrap_line(&mut self, text: &[u8], line: (usize, usize), holes: &[Hole]) {
        let (Some(first), Some(last)) = (holes.first(), holes.last()) else { return };
        let start = first.start as usize;
        if !first.is_control() || line.0 + self.indentation(line) != start {
            return;
        }
        let rest = text.get(first.end as usize..line.1).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        if rest.get(blanks..).is_some_and(|rest| rest.starts_with(b"- ")) {
            self.blank(start, first.end as usize + blanks + 1);
            if let Some(byte) = self.bytes.get_mut(start) {
                *byte = b'-';
            }
        }
        let tail = text.get(last.end as usize..line.1).unwrap_or_default();
        if holes.len() > 1 && last.is_control() && tail.trim_ascii().is_empty() {
            self.blank(last.start as usize, last.end as usize);
        }
    }

    /// Bytes no YAML stream may hold become letters.
    fn paint_control_characters(&mut self) {
        let mut at = 0;
        while let Some((bad, len)) = next_control(&self.bytes, at) {
            for byte in self.bytes.iter_mut().skip(bad).take(len) {
                *byte = b'x';
            }
            at = bad + len;
        }
    }

    /// Makes letters of a range, line breaks included.
    pub(crate) fn paint(&mut self, from: usize, to: usize) {
        if let Some(range) = self.bytes.get_mut(from..to) {
            range.fill(b'x');
        }
    }

    /// Makes spaces of a range within a line.
    pub(crate) fn blank(&mut self, from: usize, to: usize) {
        if let Some(range) = self.bytes.get_mut(from..to) {
            range.fill(b' ');
        }
    }

    /// The bytes of the line around `at`, without its break.
    pub(crate) fn line_range(&self, at: usize) -> (usize, usize) {
        let before = self.bytes.get(..at.min(self.bytes.len())).unwrap_or_default();
        let start = before.iter().rposition(|byte| matches!(byte, b'\n' | b'\r')).map_or(0, |at| at + 1);
        let rest = self.bytes.get(at..).unwrap_or_default();
        let end = at + memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        (start, end.min(self.bytes.len()).max(start))
    }

    /// The number of leading spaces and tabs of a line.
    pub(crate) fn indentation(&self, line: (usize, usize)) -> usize {
        let bytes = self.bytes.get(line.0..line.1).unwrap_or_default();
        bytes.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count()
    }

    /// Whether nothing is (left) on a line: white space or a painted comment.
    pub(crate) fn is_void(&self, line: (usize, usize)) -> bool {
        let rest = self.bytes.get(line.0 + self.indentation(line)..line.1).unwrap_or_default();
        rest.is_empty() || rest.starts_with(b"#")
    }

    /// Makes a comment of a line, from its first character on. False if there is nothing to do.
    pub(crate) fn comment_out(&mut self, start: usize, end: usize) -> bool {
        let line = (start, end);
        if self.is_void(line) {
            return false;
        }
        let from = start + self.indentation(line);
        // Tabs before a comment are no better than tabs before anything else.
        self.blank(start, from);
        self.paint(from, end);
        if let Some(byte) = self.bytes.get_mut(from) {
            *byte = b'#';
        }
        if from + 1 < end
            && let Some(byte) = self.bytes.get_mut(from + 1)
        {
            *byte = CONTROL_MASK;
        }
        true
    }
}

/// The next character at or after `from` that a YAML stream may not hold: its offset and length.
pub(crate) fn next_control(bytes: &[u8], from: usize) -> Option<(usize, usize)> {
    let mut at = from;
    loop {
        let rest = bytes.get(at..)?;
        // Whole blocks first, without a branch for each byte: nearly all of a text is plain.
        let plain =
            rest.chunks_exact(64).take_while(|block| !block.iter().fold(false, |any, byte| any | odd(*byte)));
        let plain = plain.count() * 64;
        at += plain + rest.iter().skip(plain).position(|byte| odd(*byte))?;
        match (bytes[at], bytes.get(at + 1), bytes.get(at + 2)) {
            (0xC2, Some(0x80..0xA0), _) if bytes[at + 1] != 0x85 => return Some((at, 2)),
            (0xEF, Some(0xBF), Some(0xBE | 0xBF)) => return Some((at, 3)),
            (0xC2 | 0xEF, _, _) => at += width(bytes[at]) as usize,
            _ => return Some((at, 1)),
        }
    }
}

/// Whether a byte may be, or begin, a character that a YAML stream may not hold.
const fn odd(byte: u8) -> bool {
    matches!(byte, 0..0x20 | 0x7F | 0xC2 | 0xEF) && !matches!(byte, b'\t' | b'\n' | b'\r')
}
