//! Changes of case and word style: `title`, `swapcase`, `snakecase`, `camelcase`, `kebabcase`, `initials`.

use super::chars::{
    self, is_digit, is_letter, is_lower, is_number, is_punct, is_space, is_title, is_upper, runes, to_lower,
    to_title, to_upper,
};
use crate::func::FuncMap;
use crate::str::Str;

pub(super) fn add(m: &mut FuncMap) {
    m.add("title", |s: Str| title(&s));
    m.add("untitle", |s: Str| untitle(&s));
    m.add("swapcase", |s: Str| swapcase(&s));
    m.add("initials", |s: Str| initials(&s));
    m.add("snakecase", |s: Str| lower_words(&s, '_'));
    m.add("kebabcase", |s: Str| lower_words(&s, '-'));
    m.add("camelcase", |s: Str| pascal_case(&s));
}

/// `strings.Title`: the first letter of each word in title case.
fn title(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut before = ' ';
    for c in runes(text) {
        chars::push(&mut out, if separates(before) { to_title(c) } else { c });
        before = c;
    }
    out
}

fn separates(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !is_letter(c) && !is_digit(c) && is_space(c)
}

/// `goutils.Uncapitalize`: the first letter of each word in lower case.
fn untitle(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut next = true;
    for c in runes(text) {
        if is_space(c) {
            next = true;
            chars::push(&mut out, c);
        } else {
            chars::push(&mut out, if next { to_lower(c) } else { c });
            next = false;
        }
    }
    out
}

/// `goutils.SwapCase`: a lower case letter that starts a word becomes title case.
fn swapcase(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut space = true;
    for c in runes(text) {
        let swapped = if is_upper(c) || is_title(c) {
            space = false;
            to_lower(c)
        } else if is_lower(c) {
            if std::mem::replace(&mut space, false) { to_title(c) } else { to_upper(c) }
        } else {
            space = is_space(c);
            c
        };
        chars::push(&mut out, swapped);
    }
    out
}

/// `goutils.Initials`, which takes each byte for a character.
fn initials(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut gap = true;
    for c in text.iter().map(|b| char::from(*b)) {
        if is_space(c) {
            gap = true;
        } else if std::mem::replace(&mut gap, false) {
            chars::push(&mut out, c);
        }
    }
    out
}

fn connects(c: char) -> bool {
    c == '-' || c == '_' || is_space(c)
}

