//! Go's view of characters: `unicode` categories, simple case mapping, and strings decoded rune by rune.

use std::sync::LazyLock;

use crate::unicode::Class;

macro_rules! class {
    ($name:ident, $pattern:literal, $ascii:expr, $doc:literal) => {
        #[doc = $doc]
        pub(super) fn $name(c: char) -> bool {
            static CLASS: LazyLock<Class> = LazyLock::new(|| Class::new($pattern));
            let ascii: fn(&char) -> bool = $ascii;
            if c.is_ascii() { ascii(&c) } else { CLASS.contains(c) }
        }
    };
}

class!(is_upper, r"[\p{Lu}]", char::is_ascii_uppercase, "`unicode.IsUpper`.");
class!(is_lower, r"[\p{Ll}]", char::is_ascii_lowercase, "`unicode.IsLower`.");
class!(is_title, r"[\p{Lt}]", |_| false, "`unicode.IsTitle`.");
class!(is_letter, r"[\p{L}]", char::is_ascii_alphabetic, "`unicode.IsLetter`.");
class!(is_digit, r"[\p{Nd}]", char::is_ascii_digit, "`unicode.IsDigit`.");
class!(is_number, r"[\p{N}]", char::is_ascii_digit, "`unicode.IsNumber`.");
class!(is_punct, r"[\p{P}]", |c| c.is_ascii_punctuation() && !"$+<=>^`|~".contains(*c), "`unicode.IsPunct`.");

/// `unicode.IsSpace`.
pub(super) fn is_space(c: char) -> bool {
    matches!(
        c,
        '\t'..='\r' | ' ' | '\u{85}' | '\u{a0}' | '\u{1680}' | '\u{2000}'..='\u{200a}' | '\u{2028}'
            | '\u{2029}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
    )
}

fn single(mut mapped: impl Iterator<Item = char>) -> Option<char> {
    let first = mapped.next()?;
    mapped.next().is_none().then_some(first)
}

/// `unicode.ToUpper`: one character becomes one character.
pub(super) fn to_upper(c: char) -> char {
    // Where the full mapping has several characters, only these have a simple one as well.
    single(c.to_uppercase()).unwrap_or(match c {
        '\u{1f80}'..='\u{1f87}' | '\u{1f90}'..='\u{1f97}' | '\u{1fa0}'..='\u{1fa7}' => {
            char::from_u32(u32::from(c) + 8).unwrap_or(c)
        }
        '\u{1fb3}' | '\u{1fc3}' | '\u{1ff3}' => char::from_u32(u32::from(c) + 9).unwrap_or(c),
        c => c,
    })
}

/// `unicode.ToLower`.
pub(super) fn to_lower(c: char) -> char {
    single(c.to_lowercase()).unwrap_or(if c == '\u{130}' { 'i' } else { c })
}

/// `unicode.ToTitle`.
pub(super) fn to_title(c: char) -> char {
    match c {
        '\u{1c4}'..='\u{1c6}' => '\u{1c5}',
        '\u{1c7}'..='\u{1c9}' => '\u{1c8}',
        '\u{1ca}'..='\u{1cc}' => '\u{1cb}',
        '\u{1f1}'..='\u{1f3}' => '\u{1f2}',
        '\u{10d0}'..='\u{10fa}' | '\u{10fd}'..='\u{10ff}' => c,
        c => to_upper(c),
    }
}

/// The runes of a string: each byte that is not UTF-8 gives U+FFFD, as `range` over a Go string does.
pub(super) fn runes(text: &[u8]) -> impl Iterator<Item = char> {
    text.utf8_chunks().flat_map(|chunk| {
        chunk.valid().chars().chain(chunk.invalid().iter().map(|_| char::REPLACEMENT_CHARACTER))
    })
}

/// The first rune and how many bytes it takes; `None` at the end.
pub(super) fn first_rune(text: &[u8]) -> Option<(char, usize)> {
    let chunk = text.get(..text.len().min(4))?.utf8_chunks().next()?;
    match chunk.valid().chars().next() {
        Some(c) => Some((c, c.len_utf8())),
        None => Some((char::REPLACEMENT_CHARACTER, 1)),
    }
}

/// Appends a character in UTF-8.
pub(super) fn push(out: &mut Vec<u8>, c: char) {
    out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
}

/// Maps every rune, `strings.Map`.
pub(super) fn map(text: &[u8], f: impl Fn(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for c in runes(text) {
        push(&mut out, f(c));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simple_case_mapping() {
        assert_eq!(to_upper('ß'), 'ß');
        assert_eq!(to_upper('ᾀ'), 'ᾈ');
        assert_eq!(to_lower('İ'), 'i');
        assert_eq!(to_title('ǆ'), 'ǅ');
        assert!(is_punct('_') && !is_punct('$') && is_upper('Ä') && !is_upper('Ⅰ'));
        assert_eq!(runes(b"a\xffb").collect::<String>(), "a\u{fffd}b");
    }
}
