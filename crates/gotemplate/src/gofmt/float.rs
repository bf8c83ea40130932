//! `strconv.AppendFloat` for `float64`.

use std::io::Write;

/// More digits than any `float64` has: beyond these all are zero (and Rust's formatting has a bound of its own).
const ALL_DIGITS: usize = 1_100;

/// The decimal digits of a number and the place of its point: `0.d1d2… × 10^point`, no trailing zeros.
struct Digits {
    digits: Vec<u8>,
    point: i32,
}

impl Digits {
    /// From Rust's `d.ddde-N`.
    fn parse(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let mut digits: Vec<u8> = mantissa.bytes().filter(u8::is_ascii_digit).collect();
        while digits.last() == Some(&b'0') {
            digits.pop();
        }
        let point = if digits.is_empty() { 0 } else { exponent.parse::<i32>().unwrap_or(0) + 1 };
        Self { digits, point }
    }

    fn shortest(v: f64) -> Self {
        Self::parse(&format!("{v:e}"))
    }

    /// Rounded to `count` significant digits.
    fn significant(v: f64, count: usize) -> Self {
        Self::parse(&format!("{v:.*e}", count.saturating_sub(1).min(ALL_DIGITS)))
    }

    fn digit(&self, index: i32) -> u8 {
        usize::try_from(index).ok().and_then(|index| self.digits.get(index)).copied().unwrap_or(b'0')
    }

