//! What a plain scalar means: go-yaml v2's resolver (YAML 1.1, with Go's number syntax).

/// The value of a scalar.
#[derive(Clone, Debug, PartialEq)]
pub enum Resolved {
    /// Null.
    Null,
    /// A boolean.
    Bool(bool),
    /// An integer that fits an int64.
    Int(i64),
    /// An integer that only fits a uint64.
    Uint(u64),
    /// A float64.
    Float(f64),
    /// A date or time; the value stays the text.
    Timestamp,
    /// `<<`.
    Merge,
    /// Text.
    Str,
    /// Text with a tag go-yaml does not resolve (`!x`, `!!binary`).
    Other,
}

pub(super) const STR: &str = "tag:yaml.org,2002:str";
const BOOL: &str = "tag:yaml.org,2002:bool";
const INT: &str = "tag:yaml.org,2002:int";
const FLOAT: &str = "tag:yaml.org,2002:float";
const NULL: &str = "tag:yaml.org,2002:null";
const TIMESTAMP: &str = "tag:yaml.org,2002:timestamp";
const MERGE: &str = "tag:yaml.org,2002:merge";
pub(super) const BINARY: &str = "tag:yaml.org,2002:binary";

impl Resolved {
    fn tag(&self) -> &'static str {
        match self {
            Self::Null => NULL,
            Self::Bool(_) => BOOL,
            Self::Int(_) | Self::Uint(_) => INT,
            Self::Float(_) => FLOAT,
            Self::Timestamp => TIMESTAMP,
            Self::Merge => MERGE,
            Self::Str | Self::Other => STR,
        }
    }
}

/// Resolves a scalar's text under a tag (empty for none). `!!float 1` converts; any other tag that does not fit is
/// go-yaml's error text.
pub fn resolve(tag: &str, text: &str) -> Result<Resolved, String> {
    if !matches!(tag, "" | STR | BOOL | INT | FLOAT | NULL | TIMESTAMP) {
        return Ok(Resolved::Other);
    }
    if tag == STR {
        return Ok(Resolved::Str);
    }
    let resolved = plain(tag, text);
    match (tag, resolved) {
        ("", resolved) => Ok(resolved),
        (FLOAT, Resolved::Int(value)) => Ok(Resolved::Float(value as f64)),
        (tag, resolved) if tag == resolved.tag() => Ok(resolved),
        (tag, resolved) => {
            Err(format!("yaml: cannot decode {} `{text}` as a {}", short(resolved.tag()), short(tag)))
        }
    }
}

/// `!!name` for the tags of the YAML repository.
pub(super) fn short(tag: &str) -> String {
    match tag.strip_prefix("tag:yaml.org,2002:") {
        Some(name) => format!("!!{name}"),
        None => tag.to_owned(),
    }
}

fn plain(tag: &str, text: &str) -> Resolved {
    let Some(first) = text.bytes().next() else { return Resolved::Null };
    let hint = match first {
        b'+' | b'-' | b'0'..=b'9' => b'D',
        b'.' => b'.',
        b'y' | b'Y' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'~' => b'M',
        // `<<` is in go-yaml's table but its first letter gives no hint, so it is never looked up.
        _ => return Resolved::Str,
    };
    if let Some(word) = word(text) {
        return word;
    }
    match hint {
        b'.' => go_parse_float(text).map_or(Resolved::Str, Resolved::Float),
        b'D' => number(tag, text),
        _ => Resolved::Str,
    }
}

fn word(text: &str) -> Option<Resolved> {
    if text.len() > 5 {
        return None;
    }
    Some(match text {
        "y" | "Y" | "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
            Resolved::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
            Resolved::Bool(false)
        }
        "~" | "null" | "Null" | "NULL" => Resolved::Null,
        ".nan" | ".NaN" | ".NAN" => Resolved::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => Resolved::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => Resolved::Float(f64::NEG_INFINITY),
        _ => return None,
    })
}

