//! Kubernetes' strategic merge patch over Argo CD's Go types, with its directives and error texts
//! (`k8s.io/apimachinery` 0.37).
//!
//! Argo CD's types name a merge strategy for three fields only: `finalizers`, `ownerReferences` and `helm.values`.
//! All other lists are replaced whole.

mod lists;

use serde_json::{Map, Value};

use crate::gotypes::{Merging, Ty, argo};
use crate::names::client_value;

const DIRECTIVE: &str = "$patch";
const DELETE_FROM: &str = "$deleteFromPrimitiveList";
const SET_ORDER: &str = "$setElementOrder";
const RETAIN_KEYS: &str = "$retainKeys";

/// The patch cannot be applied; Kubernetes' words.
pub type PatchError = String;

/// Applies `patch` to an Application, as `strategicpatch.StrategicMergePatch` does.
/// A patch that is `null` changes nothing; one that is no object is an `invalid JSON document`.
pub fn apply_to_application(original: &Value, patch: &Value) -> Result<Value, PatchError> {
    apply(original, patch, &argo("Application"))
}

/// Applies `patch` to a value of the given struct type.
pub fn apply(original: &Value, patch: &Value, ty: &Ty) -> Result<Value, PatchError> {
    let object = |value: &Value| match value {
        Value::Object(map) => Ok(map.clone()),
        Value::Null => Ok(Map::new()),
        _ => Err("invalid JSON document".to_owned()),
    };
    merge_map(object(original)?, object(patch)?, Schema::Of(ty.clone())).map(Value::Object)
}

/// The Go type at a place, as far as the patch looks it up.
#[derive(Clone, Debug)]
enum Schema {
    Of(Ty),
}

struct Found {
    schema: Schema,
    strategy: Merging,
}

impl Schema {
    /// `LookupPatchMetadataForStruct`.
    fn lookup(&self, key: &str) -> Result<Found, PatchError> {
        let Self::Of(ty) = self;
        let ty = match ty {
            Ty::Ptr(inner) => inner,
            other => other,
        };
        let missing = |name: &str| {
            format!("unable to find api field in struct {name} for the json field {}", go_quote(key))
        };
        if let Ty::Struct(_) = ty {
            let Some(structure) = ty.structure() else { return Err(missing("")) };
            return match structure.field(key) {
                Some(field) => Ok(Found { schema: Self::Of(field.ty.clone()), strategy: field.strategy }),
                None => Err(missing(structure.name.rsplit('.').next().unwrap_or_default())),
            };
        }
        match ty {
            Ty::Raw => Err(missing("RawExtension")),
            Ty::Json => Err(missing("JSON")),
            Ty::IntOrString => Err(missing("IntOrString")),
            Ty::Time => Err(missing("Time")),
            other => Err(format!(
                "merging an object in json but data type is not struct, instead is: {}",
                kind(other)
            )),
        }
    }

    /// `LookupPatchMetadataForSlice`.
    fn lookup_slice(&self, key: &str) -> Result<Found, PatchError> {
        let found = self.lookup(key)?;
        let Self::Of(inner) = &found.schema;
        let elem = match inner {
            Ty::Slice(_, elem) => (**elem).clone(),
            Ty::Ptr(target) => match &**target {
                Ty::Slice(_, elem) => (**elem).clone(),
                other => other.clone(),
            },
            _ => {
                let Self::Of(outer) = self;
                return Err(format!("expected slice or array type, but got: {}", kind(outer)));
            }
        };
        Ok(Found { schema: Self::Of(elem), strategy: found.strategy })
    }

    fn kind(&self) -> &'static str {
        let Self::Of(ty) = self;
        kind(ty)
    }
}

fn kind(ty: &Ty) -> &'static str {
    match ty {
        Ty::String(_) => "string",
        Ty::Bool => "bool",
        Ty::Int(name) => name,
        Ty::Float => "float64",
        Ty::Ptr(_) => "ptr",
        Ty::Slice(..) => "slice",
        Ty::Map(..) => "map",
        Ty::Time | Ty::Duration | Ty::Json | Ty::Raw | Ty::IntOrString | Ty::Struct(_) => "struct",
    }
}

