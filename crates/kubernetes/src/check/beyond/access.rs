//! Roles and bindings, disruption budgets, autoscalers, admission webhooks.

use serde_json::Value;

use super::{At, Findings, IssueKind};

pub(super) fn check(object: &Value, out: &mut Findings) {
    let root = At::new(object);
    match (root.text("kind").unwrap_or_default(), root.text("apiVersion").unwrap_or_default()) {
        ("Role" | "ClusterRole", "rbac.authorization.k8s.io/v1") => role(&root, out),
        ("RoleBinding" | "ClusterRoleBinding", "rbac.authorization.k8s.io/v1") => binding(&root, out),
        ("PodDisruptionBudget", "policy/v1") => budget(&root, out),
        ("HorizontalPodAutoscaler", "autoscaling/v2" | "autoscaling/v1") => autoscaler(&root, out),
        (
            "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration",
            "admissionregistration.k8s.io/v1",
        ) => {
            webhooks(&root, out);
        }
        _ => {}
    }
}

fn role(root: &At<'_>, out: &mut Findings) {
    let namespaced = root.text("kind") == Some("Role");
    for rule in root.items("rules") {
        if rule.lacks("verbs") {
            out.missing(&rule.path("verbs"), "");
        }
        if let Some(urls) = rule.get("nonResourceURLs").filter(|_| !rule.lacks("nonResourceURLs")) {
            if namespaced {
                out.invalid(&urls.path, urls.value, "namespaced rules cannot apply to non-resource URLs");
            }
            continue;
        }
        if rule.lacks("apiGroups") {
            out.missing(&rule.path("apiGroups"), "resource rules must supply at least one api group");
        }
        if rule.lacks("resources") {
            out.missing(&rule.path("resources"), "resource rules must supply at least one resource");
        }
    }
}

fn binding(root: &At<'_>, out: &mut Findings) {
    let kinds: &[&str] =
        if root.text("kind") == Some("RoleBinding") { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if let Some(role) = root.get("roleRef") {
        if let Some(group) = role.text("apiGroup").filter(|group| *group != "rbac.authorization.k8s.io") {
            out.unsupported(&role.path("apiGroup"), group, &["rbac.authorization.k8s.io"]);
        }
        let kind = role.text("kind").unwrap_or_default();
        if !kinds.contains(&kind) {
            out.unsupported(&role.path("kind"), kind, kinds);
        }
        if role.lacks("name") {
            out.missing(&role.path("name"), "");
        }
    }
    for subject in root.items("subjects") {
        let kind = subject.text("kind").unwrap_or_default();
        if !["ServiceAccount", "User", "Group"].contains(&kind) {
            out.unsupported(&subject.path("kind"), kind, &["ServiceAccount", "User", "Group"]);
        }
        if subject.lacks("name") {
            out.missing(&subject.path("name"), "");
        }
        if kind == "ServiceAccount"
            && subject.lacks("namespace")
            && root.text("kind") == Some("ClusterRoleBinding")
        {
            out.missing(&subject.path("namespace"), "");
        }
    }
}

fn budget(root: &At<'_>, out: &mut Findings) {
    let Some(spec) = root.get("spec") else { return };
    let (least, most) = (spec.get("minAvailable"), spec.get("maxUnavailable"));
    if least.is_some() && most.is_some() {
        let message = "spec: Invalid value: minAvailable and maxUnavailable cannot be both set".to_owned();
        let path = spec.path("maxUnavailable");
        out.issues.push(super::SchemaIssue { path, kind: IssueKind::Inconsistent, message });
    }
    for at in [least, most].into_iter().flatten() {
        share(&at, out);
    }
}

/// A count, or a share in percent.
fn share(at: &At<'_>, out: &mut Findings) {
    if at.value.as_i64().is_some_and(|count| count < 0) {
        out.invalid(&at.path, at.value, "must be greater than or equal to 0");
    }
    let Some(text) = at.value.as_str() else { return };
    let number = text.strip_suffix('%').filter(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    match number.map(str::parse::<u32>) {
        None => {
            let why = "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
            out.invalid(&at.path, at.value, why);
        }
        Some(Ok(0..=100)) => {}
        Some(_) => out.invalid(&at.path, at.value, "must not be greater than 100%"),
    }
}

fn autoscaler(root: &At<'_>, out: &mut Findings) {
    let Some(spec) = root.get("spec") else { return };
    let number = |key: &str| spec.value.get(key).and_then(Value::as_i64);
    if let (Some(most), least) = (number("maxReplicas"), number("minReplicas").unwrap_or(1))
        && most < least
    {
        out.invalid(
            &spec.path("maxReplicas"),
            &most.into(),
            "must be greater than or equal to `minReplicas`",
        );
    }
    for metric in spec.items("metrics") {
        let field = match metric.text("type") {
            Some("Resource") => "resource",
            Some("Pods") => "pods",
            Some("Object") => "object",
            Some("External") => "external",
            Some("ContainerResource") => "containerResource",
            _ => continue,
        };
        if metric.get(field).is_none() {
            out.missing(&metric.path(field), "must populate information for the given metric source");
        }
    }
}

fn webhooks(root: &At<'_>, out: &mut Findings) {
    for webhook in root.items("webhooks") {
        for rule in webhook.items("rules") {
            for key in ["apiGroups", "apiVersions", "operations", "resources"] {
                if rule.lacks(key) {
                    out.missing(&rule.path(key), "");
                }
            }
        }
        if let Some(client) = webhook.get("clientConfig")
            && client.get("url").is_some() == client.get("service").is_some()
        {
            out.missing(&client.path, "exactly one of url or service is required");
        }
    }
}
