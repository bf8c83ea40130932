//! Names, labels and annotations.

use serde_json::Value;

use super::{At, Findings};
use crate::text;

const LABEL_VALUE: &str = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', \
    and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for \
    validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
const NAME_PART: &str = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
    an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is \
    '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
/// The sum of all annotations, in bytes.
const ANNOTATIONS: usize = 256 * 1024;

pub(super) fn check(object: &Value, out: &mut Findings) {
    let root = At::new(object);
    let metadata = root.get("metadata");
    let path = root.path("metadata");
    let name = metadata.as_ref().and_then(|m| m.text("name"));
    let generated = metadata.as_ref().and_then(|m| m.text("generateName"));
    match name {
        // The API server gives LimitRanges a name of its own.
        None if generated.is_none() && At::new(object).text("kind") != Some("LimitRange") => {
            out.missing(&path.join("name"), "name or generateName is required");
        }
        None => {}
        Some(name) => check_name(object, name, out),
    }
    let Some(metadata) = metadata else { return };
    if let Some(namespace) = metadata.text("namespace") {
        out.dns_label(&metadata.path("namespace"), namespace);
    }
    labels(&metadata, "labels", out);
    if let Some(annotations) = metadata.get("annotations") {
        let entries = annotations.value.as_object().into_iter().flatten();
        let mut size = 0;
        for (key, value) in entries {
            size += key.len() + value.as_str().map_or(0, str::len);
            // Annotations are read without regard to case.
            key_of(&annotations, key, &key.to_lowercase(), out);
        }
        if size > ANNOTATIONS {
            out.add(
                &annotations.path,
                super::IssueKind::InvalidValue,
                &format!("Too long: may not be more than {ANNOTATIONS} bytes"),
            );
        }
    }
}

/// Checks keys and values of labels.
pub(super) fn labels(holder: &At<'_>, key: &str, out: &mut Findings) {
    let Some(labels) = holder.get(key) else { return };
    for (key, value) in labels.value.as_object().into_iter().flatten() {
        key_of(&labels, key, key, out);
        let Some(text) = value.as_str() else { continue };
        if text.len() > 63 {
            out.add(
                &labels.path,
                super::IssueKind::InvalidValue,
                &format!("Invalid value: {}: must be no more than 63 bytes", super::quote(text)),
            );
        }
        let cut: String = text.chars().take(63).collect();
        if !text::is_label_value(&cut) && (text.len() <= 63 || !text::is_label_value(text)) {
            out.invalid(&labels.path, value, LABEL_VALUE);
        }
    }
}

fn key_of(holder: &At<'_>, key: &str, judged: &str, out: &mut Findings) {
    if text::is_label_key(judged) {
        return;
    }
    let (prefix, name) = judged.split_once('/').map_or((None, judged), |(prefix, name)| (Some(prefix), name));
    let value: Value = key.into();
    match prefix {
        _ if name.is_empty() => out.invalid(&holder.path, &value, "name part must be non-empty"),
        Some(prefix) if !name.contains('/') && !text::is_dns_name(prefix) => {
            out.invalid(&holder.path, &value, &format!("prefix part {}", super::DNS_NAME));
        }
        _ if name.contains('/') => {
            let why = NAME_PART.replacen("name part", "a valid label key", 1);
            let prefix = "with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')";
            out.invalid(&holder.path, &value, &format!("{why} {prefix}"));
        }
        _ if name.len() > 63 => {
            out.invalid(&holder.path, &value, "name part must be no more than 63 bytes");
        }
        _ => out.invalid(&holder.path, &value, NAME_PART),
    }
}

/// Most names are names of DNS; some must be labels, and those of roles may be anything that fits into a URL.
fn check_name(object: &Value, name: &str, out: &mut Findings) {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    let path = At::new(object).path("metadata").join("name");
    match (text("kind"), text("apiVersion").split('/').next().unwrap_or_default()) {
        ("Role" | "RoleBinding" | "ClusterRole" | "ClusterRoleBinding", _) => {
            let forbidden = name == "." || name == ".." || name.contains(['/', '%']);
            if forbidden {
                out.invalid(&path, &name.into(), "may not contain '/' or '%', nor be '.' or '..'");
            }
        }
        ("Namespace" | "Service", "v1") => {
            if name.contains('.') && text::is_dns_name(name) {
                out.invalid(&path, &name.into(), "must not contain dots");
            } else {
                out.dns_label(&path, name);
            }
        }
        ("CronJob", "batch") if name.len() > 52 => {
            out.invalid(&path, &name.into(), "must be no more than 52 characters");
        }
        // The API server has names of its own making for these.
        (
            "APIService"
            | "CertificateSigningRequest"
            | "IPAddress"
            | "Event"
            | "PriorityClass"
            | "PodDisruptionBudget",
            _,
        ) => {}
        _ => {
            if name.len() > 253 {
                out.invalid(&path, &name.into(), "must be no more than 253 bytes");
            } else {
                out.dns_name(&path, name);
            }
        }
    }
}
