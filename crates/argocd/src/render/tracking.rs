//! How rendered objects are marked as an Application's (`util/argo/resource_tracking.go`).

use serde_json::Value;

use super::objects::{group_version_kind, metadata};
use super::settings::{Settings, Tracking};
use super::stop::Stop;
use crate::names::client_value;

/// Marks objects as an Application's.
pub(super) struct Tracker<'a> {
    pub(super) settings: &'a Settings,
    /// The Application's name, with its namespace where that is not the controller's (`team_app`).
    pub(super) app: &'a str,
    /// The destination's namespace.
    pub(super) namespace: &'a str,
}

/// The annotation that names the Application.
const TRACKING_ID: &str = "argocd.argoproj.io/tracking-id";
/// The annotation that names the installation of Argo CD.
const INSTALLATION_ID: &str = "argocd.argoproj.io/installation-id";
/// The label key of old, which marks pod templates too.
const LEGACY_LABEL: &str = "applications.argoproj.io/app-name";

impl Tracker<'_> {
    /// `SetAppInstance`, which leaves definitions of custom resources alone.
    pub(super) fn mark(&self, object: &mut Value) -> Result<(), Stop> {
        let (group, _, kind) = group_version_kind(object);
        if self.app.is_empty() || (group == "apiextensions.k8s.io" && kind == "CustomResourceDefinition") {
            return Ok(());
        }
        self.mark_any(object).map_err(|message| {
            Stop::fault(message).wrap("failed to set app instance tracking info on manifest")
        })
    }

    /// `SetAppInstance`.
    pub(super) fn mark_any(&self, object: &mut Value) -> Result<(), String> {
        match self.settings.tracking {
            Tracking::Label => self.label(object, self.app),
            Tracking::Annotation => self.annotate(object),
            Tracking::AnnotationAndLabel => {
                self.annotate(object)?;
                let short = truncated(self.app)
                    .ok_or("failed to set app instance label: unable to truncate label to not end with a special character")?;
                self.label(object, short)
            }
        }
    }

    fn annotate(&self, object: &mut Value) -> Result<(), String> {
        let id = {
            let (group, _, kind) = group_version_kind(object);
            let namespace = match metadata(object, "namespace") {
                "" => self.namespace,
                namespace => namespace,
            };
            format!("{}:{group}/{kind}:{namespace}/{}", self.app, metadata(object, "name"))
        };
        // The installation's mark is taken away first, with other words for what is no text.
        let place = if self.settings.installation.is_empty() { "for" } else { "from target object" };
        texts(object, "annotations", place)?;
        if self.settings.installation.is_empty() {
            remove(object, "annotations", INSTALLATION_ID);
        } else {
            set(object, "annotations", INSTALLATION_ID, &self.settings.installation);
        }
        set(object, "annotations", TRACKING_ID, &id);
        Ok(())
    }

    fn label(&self, object: &mut Value, value: &str) -> Result<(), String> {
        let key = self.settings.label_key.as_str();
        texts(object, "labels", "from target object")
            .map_err(|error| format!("failed to set app instance label: {error}"))?;
        set(object, "labels", key, value);
        let (group, _, kind) = group_version_kind(object);
        let with_pods = match group {
            "apps" | "extensions" => {
                matches!(kind, "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
            }
            "batch" => kind == "Job",
            _ => false,
        };
        if key == LEGACY_LABEL && with_pods {
            label_pods(object, key, value);
        }
        Ok(())
    }
}

/// The label in the pod template, and a selector that does not hold it for the API versions that would take it from there.
fn label_pods(object: &mut Value, key: &str, value: &str) {
    let old = matches!(
        object.get("apiVersion").and_then(Value::as_str),
        Some("apps/v1beta1" | "extensions/v1beta1")
    );
    let path = ["spec", "template", "metadata", "labels"];
    let Some(labels) = descend(object, &path) else { return };
    let without = labels.clone();
    labels.insert(key.to_owned(), value.into());
    let empty = |v: Option<&Value>| {
        v.is_none_or(|v| v.is_null() || v.as_object().is_some_and(serde_json::Map::is_empty))
    };
    if old
        && empty(object.pointer("/spec/selector"))
        && let Some(selector) = descend(object, &["spec", "selector", "matchLabels"])
    {
        *selector = without;
        selector.remove(key);
    }
}

