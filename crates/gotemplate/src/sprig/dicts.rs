//! Maps. They are shared by reference: `set`, `unset` and `merge` change the map that the caller holds.
//!
//! Where Go walks a map in random order, as `keys` and `values` do, the order here is that of the keys.

use super::reflect::assertion_type;
use super::{merge, panic, text};
use crate::func::{Call, FuncError, FuncMap, Rest};
use crate::str::Str;
use crate::value::{List, Map, Value};

pub(super) fn add(m: &mut FuncMap) {
    m.add_with_call("dict", dict);
    m.add("get", |d: Map, key: Str| d.get(&key).unwrap_or_else(|| Value::str("")));
    m.add_with_call("set", |call: &mut Call<'_>, d: Map, key: Str, v: Value| -> Result<Map, FuncError> {
        call.charge(key.len() + size_of::<Value>())?;
        d.insert(key, v)?;
        Ok(d)
    });
    m.add("unset", |d: Map, key: Str| {
        d.remove(&key);
        d
    });
    m.add("hasKey", |d: Map, key: Str| d.contains(&key));
    m.add("pluck", |key: Str, dicts: Rest<Map>| {
        List::new(dicts.0.iter().filter_map(|d| d.get(&key)).collect())
    });
    m.add_with_call("keys", |call: &mut Call<'_>, dicts: Rest<Map>| -> Result<List, FuncError> {
        let count = dicts.0.iter().fold(0, |n: usize, d| n.saturating_add(d.len()));
        call.charge(count.saturating_mul(size_of::<Value>()))?;
        Ok(List::strings(dicts.0.iter().flat_map(Map::keys)))
    });
    m.add_with_call("values", |call: &mut Call<'_>, d: Map| -> Result<List, FuncError> {
        call.charge(d.len().saturating_mul(size_of::<Value>()))?;
        Ok(List::new(d.entries().into_iter().map(|(_, v)| v).collect()))
    });
    m.add_with_call("pick", |call: &mut Call<'_>, d: Map, keys: Rest<Str>| -> Result<Map, FuncError> {
        call.charge(keys.0.len().saturating_mul(size_of::<Value>()))?;
        Ok(keys.0.into_iter().filter_map(|key| d.get(&key).map(|v| (key, v))).collect())
    });
    m.add_with_call("omit", |call: &mut Call<'_>, d: Map, keys: Rest<Str>| -> Result<Map, FuncError> {
        call.charge(d.len().saturating_mul(size_of::<Value>()))?;
        let keys: std::collections::BTreeSet<Str> = keys.0.into_iter().collect();
        Ok(d.entries().into_iter().filter(|(key, _)| !keys.contains(key)).collect())
    });
    m.add_with_call("dig", |_: &mut Call<'_>, path: Rest<Value>| dig(&path.0));

    for (name, overwrite, must) in [
        ("merge", false, false),
        ("mustMerge", false, true),
        ("mergeOverwrite", true, false),
        ("mustMergeOverwrite", true, true),
    ] {
        m.add_with_call(name, move |call: &mut Call<'_>, dst: Map, srcs: Rest<Map>| {
            merge::all(call, dst, &srcs.0, overwrite).map(Value::Map).or_else(|error| {
                // The plain functions swallow errors and give an empty string.
                if must || error.is_limit() { Err(error) } else { Ok(Value::str("")) }
            })
        });
    }
    m.add_with_call("deepCopy", |call: &mut Call<'_>, v: Value| merge::copy(call, &v));
    m.add_with_call("mustDeepCopy", |call: &mut Call<'_>, v: Value| merge::copy(call, &v));
}

fn dict(call: &mut Call<'_>, all: Rest<Value>) -> Result<Map, FuncError> {
    call.charge(all.0.len().saturating_mul(size_of::<Value>()))?;
    let entries = all.0.chunks(2).map(|pair| {
        let key = text::strval(call, pair.first().unwrap_or(&Value::Nil))?;
        // A key without a value gets the empty string.
        Ok((key, pair.get(1).cloned().unwrap_or_else(|| Value::str(""))))
    });
    entries.collect()
}

fn dig(path: &[Value]) -> Result<Value, FuncError> {
    let [keys @ .., default, dict] = path else {
        return Err(panic("dig needs at least three arguments"));
    };
    if keys.is_empty() {
        return Err(panic("dig needs at least three arguments"));
    }
    let as_map = |v: &Value| match v {
        Value::Map(map) if map.elem() == crate::value::Elem::Any && map.named().is_none() => Ok(map.clone()),
        v => Err(conversion(v, "map[string]interface {}")),
    };
    let mut map = as_map(dict)?;
    let keys = keys.iter().map(|key| match key {
        Value::Str(key) => Ok(key.clone()),
        v => Err(conversion(v, "string")),
    });
    let keys = keys.collect::<Result<Vec<Str>, _>>()?;
    let Some((last, inner)) = keys.split_last() else { return Ok(default.clone()) };
    for key in inner {
        match map.get(key) {
            Some(step) => map = as_map(&step)?,
            None => return Ok(default.clone()),
        }
    }
    Ok(map.get(last).unwrap_or_else(|| default.clone()))
}

/// The panic of a failed type assertion.
fn conversion(v: &Value, wanted: &str) -> FuncError {
    panic(format!("interface conversion: interface {{}} is {}, not {wanted}", assertion_type(v)))
}
