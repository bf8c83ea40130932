//! Services, Ingresses, and data of ConfigMaps and Secrets.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{At, Findings, IssueKind};
use crate::text;

pub(super) fn check(object: &Value, out: &mut Findings) {
    let root = At::new(object);
    match (root.text("kind").unwrap_or_default(), root.text("apiVersion").unwrap_or_default()) {
        ("Service", "v1") => service(&root, out),
        ("Ingress", "networking.k8s.io/v1") => ingress(&root, out),
        ("ConfigMap" | "Secret", "v1") => data(&root, out),
        _ => {}
    }
}

fn service(root: &At<'_>, out: &mut Findings) {
    let Some(spec) = root.get("spec") else {
        out.missing(&root.path("spec").join("ports"), "");
        return;
    };
    let kind = spec.text("type").unwrap_or("ClusterIP");
    let headless = spec.text("clusterIP") == Some("None");
    if kind == "ExternalName" {
        if spec.lacks("externalName") {
            out.missing(&spec.path("externalName"), "");
        }
    } else if spec.lacks("ports") && !headless {
        out.missing(&spec.path("ports"), "");
    }
    super::metadata::labels(&spec, "selector", out);
    let ports = spec.items("ports");
    let mut names = BTreeSet::new();
    for port in &ports {
        match port.text("name") {
            None if ports.len() > 1 => out.missing(&port.path("name"), ""),
            None => {}
            Some(name) => {
                out.dns_label(&port.path("name"), name);
                if !names.insert(name) {
                    out.twice(&port.path("name"), name);
                }
            }
        }
        let number = port.value.get("port").map_or(Some(0), Value::as_i64);
        if let Some(number) = number {
            out.port(&port.path("port"), number);
        }
        // Zero and the empty text stand for the port itself.
        let itself = |target: &Value| target.as_i64() == Some(0) || target.as_str() == Some("");
        if let Some(target) = port.get("targetPort").filter(|target| !itself(target.value)) {
            out.port_or_name(&target.path, target.value);
        }
        if kind == "ClusterIP"
            && let Some(node) = port.get("nodePort").filter(|n| n.value.as_i64().is_some_and(|n| n != 0))
        {
            out.add(
                &node.path,
                IssueKind::Inconsistent,
                "Forbidden: may not be used when `type` is 'ClusterIP'",
            );
        }
    }
}

fn ingress(root: &At<'_>, out: &mut Findings) {
    let Some(spec) = root.get("spec").filter(|s| !s.lacks("rules") || !s.lacks("defaultBackend")) else {
        out.invalid(&root.path("spec"), &Value::Null, "either `defaultBackend` or `rules` must be specified");
        return;
    };
    if let Some(class) = spec.text("ingressClassName") {
        out.dns_name(&spec.path("ingressClassName"), class);
    }
    if let Some(default) = spec.get("defaultBackend") {
        backend(&default, out);
    }
    for tls in spec.items("tls") {
        for host in tls.items("hosts") {
            if let Some(name) = host.value.as_str() {
                host_name(&host.path, name, out);
            }
        }
    }
    for rule in spec.items("rules") {
        if let Some(host) = rule.text("host") {
            host_name(&rule.path("host"), host, out);
        }
        let Some(http) = rule.get("http") else { continue };
        if http.lacks("paths") {
            out.missing(&http.path("paths"), "");
        }
        for path in http.items("paths") {
            let kind = path.text("pathType");
            if kind.is_none() {
                out.missing(&path.path("pathType"), "pathType must be specified");
            }
            let text = path.text("path").unwrap_or_default();
            let free = kind == Some("ImplementationSpecific") && text.is_empty();
            if matches!(kind, Some("Exact" | "Prefix" | "ImplementationSpecific"))
                && !free
                && !text.starts_with('/')
            {
                out.invalid(&path.path("path"), &text.into(), "must be an absolute path");
            }
            match path.get("backend") {
                Some(at) => backend(&at, out),
                None => no_backend(&path.path("backend"), out),
            }
        }
    }
}

fn no_backend(path: &seatrial_yaml::Path, out: &mut Findings) {
    out.invalid(path, &"".into(), "resource or service backend is required");
}

fn backend(at: &At<'_>, out: &mut Findings) {
    let Some(service) = at.get("service") else {
        if at.get("resource").is_none() {
            no_backend(&at.path, out);
        }
        return;
    };
    if service.lacks("name") {
        out.missing(&service.path("name"), "");
    }
    let port = service.get("port");
    let name = port.as_ref().and_then(|port| port.text("name"));
    let number = port.as_ref().and_then(|port| port.value.get("number")).and_then(Value::as_i64).unwrap_or(0);
    match (name, number) {
        (None, 0) => out.missing(&at.path, "port name or number is required"),
        (Some(_), 1..) => out.invalid(&at.path, &"".into(), "cannot set both port name & port number"),
        (Some(name), _) => out.port_name(&service.path("port").join("name"), name),
        (None, number) => out.port(&service.path("port").join("number"), number),
    }
}

fn host_name(path: &seatrial_yaml::Path, name: &str, out: &mut Findings) {
    if name.parse::<std::net::IpAddr>().is_ok() {
        out.invalid(path, &name.into(), "must be a DNS name, not an IP address");
        return;
    }
    match name.strip_prefix("*.") {
        Some(rest) if text::is_dns_name(rest) => {}
        Some(_) => out.invalid(path, &name.into(), "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"),
        None => out.dns_name(path, name),
    }
}

fn data(root: &At<'_>, out: &mut Findings) {
    for holder in ["data", "binaryData", "stringData"] {
        let entries = root.get(holder).and_then(|at| at.value.as_object()).into_iter().flatten();
        for (key, _) in entries {
            let fits = key.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
            // The API server names the place in which it looks after taking `stringData` over into `data`.
            let place = if holder == "stringData" { "data" } else { holder };
            let why = match key.as_str() {
                "." => "must not be '.'",
                key if key.starts_with("..") && key.len() == 2 => "must not be '..'",
                key if key.starts_with("..") => "must not start with '..'",
                key if key.len() > 253 => "must be no more than 253 characters",
                _ if !fits || key.is_empty() => {
                    "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
                }
                _ => continue,
            };
            let path = root.path(holder).join(key.as_str());
            let shown = super::quote(key);
            let message = format!("{place}[{key}]: Invalid value: {shown}: {why}");
            out.issues.push(super::SchemaIssue { path, kind: IssueKind::InvalidValue, message });
        }
    }
}
