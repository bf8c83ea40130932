//! Casts by the rules of spf13 `cast`, and sprig's integer and float arithmetic.

use super::decimal::{self, Operation};
use super::{panic, text};
use crate::func::{Call, FuncError, FuncMap, Int64, Rest};
use crate::str::Str;
use crate::value::{Elem, IntKind, List, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add("atoi", |s: Str| parse_int(&s, 10).value);
    m.add("int", |v: Value| to_int(&v));
    m.add("int64", |v: Value| Int64(to_int(&v)));
    m.add("float64", |v: Value| to_float(&v));
    m.add_with_call("toDecimal", |call: &mut Call<'_>, v: Value| -> Result<Int64, FuncError> {
        let parsed = parse_int(&text::show(call, &v)?, 8);
        Ok(Int64(if parsed.exact { parsed.value } else { 0 }))
    });

    m.add("add1", |v: Value| Int64(to_int(&v).wrapping_add(1)));
    m.add("add", |all: Rest<Value>| Int64(all.0.iter().map(to_int).fold(0, i64::wrapping_add)));
    m.add("sub", |a: Value, b: Value| Int64(to_int(&a).wrapping_sub(to_int(&b))));
    m.add("mul", |a: Value, all: Rest<Value>| {
        Int64(all.0.iter().map(to_int).fold(to_int(&a), i64::wrapping_mul))
    });
    m.add("div", |a: Value, b: Value| divide(&a, &b, i64::wrapping_div));
    m.add("mod", |a: Value, b: Value| divide(&a, &b, i64::wrapping_rem));
    for name in ["max", "biggest"] {
        m.add(name, |a: Value, all: Rest<Value>| Int64(all.0.iter().map(to_int).fold(to_int(&a), i64::max)));
    }
    m.add("min", |a: Value, all: Rest<Value>| Int64(all.0.iter().map(to_int).fold(to_int(&a), i64::min)));
    m.add("maxf", |a: Value, all: Rest<Value>| all.0.iter().map(to_float).fold(to_float(&a), go_max));
    m.add("minf", |a: Value, all: Rest<Value>| all.0.iter().map(to_float).fold(to_float(&a), go_min));
    m.add("floor", |v: Value| to_float(&v).floor());
    m.add("ceil", |v: Value| to_float(&v).ceil());
    m.add("round", |v: Value, places: i64, on: Rest<f64>| round(to_float(&v), places, on.0.first().copied()));

    m.add_with_call("add1f", |call: &mut Call<'_>, v: Value| {
        decimal::fold(call, to_float(&v), &[1.0], Operation::Add)
    });
    m.add_with_call("addf", |call: &mut Call<'_>, all: Rest<Value>| {
        decimal::fold(call, 0.0, &floats(&all.0), Operation::Add)
    });
    for (name, operation) in
        [("subf", Operation::Subtract), ("mulf", Operation::Multiply), ("divf", Operation::Divide)]
    {
        m.add_with_call(name, move |call: &mut Call<'_>, a: Value, all: Rest<Value>| {
            decimal::fold(call, to_float(&a), &floats(&all.0), operation)
        });
    }

    m.add_with_call("until", |call: &mut Call<'_>, count: i64| {
        until_step(call, 0, count, if count < 0 { -1 } else { 1 }).map(ints)
    });
    m.add_with_call("untilStep", |call: &mut Call<'_>, start: i64, stop: i64, step: i64| {
        until_step(call, start, stop, step).map(ints)
    });
    m.add_with_call("seq", seq);
}

fn floats(all: &[Value]) -> Vec<f64> {
    all.iter().map(to_float).collect()
}

fn ints(numbers: Vec<i64>) -> List {
    List::typed(Elem::Int, numbers.into_iter().map(Value::int).collect())
}

/// What `strconv.ParseInt` gives: the value (held at the limits), and whether there was no error.
pub(super) struct ParsedInt {
    pub(super) value: i64,
    pub(super) exact: bool,
}

