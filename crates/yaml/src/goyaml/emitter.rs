//! libyaml's emitter, as far as go-yaml uses it for block output: layout, folding at 80 columns and scalar styles.

use crate::scalar::break_len;

const WIDTH: i32 = 80;
const STEP: i32 = 2;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Plain,
    Single,
    Double,
    Literal,
}

/// What a text allows.
#[derive(Clone, Copy)]
struct Analysis {
    multiline: bool,
    plain: bool,
    single: bool,
    block: bool,
}

pub(crate) struct Emitter {
    out: String,
    column: i32,
    indent: i32,
    indents: Vec<i32>,
    whitespace: bool,
    indention: bool,
}

impl Emitter {
    pub(crate) fn new() -> Self {
        Self {
            out: String::new(),
            column: 0,
            indent: -1,
            indents: Vec::new(),
            whitespace: true,
            indention: true,
        }
    }

    pub(crate) fn finish(mut self) -> String {
        self.indent = -1;
        self.write_indent();
        self.out
    }

    // ---- structure -----------------------------------------------------------------------------------------------

    fn increase(&mut self, flow: bool, indentless: bool) {
        self.indents.push(self.indent);
        if self.indent < 0 {
            self.indent = if flow { STEP } else { 0 };
        } else if !indentless {
            self.indent += STEP;
        }
    }

    pub(crate) fn close(&mut self) {
        self.indent = self.indents.pop().unwrap_or(-1);
    }

    /// Starts a sequence; under a mapping key it is not indented.
    pub(crate) fn open_sequence(&mut self, in_mapping: bool) {
        let indentless = in_mapping && !self.indention;
        self.increase(false, indentless);
    }

    pub(crate) fn item(&mut self) {
        self.write_indent();
        self.indicator("-", true, false, true);
    }

    pub(crate) fn open_mapping(&mut self) {
        self.increase(false, false);
    }

    /// Writes a key and its colon.
    pub(crate) fn key(&mut self, key: &str, plain: bool) {
        self.write_indent();
        let analysis = analyze(key);
        if !analysis.multiline && key.len() <= 128 {
            self.scalar(key, plain, true);
            self.indicator(":", false, false, false);
        } else {
            self.indicator("?", true, false, true);
            self.scalar(key, plain, false);
            self.write_indent();
            self.indicator(":", true, false, true);
        }
    }

    pub(crate) fn empty(&mut self, open: &str, close: &str) {
        self.indicator(open, true, true, false);
        self.indicator(close, false, false, false);
    }

    // ---- scalars -------------------------------------------------------------------------------------------------

    /// A scalar that needs no quotes.
    pub(crate) fn plain(&mut self, text: &str) {
        self.increase(true, false);
        self.write_plain(text, true);
        self.close();
    }

    /// A string. `plain`: whether it is still a string without quotes; `key`: whether it is a key on one line.
    pub(crate) fn scalar(&mut self, text: &str, plain: bool, key: bool) {
        let analysis = analyze(text);
        let mut style = if text.contains('\n') {
            Style::Literal
        } else if plain {
            Style::Plain
        } else {
            Style::Double
        };
        if key && analysis.multiline {
            style = Style::Double;
        }
        if style == Style::Plain && (!analysis.plain || text.is_empty() && key) {
            style = Style::Single;
        }
        if style == Style::Single && !analysis.single {
            style = Style::Double;
        }
        if style == Style::Literal && (!analysis.block || key) {
            style = Style::Double;
        }
        self.increase(true, false);
        match style {
            Style::Plain => self.write_plain(text, !key),
            Style::Single => self.write_single(text, !key),
            Style::Double => self.write_double(text, !key),
            Style::Literal => self.write_literal(text),
        }
        self.close();
    }

    // ---- writing -------------------------------------------------------------------------------------------------

    fn put(&mut self, char: char) {
        self.out.push(char);
        self.column += 1;
    }

    fn put_break(&mut self) {
        self.out.push('\n');
        self.column = 0;
    }

