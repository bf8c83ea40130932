//! Character classes and single-character escapes of Go's expressions.

use regex::bytes::Regex;

use super::translate::{error, part, write_char};

/// A class that matches no character.
pub(super) const NOTHING: &str = r"[^\x{0}-\x{10FFFF}]";

/// The ASCII classes of POSIX, as the `regex` crate writes their inside.
const POSIX: [(&str, &str); 14] = [
    ("alnum", "0-9A-Za-z"),
    ("alpha", "A-Za-z"),
    ("ascii", r"\x00-\x7F"),
    ("blank", r"\t\x20"),
    ("cntrl", r"\x00-\x1F\x7F"),
    ("digit", "0-9"),
    ("graph", "!-~"),
    ("lower", "a-z"),
    ("print", r"\x20-~"),
    ("punct", r"!-/:-@\[-`\{-~"),
    ("space", r"\t-\r\x20"),
    ("upper", "A-Z"),
    ("word", "0-9A-Za-z_"),
    ("xdigit", "0-9A-Fa-f"),
];

/// `[…]` at the start of `text`: the class for the `regex` crate, and what follows.
pub(super) fn bracket(text: &str) -> Result<(String, &str), String> {
    let mut rest = text.get(1..).unwrap_or_default();
    let mut out = String::from("[");
    if let Some(tail) = rest.strip_prefix('^') {
        out.push('^');
        rest = tail;
    }
    let mut items = 0;
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        items += 1;
        if rest.len() > 2
            && let Some(tail) = rest.strip_prefix("[:")
            && let Some((name, tail)) = tail.split_once(":]")
        {
            let (negated, plain) = match name.strip_prefix('^') {
                Some(plain) => ("^", plain),
                None => ("", name),
            };
            let Some((_, inside)) = POSIX.iter().find(|(posix, _)| *posix == plain) else {
                return Err(error("invalid character class range", part(rest, tail)));
            };
            out.push_str(&format!("[{negated}{inside}]"));
            rest = tail;
            continue;
        }
        if let Some((class, tail)) = escape(rest)? {
            out.push_str(&class);
            rest = tail;
            continue;
        }
        let start = rest;
        let (low, tail) = class_char(rest, text)?;
        rest = tail;
        let mut high = low;
        if let Some(tail) = rest.strip_prefix('-').filter(|tail| !tail.is_empty() && !tail.starts_with(']')) {
            (high, rest) = class_char(tail, text)?;
            if high < low {
                return Err(error("invalid character class range", part(start, rest)));
            }
        }
        out.push_str(&range(low, high));
    }
    rest = rest.get(1..).unwrap_or_default();
    out.push(']');
    debug_assert!(items > 0);
    Ok((out, rest))
}

/// A range without the surrogates, which no text holds.
fn range(low: u32, high: u32) -> String {
    const BELOW: u32 = 0xD7FF;
    const ABOVE: u32 = 0xE000;
    let one = |low: u32, high: u32| match (write_char(low), write_char(high)) {
        (Some(low), Some(high)) if low == high => low,
        (Some(low), Some(high)) => format!("{low}-{high}"),
        _ => String::new(),
    };
    let in_gap = |code: u32| (BELOW + 1..ABOVE).contains(&code);
    match (in_gap(low), in_gap(high)) {
        (true, true) => NOTHING.to_owned(),
        (true, false) => one(ABOVE, high),
        (false, true) => one(low, BELOW),
        (false, false) => one(low, high),
    }
}

fn class_char<'t>(text: &'t str, whole: &str) -> Result<(u32, &'t str), String> {
    match text.chars().next() {
        None => Err(error("missing closing ]", whole)),
        Some('\\') => character_escape(text),
        Some(c) => Ok((u32::from(c), text.get(c.len_utf8()..).unwrap_or_default())),
    }
}

/// `\d`, `\W`, `\pL`, `\p{Greek}` at the start of `text`, written as a class.
pub(super) fn escape(text: &str) -> Result<Option<(String, &str)>, String> {
    let Some(tail) = text.strip_prefix('\\') else { return Ok(None) };
    let Some(letter) = tail.chars().next() else { return Ok(None) };
    let rest = tail.get(letter.len_utf8()..).unwrap_or_default();
    let (negated, inside) = match letter {
        'd' => ("", "0-9"),
        'D' => ("^", "0-9"),
        's' => ("", r"\t\n\f\r\x20"),
        'S' => ("^", r"\t\n\f\r\x20"),
        'w' => ("", "0-9A-Za-z_"),
        'W' => ("^", "0-9A-Za-z_"),
        'p' | 'P' => return unicode(text, letter == 'P', rest).map(Some),
        _ => return Ok(None),
    };
    Ok(Some((format!("[{negated}{inside}]"), rest)))
}