/// `strconv.ParseInt(text, base, 64)`; base 0 reads Go's prefixes, leading zeros as octal, and underscores.
pub(super) fn parse_int(text: &[u8], base: u32) -> ParsedInt {
    let failed = ParsedInt { value: 0, exact: false };
    let (negative, digits) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    let mut radix = base;
    let mut body = digits;
    let mut prefixed = false;
    if base == 0 {
        (radix, body) = match digits {
            [b'0', b'x' | b'X', rest @ ..] => (16, rest),
            [b'0', b'o' | b'O', rest @ ..] => (8, rest),
            [b'0', b'b' | b'B', rest @ ..] => (2, rest),
            [b'0', rest @ ..] if !rest.is_empty() => (8, rest),
            _ => (10, digits),
        };
        prefixed = body.len() != digits.len();
    }
    if body.is_empty() || base == 0 && !underscores_ok(body, prefixed) {
        return failed;
    }
    let mut magnitude: Option<u64> = Some(0);
    for &b in body {
        if b == b'_' && base == 0 {
            continue;
        }
        let Some(digit) = char::from(b).to_digit(radix) else { return failed };
        magnitude = magnitude
            .and_then(|n| n.checked_mul(u64::from(radix)))
            .and_then(|n| n.checked_add(u64::from(digit)));
    }
    let limit = 1_u64 << 63;
    match magnitude {
        Some(n) if negative && n <= limit => ParsedInt { value: (n as i64).wrapping_neg(), exact: true },
        Some(n) if !negative && n < limit => ParsedInt { value: n as i64, exact: true },
        _ => ParsedInt { value: if negative { i64::MIN } else { i64::MAX }, exact: false },
    }
}

/// Underscores may stand only between digits, or between a prefix and a digit.
fn underscores_ok(body: &[u8], prefixed: bool) -> bool {
    let mut digit_before = prefixed;
    for &b in body {
        if b == b'_' {
            if !digit_before {
                return false;
            }
            digit_before = false;
        } else {
            digit_before = true;
        }
    }
    digit_before
}

/// `1.00` is read as the integer it is: `cast` cuts a fraction made of zeros.
fn without_zero_fraction(text: &[u8]) -> &[u8] {
    let zeros = text.iter().rev().take_while(|b| **b == b'0').count();
    let head = text.get(..text.len() - zeros).unwrap_or_default();
    match head.split_last() {
        Some((b'.', whole)) if zeros > 0 => whole,
        _ => text,
    }
}

/// Go's conversion of a float on amd64: what does not fit becomes the smallest integer.
fn float_to_int(f: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&f) { f as i64 } else { i64::MIN }
}

/// `cast.ToInt64` (and, on 64 bits, `cast.ToInt`): 0 for what cannot be cast.
pub(super) fn to_int(v: &Value) -> i64 {
    match v {
        Value::Int(_, i) => *i,
        Value::Uint(kind, u) if *kind != crate::value::UintKind::Uintptr => *u as i64,
        Value::Float(f) => float_to_int(*f),
        Value::Bool(b) => i64::from(*b),
        Value::Str(s) => {
            let parsed = parse_int(without_zero_fraction(s), 0);
            if parsed.exact { parsed.value } else { 0 }
        }
        Value::Object(object) if matches!(object.type_name(), "time.Month" | "time.Weekday") => {
            match object.underlying() {
                Some(Value::Int(_, i)) => i,
                _ => 0,
            }
        }
        _ => 0,
    }
}

/// `cast.ToFloat64`: 0 for what cannot be cast.
pub(super) fn to_float(v: &Value) -> f64 {
    match v {
        Value::Int(_, i) => *i as f64,
        Value::Uint(kind, u) if *kind != crate::value::UintKind::Uintptr => *u as f64,
        Value::Float(f) => *f,
        Value::Bool(b) => f64::from(*b),
        Value::Str(s) => parse_float(s).unwrap_or(0.0),
        Value::Object(_) => to_int(v) as f64,
        _ => 0.0,
    }
}

