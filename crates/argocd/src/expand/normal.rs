//! What the controller makes of a generated spec before it compares and writes it: `NormalizeApplicationSpec`.

use serde_json::{Map, Value};

/// The fields that keep `kustomize` when they are set; what else it has is not looked at.
const KUSTOMIZE: [&str; 13] = [
    "namePrefix",
    "nameSuffix",
    "version",
    "namespace",
    "images",
    "replicas",
    "commonLabels",
    "commonAnnotations",
    "patches",
    "components",
    "kubeVersion",
    "apiVersions",
    "ignoreMissingComponents",
];

/// Normalises the spec of an Application in place; it is in normal form, as Go writes it.
pub(super) fn normalize_spec(spec: &mut Map<String, Value>) {
    if spec.get("project").and_then(Value::as_str).is_none_or(str::is_empty) {
        spec.insert("project".to_owned(), Value::from("default"));
    }
    let says = |policy: &Value| {
        ["automated", "syncOptions", "retry", "managedNamespaceMetadata"]
            .iter()
            .any(|key| policy.get(key).is_some())
    };
    if spec.get("syncPolicy").is_some_and(|policy| !says(policy)) {
        spec.remove("syncPolicy");
    }
    match spec.get_mut("sources").and_then(Value::as_array_mut).filter(|sources| !sources.is_empty()) {
        Some(sources) => sources.iter_mut().filter_map(Value::as_object_mut).for_each(normalize_source),
        None => spec.get_mut("source").and_then(Value::as_object_mut).into_iter().for_each(normalize_source),
    }
}

fn normalize_source(source: &mut Map<String, Value>) {
    if source
        .get("kustomize")
        .is_some_and(|kustomize| KUSTOMIZE.iter().all(|key| kustomize.get(key).is_none()))
    {
        source.remove("kustomize");
    }
    if source.get("helm").and_then(Value::as_object).is_some_and(Map::is_empty) {
        source.remove("helm");
    }
    let Some(directory) = source.get_mut("directory").and_then(Value::as_object_mut) else { return };
    let jsonnet =
        directory.get("jsonnet").and_then(Value::as_object).is_some_and(|jsonnet| !jsonnet.is_empty());
    if directory.contains_key("recurse") || directory.contains_key("disableExtensionFilter") || jsonnet {
        return;
    }
    directory.retain(|key, _| matches!(key.as_str(), "include" | "exclude"));
    if directory.is_empty() {
        source.remove("directory");
    }
}