/// The mapping at a path, made where it is missing.
fn descend<'o>(object: &'o mut Value, path: &[&str]) -> Option<&'o mut serde_json::Map<String, Value>> {
    let mut here = object.as_object_mut()?;
    for key in path {
        let next = here.entry(*key).or_insert_with(|| Value::Object(serde_json::Map::new()));
        if next.is_null() {
            *next = Value::Object(serde_json::Map::new());
        }
        here = next.as_object_mut()?;
    }
    Some(here)
}

/// Checks that labels or annotations are texts, in the words of Kubernetes' accessors.
fn texts(object: &Value, field: &str, place: &str) -> Result<(), String> {
    let fault = |what: String| {
        let (group, version, kind) = group_version_kind(object);
        let (namespace, name) = (metadata(object, "namespace"), metadata(object, "name"));
        Err(format!(
            "failed to get {field} {place} {group}/{version}, Kind={kind} {namespace}/{name}: \
             .metadata.{field} accessor error: {what}"
        ))
    };
    let wrong = |value: &Value| {
        format!(
            "{} is of the type {}, expected map[string]interface{{}}",
            client_value(value),
            go_type(value)
        )
    };
    let metadata = match object.get("metadata") {
        None | Some(Value::Null) => return Ok(()),
        Some(Value::Object(metadata)) => metadata,
        Some(other) => return fault(wrong(other)),
    };
    match metadata.get(field) {
        None | Some(Value::Null) => Ok(()),
        Some(Value::Object(entries)) => match entries.iter().find(|(_, value)| !value.is_string()) {
            None => Ok(()),
            Some((key, value)) => fault(format!(
                "contains non-string value in the map under key {key:?}: {} is of the type {}, expected string",
                client_value(value),
                go_type(value)
            )),
        },
        Some(other) => fault(wrong(other)),
    }
}

fn set(object: &mut Value, field: &str, key: &str, value: &str) {
    let Value::Object(map) = object else { return };
    let metadata = map.entry("metadata").or_insert_with(|| Value::Object(serde_json::Map::new()));
    // Kubernetes' setters leave a `metadata` that is no mapping as it is.
    let Value::Object(metadata) = metadata else { return };
    let entries = metadata.entry(field).or_insert_with(|| Value::Object(serde_json::Map::new()));
    if entries.is_null() {
        *entries = Value::Object(serde_json::Map::new());
    }
    if let Value::Object(entries) = entries {
        entries.insert(key.to_owned(), value.into());
    }
}

fn remove(object: &mut Value, field: &str, key: &str) {
    let Some(Value::Object(metadata)) = object.get_mut("metadata") else { return };
    let Some(Value::Object(entries)) = metadata.get_mut(field) else { return };
    if entries.remove(key).is_some() && entries.is_empty() {
        metadata.remove(field);
    }
}

/// `TruncateLabel`: 63 bytes, less what must not end a label's value.
fn truncated(value: &str) -> Option<&str> {
    if value.len() <= 63 {
        return Some(value);
    }
    let cut = value.as_bytes().get(..63)?;
    let end = cut.iter().rposition(u8::is_ascii_alphanumeric)?;
    value.get(..=end)
}

fn go_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "<nil>",
        Value::Bool(_) => "bool",
        Value::Number(n) if n.is_f64() => "float64",
        Value::Number(_) => "int64",
        Value::String(_) => "string",
        Value::Array(_) => "[]interface {}",
        Value::Object(_) => "map[string]interface {}",
    }
}
