//! Literal and folded scalars.

use super::{CONTROL_MASK, Mark, ScalarInfo, Scan, Scanner, Token, TokenKind};
use crate::node::Style;

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, literal: bool) -> Scan<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        let (chomping, increment) = self.block_header(start)?;
        let header_end = self.mark.offset;
        while self.is_blank() {
            self.skip();
        }
        if self.byte(0) == b'#' {
            self.skip_comment();
        }
        if !self.is_breakz() {
            return self.fault(start, "did not find expected comment or line break");
        }
        self.skip_line();

        let body = self.mark.offset;
        let mut indent = match increment {
            0 => 0,
            _ => increment + self.indent.max(0) as u32,
        };
        let mut end = self.mark;
        let mut content_end = header_end;
        // Where the body ends if no more content follows: before template lines of lower indentation.
        let mut cut = self.block_breaks(&mut indent, start, &mut end)?;
        while self.mark.column == indent && self.byte(0) != 0 {
            self.skip_to_line_end();
            content_end = self.mark.offset;
            self.need(2);
            self.skip_line();
            cut = self.block_breaks(&mut indent, start, &mut end)?;
        }
        let info = ScalarInfo {
            style: if literal { Style::Literal } else { Style::Folded },
            verbatim: false,
            chomping,
            indent,
            body,
            body_end: cut.unwrap_or(end.offset).max(body),
            content_end,
        };
        self.tokens.push_back(Token { kind: TokenKind::Scalar(info), start, end });
        Ok(())
    }

    /// The chomping and indentation indicators, in either order.
    fn block_header(&mut self, start: Mark) -> Scan<(i8, u32)> {
        let mut chomping = 0;
        let mut increment = 0;
        let mut chomped = false;
        let mut indented = false;
        loop {
            match self.byte(0) {
                sign @ (b'+' | b'-') if !chomped => {
                    chomping = if sign == b'+' { 1 } else { -1 };
                    chomped = true;
                    self.skip();
                }
                digit @ b'0'..=b'9' if !indented => {
                    if digit == b'0' {
                        return self.fault(start, "found an indentation indicator equal to 0");
                    }
                    increment = u32::from(digit - b'0');
                    indented = true;
                    self.skip();
                }
                _ => return Ok((chomping, increment)),
            }
        }
    }

    /// Eats indentation and empty lines, and finds the indentation if it is still unknown (0).
    /// Answers where template lines of lower indentation began, if any were stepped over at the end.
    fn block_breaks(&mut self, indent: &mut u32, start: Mark, end: &mut Mark) -> Scan<Option<u32>> {
        *end = self.mark;
        let mut cut = None;
        let mut max_indent = 0;
        loop {
            while (*indent == 0 || self.mark.column < *indent) && self.byte(0) == b' ' {
                self.skip();
            }
            if self.peek(0) == b'#'
                && self.peek(1) == CONTROL_MASK
                && self.mark.column < (*indent).max((self.indent + 1) as u32)
            {
                cut = cut.or(Some(end.offset));
                self.skip_to_line_end();
                if !self.is_break() {
                    break;
                }
                self.skip_line();
                *end = self.mark;
                continue;
            }
            max_indent = max_indent.max(self.mark.column);
            if (*indent == 0 || self.mark.column < *indent) && self.peek(0) == b'\t' {
                return self.fault(start, "found a tab character where an indentation space is expected");
            }
            if !self.is_break() {
                break;
            }
            self.need(2);
            self.skip_line();
            *end = self.mark;
        }
        if *indent == 0 {
            *indent = max_indent.max((self.indent + 1).max(1) as u32);
        }
        Ok(cut)
    }
}
