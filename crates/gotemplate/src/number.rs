//! Number constants: one text, and every type it can take.

use crate::quote::{Unit, quote, unquote_char};

/// A constant of a template.
pub(crate) struct Number {
    pub(crate) text: Box<str>,
    pub(crate) int: Option<i64>,
    pub(crate) uint: Option<u64>,
    pub(crate) float: Option<f64>,
    pub(crate) complex: Option<(f64, f64)>,
}

/// What a constant is when nothing asks for a type.
pub(crate) enum Ideal {
    Int(i64),
    Float(f64),
    Complex(f64, f64),
    /// It fits an unsigned integer only.
    Overflow,
    None,
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;
const TWO_64: f64 = 18_446_744_073_709_551_616.0;

/// The integer that a float stands for exactly.
fn exact_int(f: f64) -> Option<i64> {
    (f.fract() == 0.0 && (-TWO_63..TWO_63).contains(&f)).then_some(f as i64)
}

fn exact_uint(f: f64) -> Option<u64> {
    (f.fract() == 0.0 && (0.0..TWO_64).contains(&f)).then_some(f as u64)
}

impl Number {
    fn new(text: &str) -> Self {
        Self { text: text.into(), int: None, uint: None, float: None, complex: None }
    }

    /// A character constant such as `'a'`.
    pub(crate) fn from_char(text: &str) -> Result<Self, String> {
        let inner = text.get(1..).unwrap_or_default();
        let (unit, tail) = unquote_char(inner, '\'').ok_or("invalid syntax")?;
        if tail != "'" {
            return Err(format!("malformed character constant: {text}"));
        }
        let code = match unit {
            Unit::Char(c) => c as u32,
            Unit::Byte(byte) => u32::from(byte),
        };
        let mut number = Self::new(text);
        number.int = Some(i64::from(code));
        number.uint = Some(u64::from(code));
        number.float = Some(f64::from(code));
        Ok(number)
    }

    /// A complex constant such as `1+2i`.
    pub(crate) fn from_complex(text: &str) -> Result<Self, String> {
        let bad = || format!("strconv.ParseFloat: parsing {}: invalid syntax", quote(text.as_bytes()));
        let inner = text.strip_suffix('i').ok_or_else(bad)?;
        // The sign between the parts is the last one that does not belong to an exponent.
        let split = inner
            .char_indices()
            .skip(1)
            .filter(|(at, c)| {
                let before = inner.as_bytes().get(at - 1).map_or(0, u8::to_ascii_lowercase);
                let hex = inner.get(..*at).is_some_and(|s| s.to_ascii_lowercase().contains("0x"));
                matches!(c, '+' | '-') && before != b'p' && (before != b'e' || hex)
            })
            .map(|(at, _)| at)
            .last()
            .ok_or_else(bad)?;
        let real = parse_float(inner.get(..split).unwrap_or_default()).ok_or_else(bad)?;
        let imaginary = parse_float(inner.get(split..).unwrap_or_default()).ok_or_else(bad)?;
        let mut number = Self::new(text);
        number.set_complex(real, imaginary);
        Ok(number)
    }

    fn set_complex(&mut self, real: f64, imaginary: f64) {
        self.complex = Some((real, imaginary));
        if imaginary == 0.0 {
            self.float = Some(real);
            self.int = exact_int(real);
            self.uint = exact_uint(real);
        }
    }

    /// Any other number.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut number = Self::new(text);
        if let Some(f) = text.strip_suffix('i').and_then(parse_float) {
            number.set_complex(0.0, f);
            return Ok(number);
        }
        number.uint = parse_uint(text);
        number.int = parse_int(text);
        if number.int == Some(0) && number.uint.is_none() {
            number.uint = Some(0);
        }
        if let Some(int) = number.int {
            number.float = Some(int as f64);
        } else if let Some(uint) = number.uint {
            number.float = Some(uint as f64);
        } else if let Some(f) = parse_float(text) {
            if !text.contains(['.', 'e', 'E', 'p', 'P']) {
                return Err(format!("integer overflow: {}", quote(text.as_bytes())));
            }
            number.float = Some(f);
            number.int = exact_int(f);
            number.uint = exact_uint(f);
        }
        if number.float.is_none() {
            return Err(format!("illegal number syntax: {}", quote(text.as_bytes())));
        }
        Ok(number)
    }

    /// The value by Go's rules for untyped constants.
    pub(crate) fn ideal(&self) -> Ideal {
        let text = self.text.as_bytes();
        let hex_int = text.len() > 2
            && text[0] == b'0'
            && matches!(text[1], b'x' | b'X')
            && !self.text.contains(['p', 'P']);
        let rune = text.first() == Some(&b'\'');
        if let Some((re, im)) = self.complex {
            return Ideal::Complex(re, im);
        }
        match self.float {
            Some(f) if !hex_int && !rune && self.text.contains(['.', 'e', 'E', 'p', 'P']) => {
                return Ideal::Float(f);
            }
            _ => {}
        }
        match (self.int, self.uint) {
            (Some(int), _) => Ideal::Int(int),
            (None, Some(_)) => Ideal::Overflow,
            (None, None) => Ideal::None,
        }
    }
}

