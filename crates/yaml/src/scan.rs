//! The scanner: bytes to tokens, step for step as libyaml's (and so go-yaml's) does it.
//!
//! It runs on raw text for the strict verdict and on masked text (see `mask`) for the tolerant tree. Values of scalars are
//! not built here: a token only says where the scalar stands and how it is written.

mod block;
mod directive;
mod flow;
mod token;

use std::collections::VecDeque;

pub(crate) use token::{Fault, FaultKind, Mark, ScalarInfo, Token, TokenKind};

use crate::comments::Comment;
use crate::scalar::break_len;
use token::SimpleKey;

/// go-yaml's bounds on flow nesting and on indentation nesting.
const MAX_FLOW_LEVEL: usize = 10_000;
const MAX_INDENTS: usize = 10_000;

/// A masked template line starts with `#` and this byte; inside a block scalar it does not end the scalar.
pub(crate) const CONTROL_MASK: u8 = 0x01;

pub(crate) type Scan<T> = Result<T, Box<Fault>>;

pub(crate) struct Scanner<'b> {
    bytes: &'b [u8],
    mark: Mark,
    tokens: VecDeque<Token>,
    tokens_parsed: usize,
    indent: i32,
    indents: Vec<i32>,
    simple_keys: Vec<SimpleKey>,
    simple_key_allowed: bool,
    flow_level: usize,
    started: bool,
    finished: bool,
    /// Where the text was cut because of a byte no stream may hold, and what go-yaml says about it.
    cut: Option<(usize, &'static str)>,
    touched_end: bool,
    pub(crate) comments: Vec<Comment>,
    /// The last quoted scalar that spans lines.
    pub(crate) last_multiline: Option<(u32, u32)>,
    /// Handle and suffix of each tag token, and handle and prefix of each `%TAG`.
    pub(crate) tags: Vec<(String, String)>,
}

