//! Folders of plain manifests (`findManifests`).

use std::borrow::Cow;
use std::sync::Arc;

use seatrial_yaml::{gojson, goyaml};
use serde_json::Value;

use super::answer::Origin;
use super::checkout::{Checkout, shown_root};
use super::objects::has_kind;
use super::settings::Settings;
use super::stop::Stop;
use super::tree::{Missing, Node};
use crate::glob;

/// What a folder holds.
#[derive(Default)]
pub(super) struct Found {
    /// Objects and where they come from.
    pub(super) objects: Vec<(Value, Origin)>,
    /// Files that are not evaluated here, by name.
    pub(super) jsonnet: Vec<String>,
    /// What the repo server logs and passes over.
    pub(super) warnings: Vec<String>,
}

/// A file that may be a manifest.
struct Candidate {
    name: String,
    path: String,
    bytes: Arc<[u8]>,
}

/// The objects of a folder, in the order of walking. `limit` bounds the bytes of all files together; 0 does not.
pub(super) fn manifests(
    checkout: &Checkout<'_>,
    folder: &str,
    directory: Option<&Value>,
    settings: &Settings,
    limit: u64,
) -> Result<Found, Stop> {
    let mut found = Found::default();
    let candidates = candidates(checkout, folder, directory, limit, &mut found)
        .map_err(|stop| stop.wrap("failed to get potentially valid manifests"))?;
    for candidate in candidates {
        let shown: Arc<str> = checkout.shown(&candidate.path).into();
        if candidate.name.ends_with(".jsonnet") {
            if settings.jsonnet {
                found.jsonnet.push(shown.to_string());
            }
            continue;
        }
        let objects = read(&candidate)?;
        let from = |document| Origin::File { path: Arc::clone(&shown), document };
        found.objects.extend(objects.into_iter().map(|(object, document)| (object, from(document))));
    }
    Ok(found)
}

