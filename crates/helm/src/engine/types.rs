//! Go's named types that charts meet: `Values`, `VersionSet` and the type of `.Files`.

use std::collections::BTreeMap;

use seatrial_gotemplate::{Call, Elem, FuncError, Map, Method, Named, Sig, Str, Ty, Value};

use super::convert::to_yaml_document;
use super::files;
use crate::version::HelmVersion;

/// `Values` of a Helm: the type of the dot of templates and of `.Values`.
pub(super) fn values(version: HelmVersion) -> &'static Named {
    static V3: Named = Named { name: "chartutil.Values", methods: VALUES_METHODS, call: values_method };
    static V4: Named = Named { name: "common.Values", methods: VALUES_METHODS, call: values_method };
    if version == HelmVersion::V3_19 { &V3 } else { &V4 }
}

/// `VersionSet` of a Helm: the type of `.Capabilities.APIVersions`.
pub(crate) fn version_set(version: HelmVersion) -> &'static Named {
    static V3: Named =
        Named { name: "chartutil.VersionSet", methods: VERSION_SET_METHODS, call: version_set_method };
    static V4: Named =
        Named { name: "common.VersionSet", methods: VERSION_SET_METHODS, call: version_set_method };
    if version == HelmVersion::V3_19 { &V3 } else { &V4 }
}

/// The type of `.Files`.
pub(super) fn files() -> &'static Named {
    static FILES: Named = Named { name: "engine.files", methods: FILES_METHODS, call: files::method };
    &FILES
}

const STRING: &[Ty] = &[Ty::Str];

const FILES_METHODS: &[Method] = &[
    Method { name: "AsConfig", sig: Sig::NONE },
    Method { name: "AsSecrets", sig: Sig::NONE },
    Method { name: "Get", sig: Sig::fixed(STRING) },
    Method { name: "GetBytes", sig: Sig::fixed(STRING) },
    Method { name: "Glob", sig: Sig::fixed(STRING) },
    Method { name: "Lines", sig: Sig::fixed(STRING) },
];

const VERSION_SET_METHODS: &[Method] = &[Method { name: "Has", sig: Sig::fixed(STRING) }];

const VALUES_METHODS: &[Method] = &[
    Method { name: "AsMap", sig: Sig::NONE },
    Method { name: "Encode", sig: Sig::fixed(&[Ty::Named("io.Writer")]) },
    Method { name: "PathValue", sig: Sig::fixed(STRING) },
    Method { name: "Table", sig: Sig::fixed(STRING) },
    Method { name: "YAML", sig: Sig::NONE },
];

fn version_set_method(_: usize, set: &Value, _: &mut Call<'_>, args: &[Value]) -> Result<Value, FuncError> {
    let items = set.as_list().map(|list| list.items()).unwrap_or_default();
    let wanted = args.first().and_then(Value::as_str);
    Ok(Value::Bool(items.iter().any(|item| item.as_str() == wanted)))
}

fn values_method(
    index: usize,
    receiver: &Value,
    call: &mut Call<'_>,
    args: &[Value],
) -> Result<Value, FuncError> {
    let Value::Map(values) = receiver else { return Ok(Value::Nil) };
    let path = args.first().and_then(Value::as_str).cloned().unwrap_or_default();
    match VALUES_METHODS.get(index).map(|method| method.name) {
        Some("AsMap") if values.is_empty() => Ok(Value::Map(Map::new())),
        Some("AsMap") => Ok(Value::Map(values.clone().with_type(None))),
        Some("PathValue") if path.is_empty() => Err(FuncError::new("YAML path cannot be empty")),
        Some("PathValue") => {
            let keys: Vec<&[u8]> = path.split(|byte| *byte == b'.').collect();
            let Some((last, tables)) = keys.split_last() else { return Ok(Value::Nil) };
            let table = tables.iter().try_fold(values.clone(), |table, key| subtable(&table, key));
            match table.and_then(|table| table.get(last)) {
                Some(Value::Map(map)) if is_table(&map) => Err(no_value(last)),
                Some(value) => Ok(value),
                None => Err(no_value(last)),
            }
        }
        Some("Table") => {
            let mut table = values.clone();
            for key in path.split(|byte| *byte == b'.') {
                table = subtable(&table, key).ok_or_else(|| quoted(key, " is not a table"))?;
            }
            Ok(Value::Map(table.with_type(values.named())))
        }
        Some("YAML") => to_yaml_document(call, receiver).map(Value::str),
        _ => Err(FuncError::new("no io.Writer can be passed by a template")),
    }
}

fn no_value(key: &[u8]) -> FuncError {
    quoted(key, " is not a value")
}

/// The texts of `ErrNoTable` and `ErrNoValue`.
fn quoted(key: &[u8], what: &str) -> FuncError {
    let mut text = seatrial_gotemplate::quote(key).into_bytes();
    text.extend_from_slice(what.as_bytes());
    FuncError::new(text)
}

/// Whether a map is a plain `map[string]interface {}`.
fn is_table(map: &Map) -> bool {
    map.elem() == Elem::Any && map.named().is_none()
}

/// The table at a key of a table, as `tableLookup` finds it.
pub(super) fn subtable(table: &Map, key: &[u8]) -> Option<Map> {
    match table.get(key) {
        Some(Value::Map(map)) if map.elem() == Elem::Any => Some(map),
        _ => None,
    }
}

/// `map[string]string` of names and texts.
pub(super) fn string_map(entries: impl Iterator<Item = (Str, Str)>) -> Value {
    let entries: BTreeMap<Str, Value> = entries.map(|(key, text)| (key, Value::Str(text))).collect();
    Value::Map(Map::from_entries(Elem::Str, entries))
}