    /// A line break of the text: U+2028 and the like are written as they are.
    fn write_break(&mut self, char: char) {
        if char == '\n' {
            self.put_break();
        } else {
            self.out.push(char);
            self.column = 0;
        }
    }

    fn indicator(&mut self, text: &str, need_whitespace: bool, is_whitespace: bool, is_indention: bool) {
        if need_whitespace && !self.whitespace {
            self.put(' ');
        }
        for char in text.chars() {
            self.put(char);
        }
        self.whitespace = is_whitespace;
        self.indention = self.indention && is_indention;
    }

    fn write_indent(&mut self) {
        let indent = self.indent.max(0);
        if !self.indention || self.column > indent || self.column == indent && !self.whitespace {
            self.put_break();
        }
        while self.column < indent {
            self.put(' ');
        }
        self.whitespace = true;
        self.indention = true;
    }

    fn write_plain(&mut self, text: &str, allow_breaks: bool) {
        if !self.whitespace {
            self.put(' ');
        }
        self.write_flowing(text, allow_breaks, false);
    }

    fn write_single(&mut self, text: &str, allow_breaks: bool) {
        self.indicator("'", true, false, false);
        self.write_flowing(text, allow_breaks, true);
        self.indicator("'", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_flowing(&mut self, text: &str, allow_breaks: bool, quoted: bool) {
        let mut spaces = false;
        let mut breaks = false;
        for (at, char) in text.char_indices() {
            let next_is_space = text.as_bytes().get(at + 1) == Some(&b' ');
            if char == ' ' {
                let inside = !quoted || at > 0 && at + 1 < text.len();
                if allow_breaks && !spaces && self.column > WIDTH && inside && !next_is_space {
                    self.write_indent();
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else if is_break(char) {
                if !breaks && char == '\n' {
                    self.put_break();
                }
                self.write_break(char);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                if quoted && char == '\'' {
                    self.put('\'');
                }
                self.put(char);
                self.indention = false;
                spaces = false;
                breaks = false;
            }
        }
        self.whitespace = false;
        self.indention = false;
    }

    fn write_double(&mut self, text: &str, allow_breaks: bool) {
        // go-yaml asks whether the text starts with a byte order mark when it means to ask about each character.
        let escape_all = text.starts_with('\u{FEFF}');
        let mut spaces = false;
        self.indicator("\"", true, false, false);
        for (at, char) in text.char_indices() {
            if escape_all || !is_printable(char) || is_break(char) || matches!(char, '"' | '\\') {
                self.write_escape(char);
                spaces = false;
            } else if char == ' ' {
                if allow_breaks && !spaces && self.column > WIDTH && at > 0 && at + 1 < text.len() {
                    self.write_indent();
                    if text.as_bytes().get(at + 1) == Some(&b' ') {
                        self.put('\\');
                    }
                } else {
                    self.put(' ');
                }
                spaces = true;
            } else {
                self.put(char);
                spaces = false;
            }
        }
        self.indicator("\"", false, false, false);
        self.whitespace = false;
        self.indention = false;
    }

    fn write_escape(&mut self, char: char) {
        let short = match char {
            '\0' => '0',
            '\u{7}' => 'a',
            '\u{8}' => 'b',
            '\t' => 't',
            '\n' => 'n',
            '\u{B}' => 'v',
            '\u{C}' => 'f',
            '\r' => 'r',
            '\u{1B}' => 'e',
            '"' => '"',
            '\\' => '\\',
            '\u{85}' => 'N',
            '\u{A0}' => '_',
            '\u{2028}' => 'L',
            '\u{2029}' => 'P',
            _ => {
                let code = char as u32;
                let text = match code {
                    0..=0xFF => format!("\\x{code:02X}"),
                    0x100..=0xFFFF => format!("\\u{code:04X}"),
                    _ => format!("\\U{code:08X}"),
                };
                text.chars().for_each(|char| self.put(char));
                return;
            }
        };
        self.put('\\');
        self.put(short);
    }

    fn write_literal(&mut self, text: &str) {
        self.indicator("|", true, false, false);
        if text.starts_with([' ', '\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']) {
            self.indicator("2", false, false, false);
        }
        let mut backwards = text.chars().rev();
        match (backwards.next(), backwards.next()) {
            (Some(last), _) if !is_break(last) => self.indicator("-", false, false, false),
            (None, _) => self.indicator("-", false, false, false),
            (Some(_), None) => self.indicator("+", false, false, false),
            (Some(_), Some(before)) if is_break(before) => self.indicator("+", false, false, false),
            _ => {}
        }
        self.put_break();
        self.indention = true;
        self.whitespace = true;
        let mut breaks = true;
        for char in text.chars() {
            if is_break(char) {
                self.write_break(char);
                self.indention = true;
                breaks = true;
            } else {
                if breaks {
                    self.write_indent();
                }
                self.put(char);
                self.indention = false;
                breaks = false;
            }
        }
    }
}

/// The text in double quotes on one line.
pub fn double_quoted(text: &str) -> String {
    let mut emitter = Emitter::new();
    emitter.write_double(text, false);
    emitter.out
}

/// Whether a text that is still a string without quotes may stand without them: in block style, and in brackets.
pub(crate) fn allows_plain(text: &str) -> (bool, bool) {
    let block = !text.is_empty() && analyze(text).plain;
    let starts = matches!(text.as_bytes().first(), Some(b'?' | b':' | b'-'));
    (block, block && !starts && !text.contains([',', '?', '[', ']', '{', '}', ':', '#']))
}

/// The styles that the characters of a text allow.
#[derive(Clone, Copy, Debug)]
pub struct Styles {
    /// Without quotes, if it is still read as text then.
    pub plain: bool,
    /// In single quotes.
    pub single: bool,
    /// As a literal block.
    pub block: bool,
}

/// The styles that libyaml's analysis of a text allows.
pub fn styles(text: &str) -> Styles {
    let Analysis { plain, single, block, .. } = analyze(text);
    Styles { plain, single, block }
}

/// Whether a text may stand in single quotes on one line.
pub(crate) fn allows_single(text: &str) -> bool {
    let analysis = analyze(text);
    analysis.single && !analysis.multiline
}

fn is_break(char: char) -> bool {
    matches!(char, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// go-yaml's idea of what needs no escape; what is outside the basic plane always does.
fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}') && char != '\u{FEFF}'
}

fn analyze(text: &str) -> Analysis {
    let bytes = text.as_bytes();
    if text.is_empty() {
        return Analysis { multiline: false, plain: true, single: true, block: false };
    }
    let mut indicators = text.starts_with("---") || text.starts_with("...");
    let (mut line_breaks, mut special) = (false, false);
    let (mut leading_space, mut leading_break, mut trailing_space, mut trailing_break) =
        (false, false, false, false);
    let (mut break_space, mut space_break) = (false, false);
    let (mut previous_space, mut previous_break, mut after_white) = (false, false, true);
    for (at, char) in text.char_indices() {
        let next = at + char.len_utf8();
        let before_white = matches!(bytes.get(next), None | Some(b' ' | b'\t'));
        let last = next == text.len();
        indicators |= match char {
            '#' if at == 0 => true,
            ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@' | '`' => {
                at == 0
            }
            '?' | '-' => at == 0 && before_white,
            ':' => before_white,
            '#' => after_white,
            _ => false,
        };
        special |= !is_printable(char);
        if char == ' ' {
            leading_space |= at == 0;
            trailing_space |= last;
            break_space |= previous_break;
            (previous_space, previous_break) = (true, false);
        } else if is_break(char) {
            line_breaks = true;
            leading_break |= at == 0;
            trailing_break |= last;
            space_break |= previous_space;
            (previous_space, previous_break) = (false, true);
        } else {
            (previous_space, previous_break) = (false, false);
        }
        after_white = matches!(char, ' ' | '\t' | '\0') || break_len(bytes, at) > 0;
    }
    let edge = leading_space || leading_break || trailing_space || trailing_break;
    let broken = space_break || special;
    Analysis {
        multiline: line_breaks,
        plain: !(edge || break_space || broken || line_breaks || indicators),
        single: !(break_space || broken),
        block: !(trailing_space || broken),
    }
}
