//! The scanner of `text/template`: the same items, positions and error texts.

use crate::quote::{quote, truncate_runes};
use crate::unicode::{is_alphanumeric, is_print};

/// The kinds of item. The order matters: everything after [`ItemType::Keyword`] is a keyword.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ItemType {
    Error,
    Bool,
    Char,
    CharConstant,
    Complex,
    Assign,
    Declare,
    Eof,
    Field,
    Identifier,
    LeftDelim,
    LeftParen,
    Number,
    Pipe,
    RawString,
    RightDelim,
    RightParen,
    Space,
    String,
    Text,
    Variable,
    Keyword,
    Block,
    Break,
    Continue,
    Dot,
    Define,
    Else,
    End,
    If,
    Nil,
    Range,
    Template,
    With,
}

/// A token.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Item<'t> {
    pub(crate) typ: ItemType,
    pub(crate) pos: usize,
    /// Its text; that of an error is in [`Lexer::fault`].
    pub(crate) val: &'t str,
    pub(crate) line: usize,
}

impl Item<'_> {
    /// How error texts show the item, which is no error.
    pub(crate) fn describe(&self) -> String {
        match self.typ {
            ItemType::Eof => "EOF".to_owned(),
            typ if typ > ItemType::Keyword => format!("<{}>", self.val),
            _ if self.val.len() > 10 => format!("{}...", quote(truncate_runes(self.val.as_bytes(), 10))),
            _ => quote(self.val.as_bytes()),
        }
    }
}

fn keyword(word: &str) -> Option<ItemType> {
    Some(match word {
        "." => ItemType::Dot,
        "block" => ItemType::Block,
        "break" => ItemType::Break,
        "continue" => ItemType::Continue,
        "define" => ItemType::Define,
        "else" => ItemType::Else,
        "end" => ItemType::End,
        "if" => ItemType::If,
        "range" => ItemType::Range,
        "nil" => ItemType::Nil,
        "template" => ItemType::Template,
        "with" => ItemType::With,
        _ => return None,
    })
}

const LEFT_COMMENT: &str = "/*";
const RIGHT_COMMENT: &str = "*/";
/// The trim marker and its space.
const MARKER: usize = 2;

/// The scanner.
pub(crate) struct Lexer<'t> {
    input: &'t str,
    left: &'t str,
    right: &'t str,
    pos: usize,
    start: usize,
    at_eof: bool,
    paren_depth: usize,
    line: usize,
    start_line: usize,
    inside_action: bool,
    /// What is wrong, once an item has told that something is.
    pub(crate) fault: String,
    /// `break` is a keyword (no function has that name).
    pub(crate) break_ok: bool,
    /// `continue` is a keyword.
    pub(crate) continue_ok: bool,
}

