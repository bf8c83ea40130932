//! Defaults and emptiness: `default`, `empty`, `coalesce`, `ternary`, `all`, `any`, `fail`.

use crate::func::{FuncError, FuncMap, Rest};
use crate::str::Str;
use crate::value::{Kind, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add("default", |default: Value, given: Rest<Value>| match given.0.into_iter().next() {
        Some(v) if !empty(&v) => v,
        _ => default,
    });
    m.add("empty", |v: Value| empty(&v));
    m.add("coalesce", |all: Rest<Value>| all.0.into_iter().find(|v| !empty(v)).unwrap_or_default());
    m.add("all", |all: Rest<Value>| all.0.iter().all(|v| !empty(v)));
    m.add("any", |all: Rest<Value>| all.0.iter().any(|v| !empty(v)));
    m.add("ternary", |yes: Value, no: Value, test: bool| if test { yes } else { no });
    m.add("fail", |message: Str| -> Result<Str, FuncError> { Err(FuncError::new(message)) });
}

/// Whether sprig takes a value for not set: zero, empty, nil; a struct never is.
pub(super) fn empty(v: &Value) -> bool {
    match v {
        Value::Object(object) if object.kind() != Kind::Struct => {
            object.underlying().is_some_and(|v| empty(&v))
        }
        Value::Object(_) | Value::Func(_) => false,
        v => !v.truth(),
    }
}
