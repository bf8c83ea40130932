//! The decimal arithmetic behind `addf`, `subf`, `mulf`, `divf`: floats taken by their shortest digits, as shopspring `decimal`.

use num_bigint_dig::{BigInt, Sign};

use super::panic;
use crate::func::{Call, FuncError};

/// What to do with two decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation {
    Add,
    Subtract,
    Multiply,
    Divide,
}

/// Digits after the point that a division keeps.
const DIVISION_DIGITS: i64 = 16;

/// `value` times ten to the power of `exponent`.
#[derive(Clone)]
struct Decimal {
    value: BigInt,
    exponent: i64,
}

/// Applies `operation` to `first` and each of `rest` in turn.
pub(super) fn fold(
    call: &Call<'_>,
    first: f64,
    rest: &[f64],
    operation: Operation,
) -> Result<f64, FuncError> {
    let mut result = Decimal::from_float(first)?;
    for float in rest {
        call.step(1 + result.value.bits() as u64 / 64)?;
        let other = Decimal::from_float(*float)?;
        result = match operation {
            Operation::Add => result.add(&other),
            Operation::Subtract => result.add(&other.negated()),
            Operation::Multiply => result.multiply(&other),
            Operation::Divide => result.divide(&other)?,
        };
    }
    Ok(result.to_float())
}

/// Ten to the power of `n`; one where `n` is negative.
fn power(n: i64) -> BigInt {
    let mut exponent = n.max(0);
    let mut result = BigInt::from(1);
    let mut square = BigInt::from(10);
    while exponent > 0 {
        if exponent & 1 == 1 {
            result = &result * &square;
        }
        exponent >>= 1;
        if exponent > 0 {
            square = &square * &square;
        }
    }
    result
}

impl Decimal {
    fn from_float(float: f64) -> Result<Self, FuncError> {
        if !float.is_finite() {
            let name = if float.is_nan() {
                "NaN"
            } else if float > 0.0 {
                "+Inf"
            } else {
                "-Inf"
            };
            return Err(panic(format!("Cannot create a Decimal from {name}")));
        }
        // The shortest digits that give the same float: `-1.25e-7`.
        let text = format!("{float:e}");
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let fraction = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
        let digits: String = mantissa.chars().filter(|c| *c != '.').collect();
        Ok(Self {
            value: BigInt::parse_bytes(digits.as_bytes(), 10).unwrap_or_default(),
            exponent: exponent.parse::<i64>().unwrap_or(0) - fraction as i64,
        })
    }

    fn negated(mut self) -> Self {
        self.value = -self.value;
        self
    }

    fn scaled_to(&self, exponent: i64) -> BigInt {
        &self.value * power(self.exponent - exponent)
    }

    fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        Self { value: self.scaled_to(exponent) + other.scaled_to(exponent), exponent }
    }

    fn multiply(&self, other: &Self) -> Self {
        Self { value: &self.value * &other.value, exponent: self.exponent + other.exponent }
    }

    /// Division to sixteen digits, halves away from zero.
    fn divide(&self, other: &Self) -> Result<Self, FuncError> {
        if other.value.sign() == Sign::NoSign {
            return Err(panic("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_DIGITS;
        let dividend = &self.value * power(shift);
        let divisor = &other.value * power(-shift);
        let mut quotient = &dividend / &divisor;
        let rest = &dividend - &quotient * &divisor;
        let negative = dividend.sign() != divisor.sign();
        let magnitude = |n: BigInt| if n.sign() == Sign::Minus { -n } else { n };
        if magnitude(rest) * BigInt::from(2) >= magnitude(divisor) {
            quotient += BigInt::from(if negative { -1 } else { 1 });
        }
        Ok(Self { value: quotient, exponent: -DIVISION_DIGITS })
    }

    fn to_float(&self) -> f64 {
        if self.value.sign() == Sign::NoSign {
            return 0.0;
        }
        format!("{}e{}", self.value, self.exponent).parse().unwrap_or(f64::NAN)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{Env, Meter};

    #[test]
    fn decimal_not_binary() {
        let env = Env::default();
        let meter = Meter::new(&env);
        let call = Call::detached(&env, &meter);
        let run = |first, rest: &[f64], operation| fold(&call, first, rest, operation);
        assert_eq!(run(0.1, &[0.2], Operation::Add).unwrap(), 0.3);
        assert_eq!(run(10.0, &[3.0], Operation::Divide).unwrap(), 3.3333333333333335);
        assert_eq!(run(-2.0, &[3.0], Operation::Divide).unwrap(), -0.6666666666666667);
        assert_eq!(run(1e308, &[1e-308], Operation::Multiply).unwrap(), 1.0);
        assert_eq!(run(1.0, &[0.0], Operation::Divide).unwrap_err().to_string(), "decimal division by 0");
        assert!(run(f64::NAN, &[], Operation::Add).is_err());
    }
}