/// `%q`.
pub(crate) fn go_quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            c if c.is_control() && (c as u32) < 0x80 => out.push_str(&format!("\\x{:02x}", c as u32)),
            c if c.is_control()
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}') =>
            {
                out.push_str(&format!("\\u{:04x}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `mergeMap` with parallel lists merged and unmatched nulls ignored.
fn merge_map(
    mut original: Map<String, Value>,
    mut patch: Map<String, Value>,
    schema: Schema,
) -> Result<Map<String, Value>, PatchError> {
    if let Some(directive) = patch.get(DIRECTIVE).cloned() {
        return match directive.as_str() {
            Some("replace") => {
                patch.remove(DIRECTIVE);
                Ok(patch)
            }
            Some("delete") => Ok(Map::new()),
            _ => Err(bad_patch_type(&directive, &patch)),
        };
    }
    retain_keys(&mut original, &mut patch)?;
    lists::set_element_order(&mut original, &mut patch, &schema)?;
    for (key, value) in patch {
        let (key, deletes) = match key.strip_prefix(DELETE_FROM) {
            Some(rest) => match rest.strip_prefix('/') {
                Some(name) => (name.to_owned(), true),
                None => return Err("invalid patch format of primitive list".to_owned()),
            },
            None => (key, false),
        };
        if value.is_null() {
            original.remove(&key);
            continue;
        }
        let Some(current) = original.get(&key) else {
            if !deletes {
                take(&mut original, key, value);
            }
            continue;
        };
        match (current, value) {
            (Value::Object(_), Value::Object(change)) => {
                let found = schema.lookup(&key)?;
                let merged = if found.strategy == Merging::Replace {
                    change
                } else {
                    let current = match original.remove(&key) {
                        Some(Value::Object(map)) => map,
                        _ => Map::new(),
                    };
                    merge_map(current, change, found.schema)?
                };
                original.insert(key, Value::Object(merged));
            }
            (Value::Array(_), Value::Array(change)) => {
                let found = schema.lookup_slice(&key)?;
                let current = match original.remove(&key) {
                    Some(Value::Array(items)) => items,
                    _ => Vec::new(),
                };
                let merged = match found.strategy {
                    Merging::Merge(by) => lists::merge_slice(current, change, &found.schema, by, deletes)?,
                    _ if deletes => lists::merge_slice(current, change, &found.schema, None, true)?,
                    _ => change,
                };
                original.insert(key, Value::Array(merged));
            }
            (current, value) if same_go_type(current, &value) => {
                original.insert(key, value);
            }
            (_, value) => {
                if !deletes {
                    take(&mut original, key, value);
                }
            }
        }
    }
    Ok(original)
}

/// Whether two JSON values decode into the same Go type.
fn same_go_type(a: &Value, b: &Value) -> bool {
    std::mem::discriminant(a) == std::mem::discriminant(b)
}

/// Takes a patch's value as it is, nulls and directives left out.
fn take(original: &mut Map<String, Value>, key: String, mut value: Value) {
    discard_nulls(&mut value);
    match without_directives(value) {
        Some(value) => {
            original.insert(key, value);
        }
        None => {
            original.remove(&key);
        }
    }
}

fn discard_nulls(value: &mut Value) {
    match value {
        Value::Object(map) => {
            map.retain(|_, v| !v.is_null());
            map.values_mut().for_each(discard_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(discard_nulls),
        _ => {}
    }
}

/// `removeDirectives`: `None` for a map that holds a directive.
fn without_directives(value: Value) -> Option<Value> {
    match value {
        Value::Object(map) => {
            if map.contains_key(DIRECTIVE) {
                return None;
            }
            Some(Value::Object(
                map.into_iter().filter_map(|(k, v)| Some((k, without_directives(v)?))).collect(),
            ))
        }
        Value::Array(items) => Some(Value::Array(items.into_iter().filter_map(without_directives).collect())),
        other => Some(other),
    }
}

fn retain_keys(original: &mut Map<String, Value>, patch: &mut Map<String, Value>) -> Result<(), PatchError> {
    let Some(directive) = patch.remove(RETAIN_KEYS) else { return Ok(()) };
    let bad = || "invalid patch format of retainKeys".to_owned();
    let Value::Array(keys) = directive else { return Err(bad()) };
    let keeps = |key: &str| keys.iter().any(|k| k.as_str() == Some(key));
    for (key, value) in patch.iter() {
        if !value.is_null() && !key.starts_with(DELETE_FROM) && !key.starts_with(SET_ORDER) && !keeps(key) {
            return Err(bad());
        }
    }
    original.retain(|key, _| keeps(key));
    Ok(())
}

fn bad_patch_type(directive: &Value, map: &Map<String, Value>) -> PatchError {
    let shown = match directive {
        Value::String(text) => text.clone(),
        Value::Null => "%!s(<nil>)".to_owned(),
        Value::Bool(b) => format!("%!s(bool={b})"),
        Value::Number(_) => format!(
            "%!s({}={})",
            if directive.is_f64() { "float64" } else { "int64" },
            client_value(directive)
        ),
        other => client_value(other),
    };
    format!("unknown patch type: {shown} in map: {}", client_value(&Value::Object(map.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn patch(original: Value, patch: Value) -> Result<Value, String> {
        apply_to_application(&original, &patch)
    }

    #[test]
    fn maps_merge_and_lists_replace() {
        let got = patch(
            json!({"spec": {"source": {"repoURL": "r", "helm": {"valueFiles": ["a"], "parameters": [{"name": "x"}]}}}}),
            json!({"spec": {"source": {"helm": {"valueFiles": ["b"], "releaseName": "n"}}, "project": null}}),
        );
        assert_eq!(
            got.unwrap(),
            json!({"spec": {"source": {"repoURL": "r", "helm": {"valueFiles": ["b"], "releaseName": "n", "parameters": [{"name": "x"}]}}}})
        );
    }

    #[test]
    fn finalizers_merge_as_a_set() {
        let got = patch(
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            json!({"metadata": {"finalizers": ["c", "a"]}}),
        );
        assert_eq!(got.unwrap(), json!({"metadata": {"finalizers": ["c", "a", "b"]}}));
        let got = patch(
            json!({"metadata": {"finalizers": ["a", "b"]}}),
            json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}),
        );
        assert_eq!(got.unwrap(), json!({"metadata": {"finalizers": ["b"]}}));
    }

    #[test]
    fn values_object_on_both_sides_fails() {
        let both = |a: Value, b: Value| {
            patch(
                json!({"spec": {"source": {"helm": {"valuesObject": a}}}}),
                json!({"spec": {"source": {"helm": {"valuesObject": b}}}}),
            )
        };
        assert!(both(json!({"a": 1}), json!({"a": 2, "b": {"c": 1}})).is_ok());
        assert_eq!(
            both(json!({"image": {"tag": "1"}}), json!({"image": {"tag": "2"}})).unwrap_err(),
            "unable to find api field in struct RawExtension for the json field \"image\""
        );
    }

    #[test]
    fn directives() {
        let got = patch(
            json!({"spec": {"syncPolicy": {"automated": {"prune": true}, "retry": {}}}}),
            json!({"spec": {"syncPolicy": {"$patch": "replace", "automated": {}}}}),
        );
        assert_eq!(got.unwrap(), json!({"spec": {"syncPolicy": {"automated": {}}}}));
        let got = patch(
            json!({"spec": {"syncPolicy": {"automated": {"prune": true}}}}),
            json!({"spec": {"syncPolicy": {"$patch": "delete"}}}),
        );
        assert_eq!(got.unwrap(), json!({"spec": {"syncPolicy": {}}}));
        let got = patch(
            json!({"spec": {"source": {"path": "p", "chart": "c"}}}),
            json!({"spec": {"source": {"$retainKeys": ["path"], "path": "q"}}}),
        );
        assert_eq!(got.unwrap(), json!({"spec": {"source": {"path": "q"}}}));
        assert!(
            patch(json!({"spec": {}}), json!({"spec": {"$patch": "bogus"}}))
                .unwrap_err()
                .starts_with("unknown patch type: bogus in map: map[")
        );
    }

    fn json_tree() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            "[a-c]{0,2}".prop_map(Value::from),
            (0..9_i32).prop_map(Value::from)
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                proptest::collection::btree_map("(spec|metadata|source|helm|finalizers|labels|valuesObject|\\$patch|\\$retainKeys|\\$setElementOrder/finalizers)", inner, 0..4)
                    .prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn never_panics(a in json_tree(), b in json_tree()) {
            let _ = patch(a, b);
        }

        #[test]
        fn an_empty_patch_changes_nothing(a in json_tree()) {
            if a.is_object() {
                prop_assert_eq!(patch(a.clone(), json!({})).unwrap(), a);
            }
        }
    }
}
