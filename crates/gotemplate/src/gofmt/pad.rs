//! Flags, width and precision: the formatting of single strings and numbers.

use super::float;
use crate::quote::{can_backquote, quote_into, quote_rune_into, rune_count, truncate_runes};
use crate::unicode::is_print;

const LOWER: &[u8; 17] = b"0123456789abcdefx";
const UPPER: &[u8; 17] = b"0123456789ABCDEFX";

/// The flags of one verb.
#[derive(Clone, Copy, Default)]
pub(super) struct Flags {
    pub(super) width: Option<usize>,
    pub(super) precision: Option<usize>,
    pub(super) minus: bool,
    pub(super) plus: bool,
    pub(super) sharp: bool,
    pub(super) space: bool,
    pub(super) zero: bool,
    /// `%+v`
    pub(super) plus_v: bool,
    /// `%#v`
    pub(super) sharp_v: bool,
}

impl Flags {
    /// Whether nothing but the value itself is to be written.
    pub(super) fn plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && !self.plus && !self.space && !self.sharp
    }

    fn padding(self, out: &mut Vec<u8>, count: usize) {
        // Zeros go to the left only.
        let byte = if self.zero && !self.minus { b'0' } else { b' ' };
        out.resize(out.len() + count, byte);
    }

    /// Writes text padded to the width.
    pub(super) fn pad(self, out: &mut Vec<u8>, text: &[u8]) {
        let width = self.width.unwrap_or(0);
        if width == 0 {
            out.extend_from_slice(text);
            return;
        }
        let padding = width.saturating_sub(rune_count(text));
        if self.minus {
            out.extend_from_slice(text);
            self.padding(out, padding);
        } else {
            self.padding(out, padding);
            out.extend_from_slice(text);
        }
    }

    fn truncate(self, text: &[u8]) -> &[u8] {
        self.precision.map_or(text, |precision| truncate_runes(text, precision))
    }

    /// `%s`.
    pub(super) fn string(self, out: &mut Vec<u8>, text: &[u8]) {
        self.pad(out, self.truncate(text));
    }

    /// `%q` of a string.
    pub(super) fn quoted(self, out: &mut Vec<u8>, text: &[u8]) {
        let text = self.truncate(text);
        let mut quoted = Vec::with_capacity(text.len() + 2);
        if self.sharp && can_backquote(text) {
            quoted.push(b'`');
            quoted.extend_from_slice(text);
            quoted.push(b'`');
        } else {
            quote_into(&mut quoted, text, self.plus);
        }
        self.pad(out, &quoted);
    }

    /// `%x` and `%X` of bytes.
    pub(super) fn hex_bytes(self, out: &mut Vec<u8>, bytes: &[u8], upper: bool) {
        let digits = if upper { UPPER } else { LOWER };
        let bytes = match self.precision {
            Some(precision) if precision < bytes.len() => &bytes[..precision],
            _ => bytes,
        };
        if bytes.is_empty() {
            self.padding(out, self.width.unwrap_or(0));
            return;
        }
        let mut text = Vec::with_capacity(bytes.len() * 2 + 2);
        for (index, byte) in bytes.iter().enumerate() {
            if self.space && index > 0 {
                text.push(b' ');
            }
            if self.sharp && (self.space || index == 0) {
                text.extend_from_slice(&[b'0', digits[16]]);
            }
            text.extend_from_slice(&[digits[usize::from(byte >> 4)], digits[usize::from(byte & 15)]]);
        }
        self.pad(out, &text);
    }

    /// Integers in any base; `verb` is `O` for a `0o` prefix.
    pub(super) fn integer(
        self,
        out: &mut Vec<u8>,
        value: u64,
        negative: bool,
        base: u64,
        verb: char,
        upper: bool,
    ) {
        let digits = if upper { UPPER } else { LOWER };
        let mut precision = 0;
        if let Some(given) = self.precision {
            precision = given;
            if precision == 0 && value == 0 {
                let spaces = Self { zero: false, ..self };
                spaces.padding(out, self.width.unwrap_or(0));
                return;
            }
        } else if let (true, false, Some(width)) = (self.zero, self.minus, self.width) {
            precision = width.saturating_sub(usize::from(negative || self.plus || self.space));
        }
        // From the right.
        let mut text = Vec::with_capacity(precision.max(24));
        let mut rest = value;
        loop {
            text.push(digits[(rest % base) as usize]);
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        if text.len() < precision {
            text.resize(precision, b'0');
        }
        if self.sharp {
            match base {
                2 => text.extend_from_slice(b"b0"),
                8 if text.last() != Some(&b'0') => text.push(b'0'),
                16 => text.extend_from_slice(&[digits[16], b'0']),
                _ => {}
            }
        }
        if verb == 'O' {
            text.extend_from_slice(b"o0");
        }
        if negative {
            text.push(b'-');
        } else if self.plus {
            text.push(b'+');
        } else if self.space {
            text.push(b' ');
        }
        text.reverse();
        Self { zero: false, ..self }.pad(out, &text);
    }

    /// `%c`.
    pub(super) fn character(self, out: &mut Vec<u8>, code: u64) {
        let c = rune(code);
        self.pad(out, c.encode_utf8(&mut [0; 4]).as_bytes());
    }

    /// `%q` of an integer.
    pub(super) fn quoted_character(self, out: &mut Vec<u8>, code: u64) {
        let mut text = Vec::with_capacity(12);
        quote_rune_into(&mut text, rune(code), self.plus);
        self.pad(out, &text);
    }

    /// `%U`.
    pub(super) fn unicode(self, out: &mut Vec<u8>, code: u64) {
        let precision = self.precision.unwrap_or(0).max(4);
        let digits = format!("{code:X}");
        let mut text = format!("U+{}{digits}", "0".repeat(precision.saturating_sub(digits.len())));
        if self.sharp
            && let Some(c) = u32::try_from(code).ok().and_then(char::from_u32).filter(|c| is_print(*c))
        {
            text.push_str(" '");
            text.push(c);
            text.push('\'');
        }
        Self { zero: false, ..self }.pad(out, text.as_bytes());
    }

    /// Floating-point numbers; `default` is the precision when none is given.
    pub(super) fn float(self, out: &mut Vec<u8>, v: f64, verb: u8, default: Option<usize>) {
        let precision = self.precision.or(default);
        let mut number = Vec::with_capacity(24);
        number.push(b'+');
        float::append(&mut number, v, verb, precision);
        if matches!(number.get(1), Some(b'-' | b'+')) {
            number.remove(0);
        }
        if self.space && number[0] == b'+' && !self.plus {
            number[0] = b' ';
        }
        if v.is_infinite() || v.is_nan() {
            if v.is_nan() && !self.space && !self.plus {
                number.remove(0);
            }
            Self { zero: false, ..self }.pad(out, &number);
            return;
        }
        if self.sharp && verb != b'b' {
            restore_zeros(&mut number, verb, precision);
        }
        if self.plus || number[0] != b'+' {
            if let (true, false, Some(width)) = (self.zero, self.minus, self.width)
                && width > number.len()
            {
                // The sign goes before the zeros.
                out.push(number[0]);
                self.padding(out, width - number.len());
                out.extend_from_slice(&number[1..]);
                return;
            }
            self.pad(out, &number);
            return;
        }
        self.pad(out, &number[1..]);
    }
}