/// Whether underscores stand only between digits or after a base prefix.
fn underscores_ok(text: &str) -> bool {
    let bytes = text.as_bytes();
    let bytes = bytes.strip_prefix(b"+").or(bytes.strip_prefix(b"-")).unwrap_or(bytes);
    let mut saw = b'^';
    let mut hex = false;
    let mut digits = bytes;
    if let [b'0', base, rest @ ..] = bytes
        && matches!(base.to_ascii_lowercase(), b'b' | b'o' | b'x')
    {
        digits = rest;
        saw = b'0';
        hex = base.eq_ignore_ascii_case(&b'x');
    }
    for byte in digits {
        if byte.is_ascii_digit() || hex && byte.is_ascii_hexdigit() {
            saw = b'0';
        } else if *byte == b'_' {
            if saw != b'0' {
                return false;
            }
            saw = b'_';
        } else if saw == b'_' {
            return false;
        } else {
            saw = b'!';
        }
    }
    saw != b'_'
}

/// `strconv.ParseUint(text, 0, 64)`.
pub(crate) fn parse_uint(text: &str) -> Option<u64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    let (digits, radix) = if let Some(digits) = lower.strip_prefix("0x") {
        (digits, 16)
    } else if let Some(digits) = lower.strip_prefix("0b") {
        (digits, 2)
    } else if let Some(digits) = lower.strip_prefix("0o") {
        (digits, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    let digits = digits.replace('_', "");
    if !digits.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    u64::from_str_radix(&digits, radix).ok()
}

/// `strconv.ParseInt(text, 0, 64)`.
pub(crate) fn parse_int(text: &str) -> Option<i64> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let magnitude = parse_uint(digits)?;
    if negative { 0i64.checked_sub_unsigned(magnitude) } else { i64::try_from(magnitude).ok() }
}

/// `strconv.ParseFloat(text, 64)` of what looks like a number; `None` also when it overflows.
pub(crate) fn parse_float(text: &str) -> Option<f64> {
    if text.contains('_') && !underscores_ok(text) {
        return None;
    }
    let plain = text.replace('_', "");
    let unsigned = plain.trim_start_matches(['+', '-']);
    if plain.len() - unsigned.len() > 1 {
        return None;
    }
    let value = if unsigned.len() > 2 && unsigned.get(..2).is_some_and(|p| p.eq_ignore_ascii_case("0x")) {
        let value = parse_hex_float(unsigned.get(2..)?)?;
        if plain.starts_with('-') { -value } else { value }
    } else {
        if !unsigned.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
            return None;
        }
        plain.parse().ok()?
    };
    value.is_finite().then_some(value)
}

fn parse_hex_float(text: &str) -> Option<f64> {
    let (digits, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i64 = exponent.strip_prefix('+').unwrap_or(exponent).parse().ok()?;
    let (mut mantissa, mut shift, mut sticky, mut seen, mut dot) = (0u64, 0i64, false, false, false);
    for byte in digits.bytes() {
        if byte == b'.' {
            if dot {
                return None;
            }
            dot = true;
            continue;
        }
        let digit = u64::from(char::from(byte).to_digit(16)?);
        seen = true;
        if mantissa >> 60 == 0 {
            mantissa = mantissa << 4 | digit;
            shift -= if dot { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            shift += if dot { 0 } else { 4 };
        }
    }
    if !seen {
        return None;
    }
    let mut value = (mantissa | u64::from(sticky)) as f64;
    let mut power = exponent.clamp(-10_000, 10_000) + shift;
    while power != 0 && value != 0.0 && value.is_finite() {
        let step = power.clamp(-1000, 1000);
        value *= 2f64.powi(step as i32);
        power -= step;
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        assert_eq!(parse_int("0x1_F"), Some(31));
        assert_eq!(parse_int("-0b11"), Some(-3));
        assert_eq!(parse_int("017"), Some(15));
        assert_eq!(parse_int("08"), None);
        assert_eq!(parse_int("1__0"), None);
        assert_eq!(parse_int("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(parse_uint("18446744073709551615"), Some(u64::MAX));
    }

    #[test]
    fn floats() {
        assert_eq!(parse_float("1e3"), Some(1000.0));
        assert_eq!(parse_float("0x1p-2"), Some(0.25));
        assert_eq!(parse_float("0x1.8p1"), Some(3.0));
        assert_eq!(parse_float("1e400"), None);
        assert_eq!(parse_float("0x1"), None);
    }

    #[test]
    fn errors() {
        assert_eq!(Number::parse("089").err().as_deref(), Some("integer overflow: \"089\""));
        assert_eq!(Number::parse(".").err().as_deref(), Some("illegal number syntax: \".\""));
        assert_eq!(Number::from_char("'ab'").err().as_deref(), Some("malformed character constant: 'ab'"));
        assert_eq!(Number::from_complex("1e+2-3i").unwrap().complex, Some((100.0, -3.0)));
    }
}
