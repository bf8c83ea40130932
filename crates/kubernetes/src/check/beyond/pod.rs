//! A pod's specification.

use std::collections::BTreeSet;

use seatrial_yaml::Path;

use super::{At, Findings, IssueKind};
use crate::text;

/// Checks a pod; `claims` are volumes that it gets besides its own.
pub(super) fn check(spec: &At<'_>, claims: &[&str], out: &mut Findings) {
    if spec.lacks("containers") {
        out.missing(&spec.path("containers"), "");
    }
    for key in ["serviceAccountName", "priorityClassName"] {
        if let Some(name) = spec.text(key) {
            out.dns_name(&spec.path(key), name);
        }
    }
    super::metadata::labels(spec, "nodeSelector", out);
    let volumes = volumes(spec, claims, out);
    let mut names = BTreeSet::new();
    for list in ["containers", "initContainers"] {
        for item in spec.items(list) {
            if let Some(name) = item.text("name")
                && !names.insert(name)
            {
                out.twice(&item.path("name"), name);
            }
            container(&item, &volumes, out);
            let restarts = item.text("restartPolicy") == Some("Always");
            for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
                if list == "initContainers" && !restarts && item.get(probe).is_some() {
                    let words = "Forbidden: may not be set for init containers without restartPolicy=Always";
                    out.add(&item.path(probe), IssueKind::Inconsistent, words);
                }
            }
        }
    }
}

fn volumes<'v>(spec: &At<'v>, claims: &[&'v str], out: &mut Findings) -> BTreeSet<&'v str> {
    let mut names: BTreeSet<&str> = claims.iter().copied().collect();
    let mut own = BTreeSet::new();
    for volume in spec.items("volumes") {
        if let Some(name) = volume.text("name") {
            out.dns_label(&volume.path("name"), name);
            if !own.insert(name) {
                out.twice(&volume.path("name"), name);
            }
            names.insert(name);
        }
        let kinds: Vec<Path> = volume
            .value
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(key, value)| *key != "name" && !value.is_null())
            .map(|(key, _)| volume.path(key))
            .collect();
        for path in kinds.iter().skip(1) {
            let words = "Forbidden: may not specify more than 1 volume type";
            out.add(path, IssueKind::Inconsistent, words);
        }
        let needs = [
            ("configMap", "name"),
            ("secret", "secretName"),
            ("hostPath", "path"),
            ("persistentVolumeClaim", "claimName"),
        ];
        for (kind, key) in needs {
            if let Some(source) = volume.get(kind).filter(|source| source.lacks(key)) {
                out.missing(&source.path(key), "");
            }
        }
    }
    names
}

fn container(at: &At<'_>, volumes: &BTreeSet<&str>, out: &mut Findings) {
    match at.text("name") {
        Some(name) => out.dns_label(&at.path("name"), name),
        None => out.missing(&at.path("name"), ""),
    }
    if at.text("image").is_none() {
        out.missing(&at.path("image"), "");
    }
    ports(at, out);
    for variable in at.items("env") {
        environment(&variable, out);
    }
    for key in ["limits", "requests"] {
        for (what, value) in
            at.at(&["resources", key]).iter().filter_map(|part| part.value.as_object()).flatten()
        {
            if value.as_str().is_some_and(|text| text.starts_with('-')) {
                let path = at.path("resources").join(key);
                let message = format!(
                    "{}[{what}]: Invalid value: {value}: must be greater than or equal to 0",
                    super::place(&path)
                );
                let kind = IssueKind::InvalidValue;
                out.issues.push(super::SchemaIssue { path: path.join(what.as_str()), kind, message });
            }
        }
    }
    let mut places = BTreeSet::new();
    for mount in at.items("volumeMounts") {
        match mount.text("name") {
            None => out.missing(&mount.path("name"), ""),
            Some(name) if !volumes.contains(name) => {
                let words = format!("Not found: {}", super::quote(name));
                out.add(&mount.path("name"), IssueKind::Inconsistent, &words);
            }
            Some(_) => {}
        }
        match mount.text("mountPath") {
            None => out.missing(&mount.path("mountPath"), ""),
            Some(place) if !places.insert(place) => {
                out.invalid(&mount.path("mountPath"), &place.into(), "must be unique");
            }
            Some(_) => {}
        }
    }
    for key in ["livenessProbe", "readinessProbe", "startupProbe"] {
        if let Some(probe) = at.get(key) {
            handler(&probe, out);
            if key != "readinessProbe"
                && let Some(count) = probe.get("successThreshold")
                && count.value.as_i64().is_some_and(|count| count > 1)
            {
                out.invalid(&count.path, count.value, "must be 1");
            }
        }
    }
    for key in ["postStart", "preStop"] {
        if let Some(hook) = at.at(&["lifecycle", key]) {
            handler(&hook, out);
        }
    }
}

fn ports(at: &At<'_>, out: &mut Findings) {
    let mut names = BTreeSet::new();
    for port in at.items("ports") {
        match port.value.get("containerPort").and_then(serde_json::Value::as_i64) {
            None | Some(0) => out.missing(&port.path("containerPort"), ""),
            Some(number) => out.port(&port.path("containerPort"), number),
        }
        if let Some(name) = port.text("name") {
            out.port_name(&port.path("name"), name);
            if !names.insert(name) {
                out.twice(&port.path("name"), name);
            }
        }
    }
}

fn environment(at: &At<'_>, out: &mut Findings) {
    match at.text("name") {
        None => out.missing(&at.path("name"), ""),
        Some(name) if name.bytes().any(|b| b == b'=' || !(b' '..=b'~').contains(&b)) => {
            let why = "a valid environment variable name must consist only of printable ASCII characters other than '='";
            out.invalid(&at.path("name"), &name.into(), why);
        }
        Some(_) => {}
    }
    let Some(from) = at.get("valueFrom") else { return };
    let kinds = ["fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef"];
    let count = kinds.iter().filter(|kind| from.get(kind).is_some()).count();
    if count == 0 {
        let why = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`";
        out.invalid(&from.path, &"".into(), why);
    } else if at.text("value").is_some() {
        out.invalid(&from.path, &"".into(), "may not be specified when `value` is not empty");
    }
    for key in ["configMapKeyRef", "secretKeyRef"] {
        let Some(source) = from.get(key) else { continue };
        if source.lacks("key") {
            out.missing(&source.path("key"), "");
        }
        let name = source.text("name").unwrap_or_default();
        if !text::is_dns_name(name) {
            out.dns_name(&source.path("name"), name);
        }
    }
}

/// A probe or hook asks in one way.
fn handler(at: &At<'_>, out: &mut Findings) {
    let ways: Vec<At<'_>> =
        ["exec", "httpGet", "tcpSocket", "grpc", "sleep"].iter().filter_map(|way| at.get(way)).collect();
    if ways.is_empty() {
        out.missing(&at.path, "must specify a handler type");
    }
    for more in ways.iter().skip(1) {
        out.add(&more.path, IssueKind::Inconsistent, "Forbidden: may not specify more than 1 handler type");
    }
    for way in &ways {
        if let Some(port) = way.get("port") {
            out.port_or_name(&port.path, port.value);
        }
        if way.path.last_key() == Some("exec") && way.lacks("command") {
            out.missing(&way.path("command"), "");
        }
    }
}
