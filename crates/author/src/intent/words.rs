//! A text as words that know where they stand.

use std::ops::Range;

/// A word, and what stands before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'t> {
    /// As written, without quotes around it and punctuation behind it.
    pub(super) text: &'t str,
    /// In lower case.
    pub(super) lower: String,
    /// Its bytes in the text, quotes excluded.
    pub(super) range: Range<usize>,
    /// Whether it was quoted: then it is a name, whatever it looks like.
    pub(super) quoted: bool,
    /// Whether a comma, colon or bracket stands behind it.
    pub(super) closes: bool,
    /// Whether it ends with a colon.
    pub(super) colon: bool,
}

/// A sentence: up to a full stop, a line's end or a semicolon.
pub(super) struct Sentence<'t> {
    pub(super) words: Vec<Word<'t>>,
    pub(super) range: Range<usize>,
}

/// The sentences of a text that have words.
pub(super) fn sentences(text: &str) -> Vec<Sentence<'_>> {
    let mut out = Vec::new();
    let mut start = 0;
    let bytes = text.as_bytes();
    for (at, c) in text.char_indices() {
        let next = bytes.get(at + 1).copied();
        let ends = match c {
            '\n' | ';' => true,
            '.' | '!' | '?' => next.is_none_or(|b| b.is_ascii_whitespace()),
            _ => false,
        };
        if ends {
            push(text, start..at, &mut out);
            start = at + c.len_utf8();
        }
    }
    push(text, start..text.len(), &mut out);
    out
}

fn push<'t>(text: &'t str, range: Range<usize>, out: &mut Vec<Sentence<'t>>) {
    let Some(part) = text.get(range.clone()) else { return };
    let words = words(part, range.start);
    if !words.is_empty() {
        out.push(Sentence { words, range });
    }
}

const QUOTES: [char; 8] = ['\'', '"', '`', '“', '”', '‘', '’', '*'];

fn words(text: &str, offset: usize) -> Vec<Word<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    for piece in text.split(char::is_whitespace) {
        let start = at;
        at += piece.len()
            + text.get(at + piece.len()..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        let opened =
            piece.trim_start_matches(|c| QUOTES.contains(&c) || "([-•–".contains(c) && !is_flag(piece));
        let lead = piece.len() - opened.len();
        let bare = opened.trim_end_matches(|c: char| ",:)].!?".contains(c) || QUOTES.contains(&c));
        if bare.is_empty() {
            if let Some(last) = out.last_mut() {
                let last: &mut Word<'_> = last;
                last.closes |= piece.contains([',', ':', '–', '-']);
                last.colon |= piece.contains(':');
            }
            continue;
        }
        let tail = &opened[bare.len()..];
        let quoted = piece.starts_with(QUOTES) && tail.starts_with(QUOTES);
        let from = offset + start + lead;
        out.push(Word {
            text: bare,
            lower: bare.to_lowercase(),
            range: from..from + bare.len(),
            quoted,
            closes: tail.contains([',', ':', ')']),
            colon: tail.contains(':'),
        });
    }
    out
}

/// Whether a piece is a command-line flag rather than an item of a list.
fn is_flag(piece: &str) -> bool {
    piece.starts_with("--")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_versions_stay_whole() {
        let text = "Deploy the 'fastapi-agent' (v1.2.3), to dev and prod: now.\n- next line";
        let sentences = sentences(text);
        let first: Vec<&str> = sentences[0].words.iter().map(|w| w.text).collect();
        assert_eq!(first, ["Deploy", "the", "fastapi-agent", "v1.2.3", "to", "dev", "and", "prod", "now"]);
        for word in sentences.iter().flat_map(|s| &s.words) {
            assert_eq!(&text[word.range.clone()], word.text);
        }
        assert!(sentences[0].words[2].quoted && sentences[0].words[3].closes && sentences[0].words[7].colon);
        assert_eq!(sentences[1].words.iter().map(|w| w.text).collect::<Vec<_>>(), ["next", "line"]);
    }
}