fn unicode<'t>(text: &str, negated: bool, tail: &'t str) -> Result<(String, &'t str), String> {
    let bad = |part: &str| error("invalid character class range", part);
    let Some(first) = tail.chars().next() else {
        // Go reads a character past the end here, and takes it for an empty name.
        return Err(bad(text));
    };
    let (name, rest) = if first == '{' {
        let Some((name, rest)) = tail.get(1..).and_then(|tail| tail.split_once('}')) else {
            return Err(bad(text));
        };
        (name, rest)
    } else {
        tail.split_at(first.len_utf8())
    };
    let (negated, plain) = match name.strip_prefix('^') {
        Some(plain) => (!negated, plain),
        None => (negated, name),
    };
    let letter = if negated { 'P' } else { 'p' };
    let simple = !plain.is_empty() && plain.bytes().all(|b| b.is_ascii_alphanumeric() || b" _-".contains(&b));
    let special = ["any", "ascii", "assigned"].contains(&plain.to_ascii_lowercase().as_str());
    let candidates = match (simple, special) {
        (false, _) => vec![],
        (true, true) => vec![format!("\\{letter}{{{plain}}}")],
        (true, false) => vec![format!("\\{letter}{{gc={plain}}}"), format!("\\{letter}{{sc={plain}}}")],
    };
    let found = candidates.into_iter().find(|class| Regex::new(class).is_ok());
    found.map(|class| (class, rest)).ok_or_else(|| bad(part(text, rest)))
}

/// An escape that stands for one character: `\n`, `\x41`, `\x{1F600}`, `\101`, `\.`.
pub(super) fn character_escape(text: &str) -> Result<(u32, &str), String> {
    let tail = text.get(1..).unwrap_or_default();
    let Some(letter) = tail.chars().next() else {
        return Err(error("trailing backslash at end of expression", ""));
    };
    let rest = tail.get(letter.len_utf8()..).unwrap_or_default();
    let invalid = |rest: &str| Err(error("invalid escape sequence", part(text, rest)));
    let octal = |b: u8| (b'0'..=b'7').contains(&b);
    match letter {
        'a' => Ok((7, rest)),
        'f' => Ok((12, rest)),
        'n' => Ok((10, rest)),
        'r' => Ok((13, rest)),
        't' => Ok((9, rest)),
        'v' => Ok((11, rest)),
        'x' => hexadecimal(text, rest),
        '1'..='7' if !rest.bytes().next().is_some_and(octal) => invalid(rest),
        '0'..='7' => {
            let more = rest.bytes().take(2).take_while(|b| octal(*b)).count();
            let digits = tail.get(..=more).unwrap_or_default();
            let code = u32::from_str_radix(digits, 8).unwrap_or(0);
            Ok((code, rest.get(more..).unwrap_or_default()))
        }
        c if c.is_ascii() && !c.is_ascii_alphanumeric() => Ok((u32::from(c), rest)),
        _ => invalid(rest),
    }
}

fn hexadecimal<'t>(text: &str, tail: &'t str) -> Result<(u32, &'t str), String> {
    let invalid = |rest: &str| Err(error("invalid escape sequence", part(text, rest)));
    let mut rest = tail;
    let mut next = || {
        let c = rest.chars().next()?;
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
        Some((c, rest))
    };
    match next() {
        None => invalid(tail),
        Some(('{', mut after)) => {
            let mut code: Option<u32> = None;
            loop {
                let Some((c, rest)) = next() else { return invalid(after) };
                after = rest;
                match (c, c.to_digit(16), code) {
                    ('}', _, Some(code)) => return Ok((code, rest)),
                    (_, Some(digit), so_far) => {
                        let value = so_far.unwrap_or(0) * 16 + digit;
                        if value > 0x0010_FFFF {
                            return invalid(rest);
                        }
                        code = Some(value);
                    }
                    _ => return invalid(rest),
                }
            }
        }
        Some((high, _)) => match next() {
            // Go decodes past the end and finds nothing hexadecimal there.
            None => invalid(""),
            Some((low, rest)) => match (high.to_digit(16), low.to_digit(16)) {
                (Some(high), Some(low)) => Ok((high * 16 + low, rest)),
                _ => invalid(rest),
            },
        },
    }
}
