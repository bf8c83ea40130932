//! Lists. Where Go's function panics on a wrong type the error text is that of its `must` sibling.

use super::numbers::to_int;
use super::reflect::deep_equal;
use super::{defaults, nil_dereference, panic};
use crate::func::{Call, FuncError, FuncMap, Rest};
use crate::value::{Elem, Kind, List, Value};

type Items = Result<List, FuncError>;

pub(super) fn add(m: &mut FuncMap) {
    for name in ["list", "tuple"] {
        m.add_with_call(name, |call: &mut Call<'_>, all: Rest<Value>| -> Items {
            charge(call, all.0.len() + 1)?;
            Ok(List::new(all.0.into_vec()))
        });
    }
    for name in ["append", "push", "mustAppend", "mustPush"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value, v: Value| -> Items {
            let items = items(&list, "Cannot push on type")?;
            charge(call, items.len() + 1)?;
            Ok(List::new(items.iter().cloned().chain([v]).collect()))
        });
    }
    for name in ["prepend", "mustPrepend"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value, v: Value| -> Items {
            let items = items(&list, "Cannot prepend on type")?;
            charge(call, items.len() + 1)?;
            Ok(List::new([v].into_iter().chain(items.iter().cloned()).collect()))
        });
    }
    for name in ["first", "mustFirst"] {
        m.add(name, |list: Value| -> Result<Value, FuncError> {
            Ok(items(&list, "Cannot find first on type")?.first().cloned().unwrap_or_default())
        });
    }
    for name in ["last", "mustLast"] {
        m.add(name, |list: Value| -> Result<Value, FuncError> {
            Ok(items(&list, "Cannot find last on type")?.last().cloned().unwrap_or_default())
        });
    }
    for name in ["rest", "mustRest"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value| -> Items {
            let items = items(&list, "Cannot find rest on type")?;
            part(call, items.split_first().map(|(_, rest)| rest))
        });
    }
    for name in ["initial", "mustInitial"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value| -> Items {
            let items = items(&list, "Cannot find initial on type")?;
            part(call, items.split_last().map(|(_, rest)| rest))
        });
    }
    for name in ["reverse", "mustReverse"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value| -> Items {
            let items = items(&list, "Cannot find reverse on type")?;
            charge(call, items.len())?;
            Ok(List::new(items.iter().rev().cloned().collect()))
        });
    }
    for name in ["compact", "mustCompact"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value| -> Items {
            let items = items(&list, "Cannot compact on type")?;
            charge(call, items.len())?;
            Ok(List::new(items.iter().filter(|v| !defaults::empty(v)).cloned().collect()))
        });
    }
    for name in ["uniq", "mustUniq"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value| -> Items {
            let mut unique: Vec<Value> = Vec::new();
            for item in items(&list, "Cannot find uniq on type")? {
                if !contains(call, &unique, item)? {
                    unique.push(item.clone());
                }
            }
            Ok(List::new(unique))
        });
    }
    for name in ["without", "mustWithout"] {
        m.add_with_call(name, |call: &mut Call<'_>, list: Value, omit: Rest<Value>| -> Items {
            let mut left = Vec::new();
            for item in items(&list, "Cannot find without on type")? {
                if !contains(call, &omit.0, item)? {
                    left.push(item.clone());
                }
            }
            Ok(List::new(left))
        });
    }
    for name in ["has", "mustHas"] {
        m.add_with_call(name, |call: &mut Call<'_>, needle: Value, list: Value| -> Result<bool, FuncError> {
            if list.is_nil() {
                return Ok(false);
            }
            contains(call, items(&list, "Cannot find has on type")?, &needle)
        });
    }
    for name in ["slice", "mustSlice"] {
        m.add_with_call(name, slice);
    }
    for name in ["chunk", "mustChunk"] {
        m.add_with_call(name, chunk);
    }
    m.add_with_call("concat", |call: &mut Call<'_>, lists: Rest<Value>| -> Items {
        let mut all = Vec::new();
        for list in &lists.0 {
            let Value::List(list) = list else {
                let kind = kind_of(list)?;
                return Err(panic(format!("Cannot concat type {kind} as list")));
            };
            charge(call, list.len())?;
            all.extend_from_slice(list.items());
        }
        Ok(if all.is_empty() { List::nil(Elem::Any) } else { List::new(all) })
    });
}

/// The kind's name, as error texts print it; nil has no type, and asking it for one panics in Go.
fn kind_of(v: &Value) -> Result<&'static str, FuncError> {
    match v.kind() {
        Kind::Invalid => Err(nil_dereference()),
        kind => Ok(kind.name()),
    }
}

/// The items of a slice; for anything else the error `refusal KIND`.
fn items<'v>(v: &'v Value, refusal: &str) -> Result<&'v [Value], FuncError> {
    match v {
        Value::List(list) => Ok(list.items()),
        v => Err(panic(format!("{refusal} {}", kind_of(v)?))),
    }
}

fn charge(call: &Call<'_>, items: usize) -> Result<(), FuncError> {
    call.charge(items.saturating_mul(size_of::<Value>()))
}

/// A copy of part of a list; of an empty list Go gives the nil slice.
fn part(call: &Call<'_>, items: Option<&[Value]>) -> Items {
    let Some(items) = items else { return Ok(List::nil(Elem::Any)) };
    charge(call, items.len())?;
    Ok(List::new(items.to_vec()))
}

fn contains(call: &Call<'_>, items: &[Value], needle: &Value) -> Result<bool, FuncError> {
    for item in items {
        if deep_equal(call, needle, item, 0)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn slice(call: &mut Call<'_>, list: Value, indices: Rest<Value>) -> Result<Value, FuncError> {
    let items = items(&list, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Value::Nil);
    }
    let start = indices.0.first().map_or(0, to_int);
    let end = indices.0.get(1).map_or(items.len() as i64, to_int);
    let range = usize::try_from(start).ok().zip(usize::try_from(end).ok());
    let Some(piece) = range.and_then(|(start, end)| items.get(start..end)) else {
        return Err(panic("reflect.Value.Slice: slice index out of bounds"));
    };
    charge(call, piece.len())?;
    let elem = list.as_list().map_or(Elem::Any, List::elem);
    Ok(Value::List(List::typed(elem, piece.to_vec())))
}

/// Lists of `size` items each. The arithmetic is Go's, in floats, since odd sizes give odd results there.
fn chunk(call: &mut Call<'_>, size: i64, list: Value) -> Items {
    let items = items(&list, "Cannot chunk type")?;
    let out_of_range = || panic("runtime error: makeslice: len out of range");
    let len = items.len() as f64;
    let chunks = ((len - 1.0) / size as f64).floor() + 1.0;
    if !(0.0..1e15).contains(&chunks) {
        return Err(out_of_range());
    }
    let chunks = chunks as usize;
    charge(call, items.len() + chunks)?;
    let mut all = Vec::with_capacity(chunks.min(items.len() + 1));
    for i in 0..chunks {
        let mut length = size;
        if i + 1 == chunks {
            length = match (len % size as f64).floor() as i64 {
                0 => size,
                rest => rest,
            };
        }
        let length = usize::try_from(length).map_err(|_| out_of_range())?;
        let start = i.saturating_mul(usize::try_from(size).unwrap_or(0));
        let Some(piece) = start.checked_add(length).and_then(|end| items.get(start..end)) else {
            charge(call, length)?;
            return Err(panic("reflect: slice index out of range"));
        };
        all.push(Value::list(piece.to_vec()));
    }
    Ok(List::typed(Elem::AnyList, all))
}
