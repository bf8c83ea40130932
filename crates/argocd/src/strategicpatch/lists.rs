//! Lists that merge: by value, or by a key of their elements.

use serde_json::{Map, Value};

use super::{
    DIRECTIVE, Merging, PatchError, SET_ORDER, Schema, bad_patch_type, merge_map, without_directives,
};
use crate::names::client_value;

/// `mergeSlice`.
pub(super) fn merge_slice(
    original: Vec<Value>,
    patch: Vec<Value>,
    schema: &Schema,
    key: Option<&str>,
    deletes: bool,
) -> Result<Vec<Value>, PatchError> {
    if original.is_empty() && patch.is_empty() {
        return Ok(original);
    }
    let (merged, patch, original) = if element_is_map(&original, &patch)? {
        let Some(key) = key else {
            return Err(format!("cannot merge lists without merge key for {}", schema.kind()));
        };
        let (original, patch) = special_elements(original, patch, key)?;
        (merge_by_key(original.clone(), &patch, key, schema)?, patch, original)
    } else {
        if deletes {
            return Ok(original.into_iter().filter(|v| !patch.contains(v)).collect());
        }
        let mut both = original.clone();
        both.extend(patch.iter().cloned());
        (deduplicate(both), patch, original)
    };
    let key = key.filter(|_| merged.iter().all(Value::is_object));
    ordered(merged, &patch, &original, key)
}

/// Handles `$setElementOrder/…` and the lists that go with it.
pub(super) fn set_element_order(
    original: &mut Map<String, Value>,
    patch: &mut Map<String, Value>,
    schema: &Schema,
) -> Result<(), PatchError> {
    let bad = || "invalid patch format of setElementOrder list".to_owned();
    let keys: Vec<String> = patch.keys().filter(|k| k.starts_with(SET_ORDER)).cloned().collect();
    for directive in keys {
        let list = patch.remove(&directive).unwrap_or_default();
        let Value::Array(order) = list else {
            return Err(format!("expected a []interface {{}}, but received a {}", go_type(&list)));
        };
        let Some(key) = directive.strip_prefix(SET_ORDER).and_then(|rest| rest.strip_prefix('/')) else {
            return Err(bad());
        };
        let as_list = |value: Option<&Value>| match value {
            None => Ok(None),
            Some(Value::Array(items)) => Ok(Some(items.clone())),
            Some(other) => Err(format!("expected a []interface {{}}, but received a {}", go_type(other))),
        };
        let current = as_list(original.get(key))?;
        let change = as_list(patch.get(key))?;
        let found = schema.lookup_slice(key)?;
        let by = match found.strategy {
            Merging::Merge(by) => by,
            _ => None,
        };
        validate_order(change.as_deref().unwrap_or_default(), &order, by)?;
        let merged = match (current.clone(), change.clone()) {
            (None, None) => continue,
            (Some(current), None) => current,
            (None, Some(change)) => change.into_iter().filter_map(without_directives).collect(),
            (Some(current), Some(change)) => match found.strategy {
                Merging::Merge(by) => merge_slice(current, change, &found.schema, by, false)?,
                _ => change,
            },
        };
        element_is_map(current.as_deref().unwrap_or_default(), change.as_deref().unwrap_or_default())?;
        let sorted = ordered(merged, &order, current.as_deref().unwrap_or_default(), by)?;
        original.insert(key.to_owned(), Value::Array(sorted));
        patch.remove(key);
    }
    Ok(())
}

/// The order of the patch must be that of the directive.
fn validate_order(patch: &[Value], order: &[Value], key: Option<&str>) -> Result<(), PatchError> {
    if patch.is_empty() || order.is_empty() {
        return Ok(());
    }
    let mut wanted = order.iter();
    for item in patch.iter().filter(|v| v.get(DIRECTIVE).is_none()) {
        let mut found = false;
        for candidate in wanted.by_ref() {
            if let Some(key) = key {
                for side in [item, candidate] {
                    match side {
                        Value::Object(map) if map.contains_key(key) => {}
                        Value::Object(_) => return Err(no_merge_key(side, key)),
                        other => {
                            return Err(format!(
                                "expected a map[string]interface {{}}, but received a {}",
                                go_type(other)
                            ));
                        }
                    }
                }
            }
            if identity(item, key) == identity(candidate, key) {
                found = true;
                break;
            }
        }
        if !found {
            let show = |items: &[Value]| client_value(&Value::Array(items.to_vec()));
            return Err(format!(
                "The order in patch list:\n{}\n doesn't match $setElementOrder list:\n{}\n",
                show(patch),
                show(order)
            ));
        }
    }
    Ok(())
}

