//! Go's ways of printing a float64.

/// `json.Marshal` of a float64: shortest digits, an exponent only below 1e-6 and from 1e21 on.
/// Infinities and NaN, which Go refuses, are given as `null`.
pub fn format_f64(value: f64) -> String {
    if !value.is_finite() {
        return "null".to_owned();
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let (negative, digits, exponent) = shortest(value);
        let mut out = exponential(negative, &digits, exponent);
        // encoding/json writes e-9, not e-09.
        if let Some(rest) =
            out.strip_suffix(|c: char| c.is_ascii_digit()).and_then(|head| head.strip_suffix("e-0"))
        {
            let last = out.len() - 1;
            out = format!("{rest}e-{}", &out[last..]);
        }
        return out;
    }
    let (negative, digits, exponent) = shortest(value);
    positional(negative, &digits, exponent)
}

/// `strconv.FormatFloat(value, 'g', -1, 64)`, which is also `%v` of a float64: `1e+06`, `0.1`, `+Inf`, `NaN`.
pub fn format_g(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    general(shortest(value))
}

/// `strconv.FormatFloat(value, 'g', -1, 32)` of a float64: the digits that tell it apart among float32.
pub(crate) fn format_g32(value: f64) -> String {
    let single = value as f32;
    if !single.is_finite() {
        return format_g(f64::from(single));
    }
    general(split_digits(&format!("{single:e}")))
}

fn general((negative, digits, exponent): (bool, String, i32)) -> String {
    if (-4..6).contains(&exponent) {
        positional(negative, &digits, exponent)
    } else {
        exponential(negative, &digits, exponent)
    }
}

/// Sign, shortest digits and decimal exponent (`d.ddd × 10^exponent`).
fn shortest(value: f64) -> (bool, String, i32) {
    let (negative, mut digits, exponent) = split_digits(&format!("{value:e}"));
    // Halfway between two shortest candidates Go takes the even digit.
    if digits.len() >= 15 && !digits.ends_with(['0', '2', '4', '6', '8']) {
        let exact = split_digits(&format!("{:.70e}", value)).1;
        let below =
            digits.parse::<u64>().ok().and_then(|shown| shown.checked_sub(1)).map(|below| below.to_string());
        if let Some(below) = below.filter(|below| below.len() == digits.len())
            && exact
                .strip_prefix(below.as_str())
                .and_then(|rest| rest.strip_prefix('5'))
                .is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'))
        {
            digits = below;
        }
    }
    (negative, digits, exponent)
}

fn split_digits(text: &str) -> (bool, String, i32) {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (negative, mantissa.replace('.', ""), exponent.parse().unwrap_or(0))
}

fn exponential(negative: bool, digits: &str, exponent: i32) -> String {
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let point = if rest.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}{first}{point}{rest}e{sign}{:02}", if negative { "-" } else { "" }, exponent.unsigned_abs())
}

fn positional(negative: bool, digits: &str, exponent: i32) -> String {
    let mut out = String::new();
    if negative {
        out.push('-');
    }
    if exponent < 0 {
        out.push_str("0.");
        out.extend(std::iter::repeat_n('0', (-exponent - 1) as usize));
        out.push_str(digits);
        return out;
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        out.push_str(digits);
        out.extend(std::iter::repeat_n('0', whole - digits.len()));
    } else {
        let (head, tail) = digits.split_at(whole);
        out.push_str(head);
        out.push('.');
        out.push_str(tail);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_as_go_does() {
        for (value, g, json) in [
            (1e5, "100000", "100000"),
            (1e6, "1e+06", "1000000"),
            (1234567.0, "1.234567e+06", "1234567"),
            (1e20, "1e+20", "100000000000000000000"),
            (1e21, "1e+21", "1e+21"),
            (123456789012.0, "1.23456789012e+11", "123456789012"),
            (0.0001, "0.0001", "0.0001"),
            (0.00001, "1e-05", "0.00001"),
            (1.5e-9, "1.5e-09", "1.5e-9"),
            (1.5e-12, "1.5e-12", "1.5e-12"),
            (-0.0, "-0", "-0"),
            (-12.75, "-12.75", "-12.75"),
            (0.0, "0", "0"),
            (7378697629483821.0 / 4.0, "1.8446744073709552e+15", "1844674407370955.2"),
        ] {
            assert_eq!(format_g(value), g);
            assert_eq!(format_f64(value), json);
        }
        assert_eq!(format_g32(123456789012.0), "1.2345679e+11");
    }
}