    /// `%e` with `precision` digits after the point.
    fn exponent_form(&self, out: &mut Vec<u8>, precision: usize, letter: u8) {
        out.push(self.digit(0));
        if precision > 0 {
            out.push(b'.');
            out.extend((1..=precision as i32).map(|index| self.digit(index)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        out.push(letter);
        push_exponent(out, exponent);
    }

    /// `%f` with `precision` digits after the point.
    fn plain_form(&self, out: &mut Vec<u8>, precision: usize) {
        if self.point > 0 {
            out.extend((0..self.point).map(|index| self.digit(index)));
        } else {
            out.push(b'0');
        }
        if precision > 0 {
            out.push(b'.');
            out.extend((0..precision as i32).map(|index| self.digit(self.point + index)));
        }
    }
}

/// A sign and at least two digits.
fn push_exponent(out: &mut Vec<u8>, exponent: i32) {
    out.push(if exponent < 0 { b'-' } else { b'+' });
    let magnitude = exponent.unsigned_abs();
    if magnitude < 10 {
        out.push(b'0');
    }
    out.extend_from_slice(magnitude.to_string().as_bytes());
}

/// Appends a number in the format `verb` (`b e E f g G x X`); no precision means the shortest text
/// that reads back as the same number.
pub(crate) fn append(out: &mut Vec<u8>, v: f64, verb: u8, precision: Option<usize>) {
    if v.is_nan() {
        out.extend_from_slice(b"NaN");
        return;
    }
    if v.is_infinite() {
        out.extend_from_slice(if v > 0.0 { b"+Inf" } else { b"-Inf" });
        return;
    }
    if v.is_sign_negative() {
        out.push(b'-');
    }
    let v = v.abs();
    match (verb, precision) {
        (b'b', _) => binary_form(out, v),
        (b'x' | b'X', _) => hex_form(out, v, verb, precision),
        (b'f', Some(precision)) => {
            let exact = precision.min(ALL_DIGITS);
            let _ = write!(out, "{v:.exact$}");
            out.resize(out.len() + precision - exact, b'0');
        }
        (b'f', None) => {
            let digits = Digits::shortest(v);
            let precision = (digits.digits.len() as i32 - digits.point).max(0);
            digits.plain_form(out, precision as usize);
        }
        (b'e' | b'E', Some(precision)) => {
            Digits::significant(v, precision + 1).exponent_form(out, precision, verb)
        }
        (b'e' | b'E', None) => {
            let digits = Digits::shortest(v);
            digits.exponent_form(out, digits.digits.len().saturating_sub(1), verb);
        }
        _ => general_form(out, v, verb, precision),
    }
}

/// `%g`: with an exponent when it is less than -4 or reaches the precision (6 for the shortest text).
fn general_form(out: &mut Vec<u8>, v: f64, verb: u8, precision: Option<usize>) {
    let (digits, threshold) = match precision {
        None => {
            if v < 1e6 && v.fract() == 0.0 {
                out.extend_from_slice(itoa::Buffer::new().format(v as u32).as_bytes());
                return;
            }
            (Digits::shortest(v), 6)
        }
        Some(precision) => {
            let precision = precision.max(1);
            let digits = Digits::significant(v, precision);
            let (count, threshold) = (digits.digits.len() as i32, precision as i32);
            let threshold = if threshold > count && count >= digits.point { count } else { threshold };
            (digits, threshold)
        }
    };
    let exponent = digits.point - 1;
    let count = digits.digits.len();
    if exponent < -4 || exponent >= threshold {
        let letter = if verb == b'G' { b'E' } else { b'e' };
        digits.exponent_form(out, count.saturating_sub(1), letter);
    } else {
        digits.plain_form(out, (count as i32 - digits.point).max(0) as usize);
    }
}

/// The bits of the mantissa and the power of two it is scaled by.
fn parts(v: f64) -> (u64, i32) {
    let bits = v.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i32;
    let mantissa = bits & ((1 << 52) - 1);
    if exponent == 0 { (mantissa, -1022) } else { (mantissa | 1 << 52, exponent - 1023) }
}

/// `%b`: mantissa and power of two, decimal.
fn binary_form(out: &mut Vec<u8>, v: f64) {
    let (mantissa, exponent) = parts(v);
    let exponent = exponent - 52;
    let sign = if exponent >= 0 { "+" } else { "" };
    let _ = write!(out, "{mantissa}p{sign}{exponent}");
}

/// `%x`: hexadecimal mantissa and power of two.
fn hex_form(out: &mut Vec<u8>, v: f64, verb: u8, precision: Option<usize>) {
    const TOP: u64 = 1 << 60;
    let (mut mantissa, mut exponent) = parts(v);
    if mantissa == 0 {
        exponent = 0;
    }
    mantissa <<= 60 - 52;
    while mantissa != 0 && mantissa & TOP == 0 {
        mantissa <<= 1;
        exponent -= 1;
    }
    if let Some(precision) = precision.filter(|precision| *precision < 15) {
        let shift = precision as u32 * 4;
        let extra = (mantissa << shift) & (TOP - 1);
        mantissa >>= 60 - shift;
        if extra | (mantissa & 1) > 1 << 59 {
            mantissa += 1;
        }
        mantissa <<= 60 - shift;
        if mantissa & TOP << 1 != 0 {
            mantissa >>= 1;
            exponent += 1;
        }
    }
    let digits: &[u8; 16] = if verb == b'x' { b"0123456789abcdef" } else { b"0123456789ABCDEF" };
    out.extend_from_slice(&[b'0', verb, b'0' + (mantissa >> 60 & 1) as u8]);
    mantissa <<= 4;
    let count = precision
        .unwrap_or_else(|| (16 - mantissa.trailing_zeros() as usize / 4) * usize::from(mantissa != 0));
    if count > 0 {
        out.push(b'.');
    }
    for _ in 0..count {
        out.push(digits[(mantissa >> 60 & 15) as usize]);
        mantissa <<= 4;
    }
    out.push(if verb == b'x' { b'p' } else { b'P' });
    push_exponent(out, exponent);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(v: f64, verb: u8, precision: Option<usize>) -> String {
        let mut out = Vec::new();
        append(&mut out, v, verb, precision);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn as_strconv_writes_them() {
        for (v, verb, precision, want) in [
            (0.0, b'g', None, "0"),
            (-0.0, b'g', None, "-0"),
            (8080.0, b'g', None, "8080"),
            (1e6, b'g', None, "1e+06"),
            (123_456_789_012.0, b'g', None, "1.23456789012e+11"),
            (0.0001, b'g', None, "0.0001"),
            (0.00001, b'g', None, "1e-05"),
            (1.5, b'g', Some(1), "2"),
            (100_000.0, b'g', Some(3), "1e+05"),
            (123.0, b'g', Some(10), "123"),
            (2.5, b'f', Some(0), "2"),
            (1.0, b'e', Some(6), "1.000000e+00"),
            (1e100, b'e', None, "1e+100"),
            (1e21, b'f', None, "1000000000000000000000"),
            (1.0, b'b', None, "4503599627370496p-52"),
            (1.5, b'x', None, "0x1.8p+00"),
            (f64::INFINITY, b'g', None, "+Inf"),
        ] {
            assert_eq!(text(v, verb, precision), want);
        }
    }
}