/// `strconv.ParseFloat`; `None` for every error, overflow included.
pub fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let without;
    let text = if text.contains('_') {
        if !float_underscores_ok(text) {
            return None;
        }
        without = text.replace('_', "");
        &without
    } else {
        text
    };
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if let Some(hex) = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X")) {
        let value = parse_hex_float(hex)?;
        return Some(if text.starts_with('-') { -value } else { value });
    }
    let value: f64 = text.parse().ok()?;
    let named = unsigned.bytes().next().is_some_and(|b| b.is_ascii_alphabetic());
    (value.is_finite() || named).then_some(value)
}

/// Every underscore stands between two digits (a hexadecimal prefix counts as one).
fn float_underscores_ok(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text).as_bytes();
    let hex = matches!(unsigned, [b'0', b'x' | b'X', ..]);
    let digit = |at: usize| {
        let b = unsigned.get(at).copied().unwrap_or(b'.');
        if hex { at == 1 || b.is_ascii_hexdigit() } else { b.is_ascii_digit() }
    };
    (0..unsigned.len())
        .filter(|at| unsigned.get(*at) == Some(&b'_'))
        .all(|at| at > 0 && digit(at - 1) && digit(at + 1))
}

/// `1.8p3` after `0x`: Go wants the exponent.
fn parse_hex_float(text: &str) -> Option<f64> {
    let at = text.find(['p', 'P'])?;
    let (mantissa, exponent) = (text.get(..at)?, text.get(at + 1..)?);
    let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let mut exponent: i32 =
        exponent.parse::<i32>().unwrap_or(if exponent.starts_with('-') { -10_000 } else { 10_000 });
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value: u64 = 0;
    let mut body = whole
        .bytes()
        .filter(|b| *b != b'_')
        .map(|b| (b, false))
        .chain(fraction.bytes().filter(|b| *b != b'_').map(|b| (b, true)));
    body.try_for_each(|(b, fractional)| {
        let digit = u64::from(char::from(b).to_digit(16)?);
        // Sixty bits are more than a float keeps; a sticky bit stands for the rest.
        if value < 1 << 58 {
            value = value << 4 | digit;
            exponent -= if fractional { 4 } else { 0 };
        } else {
            value |= u64::from(digit != 0);
            exponent += if fractional { 0 } else { 4 };
        }
        Some(())
    })?;
    let scaled = value as f64 * 2_f64.powi(exponent.clamp(-1074, 1023));
    let rest = exponent - exponent.clamp(-1074, 1023);
    let scaled = scaled * 2_f64.powi(rest.clamp(-1100, 1023));
    scaled.is_finite().then_some(scaled)
}

fn divide(a: &Value, b: &Value, operation: fn(i64, i64) -> i64) -> Result<Int64, FuncError> {
    match to_int(b) {
        0 => Err(panic("runtime error: integer divide by zero")),
        divisor => Ok(Int64(operation(to_int(a), divisor))),
    }
}

/// `math.Max`: NaN wins, and +0 is more than -0.
fn go_max(a: f64, b: f64) -> f64 {
    match (a, b) {
        _ if a == f64::INFINITY || b == f64::INFINITY => f64::INFINITY,
        _ if a.is_nan() || b.is_nan() => f64::NAN,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                b
            } else {
                a
            }
        }
        _ => a.max(b),
    }
}

/// `math.Min`: NaN wins, and -0 is less than +0.
fn go_min(a: f64, b: f64) -> f64 {
    match (a, b) {
        _ if a == f64::NEG_INFINITY || b == f64::NEG_INFINITY => f64::NEG_INFINITY,
        _ if a.is_nan() || b.is_nan() => f64::NAN,
        _ if a == 0.0 && b == 0.0 => {
            if a.is_sign_negative() {
                a
            } else {
                b
            }
        }
        _ => a.min(b),
    }
}