/// Whether the elements of both lists are maps; they must all be of one type.
fn element_is_map(a: &[Value], b: &[Value]) -> Result<bool, PatchError> {
    let mut first: Option<&Value> = None;
    for item in a.iter().chain(b) {
        match first {
            None if item.is_array() => return Err("lists of lists are not supported".to_owned()),
            None => first = Some(item),
            Some(other) if std::mem::discriminant(other) != std::mem::discriminant(item) => {
                let shown =
                    client_value(&Value::Array(vec![Value::Array(a.to_vec()), Value::Array(b.to_vec())]));
                return Err(format!("list element types are not identical: {shown}"));
            }
            Some(_) => {}
        }
    }
    first.map(Value::is_object).ok_or_else(|| "no elements in any of the given slices".to_owned())
}

/// Takes the elements with a `$patch` directive out of the patch, and does what they say.
fn special_elements(
    mut original: Vec<Value>,
    patch: Vec<Value>,
    key: &str,
) -> Result<(Vec<Value>, Vec<Value>), PatchError> {
    let mut plain = Vec::with_capacity(patch.len());
    let mut replace = false;
    for item in patch {
        let Some(map) = item.as_object() else { continue };
        match map.get(DIRECTIVE) {
            None => plain.push(item),
            Some(Value::String(what)) if what == "delete" => {
                let Some(value) = map.get(key) else { return Err(no_merge_key(&item, key)) };
                original.retain(|candidate| candidate.get(key) != Some(value));
            }
            Some(Value::String(what)) if what == "replace" => replace = true,
            Some(Value::String(what)) if what == "merge" => {
                return Err("merging lists cannot yet be specified in the patch".to_owned());
            }
            Some(other) => return Err(bad_patch_type(other, map)),
        }
    }
    Ok(if replace { (plain, Vec::new()) } else { (original, plain) })
}

fn merge_by_key(
    mut original: Vec<Value>,
    patch: &[Value],
    key: &str,
    schema: &Schema,
) -> Result<Vec<Value>, PatchError> {
    for item in patch {
        let Some(change) = item.as_object() else { continue };
        let Some(value) = change.get(key) else { return Err(no_merge_key(item, key)) };
        match original.iter_mut().find(|candidate| candidate.get(key) == Some(value)) {
            Some(slot) => {
                let current = match slot.take() {
                    Value::Object(map) => map,
                    _ => Map::new(),
                };
                *slot = Value::Object(merge_map(current, change.clone(), schema.clone())?);
            }
            None => original.push(item.clone()),
        }
    }
    Ok(original)
}

/// `deduplicateScalars`: a duplicate's place is taken by the last element.
fn deduplicate(mut items: Vec<Value>) -> Vec<Value> {
    let mut i = 0;
    while i + 1 < items.len() {
        let mut j = i + 1;
        while j < items.len() {
            if items[i] == items[j] {
                items.swap_remove(j);
            } else {
                j += 1;
            }
        }
        i += 1;
    }
    items
}

/// What an element is told by: itself, or its merge key.
fn identity<'v>(item: &'v Value, key: Option<&str>) -> Option<&'v Value> {
    match key {
        Some(key) => item.get(key),
        None => Some(item),
    }
}

/// Puts merged elements into order: those of `order` as it has them, the others as `live` had them, interleaved as in `live`.
fn ordered(
    merged: Vec<Value>,
    order: &[Value],
    live: &[Value],
    key: Option<&str>,
) -> Result<Vec<Value>, PatchError> {
    if let Some(key) = key
        && let Some(item) = merged.iter().find(|item| item.get(key).is_none())
    {
        return Err(no_merge_key(item, key));
    }
    let place =
        |list: &[Value], item: &Value| list.iter().position(|v| identity(v, key) == identity(item, key));
    let (mut patched, mut others): (Vec<Value>, Vec<Value>) =
        merged.into_iter().partition(|item| place(order, item).is_some());
    sort_by_place(&mut patched, order, &place);
    sort_by_place(&mut others, live, &place);
    let mut out = Vec::with_capacity(patched.len() + others.len());
    let (mut left, mut right) = (others.into_iter().peekable(), patched.into_iter().peekable());
    loop {
        let take_left = match (left.peek(), right.peek()) {
            (None, None) => return Ok(out),
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (Some(l), Some(r)) => matches!((place(live, l), place(live, r)), (Some(l), Some(r)) if l < r),
        };
        out.extend(if take_left { left.next() } else { right.next() });
    }
}

/// Sorts by the place in `order`; what is not in it keeps to the end.
fn sort_by_place(items: &mut [Value], order: &[Value], place: &impl Fn(&[Value], &Value) -> Option<usize>) {
    items.sort_by_key(|item| place(order, item).unwrap_or(usize::MAX));
}

fn no_merge_key(item: &Value, key: &str) -> PatchError {
    format!("map: {} does not contain declared merge key: {key}", client_value(item))
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "%!s(<nil>)",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