/// What a scanning step leads to.
enum Next<'t> {
    Item(Item<'t>),
    Text,
    LeftDelim,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(input: &'t str, left: &'t str, right: &'t str) -> Self {
        Self {
            input,
            left,
            right,
            pos: 0,
            start: 0,
            at_eof: false,
            paren_depth: 0,
            line: 1,
            start_line: 1,
            inside_action: false,
            fault: String::new(),
            break_ok: true,
            continue_ok: true,
        }
    }

    /// The next token.
    pub(crate) fn next_item(&mut self) -> Item<'t> {
        let mut next = if self.inside_action { self.inside_action() } else { Next::Text };
        loop {
            next = match next {
                Next::Item(item) => return item,
                Next::Text => self.text(),
                Next::LeftDelim => self.left_delim(),
            };
        }
    }

    fn rest(&self) -> &'t str {
        self.input.get(self.pos..).unwrap_or_default()
    }

    fn pending(&self) -> &'t str {
        self.input.get(self.start..self.pos).unwrap_or_default()
    }

    fn byte(&self) -> Option<u8> {
        self.input.as_bytes().get(self.pos).copied()
    }

    /// Goes over text that may hold line ends.
    fn advance(&mut self, bytes: usize) {
        let over = self.rest().as_bytes().get(..bytes).unwrap_or_default();
        self.line += memchr::memchr_iter(b'\n', over).count();
        self.pos += over.len();
    }

    fn next(&mut self) -> Option<char> {
        if let Some(byte) = self.byte().filter(u8::is_ascii) {
            self.pos += 1;
            self.line += usize::from(byte == b'\n');
            return Some(char::from(byte));
        }
        let Some(c) = self.rest().chars().next() else {
            self.at_eof = true;
            return None;
        };
        self.pos += c.len_utf8();
        Some(c)
    }

    fn peek(&mut self) -> Option<char> {
        if let Some(byte) = self.byte().filter(u8::is_ascii) {
            return Some(char::from(byte));
        }
        let c = self.rest().chars().next();
        self.at_eof |= c.is_none();
        c
    }

    fn backup(&mut self) {
        if self.at_eof {
            return;
        }
        if let Some(c) = self.input.get(..self.pos).and_then(|before| before.chars().next_back()) {
            self.pos -= c.len_utf8();
            if c == '\n' {
                self.line -= 1;
            }
        }
    }

    fn this_item(&mut self, typ: ItemType) -> Item<'t> {
        let item = Item { typ, pos: self.start, val: self.pending(), line: self.start_line };
        self.start = self.pos;
        self.start_line = self.line;
        item
    }

    fn emit(&mut self, typ: ItemType) -> Next<'t> {
        Next::Item(self.this_item(typ))
    }

    fn count_lines(&mut self) {
        self.line += memchr::memchr_iter(b'\n', self.pending().as_bytes()).count();
    }

    fn ignore(&mut self) {
        self.count_lines();
        self.start = self.pos;
        self.start_line = self.line;
    }

    fn accept(&mut self, valid: &str) -> bool {
        match self.next() {
            Some(c) if valid.contains(c) => true,
            _ => {
                self.backup();
                false
            }
        }
    }

    fn accept_run(&mut self, valid: &str) {
        while self.next().is_some_and(|c| valid.contains(c)) {}
        self.backup();
    }

    fn error(&mut self, text: impl Into<String>) -> Next<'t> {
        let item = Item { typ: ItemType::Error, pos: self.start, val: "", line: self.start_line };
        if self.fault.is_empty() {
            self.fault = text.into();
        }
        self.start = 0;
        self.pos = 0;
        self.input = "";
        Next::Item(item)
    }

    /// Scans text up to the next left delimiter.
    fn text(&mut self) -> Next<'t> {
        let Some(offset) = find(self.rest(), self.left) else {
            self.pos = self.input.len();
            if self.pos > self.start {
                self.count_lines();
                return self.emit(ItemType::Text);
            }
            return self.emit(ItemType::Eof);
        };
        if offset > 0 {
            self.pos += offset;
            let mut trim = 0;
            if has_left_trim_marker(self.input.get(self.pos + self.left.len()..).unwrap_or_default()) {
                let text = self.pending();
                trim = text.len() - text.trim_end_matches(is_space).len();
            }
            self.pos -= trim;
            self.count_lines();
            let item = self.this_item(ItemType::Text);
            self.pos += trim;
            self.ignore();
            if !item.val.is_empty() {
                return Next::Item(item);
            }
        }
        Next::LeftDelim
    }

    /// Whether a right delimiter is here, and whether it carries a trim marker.
    fn at_right_delim(&self) -> (bool, bool) {
        let rest = self.rest();
        if has_right_trim_marker(rest) && rest.get(MARKER..).is_some_and(|rest| begins(rest, self.right)) {
            return (true, true);
        }
        (begins(rest, self.right), false)
    }

    fn left_delim(&mut self) -> Next<'t> {
        self.pos += self.left.len();
        let after = if has_left_trim_marker(self.rest()) { MARKER } else { 0 };
        if self.rest().get(after..).is_some_and(|rest| rest.starts_with(LEFT_COMMENT)) {
            self.pos += after;
            self.ignore();
            return self.comment();
        }
        let item = self.this_item(ItemType::LeftDelim);
        self.inside_action = true;
        self.pos += after;
        self.ignore();
        self.paren_depth = 0;
        Next::Item(item)
    }

    fn comment(&mut self) -> Next<'t> {
        self.pos += LEFT_COMMENT.len();
        let Some(offset) = find(self.rest(), RIGHT_COMMENT) else { return self.error("unclosed comment") };
        self.pos += offset + RIGHT_COMMENT.len();
        let (delim, trim) = self.at_right_delim();
        if !delim {
            return self.error("comment ends before closing delimiter");
        }
        self.count_lines();
        // The comment itself becomes no item, but its start must not be counted again.
        self.start = self.pos;
        self.start_line = self.line;
        if trim {
            self.pos += MARKER;
        }
        self.pos += self.right.len();
        if trim {
            self.skip_spaces();
        }
        self.ignore();
        Next::Text
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.pos += rest.len() - rest.trim_start_matches(is_space).len();
    }

    fn right_delim(&mut self) -> Next<'t> {
        let (_, trim) = self.at_right_delim();
        if trim {
            self.pos += MARKER;
            self.ignore();
        }
        self.pos += self.right.len();
        let item = self.this_item(ItemType::RightDelim);
        if trim {
            self.skip_spaces();
            self.ignore();
        }
        self.inside_action = false;
        Next::Item(item)
    }

    fn inside_action(&mut self) -> Next<'t> {
        if self.at_right_delim().0 {
            if self.paren_depth == 0 {
                return self.right_delim();
            }
            return self.error("unclosed left paren");
        }
        let Some(c) = self.next() else { return self.error("unclosed action") };
        match c {
            _ if is_space(c) => {
                self.backup();
                self.space()
            }
            '=' => self.emit(ItemType::Assign),
            ':' => {
                if self.next() != Some('=') {
                    return self.error("expected :=");
                }
                self.emit(ItemType::Declare)
            }
            '|' => self.emit(ItemType::Pipe),
            '"' => self.quoted('"', "unterminated quoted string", ItemType::String),
            '`' => self.raw_quoted(),
            '$' => self.variable(),
            '\'' => self.quoted('\'', "unterminated character constant", ItemType::CharConstant),
            '.' if self.rest().bytes().next().is_some_and(|b| !b.is_ascii_digit()) => {
                self.field_or_variable(ItemType::Field)
            }
            '.' | '+' | '-' | '0'..='9' => {
                self.backup();
                self.number()
            }
            _ if is_alphanumeric(c) => {
                self.backup();
                self.identifier()
            }
            '(' => {
                self.paren_depth += 1;
                self.emit(ItemType::LeftParen)
            }
            ')' => {
                if self.paren_depth == 0 {
                    return self.error("unexpected right paren");
                }
                self.paren_depth -= 1;
                self.emit(ItemType::RightParen)
            }
            _ if c.is_ascii() && is_print(c) => self.emit(ItemType::Char),
            _ => self.error(format!("unrecognized character in action: {}", unicode_name(c))),
        }
    }

    fn space(&mut self) -> Next<'t> {
        let count = self.rest().bytes().take_while(|byte| is_space(char::from(*byte))).count();
        self.advance(count);
        self.peek();
        // A trim marker takes the last space: leave it to the delimiter.
        let last = self.input.get(self.pos - 1..).unwrap_or_default();
        if has_right_trim_marker(last) && last.get(MARKER..).is_some_and(|rest| begins(rest, self.right)) {
            self.backup();
            if count == 1 {
                return self.right_delim();
            }
        }
        self.emit(ItemType::Space)
    }

    fn identifier(&mut self) -> Next<'t> {
        let c = self.alphanumerics();
        if !self.at_terminator() {
            return self.bad_character(c);
        }
        let word = self.pending();
        match keyword(word) {
            Some(ItemType::Break) if !self.break_ok => self.emit(ItemType::Identifier),
            Some(ItemType::Continue) if !self.continue_ok => self.emit(ItemType::Identifier),
            Some(typ) => self.emit(typ),
            None if word == "true" || word == "false" => self.emit(ItemType::Bool),
            None => self.emit(ItemType::Identifier),
        }
    }

    fn alphanumerics(&mut self) -> Option<char> {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        self.pos += self.rest().bytes().take_while(plain).count();
        loop {
            let c = self.next();
            if !c.is_some_and(is_alphanumeric) {
                self.backup();
                return c;
            }
        }
    }

    fn bad_character(&mut self, c: Option<char>) -> Next<'t> {
        let name = c.map_or_else(|| "U+FFFFFFFFFFFFFFFF".to_owned(), unicode_name);
        self.error(format!("bad character {name}"))
    }

    fn variable(&mut self) -> Next<'t> {
        if self.at_terminator() {
            return self.emit(ItemType::Variable);
        }
        self.field_or_variable(ItemType::Variable)
    }

    fn field_or_variable(&mut self, typ: ItemType) -> Next<'t> {
        if self.at_terminator() {
            return self.emit(if typ == ItemType::Variable { typ } else { ItemType::Dot });
        }
        let c = self.alphanumerics();
        if !self.at_terminator() {
            return self.bad_character(c);
        }
        self.emit(typ)
    }

    fn at_terminator(&mut self) -> bool {
        match self.peek() {
            None | Some('.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(c) => is_space(c) || begins(self.rest(), self.right),
        }
    }

    fn quoted(&mut self, quote: char, unterminated: &'static str, typ: ItemType) -> Next<'t> {
        loop {
            let rest = self.rest().as_bytes();
            self.pos += memchr::memchr3(quote as u8, b'\\', b'\n', rest).unwrap_or(rest.len());
            match self.next() {
                Some('\\') => {
                    if matches!(self.next(), None | Some('\n')) {
                        return self.error(unterminated);
                    }
                }
                None | Some('\n') => return self.error(unterminated),
                Some(c) if c == quote => return self.emit(typ),
                Some(_) => {}
            }
        }
    }

    fn raw_quoted(&mut self) -> Next<'t> {
        let Some(length) = memchr::memchr(b'`', self.rest().as_bytes()) else {
            return self.error("unterminated raw quoted string");
        };
        self.advance(length + 1);
        self.emit(ItemType::RawString)
    }

    fn number(&mut self) -> Next<'t> {
        if !self.scan_number() {
            return self.bad_number();
        }
        if matches!(self.peek(), Some('+' | '-')) {
            // Complex: 1+2i, without spaces.
            if !self.scan_number() || !self.pending().ends_with('i') {
                return self.bad_number();
            }
            return self.emit(ItemType::Complex);
        }
        self.emit(ItemType::Number)
    }

    fn bad_number(&mut self) -> Next<'t> {
        let text = format!("bad number syntax: {}", quote(self.pending().as_bytes()));
        self.error(text)
    }

    fn scan_number(&mut self) -> bool {
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        if digits.len() == 11 && self.accept("eE") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        if digits.len() == 23 && self.accept("pP") {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        self.accept("i");
        if self.peek().is_some_and(is_alphanumeric) {
            self.next();
            return false;
        }
        true
    }
}

/// The space characters Go defines.
pub(crate) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

fn has_left_trim_marker(text: &str) -> bool {
    matches!(text.as_bytes(), [b'-', space, ..] if is_space(char::from(*space)))
}

fn has_right_trim_marker(text: &str) -> bool {
    matches!(text.as_bytes(), [space, b'-', ..] if is_space(char::from(*space)))
}

/// Whether a text begins with a delimiter; most do not by their first byte.
#[inline]
fn begins(text: &str, delimiter: &str) -> bool {
    let (text, delimiter) = (text.as_bytes(), delimiter.as_bytes());
    text.first() == delimiter.first() && text.starts_with(delimiter)
}

/// The first place of a delimiter.
fn find(text: &str, delimiter: &str) -> Option<usize> {
    let text = text.as_bytes();
    let first = *delimiter.as_bytes().first()?;
    memchr::memchr_iter(first, text)
        .find(|at| text.get(*at..).is_some_and(|rest| rest.starts_with(delimiter.as_bytes())))
}

/// `%#U` of a character.
fn unicode_name(c: char) -> String {
    if is_print(c) { format!("U+{:04X} '{c}'", c as u32) } else { format!("U+{:04X}", c as u32) }
}
