//! Words, names in quotes and punctuation, each where it stands.

use std::ops::Range;

/// A word or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As written, quotes and emphasis dropped.
    pub(super) text: String,
    /// In small letters, the `'s` of a genitive dropped.
    pub(super) lower: String,
    pub(super) span: Range<usize>,
    pub(super) form: Form,
    /// How many parentheses it is inside of.
    pub(super) depth: usize,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Word,
    /// A name in quotes or backticks.
    Quoted,
    /// An address with a scheme.
    Url,
    /// One mark.
    Mark,
}

/// Names in quotes are no longer than this.
const MAX_NAME: usize = 80;

const QUOTES: [(char, char); 5] = [('\'', '\''), ('"', '"'), ('`', '`'), ('‘', '’'), ('“', '”')];

impl Token {
    pub(super) fn is(&self, word: &str) -> bool {
        self.form != Form::Quoted && self.lower == word
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        self.form != Form::Quoted && words.contains(&self.lower.as_str())
    }

    pub(super) fn is_word(&self) -> bool {
        self.form == Form::Word
    }
}

/// The tokens of a part of a text.
pub(super) fn tokens(text: &str, span: Range<usize>) -> Vec<Token> {
    let mut lexer =
        Lexer { text, end: span.end.min(text.len()), at: span.start, depth: 0, tokens: Vec::new() };
    lexer.run();
    lexer.tokens
}

struct Lexer<'t> {
    text: &'t str,
    end: usize,
    at: usize,
    depth: usize,
    tokens: Vec<Token>,
}

impl Lexer<'_> {
    fn run(&mut self) {
        let mut fresh_line = false;
        while let Some(c) = self.peek() {
            if c == '\n' {
                fresh_line = true;
                self.at += 1;
                continue;
            }
            // Marks of quotation at the beginning of a line are layout.
            if c.is_whitespace() || (fresh_line && c == '>') {
                self.at += c.len_utf8();
                continue;
            }
            fresh_line = false;
            if self.name_in_quotes(c) {
                continue;
            }
            if is_word(c) {
                self.word();
                continue;
            }
            let start = self.at;
            self.at += c.len_utf8();
            match c {
                '(' | '[' => self.depth += 1,
                ')' | ']' => self.depth = self.depth.saturating_sub(1),
                _ => {}
            }
            // The brackets themselves belong to the inside.
            let depth = if matches!(c, ')' | ']') { self.depth + 1 } else { self.depth };
            self.push(c.to_string(), start..self.at, Form::Mark, depth);
        }
    }

    fn peek(&self) -> Option<char> {
        self.text.get(self.at..self.end)?.chars().next()
    }

    fn push(&mut self, text: String, span: Range<usize>, form: Form, depth: usize) {
        let lower = text.to_lowercase().replace('’', "'");
        let lower = lower.strip_suffix("'s").map_or(lower.clone(), str::to_owned);
        self.tokens.push(Token { text, lower, span, form, depth });
    }

    /// `'ecr-prod'`: quotes around something that can be a name or `key: value`, not around a sentence.
    fn name_in_quotes(&mut self, open: char) -> bool {
        let Some((_, close)) = QUOTES.into_iter().find(|(known, _)| *known == open) else { return false };
        let before = self.text.get(..self.at).and_then(|before| before.chars().next_back());
        if before.is_some_and(|c| c.is_alphanumeric()) {
            return false;
        }
        let start = self.at + open.len_utf8();
        let Some(rest) = self.text.get(start..self.end) else { return false };
        let limit = rest.char_indices().nth(MAX_NAME).map_or(rest.len(), |(at, _)| at);
        let Some(length) = rest[..limit].find(close) else { return false };
        let inner = &rest[..length];
        let after = rest[length + close.len_utf8()..].chars().next();
        let words = inner.split_whitespace().count();
        let is_name = words > 0
            && words <= 3
            && !inner.contains('\n')
            && !inner.ends_with([',', ' '])
            && !inner.starts_with(' ')
            && after.is_none_or(|c| !c.is_alphanumeric());
        if !is_name {
            return false;
        }
        self.at = start + length + close.len_utf8();
        let inner = inner.trim_end_matches('.').to_owned();
        self.push(inner.clone(), start..start + inner.len(), Form::Quoted, self.depth);
        true
    }

    fn word(&mut self) {
        let rest = self.text.get(self.at..self.end).unwrap_or_default();
        let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let whole = &rest[..length];
        // Emphasis, and the marks that end a sentence or begin an explanation.
        let lead = whole.len() - whole.trim_start_matches(['*', '_', '~', '\'', '’']).len();
        let is_url = whole.contains("://");
        let trimmed = whole[lead..].trim_end_matches(['.', ':', '*', '_', '\'', '’', '~', '/', '=']);
        // A trailing slash is part of an address.
        let kept = if is_url { whole[lead..].trim_end_matches(['.', ':', '*', '\'']) } else { trimmed };
        let tail_at = lead + kept.len();
        let start = self.at + lead;
        if !kept.is_empty() {
            let form = if is_url { Form::Url } else { Form::Word };
            self.push(kept.to_owned(), start..start + kept.len(), form, self.depth);
        }
        for (offset, mark) in whole[tail_at..].char_indices() {
            if matches!(mark, '.' | ':' | '/' | '=') {
                let at = self.at + tail_at + offset;
                self.push(mark.to_string(), at..at + 1, Form::Mark, self.depth);
            }
        }
        self.at += length;
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || "-_./:@=+{}<>$*%'’~&".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text, 0..text.len())
            .into_iter()
            .map(|token| match token.form {
                Form::Quoted => format!("«{}»", token.text),
                _ => token.text,
            })
            .collect()
    }

    #[test]
    fn names_addresses_and_marks() {
        assert_eq!(
            words("Dev is 'minikube' (server: https://a.b:6443)."),
            ["Dev", "is", "«minikube»", "(", "server", ":", "https://a.b:6443", ")", "."]
        );
        assert_eq!(
            words("prod's **MUST** don't `workload: agents`"),
            ["prod's", "MUST", "don't", "«workload: agents»"]
        );
        assert_eq!(
            words("\"We have:\n> - prune: true, gp3."),
            ["\"", "We", "have", ":", "-", "prune", ":", "true", ",", "gp3", "."]
        );
        assert_eq!(words("{app}-{env} and a=b"), ["{app}-{env}", "and", "a=b"]);
    }
}
