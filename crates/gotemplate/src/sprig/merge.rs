//! `merge` and `mergeOverwrite` as mergo 1.0 merges `map[string]interface {}`, and `deepCopy`.

use super::{panic, versions};
use crate::func::{Call, FuncError};
use crate::stack::deep;
use crate::value::{Elem, Kind, List, Map, Value};

/// Merges each source into `dst` in turn, and gives `dst` (a new map if it was nil).
pub(super) fn all(call: &Call<'_>, dst: Map, srcs: &[Map], overwrite: bool) -> Result<Map, FuncError> {
    let mut dst = dst;
    for src in srcs {
        if dst.is_nil() && !src.is_nil() {
            dst = Map::new();
        }
        into(call, &dst, src, overwrite, 0)?;
    }
    Ok(dst)
}

fn too_deep() -> FuncError {
    FuncError::limit("data nested too deeply to merge or copy (depth limit exceeded)")
}

/// Emptiness as mergo sees it: nil and zero values, and nothing behind a pointer.
fn is_empty(v: &Value) -> bool {
    match v {
        Value::Object(object) => object.underlying().is_some_and(|v| is_empty(&v)),
        Value::Func(_) | Value::Complex(..) => false,
        v => !v.truth(),
    }
}

fn into(call: &Call<'_>, dst: &Map, src: &Map, overwrite: bool, depth: u32) -> Result<(), FuncError> {
    if depth > call.max_depth() {
        return Err(too_deep());
    }
    for (key, value) in src.entries() {
        call.charge(key.len() + size_of::<Value>())?;
        let before = dst.get(&key);
        if value.is_nil() {
            if overwrite {
                set(dst, key, value)?;
            }
            continue;
        }
        match (&before, &value) {
            (Some(Value::Map(inner)), Value::Map(from)) => {
                deep(|| into(call, inner, from, overwrite, depth + 1))?;
            }
            (Some(Value::Object(object)), Value::Map(_)) if object.kind() == Kind::Pointer && !overwrite => {
                return Err(FuncError::new("src and dst must be of same type"));
            }
            (before, Value::List(_)) => {
                // Before its fate is settled below, a missing list is made, and any value replaced when overwriting.
                match before {
                    _ if overwrite => set(dst, key.clone(), value.clone())?,
                    None | Some(Value::Nil) => set(dst, key.clone(), Value::List(List::nil(Elem::Any)))?,
                    Some(_) => {}
                }
            }
            _ => {}
        }
        if let Some(before) = before.as_ref().filter(|before| !is_empty(before)) {
            match (&value, before) {
                (Value::List(_), _) | (Value::Map(_), Value::Map(_)) => continue,
                _ => {}
            }
            if !overwrite {
                continue;
            }
        }
        set(dst, key, value)?;
    }
    Ok(())
}

fn set(dst: &Map, key: crate::str::Str, value: Value) -> Result<(), FuncError> {
    if dst.elem() == Elem::Str && !matches!(value, Value::Str(_))
        || !matches!(dst.elem(), Elem::Any | Elem::Str)
    {
        let wanted = dst.elem().name();
        return Err(panic(format!(
            "reflect.Value.SetMapIndex: value of type {} is not assignable to type {wanted}",
            value.type_name()
        )));
    }
    dst.insert(key, value)
}

/// `deepCopy`; nil cannot be copied, by a slip of the library that copies.
pub(super) fn copy(call: &Call<'_>, v: &Value) -> Result<Value, FuncError> {
    if v.is_nil() {
        return Err(panic("reflect: call of reflect.Value.Type on zero Value"));
    }
    deep_copy(call, v, 0)
}

/// A copy that shares no map or list with the original.
fn deep_copy(call: &Call<'_>, v: &Value, depth: u32) -> Result<Value, FuncError> {
    if depth > call.max_depth() {
        return Err(too_deep());
    }
    Ok(match v {
        Value::List(list) if !list.is_nil() => {
            call.charge(list.len().saturating_mul(size_of::<Value>()))?;
            let items = list.items().iter().map(|v| deep(|| deep_copy(call, v, depth + 1)));
            Value::List(List::typed(list.elem(), items.collect::<Result<_, _>>()?))
        }
        Value::Map(map) if !map.is_nil() => {
            call.charge(map.len().saturating_mul(size_of::<Value>()))?;
            let entries =
                map.entries().into_iter().map(|(k, v)| Ok((k, deep(|| deep_copy(call, &v, depth + 1))?)));
            let copy = Map::from_entries(map.elem(), entries.collect::<Result<_, FuncError>>()?);
            Value::Map(copy.with_type(map.named()))
        }
        Value::Object(object) => versions::deep_copied(&**object).unwrap_or_else(|| v.clone()),
        v => v.clone(),
    })
}
