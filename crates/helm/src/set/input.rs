//! The text of an expression, read rune by rune.

/// What is left of an expression.
pub(super) struct Input<'s> {
    rest: &'s str,
}

/// A piece of the text, and the character that ended it; none at the end of the text.
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) stop: Option<char>,
}

impl<'s> Input<'s> {
    pub(super) fn new(text: &'s str) -> Self {
        Self { rest: text }
    }

    pub(super) fn rest(&self) -> &'s str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let found = chars.next();
        self.rest = chars.as_str();
        found
    }

    pub(super) fn skip_bytes(&mut self, count: usize) {
        self.rest = self.rest.get(count..).unwrap_or_default();
    }

    /// Reads up to one of the characters and takes it too. A backslash takes the next character as it is, unless the
    /// text is literal.
    pub(super) fn until(&mut self, stops: &[char], literal: bool) -> Piece {
        let mut text = String::new();
        while let Some(c) = self.next() {
            if stops.contains(&c) {
                return Piece { text, stop: Some(c) };
            }
            if c == '\\' && !literal {
                match self.next() {
                    Some(next) => text.push(next),
                    None => break,
                }
            } else {
                text.push(c);
            }
        }
        Piece { text, stop: None }
    }
}