/// The character of a code, U+FFFD when there is none.
fn rune(code: u64) -> char {
    u32::try_from(code).ok().and_then(char::from_u32).unwrap_or('\u{fffd}')
}

/// What the sharp flag does: a decimal point always, and the trailing zeros of `%g`.
fn restore_zeros(number: &mut Vec<u8>, verb: u8, precision: Option<usize>) {
    let mut digits: i64 = match verb {
        b'v' | b'g' | b'G' | b'x' => precision.map_or(6, |precision| precision as i64),
        _ => 0,
    };
    let mut tail = Vec::new();
    let (mut point, mut nonzero) = (false, false);
    let mut at = 1;
    while at < number.len() {
        match number[at] {
            b'.' => point = true,
            b'p' | b'P' => tail = number.split_off(at),
            b'e' | b'E' if verb != b'x' && verb != b'X' => tail = number.split_off(at),
            digit => {
                nonzero |= digit != b'0';
                digits -= i64::from(nonzero);
            }
        }
        at += 1;
    }
    if !point {
        if number.len() == 2 && number[1] == b'0' {
            digits -= 1;
        }
        number.push(b'.');
    }
    number.resize(number.len() + usize::try_from(digits).unwrap_or(0), b'0');
    number.extend_from_slice(&tail);
}
