//! A source with what overrides it, and how it is rendered.

use serde_json::{Map, Value};

use super::answer::SourceKind;
use super::checkout::{Checkout, shown_root};
use super::settings::Settings;
use super::stop::Stop;
use super::tree::{Node, join};
use crate::gotypes::{argo, decode};

/// `GetAppSourceType`: merges `.argocd-source.yaml` and `.argocd-source-APP.yaml` into the source, then takes its
/// explicit type or looks at the files of its folder.
pub(super) fn kind(
    source: &mut Value,
    checkout: &Checkout<'_>,
    folder: &str,
    app: &str,
    settings: &Settings,
) -> Result<SourceKind, Stop> {
    overrides(source, checkout, folder, app).map_err(|stop| {
        stop.wrap("error while parsing source parameters").wrap("error getting app source type")
    })?;
    let explicit: Vec<SourceKind> = [
        ("kustomize", SourceKind::Kustomize),
        ("helm", SourceKind::Helm),
        ("directory", SourceKind::Directory),
        ("plugin", SourceKind::Plugin),
    ]
    .into_iter()
    .filter(|(key, _)| source.get(key).is_some_and(|v| !v.is_null()))
    .map(|(_, kind)| kind)
    .collect();
    let disabled = |kind| match kind {
        SourceKind::Helm => !settings.helm,
        SourceKind::Kustomize => !settings.kustomize,
        _ => false,
    };
    match explicit.as_slice() {
        [] => Ok(discovered(checkout, folder, &disabled)),
        [one] if disabled(*one) => Ok(SourceKind::Directory),
        [one] => Ok(*one),
        many => {
            let names: Vec<&str> = many.iter().map(|k| k.name()).collect();
            let message = format!("multiple application sources defined: {}", names.join(","));
            Err(Stop::fault(message).wrap("error getting app source type"))
        }
    }
}

/// `discovery.AppType` without plugins: the last file of the folder, as Go walks, that names a tool.
fn discovered(checkout: &Checkout<'_>, folder: &str, disabled: &dyn Fn(SourceKind) -> bool) -> SourceKind {
    let mut kind = SourceKind::Directory;
    if checkout.tree.at(folder) != Some(&Node::Folder) {
        return kind; // Go does not walk into a folder that is a link itself
    }
    for name in checkout.tree.names(folder) {
        if checkout.tree.at(&join(folder, name)) == Some(&Node::Folder) {
            continue;
        }
        let found = if name.ends_with("Chart.yaml") {
            SourceKind::Helm
        } else if matches!(name, "kustomization.yaml" | "kustomization.yml" | "Kustomization") {
            SourceKind::Kustomize
        } else {
            continue;
        };
        if !disabled(found) {
            kind = found;
        }
    }
    kind
}

fn overrides(source: &mut Value, checkout: &Checkout<'_>, folder: &str, app: &str) -> Result<(), Stop> {
    let mut merged = source.clone();
    let mut names = vec![".argocd-source.yaml".to_owned()];
    if !app.is_empty() {
        names.push(format!(".argocd-source-{app}.yaml"));
    }
    for name in names {
        let path = join(folder, &name);
        if !matches!(checkout.tree.follow(&path), Ok((_, Node::File(_)))) {
            continue;
        }
        let named = shown_root(&path);
        let bytes = checkout.read(&path)?;
        let text = String::from_utf8_lossy(&bytes);
        let patch =
            seatrial_yaml::goyaml::to_json(&text).map_err(|error| Stop::fault(error.message).wrap(&named))?;
        let mut data = merged.clone();
        match &patch {
            Value::Object(patch) => merge_patch(&mut data, patch),
            // A list takes the place of the whole, and is then no source.
            Value::Array(_) => data = patch,
            _ => return Err(Stop::fault("Invalid JSON Patch").wrap(&named)),
        }
        let decoded = decode(&argo("ApplicationSource"), &data)
            .map_err(|error| Stop::fault(error.message).wrap(&named))?;
        decode_over(&mut merged, &decoded);
    }
    if let (Value::Object(merged), Value::Object(before)) = (&mut merged, &*source) {
        for key in ["chart", "path", "repoURL", "targetRevision"] {
            match before.get(key) {
                Some(value) => merged.insert(key.to_owned(), value.clone()),
                None => merged.remove(key),
            };
        }
    }
    *source = merged;
    Ok(())
}

/// A JSON merge patch (RFC 7386).
fn merge_patch(target: &mut Value, patch: &Map<String, Value>) {
    if !target.is_object() {
        *target = Value::Object(Map::new());
    }
    let Value::Object(target) = target else { return };
    for (key, value) in patch {
        match value {
            Value::Null => {
                target.remove(key);
            }
            Value::Object(inner) => {
                merge_patch(target.entry(key.clone()).or_insert(Value::Object(Map::new())), inner);
            }
            value => {
                target.insert(key.clone(), value.clone());
            }
        }
    }
}

/// What Go's decoder leaves in a value that is decoded into again: what the new text does not name stays as it was,
/// within list elements too. Free JSON is replaced.
fn decode_over(old: &mut Value, new: &Value) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                match old.get_mut(key) {
                    Some(before) if key != "valuesObject" => decode_over(before, value),
                    _ => {
                        old.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(old), Value::Array(new)) => {
            old.truncate(new.len());
            for (index, value) in new.iter().enumerate() {
                match old.get_mut(index) {
                    Some(before) => decode_over(before, value),
                    None => old.push(value.clone()),
                }
            }
        }
        (old, new) => old.clone_from(new),
    }
}
