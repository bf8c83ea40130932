//! The comparison functions `eq ne lt le gt ge` and their error texts.

use std::cmp::Ordering;

use crate::func::FuncError;
use crate::gofmt::sprintf;
use crate::str::Str;
use crate::value::{Kind, Value};

/// The basic kinds that can be compared.
enum Basic {
    Bool(bool),
    Int(i64),
    Uint(u64),
    Float(f64),
    Complex(f64, f64),
    Str(Str),
}

impl Basic {
    fn of(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Bool(b) => Self::Bool(*b),
            Value::Int(_, i) => Self::Int(*i),
            Value::Uint(_, u) => Self::Uint(*u),
            Value::Float(f) => Self::Float(*f),
            Value::Complex(re, im) => Self::Complex(*re, *im),
            Value::Str(s) => Self::Str(s.clone()),
            Value::Object(object) => match object.underlying()? {
                Value::Object(_) => return None,
                basic => return Self::of(&basic),
            },
            _ => return None,
        })
    }
}

fn incompatible(a: &Value, b: &Value) -> FuncError {
    FuncError::new(format!("incompatible types for comparison: {} and {}", a.type_name(), b.type_name()))
}

fn bad_type() -> FuncError {
    FuncError::new("invalid type for comparison")
}

/// Integers of either sign.
fn signed_unsigned(int: i64, uint: u64) -> Ordering {
    u64::try_from(int).map_or(Ordering::Less, |int| int.cmp(&uint))
}

/// `eq`: whether the first argument equals any of the others.
pub(crate) fn eq(args: &[Value]) -> Result<bool, FuncError> {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err(FuncError::new("missing argument for comparison"));
    };
    for other in others {
        if equal(first, other)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn equal(a: &Value, b: &Value) -> Result<bool, FuncError> {
    // The common case first, without building anything.
    if let (Value::Str(a), Value::Str(b)) = (a, b) {
        return Ok(a == b);
    }
    Ok(match (Basic::of(a), Basic::of(b)) {
        (Some(Basic::Bool(a)), Some(Basic::Bool(b))) => a == b,
        (Some(Basic::Int(a)), Some(Basic::Int(b))) => a == b,
        (Some(Basic::Uint(a)), Some(Basic::Uint(b))) => a == b,
        (Some(Basic::Float(a)), Some(Basic::Float(b))) => a == b,
        (Some(Basic::Complex(re, im)), Some(Basic::Complex(re2, im2))) => re == re2 && im == im2,
        (Some(Basic::Str(a)), Some(Basic::Str(b))) => a == b,
        (Some(Basic::Int(a)), Some(Basic::Uint(b))) | (Some(Basic::Uint(b)), Some(Basic::Int(a))) => {
            signed_unsigned(a, b).is_eq()
        }
        (None, None) => return equal_others(a, b),
        _ if a.is_nil() || b.is_nil() => false,
        _ => return Err(incompatible(a, b)),
    })
}

/// Two values of no basic kind.
fn equal_others(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let (kind_a, kind_b) = (a.kind(), b.kind());
    if kind_a != kind_b && kind_a != Kind::Invalid && kind_b != Kind::Invalid {
        let text =
            describe("non-comparable types %s: %s, %s: %v", &[a.clone(), type_of(a), type_of(b), b.clone()]);
        return Err(FuncError::new(text));
    }
    let nil = |value: &Value| match value {
        Value::Invalid | Value::Nil => true,
        Value::List(list) => list.is_nil(),
        Value::Map(map) => map.is_nil(),
        _ => false,
    };
    if nil(a) || nil(b) {
        return Ok(nil(a) == nil(b));
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => Ok(a.type_name() == b.type_name() && a.equals(b.as_ref())),
        _ => Err(FuncError::new(describe("non-comparable type %s: %s", &[b.clone(), type_of(b)]))),
    }
}

fn type_of(value: &Value) -> Value {
    Value::str(&*value.type_name())
}

fn describe(format: &str, args: &[Value]) -> Vec<u8> {
    sprintf(format.as_bytes(), args, 1 << 20).unwrap_or_else(|fault| fault.message().as_bytes().to_vec())
}

/// `lt`: whether the first is less than the second.
pub(crate) fn lt(a: &Value, b: &Value) -> Result<bool, FuncError> {
    let left = Basic::of(a).ok_or_else(bad_type)?;
    let right = Basic::of(b).ok_or_else(bad_type)?;
    Ok(match (left, right) {
        (Basic::Int(a), Basic::Int(b)) => a < b,
        (Basic::Uint(a), Basic::Uint(b)) => a < b,
        (Basic::Float(a), Basic::Float(b)) => a < b,
        (Basic::Str(a), Basic::Str(b)) => a < b,
        (Basic::Int(a), Basic::Uint(b)) => signed_unsigned(a, b).is_lt(),
        (Basic::Uint(a), Basic::Int(b)) => signed_unsigned(b, a).is_gt(),
        (Basic::Bool(_), Basic::Bool(_)) | (Basic::Complex(..), Basic::Complex(..)) => return Err(bad_type()),
        _ => return Err(incompatible(a, b)),
    })
}

/// `le`.
pub(crate) fn le(a: &Value, b: &Value) -> Result<bool, FuncError> {
    Ok(lt(a, b)? || equal(a, b)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_kept_apart() {
        let text = eq(&[Value::int(1), Value::Float(1.0)]).unwrap_err().to_string();
        assert_eq!(text, "incompatible types for comparison: int and float64");
        assert!(eq(&[Value::int(1), Value::int64(1)]).unwrap());
        assert!(!eq(&[Value::Nil, Value::int(1)]).unwrap());
        assert!(lt(&Value::int(-1), &Value::Uint(crate::UintKind::Uint, 0)).unwrap());
        assert_eq!(lt(&Value::Nil, &Value::int(1)).unwrap_err().to_string(), "invalid type for comparison");
    }
}