impl<'b> Scanner<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        let mut scanner = Self {
            bytes,
            mark: Mark::default(),
            tokens: VecDeque::new(),
            tokens_parsed: 0,
            indent: -1,
            indents: Vec::new(),
            simple_keys: Vec::new(),
            simple_key_allowed: true,
            flow_level: 0,
            started: false,
            finished: false,
            cut: None,
            touched_end: false,
            comments: Vec::new(),
            last_multiline: None,
            tags: Vec::new(),
        };
        if bytes.starts_with(b"\xEF\xBB\xBF") {
            scanner.mark.offset = 3;
        }
        scanner
    }

    /// A scanner that answers `message` as soon as go-yaml's reader would have met the byte at `bad`.
    pub(crate) fn with_bad_byte(bytes: &'b [u8], bad: usize, message: &'static str) -> Self {
        let end = decoded_before(bytes, bad);
        let mut scanner = Self::new(bytes.get(..end).unwrap_or_default());
        scanner.cut = Some((bad, message));
        scanner
    }

    pub(crate) fn mark(&self) -> Mark {
        self.mark
    }

    // ---- reading -------------------------------------------------------------------------------------------------

    #[inline]
    fn byte(&mut self, ahead: usize) -> u8 {
        match self.bytes.get(self.mark.offset as usize + ahead) {
            Some(byte) => *byte,
            None => {
                self.touched_end = true;
                0
            }
        }
    }

    #[inline]
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.mark.offset as usize + ahead).copied().unwrap_or(0)
    }

    fn at_end(&self) -> bool {
        self.mark.offset as usize >= self.bytes.len()
    }

    /// go-yaml's reader fills its buffer before it looks; only matters where the text was cut.
    fn need(&mut self, chars: usize) {
        if self.cut.is_some() {
            let rest = self.bytes.get(self.mark.offset as usize..).unwrap_or_default();
            if rest.iter().filter(|byte| **byte & 0xC0 != 0x80).take(chars).count() < chars {
                self.touched_end = true;
            }
        }
    }

    #[inline]
    fn break_at(&self, ahead: usize) -> usize {
        break_len(self.bytes, self.mark.offset as usize + ahead)
    }

    #[inline]
    fn is_break(&self) -> bool {
        self.break_at(0) > 0
    }

    #[inline]
    fn is_blank(&self) -> bool {
        matches!(self.peek(0), b' ' | b'\t')
    }

    #[inline]
    fn is_blankz(&mut self, ahead: usize) -> bool {
        matches!(self.byte(ahead), b' ' | b'\t' | 0) || self.break_at(ahead) > 0
    }

    #[inline]
    fn is_breakz(&mut self) -> bool {
        self.byte(0) == 0 || self.is_break()
    }

    #[inline]
    fn skip(&mut self) {
        let width = width(self.peek(0));
        self.mark.offset += width;
        self.mark.index += 1;
        self.mark.column += 1;
    }

    fn skip_many(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    fn skip_line(&mut self) {
        let len = self.break_at(0) as u32;
        if len > 0 {
            self.mark.index += if len == 2 && self.peek(0) == b'\r' { 2 } else { 1 };
            self.mark.offset += len;
            self.mark.column = 0;
            self.mark.line += 1;
        }
    }

    fn skip_to_line_end(&mut self) {
        let from = self.mark.offset as usize;
        let mut at = from;
        let mut chars = 0;
        loop {
            match self.bytes.get(at) {
                None => {
                    self.touched_end = true;
                    break;
                }
                Some(b'\n' | b'\r' | 0) => break,
                Some(0xC2 | 0xE2) if break_len(self.bytes, at) > 0 => break,
                Some(byte) => {
                    chars += u32::from(byte & 0xC0 != 0x80);
                    at += 1;
                }
            }
        }
        self.mark.offset = at as u32;
        self.mark.index += chars;
        self.mark.column += chars;
    }

    /// Takes all spaces that stand here.
    fn skip_spaces(&mut self) {
        let rest = self.bytes.get(self.mark.offset as usize..).unwrap_or_default();
        let count = rest.iter().take_while(|byte| **byte == b' ').count();
        self.touched_end |= count == rest.len();
        self.mark.offset += count as u32;
        self.mark.index += count as u32;
        self.mark.column += count as u32;
    }

    fn skip_comment(&mut self) {
        let start = self.mark.offset;
        let before = self.bytes.get(..start as usize).unwrap_or_default();
        let own_line = before
            .iter()
            .rev()
            .find(|byte| !matches!(byte, b' ' | b'\t'))
            .is_none_or(|byte| matches!(byte, b'\n' | b'\r'));
        self.skip_to_line_end();
        if self.bytes.get(start as usize + 1) != Some(&CONTROL_MASK) {
            self.comments.push(Comment { start, end: self.mark.offset, own_line });
        }
    }

    /// Whether `---` or `...` stands here, at the start of a line and followed by white space.
    fn at_document_indicator(&mut self) -> bool {
        if self.mark.column != 0 {
            return false;
        }
        let first = self.byte(0);
        (first == b'-' || first == b'.')
            && self.byte(1) == first
            && self.byte(2) == first
            && self.is_blankz(3)
    }

    // ---- faults --------------------------------------------------------------------------------------------------

    fn fault<T>(&self, context: Mark, problem: &'static str) -> Scan<T> {
        Err(Box::new(Fault { kind: FaultKind::Scanner, problem: problem.into(), context, mark: self.mark }))
    }

    fn depth_fault<T>(&self, context: Mark, limit: usize) -> Scan<T> {
        Err(Box::new(Fault {
            kind: FaultKind::Scanner,
            problem: format!("exceeded max depth of {limit}").into(),
            context,
            mark: self.mark,
        }))
    }

    // ---- tokens --------------------------------------------------------------------------------------------------

    /// The next token, without taking it.
    pub(crate) fn peek_token(&mut self) -> Scan<Token> {
        self.fetch_more()?;
        Ok(self.tokens.front().copied().unwrap_or(Token::simple(TokenKind::StreamEnd, self.mark, self.mark)))
    }

    /// Takes the token seen last.
    pub(crate) fn skip_token(&mut self) {
        if self.tokens.pop_front().is_some() {
            self.tokens_parsed += 1;
        }
    }

    fn fetch_more(&mut self) -> Scan<()> {
        loop {
            if !self.tokens.is_empty() {
                let number = self.tokens_parsed;
                let index = self.simple_keys.partition_point(|key| key.token_number < number);
                let mut waiting = None;
                for (offset, key) in self.simple_keys.get(index..).unwrap_or_default().iter().enumerate() {
                    if key.token_number != number {
                        break;
                    }
                    if key.possible && key.tracked {
                        waiting = Some(index + offset);
                        break;
                    }
                }
                match waiting {
                    Some(index) if self.simple_key_is_valid(index)? => {}
                    _ => return Ok(()),
                }
            } else if self.finished {
                return Ok(());
            }
            let result = self.fetch_next();
            if let Some((bad, message)) = self.cut
                && self.touched_end
            {
                return Err(Box::new(Fault {
                    kind: FaultKind::Reader,
                    problem: message.into(),
                    context: Mark::default(),
                    mark: Mark { offset: bad as u32, ..Mark::default() },
                }));
            }
            result?;
        }
    }

    fn push(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token::simple(kind, start, self.mark));
    }

    fn fetch_next(&mut self) -> Scan<()> {
        if !self.started {
            self.started = true;
            self.need(1);
            self.simple_keys.push(SimpleKey::default());
            self.push(TokenKind::StreamStart, self.mark);
            return Ok(());
        }
        self.skip_to_token();
        self.unroll_indent(self.mark.column as i32);
        self.need(4);
        let byte = self.byte(0);
        if self.at_end() || byte == 0 {
            return self.fetch_stream_end();
        }
        let column = self.mark.column;
        if column == 0 {
            if byte == b'%' {
                return self.fetch_directive();
            }
            if self.at_document_indicator() {
                let kind = if byte == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
                return self.fetch_document_indicator(kind);
            }
        }
        let flow = self.flow_level > 0;
        match byte {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blankz(1) => self.fetch_block_entry(),
            b'?' if flow || self.is_blankz(1) => self.fetch_key(),
            b':' if flow || self.is_blankz(1) => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !flow => self.fetch_block_scalar(true),
            b'>' if !flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_flow_scalar(true),
            b'"' => self.fetch_flow_scalar(false),
            // `-` before a line break inside a flow collection is not stopped by go-yaml's test either.
            b'-' if !matches!(self.byte(1), b' ' | b'\t') => self.fetch_plain(),
            b'?' | b':' if !flow && !self.is_blankz(1) => self.fetch_plain(),
            b'-' | b'?' | b':' | b'#' | b'|' | b'>' | b'%' | b'@' | b'`' => {
                self.fault(self.mark, "found character that cannot start any token")
            }
            _ if self.is_blankz(0) => self.fault(self.mark, "found character that cannot start any token"),
            _ => self.fetch_plain(),
        }
    }

    fn skip_to_token(&mut self) {
        loop {
            self.need(1);
            if self.mark.column == 0 && self.mark.offset > 0 && self.starts_with_bom() {
                self.skip();
            }
            loop {
                match self.byte(0) {
                    b' ' => self.skip_spaces(),
                    b'\t' if self.flow_level > 0 || !self.simple_key_allowed => self.skip(),
                    _ => break,
                }
            }
            if self.peek(0) == b'#' {
                self.skip_comment();
            }
            if !self.is_break() {
                return;
            }
            self.skip_line();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// A second byte order mark right after the first one is skipped like the first.
    fn starts_with_bom(&self) -> bool {
        self.mark.offset == 3
            && self.bytes.starts_with(b"\xEF\xBB\xBF")
            && self.bytes.get(3..6) == Some(b"\xEF\xBB\xBF")
    }

    // ---- simple keys and indentation -----------------------------------------------------------------------------

    fn simple_key_is_valid(&mut self, index: usize) -> Scan<bool> {
        let Some(key) = self.simple_keys.get_mut(index) else { return Ok(false) };
        if !key.possible {
            return Ok(false);
        }
        if key.mark.line < self.mark.line || key.mark.index + 1024 < self.mark.index {
            if key.required {
                let mark = key.mark;
                return self.fault(mark, "could not find expected ':'");
            }
            key.possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Scan<()> {
        if self.simple_key_allowed {
            let required = self.flow_level == 0 && self.indent == self.mark.column as i32;
            self.remove_simple_key()?;
            let key = SimpleKey {
                possible: true,
                required,
                tracked: true,
                token_number: self.tokens_parsed + self.tokens.len(),
                mark: self.mark,
            };
            if let Some(last) = self.simple_keys.last_mut() {
                *last = key;
            }
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Scan<()> {
        if let Some(key) = self.simple_keys.last_mut()
            && key.possible
        {
            if key.required {
                let mark = key.mark;
                return self.fault(mark, "could not find expected ':'");
            }
            key.possible = false;
        }
        Ok(())
    }

    /// Opens a block collection if the column is deeper than the current one. `number` is the token it goes before.
    fn roll_indent(&mut self, column: u32, number: Option<usize>, kind: TokenKind, mark: Mark) -> Scan<()> {
        if self.flow_level > 0 || self.indent >= column as i32 {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column as i32;
        if self.indents.len() > MAX_INDENTS {
            let context = self.simple_keys.last().map(|key| key.mark).unwrap_or_default();
            return self.depth_fault(context, MAX_INDENTS);
        }
        let token = Token::simple(kind, mark, mark);
        self.insert_before(number, token);
        Ok(())
    }

    /// Puts a token before the one with this number; at the end if that one is gone already.
    fn insert_before(&mut self, number: Option<usize>, token: Token) {
        match number.and_then(|number| number.checked_sub(self.tokens_parsed)) {
            Some(at) if at <= self.tokens.len() => self.tokens.insert(at, token),
            _ => self.tokens.push_back(token),
        }
    }

    fn unroll_indent(&mut self, column: i32) {
        if self.flow_level > 0 {
            return;
        }
        while self.indent > column {
            self.push(TokenKind::BlockEnd, self.mark);
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }

    // ---- the fetchers --------------------------------------------------------------------------------------------

    fn fetch_stream_end(&mut self) -> Scan<()> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        self.finished = true;
        self.push(TokenKind::StreamEnd, self.mark);
        Ok(())
    }

    fn fetch_document_indicator(&mut self, kind: TokenKind) -> Scan<()> {
        self.unroll_indent(-1);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip_many(3);
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_keys.push(SimpleKey {
            token_number: self.tokens_parsed + self.tokens.len(),
            mark: self.mark,
            ..SimpleKey::default()
        });
        self.flow_level += 1;
        if self.flow_level > MAX_FLOW_LEVEL {
            return self.depth_fault(self.mark, MAX_FLOW_LEVEL);
        }
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Scan<()> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            // go-yaml forgets by token number, and a level without keys of its own has the number of its bracket.
            if let Some(closed) = self.simple_keys.pop()
                && let Some(outer) = self.simple_keys.last_mut()
                && outer.token_number == closed.token_number
            {
                outer.tracked = false;
            }
        }
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        self.push(kind, start);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Scan<()> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        self.push(TokenKind::FlowEntry, start);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fault(self.mark, "block sequence entries are not allowed in this context");
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockSequenceStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        self.push(TokenKind::BlockEntry, start);
        Ok(())
    }

    fn fetch_key(&mut self) -> Scan<()> {
        if self.flow_level == 0 {
            if !self.simple_key_allowed {
                return self.fault(self.mark, "mapping keys are not allowed in this context");
            }
            self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        let start = self.mark;
        self.skip();
        self.push(TokenKind::Key, start);
        Ok(())
    }

    fn fetch_value(&mut self) -> Scan<()> {
        let last = self.simple_keys.len().saturating_sub(1);
        if self.simple_key_is_valid(last)? {
            let key = self.simple_keys[last];
            self.insert_before(Some(key.token_number), Token::simple(TokenKind::Key, key.mark, key.mark));
            self.roll_indent(
                key.mark.column,
                Some(key.token_number),
                TokenKind::BlockMappingStart,
                key.mark,
            )?;
            self.simple_keys[last].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                if !self.simple_key_allowed {
                    return self.fault(self.mark, "mapping values are not allowed in this context");
                }
                self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        let start = self.mark;
        self.skip();
        self.push(TokenKind::Value, start);
        Ok(())
    }

    fn fetch_anchor(&mut self, kind: TokenKind) -> Scan<()> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        while is_alpha(self.byte(0)) {
            self.skip();
        }
        let empty = self.mark.offset == start.offset + 1;
        if empty
            || !(self.is_blankz(0)
                || matches!(self.peek(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`'))
        {
            return self.fault(start, "did not find expected alphabetic or numeric character");
        }
        self.push(kind, start);
        Ok(())
    }
}

/// The number of bytes of the character that starts with this byte.
pub(crate) fn width(byte: u8) -> u32 {
    match byte {
        0xF0.. => 4,
        0xE0.. => 3,
        0xC0.. => 2,
        _ => 1,
    }
}

pub(crate) fn is_alpha(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-'
}

/// How far go-yaml's reader had decoded before the block of input that holds `bad`: it reads 512 bytes at a time and
/// checks each block whole.
fn decoded_before(bytes: &[u8], bad: usize) -> usize {
    let mut decoded = 0;
    loop {
        let mut next = (decoded + 512).min(bytes.len());
        while next > decoded && next < bytes.len() && bytes[next] & 0xC0 == 0x80 {
            next -= 1;
        }
        if next > bad || next == decoded {
            return decoded;
        }
        decoded = next;
    }
}