/// Sprig's `round`: the fraction decides from `on` (half) upwards, also for negative numbers.
fn round(value: f64, places: i64, on: Option<f64>) -> f64 {
    let power = power_of_ten(places);
    let digit = power * value;
    let fraction = if digit.is_infinite() { f64::NAN } else { digit.fract() };
    let rounded = if fraction >= on.unwrap_or(0.5) { digit.ceil() } else { digit.floor() };
    rounded / power
}

/// `math.Pow(10, n)` by squaring, in Go's order of operations, so that the last bit is the same.
fn power_of_ten(n: i64) -> f64 {
    // Beyond these the result is infinite or zero.
    if n.unsigned_abs() > 400 {
        return if n > 0 { f64::INFINITY } else { 0.0 };
    }
    let (mut result, mut exponent) = (1.0, 0_i32);
    let (mut square, mut square_exponent) = (0.625, 4_i32);
    let mut left = n.unsigned_abs();
    while left > 0 {
        if left & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if n < 0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    // In two steps, since 2^exponent alone may not be a number.
    let half = exponent / 2;
    result * 2_f64.powi(half) * 2_f64.powi(exponent - half)
}

fn until_step(call: &Call<'_>, start: i64, stop: i64, step: i64) -> Result<Vec<i64>, FuncError> {
    let distance = i128::from(stop) - i128::from(start);
    if distance < 0 && step >= 0 || distance >= 0 && step <= 0 {
        return Ok(Vec::new());
    }
    let step_wide = i128::from(step);
    let count = (distance + step_wide - step_wide.signum()) / step_wide;
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    call.charge(count.saturating_mul(size_of::<Value>()))?;
    Ok((0..count as i64).map(|i| start.wrapping_add(i.wrapping_mul(step))).collect())
}

fn seq(call: &mut Call<'_>, params: Rest<i64>) -> Result<String, FuncError> {
    let (start, step, end, past) = match params.0.as_slice() {
        [end] => {
            let step = if *end < 1 { -1 } else { 1 };
            (1, step, *end, step)
        }
        [start, end] => {
            let step = if end < start { -1 } else { 1 };
            (*start, step, *end, step)
        }
        [start, step, end] => {
            let down = end < start;
            if down && *step > 0 {
                return Ok(String::new());
            }
            (*start, *step, *end, if down { -1 } else { 1 })
        }
        _ => return Ok(String::new()),
    };
    let numbers = until_step(call, start, end.wrapping_add(past), step)?;
    call.charge(numbers.len().saturating_mul(8))?;
    let parts: Vec<String> = numbers.iter().map(i64::to_string).collect();
    Ok(parts.join(" "))
}

/// A Go `int64` argument given as such (`int` and `float64` are other types).
pub(super) fn exact_int64(v: &Value) -> Option<i64> {
    match v {
        Value::Int(IntKind::Int64, i) => Some(*i),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_takes_any_number_of_places() {
        assert!(round(1.0, i64::MIN, None).is_nan());
    }

    #[test]
    fn casts() {
        for (text, want) in [
            ("12", 12),
            ("012", 10),
            ("0x1F", 31),
            ("1.0", 1),
            ("1.5", 0),
            ("1_000", 1000),
            ("1__0", 0),
            ("", 0),
            ("x", 0),
            ("-5", -5),
            ("0b11", 3),
            ("08", 0),
            (".0", 0),
            ("99999999999999999999", 0),
        ] {
            assert_eq!(to_int(&Value::str(text)), want, "{text}");
        }
        assert_eq!(parse_int(b"99999999999999999999", 10).value, i64::MAX);
        assert_eq!(to_int(&Value::Float(1e300)), i64::MIN);
        assert_eq!(to_float(&Value::str("1e400")), 0.0);
        assert_eq!(parse_float(b"0x1p-2"), Some(0.25));
        assert_eq!(power_of_ten(3), 1000.0);
        assert_eq!(power_of_ten(-2), 0.01);
    }

    #[test]
    fn rounds() {
        assert_eq!(round(123.5555, 3, None), 123.556);
        assert_eq!(round(-1.5, 0, None), -2.0);
        assert_eq!(round(123.49999999, 0, Some(0.4)), 124.0);
    }
}