fn number(tag: &str, text: &str) -> Resolved {
    if (tag.is_empty() || tag == TIMESTAMP) && is_timestamp(text) {
        return Resolved::Timestamp;
    }
    let owned;
    let plain = if text.contains('_') {
        owned = text.replace('_', "");
        owned.as_str()
    } else {
        text
    };
    if let Some(integer) = parse_go_int(plain) {
        return integer;
    }
    if is_yaml_float(plain)
        && let Some(value) = finite(plain)
    {
        return Resolved::Float(value);
    }
    // `0b` with a sign inside, which ParseInt takes once the prefix is gone.
    if let Some(digits) = plain.strip_prefix("0b") {
        if let Some(value) = signed(digits, 2) {
            return Resolved::Int(value);
        }
        if let Some(value) = unsigned(digits, 2) {
            return Resolved::Uint(value);
        }
    } else if let Some(digits) = plain.strip_prefix("-0b")
        && let Some(value) = signed(&format!("-{digits}"), 2)
    {
        return Resolved::Int(value);
    }
    Resolved::Str
}

/// `strconv.ParseInt(text, 0, 64)`, then `ParseUint`, of a text without underscores.
fn parse_go_int(text: &str) -> Option<Resolved> {
    let (negative, signed_text) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (radix, digits) = radix_of(signed_text)?;
    let magnitude = unsigned(digits, radix)?;
    if negative {
        return match magnitude {
            0..=0x7FFF_FFFF_FFFF_FFFF => Some(Resolved::Int(-(magnitude as i64))),
            0x8000_0000_0000_0000 => Some(Resolved::Int(i64::MIN)),
            _ => None,
        };
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Resolved::Int(value)),
        // ParseUint takes no sign.
        Err(_) if text.starts_with('+') => None,
        Err(_) => Some(Resolved::Uint(magnitude)),
    }
}

fn radix_of(text: &str) -> Option<(u32, &str)> {
    let bytes = text.as_bytes();
    if bytes.first() != Some(&b'0') {
        return Some((10, text));
    }
    Some(match bytes.get(1) {
        Some(b'x' | b'X') if bytes.len() >= 3 => (16, text.get(2..)?),
        Some(b'b' | b'B') if bytes.len() >= 3 => (2, text.get(2..)?),
        Some(b'o' | b'O') if bytes.len() >= 3 => (8, text.get(2..)?),
        Some(_) => (8, text.get(1..)?),
        None => (10, text),
    })
}

fn unsigned(digits: &str, radix: u32) -> Option<u64> {
    // Rust takes a leading `+`, Go does not.
    digits
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric())
        .then(|| u64::from_str_radix(digits, radix).ok())?
}

fn signed(digits: &str, radix: u32) -> Option<i64> {
    i64::from_str_radix(digits, radix).ok()
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_yaml_float(text: &str) -> bool {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes.get(from..).unwrap_or_default().iter().take_while(|byte| byte.is_ascii_digit()).count()
    };
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole == 0 && fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return false;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// ParseFloat refuses what overflows.
fn finite(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|value| value.is_finite())
}

/// `strconv.ParseFloat` of a text that starts with a dot.
fn go_parse_float(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return if is_yaml_float(text) { finite(text) } else { None };
    }
    // An underscore must stand between two digits.
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut underscores = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'_');
    if !underscores.all(|(at, _)| at > 0 && digit(at - 1) && digit(at + 1)) {
        return None;
    }
    let plain = text.replace('_', "");
    if is_yaml_float(&plain) { finite(&plain) } else { None }
}