/// `xstrings.ToPascalCase`: connectors go, the letter after each becomes upper case.
fn pascal_case(text: &[u8]) -> Vec<u8> {
    let all: Vec<char> = runes(text).collect();
    let mut out = Vec::with_capacity(text.len());
    let leading = all.iter().take_while(|c| connects(**c)).count();
    let (connectors, rest) = all.split_at_checked(leading).unwrap_or((&all, &[]));
    for c in connectors {
        chars::push(&mut out, *c);
    }
    let Some((first, rest)) = rest.split_first() else {
        // A string of connectors only: the last is written twice, by a slip of the library.
        if let Some(last) = connectors.last() {
            chars::push(&mut out, *last);
        }
        return out;
    };
    let mut upper_word = is_upper(*first);
    let mut current = to_upper(*first);
    for c in rest {
        let before = current;
        current = *c;
        if connects(current) && connects(before) {
            chars::push(&mut out, before);
            continue;
        }
        if connects(before) {
            upper_word = is_upper(current);
            current = to_upper(current);
        } else {
            if upper_word {
                if is_upper(current) {
                    current = to_lower(current);
                } else {
                    upper_word = false;
                }
            }
            chars::push(&mut out, before);
        }
    }
    chars::push(&mut out, current);
    out
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Word {
    Invalid,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

/// `xstrings.ToSnakeCase` and `ToKebabCase`: words in lower case, joined by `connector`.
fn lower_words(text: &[u8], connector: char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + 8);
    if text.is_empty() {
        return out;
    }
    let (mut kind, mut word, mut rest) = next_word(text);
    while !rest.is_empty() {
        if kind != Word::Connector {
            push_lower(&mut out, kind, word, connector);
        }
        let (before, last) = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before {
            Word::Number => {
                while matches!(kind, Word::Letters | Word::Number) {
                    push_lower(&mut out, kind, word, connector);
                    (kind, word, rest) = next_word(rest);
                }
                if !matches!(kind, Word::Invalid | Word::Punctuation | Word::Connector) {
                    chars::push(&mut out, connector);
                }
            }
            Word::Connector => push_lower(&mut out, before, last, connector),
            Word::Punctuation => {}
            _ if kind != Word::Number => {
                if !matches!(kind, Word::Connector | Word::Punctuation) {
                    chars::push(&mut out, connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let number = word;
                (kind, word, rest) = next_word(rest);
                if kind != Word::Letters {
                    // The number belongs to the word before it: `Bld4Floor`.
                    push_lower(&mut out, Word::Number, number, connector);
                    if !matches!(kind, Word::Connector | Word::Punctuation) {
                        chars::push(&mut out, connector);
                    }
                } else {
                    // Lower case letters follow the number, so that it starts a word: `HTTP2xx`.
                    chars::push(&mut out, connector);
                    push_lower(&mut out, Word::Number, number, connector);
                    while matches!(kind, Word::Letters | Word::Number) {
                        push_lower(&mut out, kind, word, connector);
                        (kind, word, rest) = next_word(rest);
                    }
                    if !matches!(kind, Word::Invalid | Word::Connector | Word::Punctuation) {
                        chars::push(&mut out, connector);
                    }
                }
            }
        }
    }
    push_lower(&mut out, kind, word, connector);
    out
}

fn push_lower(out: &mut Vec<u8>, kind: Word, word: &[u8], connector: char) {
    if kind != Word::Upper && kind != Word::Connector {
        out.extend_from_slice(word);
        return;
    }
    for c in runes(word) {
        chars::push(
            out,
            if connects(c) {
                connector
            } else if is_upper(c) {
                to_lower(c)
            } else {
                c
            },
        );
    }
}

/// A letter that is not one of the ideographs the library lists (which are not all there are).
fn is_word_letter(c: char) -> bool {
    is_letter(c) && !matches!(u32::from(c), 0x3400..=0x4D85 | 0x4E00..=0x9FCC | 0x20000..=0x2B81D)
}

/// Cuts the first word off; bytes that are not UTF-8 go with the character before them.
fn next_word(text: &[u8]) -> (Word, &[u8], &[u8]) {
    let split = |kind, at: usize| {
        let (word, rest) = text.split_at_checked(at).unwrap_or((text, b""));
        (kind, word, rest)
    };
    let Some((first, mut offset)) = next_valid(text, char::REPLACEMENT_CHARACTER) else {
        return (Word::Invalid, b"", b"");
    };
    if first == char::REPLACEMENT_CHARACTER {
        return split(Word::Invalid, offset);
    }
    // Extends the word while `accept` holds; gives the width and value of the last characters looked at.
    let extend = |offset: &mut usize, accept: &dyn Fn(char) -> bool| {
        let mut taken = 0;
        let mut last = first;
        while let Some((c, width)) = text.get(*offset..).and_then(|rest| next_valid(rest, last)) {
            last = c;
            if !accept(c) {
                break;
            }
            taken = width;
            *offset += width;
        }
        (taken, last)
    };
    let kind = match first {
        c if connects(c) => {
            extend(&mut offset, &connects);
            Word::Connector
        }
        c if is_punct(c) => {
            extend(&mut offset, &is_punct);
            Word::Punctuation
        }
        c if is_upper(c) => {
            let more = |c| is_word_letter(c) && !is_upper(c);
            match text.get(offset..).and_then(|rest| next_valid(rest, c)) {
                Some((second, _)) if is_upper(second) => {
                    let (width, last) = extend(&mut offset, &is_upper);
                    // Of `HTTPStatus` the `S` belongs to the next word.
                    if offset < text.len() && is_word_letter(last) {
                        offset -= width;
                    }
                }
                Some((second, _)) if is_word_letter(second) => {
                    extend(&mut offset, &more);
                }
                _ => {}
            }
            Word::Upper
        }
        c if is_word_letter(c) => {
            extend(&mut offset, &|c| is_word_letter(c) && !is_upper(c));
            Word::Letters
        }
        c if is_number(c) => {
            extend(&mut offset, &is_number);
            Word::Number
        }
        _ => {
            extend(&mut offset, &|c| !(connects(c) || is_word_letter(c) || is_number(c) || is_punct(c)));
            Word::Other
        }
    };
    split(kind, offset)
}

/// The next decodable rune and the bytes up to its end; `previous` stands in if there is none.
fn next_valid(text: &[u8], previous: char) -> Option<(char, usize)> {
    let mut at = 0;
    while let Some((c, width)) = chars::first_rune(text.get(at..)?) {
        at += width;
        if c != char::REPLACEMENT_CHARACTER {
            return Some((c, at));
        }
    }
    (at > 0).then_some((previous, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn word_styles() {
        for (text, snake, pascal) in [
            ("FirstName", "first_name", "FirstName"),
            ("HTTPServer", "http_server", "Httpserver"),
            ("NoHTTPS", "no_https", "NoHTTPS"),
            ("GO PATH", "go_path", "GoPath"),
            ("http2xx", "http_2xx", "Http2xx"),
            ("Bld4Floor3rd", "bld4_floor_3rd", "Bld4Floor3rd"),
            ("_complex__case_", "_complex__case_", "_Complex_Case_"),
        ] {
            assert_eq!(String::from_utf8(lower_words(text.as_bytes(), '_')).unwrap(), snake);
            assert_eq!(String::from_utf8(pascal_case(text.as_bytes())).unwrap(), pascal);
        }
    }

    #[test]
    fn swaps() {
        assert_eq!(swapcase(b"This Is A.Test"), b"tHIS iS a.tEST");
        assert_eq!(initials(b"First Try"), b"FT");
        assert_eq!(title(b"hello wOrld's"), b"Hello WOrld'S");
        assert_eq!(untitle(b"Hello World"), b"hello world");
    }
}
