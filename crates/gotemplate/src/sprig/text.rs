//! Values as text: `toString`, `quote`, `cat`, `join`, `split` and their kin.

use std::collections::BTreeMap;

use super::{chars, strings};
use crate::func::{Call, FuncError, FuncMap, Rest};
use crate::json::bytes_of;
use crate::quote::quote_into;
use crate::str::Str;
use crate::value::{Elem, List, Map, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("toString", |call: &mut Call<'_>, v: Value| strval(call, &v));
    m.add_with_call("toStrings", |call: &mut Call<'_>, v: Value| strslice(call, &v).map(List::strings));
    m.add_with_call("quote", |call: &mut Call<'_>, all: Rest<Value>| {
        join_each(call, &all.0, |call, out, v| {
            let text = strval(call, v)?;
            call.charge(text.len())?;
            quote_into(out, &text, false);
            Ok(())
        })
    });
    m.add_with_call("squote", |call: &mut Call<'_>, all: Rest<Value>| {
        join_each(call, &all.0, |call, out, v| {
            out.push(b'\'');
            out.extend_from_slice(&show(call, v)?);
            out.push(b'\'');
            Ok(())
        })
    });
    m.add_with_call("cat", |call: &mut Call<'_>, all: Rest<Value>| {
        join_each(call, &all.0, |call, out, v| {
            out.extend_from_slice(&show(call, v)?);
            Ok(())
        })
    });
    m.add_with_call("join", |call: &mut Call<'_>, sep: Str, v: Value| join(call, &sep, &v));
    m.add_with_call("sortAlpha", sort_alpha);
    m.add_with_call("splitList", |call: &mut Call<'_>, sep: Str, s: Str| {
        split_n(call, &s, &sep, -1).map(List::strings)
    });
    m.add_with_call("split", |call: &mut Call<'_>, sep: Str, s: Str| numbered(split_n(call, &s, &sep, -1)?));
    m.add_with_call("splitn", |call: &mut Call<'_>, sep: Str, n: i64, s: Str| {
        numbered(split_n(call, &s, &sep, n)?)
    });
}

/// `fmt.Sprint` of one value, `%v`.
pub(super) fn show(call: &Call<'_>, v: &Value) -> Result<Vec<u8>, FuncError> {
    let mut text = Vec::new();
    let most = usize::try_from(call.meter.limits.output).unwrap_or(usize::MAX);
    crate::gofmt::print(&mut text, v, most).map_err(|fault| FuncError::limit(fault.message()))?;
    call.charge(text.len())?;
    Ok(text)
}

/// Sprig's text of a value: strings and `[]byte` as they are, the rest by `%v`.
pub(super) fn strval(call: &Call<'_>, v: &Value) -> Result<Str, FuncError> {
    match v {
        Value::Str(s) => Ok(s.clone()),
        Value::List(list) if list.elem() == Elem::Uint8 => Ok(Str::from(bytes_of(list))),
        v => show(call, v).map(Str::from),
    }
}

/// Sprig's `[]string` of a value: the items of a slice without its nils, or the one value itself.
pub(super) fn strslice(call: &Call<'_>, v: &Value) -> Result<Vec<Str>, FuncError> {
    match v {
        Value::List(list) => list.items().iter().filter(|v| !v.is_nil()).map(|v| strval(call, v)).collect(),
        v if v.is_nil() => Ok(Vec::new()),
        v => Ok(vec![strval(call, v)?]),
    }
}

/// Writes each value that is not nil, with spaces between.
fn join_each(
    call: &Call<'_>,
    all: &[Value],
    write: impl Fn(&Call<'_>, &mut Vec<u8>, &Value) -> Result<(), FuncError>,
) -> Result<Vec<u8>, FuncError> {
    let mut out = Vec::new();
    for (number, v) in all.iter().filter(|v| !v.is_nil()).enumerate() {
        if number > 0 {
            out.push(b' ');
        }
        write(call, &mut out, v)?;
    }
    Ok(out)
}

fn join(call: &Call<'_>, sep: &[u8], v: &Value) -> Result<Vec<u8>, FuncError> {
    let parts = strslice(call, v)?;
    let size = parts.iter().fold(0, |n: usize, part| n.saturating_add(part.len()).saturating_add(sep.len()));
    call.charge(size)?;
    let mut out = Vec::with_capacity(size);
    for (number, part) in parts.iter().enumerate() {
        if number > 0 {
            out.extend_from_slice(sep);
        }
        out.extend_from_slice(part);
    }
    Ok(out)
}

fn sort_alpha(call: &mut Call<'_>, v: Value) -> Result<List, FuncError> {
    if let Value::List(_) = v {
        let mut parts = strslice(call, &v)?;
        call.charge(parts.len() * size_of::<Value>())?;
        parts.sort_unstable();
        return Ok(List::strings(parts));
    }
    Ok(List::strings([strval(call, &v)?]))
}

/// `strings.SplitN`; an empty separator splits after each rune.
pub(super) fn split_n(call: &Call<'_>, text: &[u8], sep: &[u8], n: i64) -> Result<Vec<Str>, FuncError> {
    let most = match n {
        0 => return Ok(Vec::new()),
        n => usize::try_from(n).unwrap_or(usize::MAX),
    };
    let mut parts = Vec::new();
    let mut rest = text;
    if sep.is_empty() {
        call.charge(text.len().min(most).saturating_mul(size_of::<Value>()))?;
        while let Some((_, width)) = chars::first_rune(rest) {
            if parts.len() + 1 >= most {
                break;
            }
            let (rune, tail) = rest.split_at_checked(width).unwrap_or((rest, b""));
            parts.push(Str::from(rune));
            rest = tail;
        }
        if !rest.is_empty() {
            parts.push(Str::from(rest));
        }
        return Ok(parts);
    }
    while parts.len() + 1 < most {
        let Some(at) = strings::find(rest, sep) else { break };
        call.charge(size_of::<Value>() + at)?;
        parts.push(Str::from(rest.get(..at).unwrap_or_default()));
        rest = rest.get(at + sep.len()..).unwrap_or_default();
    }
    call.charge(rest.len())?;
    parts.push(Str::from(rest));
    Ok(parts)
}

/// `map[string]string` with the keys `_0`, `_1`, ….
fn numbered(parts: Vec<Str>) -> Result<Map, FuncError> {
    let entries: BTreeMap<Str, Value> = parts
        .into_iter()
        .enumerate()
        .map(|(i, part)| (Str::from(format!("_{i}")), Value::Str(part)))
        .collect();
    Ok(Map::from_entries(Elem::Str, entries))
}
