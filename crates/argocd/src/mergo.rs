//! `dario.cat/mergo` 1.0.2 as Argo CD calls it: filling a generator's template from the set's (typed, nothing overridden),
//! and merging parameter maps (untyped, overriding).

use seatrial_gotemplate::{Elem, Map, Str, Value};
use serde_json::Value as Json;

use crate::gotypes::{Struct, Ty};

/// How deep maps nest before merging gives up on them.
const DEPTH: usize = 64;

/// Fills the empty fields of `dest` from `src`; both in normal form of the same struct.
/// Structs and pointers merge by field, maps by key, lists and raw objects not at all; `false` and `""` count as empty.
pub(crate) fn fill(dest: &mut Json, src: &Json, structure: &Struct) {
    let (Json::Object(dest), Json::Object(src)) = (dest, src) else { return };
    for field in &structure.fields {
        let Some(theirs) = src.get(field.json).filter(|v| !v.is_null()) else { continue };
        match dest.get_mut(field.json) {
            Some(ours) if !ours.is_null() => fill_value(ours, theirs, &field.ty),
            _ => {
                dest.insert(field.json.to_owned(), theirs.clone());
            }
        }
    }
}

fn fill_value(ours: &mut Json, theirs: &Json, ty: &Ty) {
    if let Some(structure) = ty.structure() {
        fill(ours, theirs, structure);
        return;
    }
    match (ty.pointee(), ours, theirs) {
        (Ty::Map(..), Json::Object(ours), Json::Object(theirs)) => {
            for (key, value) in theirs {
                let slot = ours.entry(key.clone()).or_insert(Json::Null);
                if is_empty(slot) {
                    *slot = value.clone();
                }
            }
        }
        (Ty::Raw | Ty::Json, ..) => {}
        (_, ours, theirs) => {
            if is_empty(ours) && !is_empty(theirs) {
                *ours = theirs.clone();
            }
        }
    }
}

fn is_empty(value: &Json) -> bool {
    match value {
        Json::Null | Json::Bool(false) => true,
        Json::Number(n) => n.as_f64() == Some(0.0),
        Json::String(s) => s.is_empty(),
        Json::Array(items) => items.is_empty(),
        Json::Object(map) => map.is_empty(),
        Json::Bool(true) => false,
    }
}

/// `mergo.Merge(&dst, src, mergo.WithOverride)` on `map[string]any`. Nested maps merge in place, so whoever shares them sees it;
/// what Go cannot assign into a `map[string]string` is a panic, whose text is the error.
pub(crate) fn merge_override(dst: &Map, src: &Map) -> Result<(), String> {
    merge_maps(dst, src, 0)
}

fn merge_maps(dst: &Map, src: &Map, depth: usize) -> Result<(), String> {
    if dst.same(src) || dst.is_nil() || depth > DEPTH {
        return Ok(());
    }
    for (key, theirs) in src.entries() {
        let ours = dst.get(key.as_bytes());
        if theirs.is_nil() && matches!(theirs, Value::Nil | Value::Invalid) {
            assign(dst, key, theirs, src.elem())?;
            continue;
        }
        match &theirs {
            Value::Map(inner) => {
                if let Some(Value::Map(target)) = &ours {
                    merge_maps(target, inner, depth + 1)?;
                }
            }
            Value::List(_) => assign(dst, key.clone(), theirs.clone(), Elem::AnyList)?,
            _ => {}
        }
        if ours.as_ref().is_some_and(|v| !is_empty_value(v)) {
            match (&theirs, &ours) {
                (Value::List(_), _) | (Value::Map(_), Some(Value::Map(_))) => continue,
                _ => {}
            }
        }
        assign(dst, key, theirs, src.elem())?;
    }
    Ok(())
}

fn assign(dst: &Map, key: Str, value: Value, from: Elem) -> Result<(), String> {
    if dst.elem() == Elem::Str && from != Elem::Str {
        return Err(format!(
            "reflect.Value.SetMapIndex: value of type {} is not assignable to type string",
            from.name()
        ));
    }
    dst.insert(key, value).map_err(|e| e.message().to_text().into_owned())
}

fn is_empty_value(value: &Value) -> bool {
    match value {
        Value::Bool(b) => !b,
        Value::Int(_, n) => *n == 0,
        Value::Uint(_, n) => *n == 0,
        Value::Float(n) => *n == 0.0,
        Value::Str(s) => s.as_bytes().is_empty(),
        Value::List(list) => list.is_empty(),
        Value::Map(map) => map.is_empty(),
        Value::Nil | Value::Invalid => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gotypes::{argo, decode};
    use crate::params::{map_from_json, string_map, to_json};
    use serde_json::json;
    use std::collections::BTreeMap;

    fn template(value: Json) -> Json {
        decode(&argo("ApplicationSetTemplate"), &value).unwrap()
    }

    #[test]
    fn the_generator_wins_where_it_says_something() {
        let mut ours = template(
            json!({"metadata": {"labels": {"a": "1", "e": ""}}, "spec": {"source": {"path": "p", "helm": {"parameters": [{"name": "x"}], "valuesObject": {"k": 1}}}, "syncPolicy": {"automated": {"prune": false}}}}),
        );
        let base = template(
            json!({"metadata": {"name": "n", "labels": {"a": "2", "b": "3", "e": "4"}}, "spec": {"project": "q", "source": {"path": "z", "repoURL": "r", "helm": {"releaseName": "n", "parameters": [{"name": "y"}], "valuesObject": {"l": 1}}}, "syncPolicy": {"automated": {"prune": true}}}}),
        );
        fill(&mut ours, &base, argo("ApplicationSetTemplate").structure().unwrap());
        assert_eq!(
            ours,
            template(json!({
                "metadata": {"name": "n", "labels": {"a": "1", "b": "3", "e": "4"}},
                "spec": {"project": "q", "source": {"path": "p", "repoURL": "r", "helm": {"releaseName": "n", "parameters": [{"name": "x"}], "valuesObject": {"k": 1}}}, "syncPolicy": {"automated": {"prune": true}}}
            }))
        );
    }

    fn merged(a: Json, b: Json) -> Json {
        let dst = map_from_json(a.as_object().unwrap());
        merge_override(&dst, &map_from_json(b.as_object().unwrap())).unwrap();
        to_json(&Value::Map(dst))
    }

    #[test]
    fn parameters_override() {
        assert_eq!(
            merged(
                json!({"a": 1, "m": {"x": 1, "y": 2}, "l": [1]}),
                json!({"a": "", "m": {"y": 3}, "l": [], "n": null})
            ),
            json!({"a": "", "m": {"x": 1, "y": 3}, "l": [], "n": null})
        );
        assert_eq!(merged(json!({"a": {"b": 1}}), json!({"a": "x"})), json!({"a": "x"}));
        assert_eq!(merged(json!({"a": "x"}), json!({"a": {"b": 1}})), json!({"a": {"b": 1}}));
    }

    #[test]
    fn a_string_map_takes_no_anys() {
        let values = BTreeMap::from([("a".to_owned(), "1".to_owned())]);
        let dst: Map = [(Str::from("values"), string_map(&values))].into_iter().collect();
        let src = map_from_json(json!({"values": {"b": "2"}}).as_object().unwrap());
        assert_eq!(
            merge_override(&dst, &src).unwrap_err(),
            "reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string"
        );
        assert!(merge_override(&src, &dst).is_ok());
    }
}
