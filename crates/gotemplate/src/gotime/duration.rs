//! `time.Duration`: nanoseconds in an `i64`, read and written as Go does.

use super::quote;

const NANOS: [(&[u8], u64); 8] = [
    (b"ns", 1),
    (b"us", 1_000),
    ("µs".as_bytes(), 1_000),
    ("μs".as_bytes(), 1_000),
    (b"ms", 1_000_000),
    (b"s", 1_000_000_000),
    (b"m", 60_000_000_000),
    (b"h", 3_600_000_000_000),
];

/// One second in nanoseconds.
pub const SECOND: i64 = 1_000_000_000;

/// Reads `1h2m3.5s`; the error is Go's text (`time: invalid duration "x"`).
pub fn parse(text: &[u8]) -> Result<i64, String> {
    let fail = |what: &str| format!("time: {what} {}", quote(text));
    let invalid = || fail("invalid duration");
    let (negative, mut rest) = match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    };
    if rest == b"0" {
        return Ok(0);
    }
    if rest.is_empty() {
        return Err(invalid());
    }
    let mut total: u64 = 0;
    while let Some(first) = rest.first() {
        if !(*first == b'.' || first.is_ascii_digit()) {
            return Err(invalid());
        }
        let (whole, used) = leading_int(rest).ok_or_else(invalid)?;
        rest = rest.get(used..).unwrap_or_default();
        let (mut fraction, mut scale, mut after) = (0, 1.0, 0);
        if let Some((b'.', tail)) = rest.split_first() {
            (fraction, scale, after) = leading_fraction(tail);
            rest = tail.get(after..).unwrap_or_default();
        }
        if used == 0 && after == 0 {
            return Err(invalid());
        }
        let unit_len = rest.iter().take_while(|b| **b != b'.' && !b.is_ascii_digit()).count();
        if unit_len == 0 {
            return Err(fail("missing unit in duration"));
        }
        let (unit, tail) = rest.split_at(unit_len);
        rest = tail;
        let Some(&(_, nanos)) = NANOS.iter().find(|(name, _)| *name == unit) else {
            return Err(fail(&format!("unknown unit {} in duration", quote(unit))));
        };
        if whole > (1 << 63) / nanos {
            return Err(invalid());
        }
        let mut value = whole * nanos;
        if fraction > 0 {
            // Floating point is what Go uses, so fractions of hours round alike.
            value = value.saturating_add((fraction as f64 * (nanos as f64 / scale)) as u64);
        }
        total = total.saturating_add(value);
        if value > 1 << 63 || total > 1 << 63 {
            return Err(invalid());
        }
    }
    if negative {
        return Ok((total as i64).wrapping_neg());
    }
    i64::try_from(total).map_err(|_| invalid())
}

fn leading_int(text: &[u8]) -> Option<(u64, usize)> {
    let mut value: u64 = 0;
    let mut used = 0;
    for b in text.iter().take_while(|b| b.is_ascii_digit()) {
        value = value.checked_mul(10)?.checked_add(u64::from(b - b'0'))?;
        if value > 1 << 63 {
            return None;
        }
        used += 1;
    }
    Some((value, used))
}

fn leading_fraction(text: &[u8]) -> (u64, f64, usize) {
    let (mut value, mut scale, mut used) = (0_u64, 1.0, 0);
    let mut full = false;
    for b in text.iter().take_while(|b| b.is_ascii_digit()) {
        used += 1;
        if full || value > (i64::MAX as u64) / 10 {
            full = true;
            continue;
        }
        let next = value * 10 + u64::from(b - b'0');
        if next > 1 << 63 {
            full = true;
            continue;
        }
        value = next;
        scale *= 10.0;
    }
    (value, scale, used)
}

/// `Duration.String`: `1h0m5s`, `1.5s`, `3µs`, `0s`.
pub fn to_string(nanos: i64) -> String {
    if nanos == 0 {
        return "0s".to_owned();
    }
    let magnitude = nanos.unsigned_abs();
    let sign = if nanos < 0 { "-" } else { "" };
    let fractional = |value: u64, digits: usize| {
        let unit = 10_u64.pow(digits as u32);
        let fraction = format!("{:0digits$}", value % unit);
        let fraction = if digits == 0 { "" } else { fraction.trim_end_matches('0') };
        let dot = if fraction.is_empty() { "" } else { "." };
        format!("{}{dot}{fraction}", value / unit)
    };
    if magnitude < 1_000_000_000 {
        let (digits, unit) = match magnitude {
            0..1_000 => (0, "ns"),
            1_000..1_000_000 => (3, "µs"),
            _ => (6, "ms"),
        };
        return format!("{sign}{}{unit}", fractional(magnitude, digits));
    }
    let minutes = magnitude / 60_000_000_000;
    let seconds = fractional(magnitude % 60_000_000_000, 9);
    match (minutes / 60, minutes % 60) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, m) => format!("{sign}{m}m{seconds}s"),
        (h, m) => format!("{sign}{h}h{m}m{seconds}s"),
    }
}

/// `Duration.Round(time.Second)`: halves go away from zero, out of range stays at the limits.
pub fn round_to_second(nanos: i64) -> i64 {
    to_multiple(nanos, SECOND, true)
}

/// `Round` (halves away from zero) or `Truncate` to a multiple of `step`; as it is when that is not positive.
pub fn to_multiple(nanos: i64, step: i64, round: bool) -> i64 {
    if step <= 0 {
        return nanos;
    }
    let rest = nanos % step;
    let down = nanos - rest;
    let away = round && i128::from(rest).abs() * 2 >= i128::from(step);
    if away { down.saturating_add(step.saturating_mul(rest.signum())) } else { down }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_writes() {
        for (text, want) in [
            ("1h", "1h0m0s"),
            ("90m", "1h30m0s"),
            ("1.5s", "1.5s"),
            ("1us", "1µs"),
            ("-2h3m", "-2h3m0s"),
            ("0", "0s"),
            ("1500ms", "1.5s"),
            ("100ns", "100ns"),
            (".5h", "30m0s"),
            ("1ms", "1ms"),
            ("1001us", "1.001ms"),
        ] {
            assert_eq!(to_string(parse(text.as_bytes()).unwrap()), want, "{text}");
        }
        assert_eq!(parse(b"x").unwrap_err(), "time: invalid duration \"x\"");
        assert_eq!(parse(b"3").unwrap_err(), "time: missing unit in duration \"3\"");
        assert_eq!(parse(b"3d").unwrap_err(), "time: unknown unit \"d\" in duration \"3d\"");
        assert_eq!(parse(b"-9223372036854775808ns").unwrap(), i64::MIN);
    }

    #[test]
    fn rounds() {
        assert_eq!(round_to_second(1_500_000_000), 2_000_000_000);
        assert_eq!(round_to_second(-1_500_000_000), -2_000_000_000);
        assert_eq!(round_to_second(1_499_999_999), 1_000_000_000);
    }
}
