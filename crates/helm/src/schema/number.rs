//! Decimal numbers, compared exactly.

use std::cmp::Ordering;

use seatrial_yaml::gojson::format_g;

/// Digits times a power of ten, without zeros at either end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    /// Reads a JSON number.
    pub(super) fn read(text: &str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let mut digits: String = whole.bytes().chain(fraction.bytes()).map(char::from).collect();
        // An exponent beyond measure is as good as the largest.
        let power = power.parse::<i64>().unwrap_or(if power.starts_with('-') { -1 << 40 } else { 1 << 40 });
        let mut exponent = power.clamp(-1 << 40, 1 << 40).saturating_sub(fraction.len() as i64);
        let kept = digits.trim_end_matches('0').len();
        exponent = exponent.saturating_add((digits.len() - kept) as i64);
        digits.truncate(kept);
        let digits = digits.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Self { negative: false, digits, exponent: 0 };
        }
        Self { negative, digits, exponent }
    }

    pub(super) fn canonical(&self) -> String {
        format!("{}{}e{}", if self.negative { "-" } else { "" }, self.digits, self.exponent)
    }

    pub(super) fn is_integer(&self) -> bool {
        self.exponent >= 0
    }

    /// The number as a count, for `minLength` and its kin.
    pub(super) fn count(&self) -> Option<i64> {
        if !self.is_integer() || self.exponent > 18 {
            return None;
        }
        let zeros = "0".repeat(self.exponent as usize);
        let value =
            if self.digits.is_empty() { Some(0) } else { format!("{}{zeros}", self.digits).parse().ok() };
        value.map(|value: i64| if self.negative { -value } else { value })
    }

    fn to_f64(&self) -> f64 {
        format!("{}0e{}", if self.digits.is_empty() { "0" } else { &self.digits }, self.exponent - 1)
            .parse::<f64>()
            .map_or(0.0, |value| if self.negative { -value } else { value })
    }

    /// Whether the quotient is whole.
    pub(super) fn is_multiple_of(&self, of: &Self) -> bool {
        if self.digits.is_empty() {
            return true;
        }
        let (Ok(value), Ok(of_value)) = (self.digits.parse::<u128>(), of.digits.parse::<u64>()) else {
            let quotient = self.to_f64() / of.to_f64();
            return quotient.fract() == 0.0;
        };
        let shift = self.exponent - of.exponent;
        if shift >= 0 {
            let modulus = u128::from(of_value);
            let (mut rest, mut base, mut power) = (value % modulus, 10 % modulus, shift as u64);
            while power > 0 {
                if power & 1 == 1 {
                    rest = rest * base % modulus;
                }
                base = base * base % modulus;
                power >>= 1;
            }
            return rest == 0;
        }
        let factor = u32::try_from(-shift).ok().and_then(|power| 10u128.checked_pow(power));
        let divisor = factor.and_then(|factor| factor.checked_mul(u128::from(of_value)));
        divisor.is_some_and(|divisor| value % divisor == 0)
    }

    /// The number as English text with `golang.org/x/text`: thousands apart, powers of ten raised.
    pub(super) fn shown(&self) -> String {
        let text = format_g(self.to_f64());
        let (mantissa, power) = text.split_once('e').map_or((text.as_str(), None), |(m, p)| (m, Some(p)));
        let (sign, plain) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
        let (whole, fraction) = plain.split_once('.').map_or((plain, None), |(w, f)| (w, Some(f)));
        let mut out = format!("{sign}{}", grouped(whole));
        if let Some(fraction) = fraction {
            out.push('.');
            out.push_str(fraction);
        }
        if let Some(power) = power {
            out.push_str("×10");
            out.extend(power.chars().filter(|c| *c != '+').map(|c| match c {
                '0' => '⁰',
                '1' => '¹',
                '2' => '²',
                '3' => '³',
                '-' => '⁻',
                digit => {
                    char::from_u32('⁴' as u32 + (digit as u32).saturating_sub('4' as u32)).unwrap_or(digit)
                }
            }));
        }
        out
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let sign = |number: &Self| match (number.digits.is_empty(), number.negative) {
            (true, _) => 0,
            (_, true) => -1,
            _ => 1,
        };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 {
            return a.cmp(&b);
        }
        let top = |number: &Self| number.digits.len() as i64 + number.exponent;
        // Without zeros at the ends, digits compare as text.
        let order = top(self).cmp(&top(other)).then_with(|| self.digits.cmp(&other.digits));
        if a < 0 { order.reverse() } else { order }
    }
}

/// Digits in groups of three.
pub(super) fn grouped(digits: &str) -> String {
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        Decimal::read(text)
    }

    #[test]
    fn compared_as_numbers() {
        let sorted = ["-1e3", "-20", "-19.5", "-0.1", "0", "1e-7", "0.5", "1", "1.5", "10", "1e2", "101"];
        for (i, a) in sorted.iter().enumerate() {
            for (j, b) in sorted.iter().enumerate() {
                assert_eq!(number(a).cmp(&number(b)), i.cmp(&j), "{a} {b}");
            }
        }
        assert_eq!(number("1.50"), number("15e-1"));
        assert_eq!(number("-0"), number("0"));
    }

    #[test]
    fn multiples() {
        for (a, b, want) in
            [("1000.5", "0.3", true), ("1", "0.3", false), ("1e30", "7", false), ("0", "7", true)]
        {
            assert_eq!(number(a).is_multiple_of(&number(b)), want, "{a} {b}");
        }
    }

    #[test]
    fn shown_in_english() {
        let cases = [
            ("70001", "70,001"),
            ("1234568.891", "1.234568891×10⁰⁶"),
            ("12346.678901", "12,346.678901"),
            ("2e300", "2×10³⁰⁰"),
            ("-0.99", "-0.99"),
            ("0", "0"),
        ];
        for (text, want) in cases {
            assert_eq!(number(text).shown(), want);
        }
    }
}
