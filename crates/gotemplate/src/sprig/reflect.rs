//! Types and deep equality: `typeOf`, `kindOf`, `deepEqual` and their kin.

use crate::func::{Call, FuncError, FuncMap};
use crate::stack::deep;
use crate::str::Str;
use crate::value::Value;

pub(super) fn add(m: &mut FuncMap) {
    m.add("typeOf", |v: Value| v.type_name().into_owned());
    m.add("typeIs", |target: Str, v: Value| target == *v.type_name());
    m.add("typeIsLike", |target: Str, v: Value| {
        let name = v.type_name();
        target == *name || name.strip_prefix('*').is_some_and(|name| target == *name)
    });
    m.add("kindOf", |v: Value| v.kind().name());
    m.add("kindIs", |target: Str, v: Value| target == v.kind().name());
    m.add_with_call("deepEqual", |call: &mut Call<'_>, a: Value, b: Value| deep_equal(call, &a, &b, 0));
}

/// The type of a value as the runtime names it in a failed assertion.
pub(super) fn assertion_type(v: &Value) -> String {
    if v.is_nil() { "nil".to_owned() } else { v.type_name().into_owned() }
}

/// `reflect.DeepEqual`: types must agree; NaN equals nothing.
pub(super) fn deep_equal(call: &Call<'_>, a: &Value, b: &Value, depth: u32) -> Result<bool, FuncError> {
    call.step(1)?;
    if depth > call.max_depth() {
        return Err(FuncError::limit("data nested too deeply to compare (depth limit exceeded)"));
    }
    Ok(match (a, b) {
        (a, b) if a.is_nil() || b.is_nil() => a.is_nil() && b.is_nil(),
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(k, a), Value::Int(l, b)) => k == l && a == b,
        (Value::Uint(k, a), Value::Uint(l, b)) => k == l && a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Complex(a, b), Value::Complex(c, d)) => a == c && b == d,
        (Value::Str(a), Value::Str(b)) => a == b,
        (Value::List(a), Value::List(b)) => {
            if a.elem() != b.elem() || a.is_nil() != b.is_nil() || a.len() != b.len() {
                return Ok(false);
            }
            if a.address() == b.address() {
                return Ok(true);
            }
            for (a, b) in a.items().iter().zip(b.items()) {
                if !deep(|| deep_equal(call, a, b, depth + 1))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Map(a), Value::Map(b)) => {
            let same_type = a.elem() == b.elem() && a.named().map(|t| t.name) == b.named().map(|t| t.name);
            if !same_type || a.is_nil() != b.is_nil() || a.len() != b.len() {
                return Ok(false);
            }
            if a.same(b) {
                return Ok(true);
            }
            for ((k, a), (l, b)) in a.entries().iter().zip(&b.entries()) {
                if k != l || !deep(|| deep_equal(call, a, b, depth + 1))? {
                    return Ok(false);
                }
            }
            true
        }
        (Value::Object(a), Value::Object(b)) => a.type_name() == b.type_name() && a.equals(&**b),
        _ => false,
    })
}
