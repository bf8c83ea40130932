//! Plain and quoted scalars.

use super::{Mark, ScalarInfo, Scan, Scanner, Token, TokenKind};
use crate::node::Style;

impl Scanner<'_> {
    fn push_flow_scalar(&mut self, style: Style, verbatim: bool, start: Mark, end: Mark) {
        let info = ScalarInfo {
            style,
            verbatim,
            chomping: 0,
            indent: 0,
            body: start.offset,
            body_end: end.offset,
            content_end: end.offset,
        };
        self.tokens.push_back(Token { kind: TokenKind::Scalar(info), start, end });
    }

    pub(super) fn fetch_plain(&mut self) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let mut end = start;
        let indent = self.indent + 1;
        let mut leading_blanks = false;
        let mut verbatim = true;
        loop {
            self.need(4);
            if self.at_document_indicator() || self.peek(0) == b'#' {
                break;
            }
            let from = self.mark.offset;
            self.plain_run();
            if self.mark.offset > from {
                verbatim &= !leading_blanks;
                leading_blanks = false;
                end = self.mark;
            }
            if !(self.is_blank() || self.is_break()) {
                break;
            }
            loop {
                if self.is_blank() {
                    if leading_blanks && (self.mark.column as i32) < indent && self.peek(0) == b'\t' {
                        return self.fault(start, "found a tab character that violates indentation");
                    }
                    self.skip();
                } else if self.is_break() {
                    self.skip_line();
                    leading_blanks = true;
                } else {
                    self.need(1);
                    break;
                }
            }
            if self.flow_level == 0 && (self.mark.column as i32) < indent {
                break;
            }
        }
        if leading_blanks {
            self.simple_key_allowed = true;
        }
        self.push_flow_scalar(Style::Plain, verbatim, start, end);
        Ok(())
    }

    /// Takes the characters up to a blank, a break or what ends a plain scalar.
    fn plain_run(&mut self) {
        let flow = self.flow_level > 0;
        let bytes = self.bytes;
        let from = self.mark.offset as usize;
        let mut at = from;
        let mut chars = 0;
        loop {
            let Some(byte) = bytes.get(at) else {
                self.touched_end = true;
                break;
            };
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0 => break,
                b':' => {
                    match bytes.get(at + 1) {
                        None => {
                            self.touched_end = true;
                            break;
                        }
                        Some(b' ' | b'\t' | b'\n' | b'\r' | 0) => break,
                        Some(0xC2 | 0xE2) if crate::scalar::break_len(bytes, at + 1) > 0 => break,
                        Some(_) => {}
                    }
                    at += 1;
                    chars += 1;
                }
                b',' | b'?' | b'[' | b']' | b'{' | b'}' if flow => break,
                0xC2 | 0xE2 if crate::scalar::break_len(bytes, at) > 0 => break,
                byte => {
                    chars += u32::from(byte & 0xC0 != 0x80);
                    at += 1;
                }
            }
        }
        self.mark.offset = at as u32;
        self.mark.index += chars;
        self.mark.column += chars;
    }

    pub(super) fn fetch_flow_scalar(&mut self, single: bool) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let mut verbatim = true;
        let quote = if single { b'\'' } else { b'"' };
        self.skip();
        loop {
            self.need(4);
            if self.at_document_indicator() {
                return self.fault(start, "found unexpected document indicator");
            }
            if self.byte(0) == 0 {
                return self.fault(start, "found unexpected end of stream");
            }
            while !self.is_blankz(0) {
                let byte = self.peek(0);
                if byte == quote {
                    if single && self.byte(1) == b'\'' {
                        verbatim = false;
                        self.skip_many(2);
                    } else {
                        break;
                    }
                } else if !single && byte == b'\\' {
                    verbatim = false;
                    if self.break_at(1) > 0 {
                        self.skip();
                        self.skip_line();
                        break;
                    }
                    self.scan_escape(start)?;
                } else {
                    self.skip();
                }
                self.need(2);
            }
            self.need(1);
            if self.peek(0) == quote {
                break;
            }
            loop {
                if self.is_blank() {
                    self.skip();
                } else if self.is_break() {
                    verbatim = false;
                    self.skip_line();
                } else {
                    self.need(1);
                    break;
                }
            }
        }
        self.skip();
        if self.mark.line > start.line {
            self.last_multiline = Some((start.offset, self.mark.offset));
        }
        let style = if single { Style::SingleQuoted } else { Style::DoubleQuoted };
        self.push_flow_scalar(style, verbatim, start, self.mark);
        Ok(())
    }

    fn scan_escape(&mut self, start: Mark) -> Scan<()> {
        let digits = match self.byte(1) {
            b'0' | b'a' | b'b' | b't' | b'\t' | b'n' | b'v' | b'f' | b'r' | b'e' | b' ' | b'"' | b'\''
            | b'\\' | b'N' | b'_' | b'L' | b'P' => 0,
            b'x' => 2,
            b'u' => 4,
            b'U' => 8,
            _ => return self.fault(start, "found unknown escape character"),
        };
        self.skip_many(2);
        self.need(digits);
        let mut value: u64 = 0;
        for ahead in 0..digits {
            let Some(digit) = (self.byte(ahead) as char).to_digit(16) else {
                return self.fault(start, "did not find expected hexdecimal number");
            };
            value = value << 4 | u64::from(digit);
        }
        if digits > 0 && ((0xD800..=0xDFFF).contains(&value) || value > 0x0010_FFFF) {
            return self.fault(start, "found invalid Unicode character escape code");
        }
        self.skip_many(digits);
        Ok(())
    }
}
