//! Go's quoted strings and characters: `strconv.Quote`, `Unquote` and their kin.

use crate::unicode::is_print;

/// One decoded character: a scalar value, or a byte that is not UTF-8.
enum Rune {
    Char(char),
    Byte(u8),
}

/// The runes of a Go string; every invalid byte stands alone.
fn runes(bytes: &[u8]) -> impl Iterator<Item = Rune> + '_ {
    bytes.utf8_chunks().flat_map(|chunk| {
        chunk.valid().chars().map(Rune::Char).chain(chunk.invalid().iter().map(|b| Rune::Byte(*b)))
    })
}

/// `utf8.RuneCount`.
pub(crate) fn rune_count(bytes: &[u8]) -> usize {
    if bytes.is_ascii() { bytes.len() } else { runes(bytes).count() }
}

/// The first `count` runes of a Go string.
pub(crate) fn truncate_runes(bytes: &[u8], count: usize) -> &[u8] {
    let mut len = 0;
    for rune in runes(bytes).take(count) {
        len += match rune {
            Rune::Char(c) => c.len_utf8(),
            Rune::Byte(_) => 1,
        };
    }
    bytes.get(..len).unwrap_or(bytes)
}

/// Appends `strconv.Quote` (or `QuoteToASCII`) of a Go string.
pub(crate) fn quote_into(out: &mut Vec<u8>, bytes: &[u8], ascii: bool) {
    out.push(b'"');
    let plain = bytes.iter().position(|b| !matches!(b, b' '..=b'~') || matches!(b, b'"' | b'\\'));
    let (plain, bytes) = bytes.split_at(plain.unwrap_or(bytes.len()));
    out.extend_from_slice(plain);
    for rune in runes(bytes) {
        match rune {
            Rune::Char(c) => escape_into(out, c, b'"', ascii),
            Rune::Byte(byte) => out.extend_from_slice(format!("\\x{byte:02x}").as_bytes()),
        }
    }
    out.push(b'"');
}

/// `strconv.Quote`, as text.
pub fn quote(bytes: &[u8]) -> String {
    let mut out = Vec::with_capacity(bytes.len() + 2);
    quote_into(&mut out, bytes, false);
    String::from_utf8_lossy(&out).into_owned()
}

/// Appends `strconv.QuoteRune` (or `QuoteRuneToASCII`).
pub(crate) fn quote_rune_into(out: &mut Vec<u8>, c: char, ascii: bool) {
    out.push(b'\'');
    escape_into(out, c, b'\'', ascii);
    out.push(b'\'');
}

fn escape_into(out: &mut Vec<u8>, c: char, quote: u8, ascii: bool) {
    if c == char::from(quote) || c == '\\' {
        out.extend_from_slice(&[b'\\', c as u8]);
        return;
    }
    if (c.is_ascii() || !ascii) && is_print(c) {
        out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        return;
    }
    let letter = match c {
        '\x07' => b'a',
        '\x08' => b'b',
        '\x0c' => b'f',
        '\n' => b'n',
        '\r' => b'r',
        '\t' => b't',
        '\x0b' => b'v',
        _ => {
            let code = c as u32;
            let text = match code {
                0..0x20 | 0x7f => format!("\\x{code:02x}"),
                0x80..0x10000 => format!("\\u{code:04x}"),
                _ => format!("\\U{code:08x}"),
            };
            out.extend_from_slice(text.as_bytes());
            return;
        }
    };
    out.extend_from_slice(&[b'\\', letter]);
}

/// `strconv.CanBackquote`.
pub(crate) fn can_backquote(bytes: &[u8]) -> bool {
    runes(bytes).all(|rune| match rune {
        Rune::Byte(_) | Rune::Char('\u{feff}' | '`' | '\x7f') => false,
        Rune::Char(c) => c >= ' ' || c == '\t',
    })
}

/// `strconv.Unquote` of a double-quoted or back-quoted literal; `None` is its `invalid syntax`.
pub(crate) fn unquote(literal: &str) -> Option<Vec<u8>> {
    let quote = literal.chars().next()?;
    let inner = literal.get(1..)?.strip_suffix(quote)?;
    match quote {
        '`' if inner.contains('`') => None,
        '`' if memchr::memchr(b'\r', inner.as_bytes()).is_none() => Some(inner.into()),
        '`' => Some(inner.bytes().filter(|b| *b != b'\r').collect()),
        '"' if memchr::memchr3(b'"', b'\\', b'\n', inner.as_bytes()).is_none() => Some(inner.into()),
        '"' => {
            if inner.contains('\n') {
                return None;
            }
            let mut out = Vec::with_capacity(inner.len());
            let mut rest = inner;
            while !rest.is_empty() {
                let (unit, tail) = unquote_char(rest, '"')?;
                match unit {
                    Unit::Char(c) => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
                    Unit::Byte(byte) => out.push(byte),
                }
                rest = tail;
            }
            Some(out)
        }
        _ => None,
    }
}

/// What one (possibly escaped) character of a literal stands for.
pub(crate) enum Unit {
    /// A character.
    Char(char),
    /// A raw byte, from `\xff` or an octal escape.
    Byte(u8),
}

/// `strconv.UnquoteChar`: the first unit of `text` and what follows it; `None` is its `invalid syntax`.
pub(crate) fn unquote_char(text: &str, quote: char) -> Option<(Unit, &str)> {
    let mut chars = text.chars();
    let first = chars.next()?;
    if first == quote && (quote == '\'' || quote == '"') {
        return None;
    }
    if first != '\\' {
        return Some((Unit::Char(first), chars.as_str()));
    }
    let escape = chars.next()?;
    let rest = chars.as_str();
    let unit = match escape {
        'a' => Unit::Char('\x07'),
        'b' => Unit::Char('\x08'),
        'f' => Unit::Char('\x0c'),
        'n' => Unit::Char('\n'),
        'r' => Unit::Char('\r'),
        't' => Unit::Char('\t'),
        'v' => Unit::Char('\x0b'),
        'x' | 'u' | 'U' => {
            let len = match escape {
                'x' => 2,
                'u' => 4,
                _ => 8,
            };
            let digits = rest.get(..len).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))?;
            let code = u32::from_str_radix(digits, 16).ok()?;
            let unit = if escape == 'x' { Unit::Byte(code as u8) } else { Unit::Char(char::from_u32(code)?) };
            return Some((unit, &rest[len..]));
        }
        '0'..='7' => {
            let digits =
                text.get(1..4).filter(|digits| digits.bytes().all(|b| (b'0'..=b'7').contains(&b)))?;
            let code = u32::from_str_radix(digits, 8).ok()?;
            return Some((Unit::Byte(u8::try_from(code).ok()?), &text[4..]));
        }
        '\\' => Unit::Char('\\'),
        '\'' | '"' if escape == quote => Unit::Char(escape),
        _ => return None,
    };
    Some((unit, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoting() {
        assert_eq!(quote("a\"b\\\n☺\u{200b}\x7f".as_bytes()), "\"a\\\"b\\\\\\n☺\\u200b\\x7f\"");
        assert_eq!(quote(b"\xff"), "\"\\xff\"");
        assert_eq!(unquote(r#""a\x41\u00e9\101\n""#).unwrap(), "aAéA\n".as_bytes());
        assert_eq!(unquote("`a\r\n\\n`").unwrap(), b"a\n\\n");
        assert!(unquote(r#""\'""#).is_none() && unquote(r#""\q""#).is_none() && unquote("\"").is_none());
    }
}