/// Whether go-yaml takes the text as a date or time.
pub(super) fn is_timestamp(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() < 6 || !bytes[..4].iter().all(u8::is_ascii_digit) || bytes[4] != b'-' {
        return false;
    }
    let mut cursor = Cursor { bytes, at: 5 };
    let year = bytes[..4].iter().fold(0u32, |year, digit| year * 10 + u32::from(digit - b'0'));
    let Some(month) = cursor.number(2).filter(|month| (1..=12).contains(month)) else { return false };
    if !cursor.take(b'-') {
        return false;
    }
    let Some(day) = cursor.number(2) else { return false };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    };
    if day == 0 || day > days {
        return false;
    }
    if cursor.done() {
        return true;
    }
    let zoned = match cursor.next() {
        Some(b'T' | b't') => true,
        Some(b' ') => {
            // Go's layouts let a space stand for any number of them.
            while cursor.take(b' ') {}
            false
        }
        _ => return false,
    };
    let within = |value: Option<u32>, limit: u32| value.is_some_and(|value| value < limit);
    if !within(cursor.number(2), 24)
        || !cursor.take(b':')
        || !within(cursor.number(2), 60)
        || !cursor.take(b':')
        || !within(cursor.number(2), 60)
    {
        return false;
    }
    if matches!(cursor.bytes.get(cursor.at), Some(b'.' | b','))
        && cursor.bytes.get(cursor.at + 1).is_some_and(u8::is_ascii_digit)
    {
        cursor.at += 1;
        while cursor.bytes.get(cursor.at).is_some_and(u8::is_ascii_digit) {
            cursor.at += 1;
        }
    }
    if !zoned {
        return cursor.done();
    }
    if cursor.take(b'Z') {
        return cursor.done();
    }
    if !(cursor.take(b'+') || cursor.take(b'-')) {
        return false;
    }
    let hours = cursor.fixed_two();
    let colon = cursor.take(b':');
    let minutes = cursor.fixed_two();
    hours.is_some_and(|hours| hours <= 24)
        && colon
        && minutes.is_some_and(|minutes| minutes < 60)
        && cursor.done()
}

struct Cursor<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl Cursor<'_> {
    fn next(&mut self) -> Option<u8> {
        let byte = self.bytes.get(self.at).copied();
        self.at += 1;
        byte
    }

    fn take(&mut self, byte: u8) -> bool {
        let found = self.bytes.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn done(&self) -> bool {
        self.at >= self.bytes.len()
    }

    /// One to `most` digits.
    fn number(&mut self, most: usize) -> Option<u32> {
        let digits =
            self.bytes.get(self.at..)?.iter().take(most).take_while(|byte| byte.is_ascii_digit()).count();
        let value = self
            .bytes
            .get(self.at..self.at + digits)?
            .iter()
            .fold(0, |value, digit| value * 10 + u32::from(digit - b'0'));
        self.at += digits;
        (digits > 0).then_some(value)
    }

    fn fixed_two(&mut self) -> Option<u32> {
        let from = self.at;
        let value = self.number(2)?;
        (self.at == from + 2).then_some(value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resolves_as_go_yaml_does() {
        for (text, expected) in [
            ("0777", Resolved::Int(511)),
            ("0o17", Resolved::Int(15)),
            ("08", Resolved::Float(8.0)),
            ("1_000", Resolved::Int(1000)),
            ("0b11", Resolved::Int(3)),
            ("-0b11", Resolved::Int(-3)),
            ("0x1F", Resolved::Int(31)),
            ("1:30", Resolved::Str),
            ("on", Resolved::Bool(true)),
            ("y", Resolved::Bool(true)),
            ("~", Resolved::Null),
            ("", Resolved::Null),
            ("2024-01-01", Resolved::Timestamp),
            ("2024-1-1T1:1:1Z", Resolved::Timestamp),
            ("2024-02-30", Resolved::Str),
            ("18446744073709551615", Resolved::Uint(u64::MAX)),
            ("18446744073709551616", Resolved::Float(18446744073709551616.0)),
            ("1e3", Resolved::Float(1000.0)),
            (".5", Resolved::Float(0.5)),
            ("1.", Resolved::Float(1.0)),
            ("<<", Resolved::Str),
            ("1e400", Resolved::Str),
            (".8_6", Resolved::Float(0.86)),
            (".8__6", Resolved::Str),
        ] {
            assert_eq!(resolve("", text), Ok(expected), "{text}");
        }
        assert_eq!(resolve(INT, "a").unwrap_err(), "yaml: cannot decode !!str `a` as a !!int");
        assert_eq!(resolve(FLOAT, "3"), Ok(Resolved::Float(3.0)));
    }
}