fn candidates(
    checkout: &Checkout<'_>,
    folder: &str,
    directory: Option<&Value>,
    limit: u64,
    found: &mut Found,
) -> Result<Vec<Candidate>, Stop> {
    let truth = |key: &str| directory.and_then(|d| d.get(key)) == Some(&Value::Bool(true));
    let text = |key: &str| directory.and_then(|d| d.get(key)).and_then(Value::as_str).unwrap_or_default();
    let (recurse, any_name) = (truth("recurse"), truth("disableExtensionFilter"));
    let (include, exclude) = (text("include"), text("exclude"));
    let mut candidates = Vec::new();
    let mut total: u64 = 0;
    for (path, node) in checkout.tree.walk(folder, &|path| recurse || path == folder) {
        if *node == Node::Folder {
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let relative = match path.strip_prefix(folder) {
            Some(rest) if path != folder => rest.trim_start_matches('/'),
            _ => ".",
        };
        if !any_name && !is_manifest_name(&name) {
            continue;
        }
        let invalid = |why: String| {
            Err(Stop::fault(why).wrap(&format!("invalid manifest file {:?}", shown_root(&path))))
        };
        let mut skip = |why: String| {
            found.warnings.push(format!("skipping manifest file {:?}: {why}", checkout.shown(&path)));
        };
        let (real, index) = match checkout.tree.follow(&path) {
            Ok((real, Node::File(index))) => (real, *index),
            Ok((real, _)) => {
                skip(format!("ignoring symlink at {relative:?} to non-regular file {real:?}"));
                continue;
            }
            Err(Missing::Nothing) => {
                skip(format!("destination of symlink {relative:?} is missing"));
                continue;
            }
            Err(Missing::Outside) => return invalid(format!("illegal filepath in symlink at {relative:?}")),
            Err(Missing::Loop) => {
                return invalid(format!(
                    "failed to evaluate symlink at {relative:?}: EvalSymlinks: too many links"
                ));
            }
            Err(Missing::NotFolder) => {
                return invalid(format!("failed to evaluate symlink at {relative:?}: not a directory"));
            }
        };
        if !exclude.is_empty() && glob::matches(exclude, relative) {
            continue;
        }
        if !include.is_empty() && !glob::matches(include, relative) {
            continue;
        }
        let bytes = checkout.content(&real, index)?;
        let marker = b"+argocd:skip-file-rendering";
        if decoded(&bytes).as_bytes().windows(marker.len()).any(|w| w == marker) {
            continue;
        }
        if !name.ends_with(".jsonnet") {
            total = total.saturating_add(bytes.len() as u64);
            if limit != 0 && total > limit {
                return Err(Stop::fault("exceeded max combined manifest file size"));
            }
        }
        candidates.push(Candidate { name, path, bytes });
    }
    Ok(candidates)
}

fn is_manifest_name(name: &str) -> bool {
    [".yaml", ".yml", ".json", ".jsonnet"].iter().any(|end| name.ends_with(end))
}

/// `getObjsFromYAMLOrJSON`: the objects with their positions among the file's documents.
fn read(file: &Candidate) -> Result<Vec<(Value, usize)>, Stop> {
    let text = decoded(&file.bytes);
    let fault = |what: String| Err(Stop::fault(what).code("FailedPrecondition"));
    if file.name.ends_with(".json") {
        return match json(&text, &file.name) {
            Ok(object) => Ok(vec![(object, 0)]),
            Err(what) => fault(what),
        };
    }
    let (documents, late) = goyaml::split_yaml(&text);
    let mut objects = Vec::new();
    let mut error = None;
    for (part, value) in documents {
        let problem = match &value {
            Value::Object(_) => has_kind(&value).err(),
            other => Some(not_a_mapping(other)),
        };
        if let Some(problem) = problem {
            // A text that begins like JSON is told in the words of the JSON decoder.
            let layer = if text.trim_start().starts_with('{') {
                ""
            } else {
                "error unmarshaling JSON: while decoding JSON: "
            };
            error = Some(format!("failed to unmarshal manifest: {layer}{problem}"));
            break;
        }
        objects.push((value, part.index));
    }
    let Some(error) = error.or_else(|| late.map(|late| late.message)) else { return Ok(objects) };
    let looks_like_one = ["apiVersion:", "kind:", "metadata:"].iter().all(|word| text.contains(word));
    if !objects.is_empty() || looks_like_one {
        return fault(format!("Failed to unmarshal {:?}: {error}", file.name));
    }
    Ok(objects)
}

/// What Go's decoder says of a document that is no mapping.
pub(super) fn not_a_mapping(value: &Value) -> String {
    let what = match value {
        Value::Array(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    format!("json: cannot unmarshal {what} into Go value of type map[string]interface {{}}")
}

/// One object of a `.json` file. What has no kind is taken all the same if it could be the manifest of an OCI image.
fn json(text: &str, name: &str) -> Result<Value, String> {
    let refuse = |why: &str| Err(format!("Failed to unmarshal {name:?}: {why}"));
    let (value, end) = match gojson::next_in_stream(text, 0) {
        Ok(found) => found,
        Err(error) => {
            return refuse(match error.message.as_str() {
                "unexpected end of JSON input" if text.trim().is_empty() => "EOF",
                "unexpected end of JSON input" => "unexpected EOF",
                other => other,
            });
        }
    };
    let problem = match &value {
        Value::Object(_) => has_kind(&value).err(),
        other => Some(not_a_mapping(other)),
    };
    if let Some(problem) = problem
        && !is_image_manifest(&value)
    {
        return refuse(&problem);
    }
    let rest = text.get(end..).unwrap_or_default().trim_start();
    if !rest.is_empty() && !rest.starts_with([']', '}']) {
        return Err(format!(
            "Found multiple objects in {name:?}. Only single objects are allowed in JSON files."
        ));
    }
    Ok(value)
}

/// Whether a value decodes as the manifest of an OCI image, all of whose fields are optional.
fn is_image_manifest(value: &Value) -> bool {
    let Value::Object(map) = value else { return value.is_null() };
    let text = |v: Option<&Value>| v.is_none_or(|v| v.is_null() || v.is_string());
    let texts = |v: Option<&Value>| match v {
        None | Some(Value::Null) => true,
        Some(Value::Object(map)) => map.values().all(|v| v.is_null() || v.is_string()),
        Some(_) => false,
    };
    let number = |v: Option<&Value>| v.is_none_or(|v| v.is_null() || v.is_i64() || v.is_u64());
    let descriptor = |v: &Value| match v {
        Value::Null => true,
        Value::Object(map) => {
            ["mediaType", "digest", "artifactType", "data"].iter().all(|key| text(map.get(*key)))
                && number(map.get("size"))
                && texts(map.get("annotations"))
                && map.get("urls").is_none_or(|v| {
                    v.is_null()
                        || v.as_array().is_some_and(|v| v.iter().all(|v| v.is_null() || v.is_string()))
                })
        }
        _ => false,
    };
    number(map.get("schemaVersion"))
        && text(map.get("mediaType"))
        && text(map.get("artifactType"))
        && map.get("config").is_none_or(&descriptor)
        && map.get("subject").is_none_or(&descriptor)
        && texts(map.get("annotations"))
        && map
            .get("layers")
            .is_none_or(|v| v.is_null() || v.as_array().is_some_and(|layers| layers.iter().all(&descriptor)))
}

/// A text as `utfutil` reads it: by its byte order mark, else UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |bytes: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|c| unit([c[0], c[1]])).collect();
        Cow::Owned(String::from_utf16_lossy(&units))
    };
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest),
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        bytes => String::from_utf8_lossy(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_could_be_an_image_manifest_is_taken() {
        for (text, taken) in [
            (r#"{"a": 1}"#, true),
            (r#"{"annotations": {"x": 1}}"#, false),
            (r#"{"config": {"size": 2}, "layers": []}"#, true),
            (r#"{"config": "x"}"#, false),
            ("[1]", false),
        ] {
            assert_eq!(json(text, "a.json").is_ok(), taken, "{text}");
        }
    }
}
