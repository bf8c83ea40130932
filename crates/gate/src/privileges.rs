//! What a proposal may do that nothing before it could.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

use seatrial_kubernetes::{Container, images, pods};
use serde_json::Value;

use crate::facts::{repositories, sources};
use crate::sight::{Seen, Sight};

/// Something that a proposal adds and only a person can allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Privilege {
    /// The Application that gains it, `namespace/name`; empty for what holds for the whole proposal.
    pub application: String,
    /// What kind of thing it is, as a short name: `rbac`, `host-path`, `prune`.
    pub kind: &'static str,
    /// What is added, as a clause.
    pub what: String,
}

/// What the proposal adds to everything in `references`: the state before it, and what is already known to be right (the
/// set that Seatrial's own author writes from the facts alone). Removed protection counts as added. Where the proposal
/// cannot be seen whole, that is one as well.
pub fn privileges(before: &Sight, references: &[&Sight], proposed: &Sight) -> Vec<Privilege> {
    let mut known: BTreeSet<Privilege> = of_sight(before);
    for reference in references {
        known.extend(of_sight(reference));
    }
    let mut out: Vec<Privilege> =
        of_sight(proposed).into_iter().filter(|privilege| !known.contains(privilege)).collect();
    let has = |name: &str| proposed.named(name).is_some();
    for gone in before.applications.iter().filter(|old| !has(&old.name)) {
        out.push(Privilege {
            application: gone.name.clone(),
            kind: "deletion",
            what: "it is there no more: Argo CD deletes it, and what it deployed".into(),
        });
    }
    for seen in &proposed.applications {
        if let Some(old) = before.named(&seen.name) {
            changes(old, seen, references, &mut out);
        }
        for old in references.iter().copied().chain([before]).filter_map(|sight| sight.named(&seen.name)) {
            unlimited(old, seen, &mut out);
        }
    }
    let unseen_before: BTreeSet<&String> =
        before.unseen.iter().chain(references.iter().flat_map(|reference| &reference.unseen)).collect();
    for unseen in proposed.unseen.iter().filter(|unseen| !unseen_before.contains(unseen)) {
        out.push(Privilege {
            application: String::new(),
            kind: "unseen",
            what: format!("what it makes cannot be seen: {unseen}"),
        });
    }
    out.sort();
    out.dedup();
    out
}

/// What changed of an Application that was there before, and that only its owner may change.
fn changes(old: &Seen, new: &Seen, references: &[&Sight], out: &mut Vec<Privilege>) {
    let mut tell = |kind: &'static str, what: String| {
        out.push(Privilege { application: new.name.clone(), kind, what });
    };
    let known = |pointer: &str| {
        let value = new.application.pointer(pointer);
        references
            .iter()
            .filter_map(|r| r.named(&new.name))
            .any(|seen| seen.application.pointer(pointer) == value)
    };
    let parts = [
        ("destination", "/spec/destination", "its destination"),
        ("project", "/spec/project", "its project"),
        ("finalizers", "/metadata/finalizers", "what is deleted with it"),
    ];
    for (kind, pointer, what) in parts {
        let (was, is) = (old.application.pointer(pointer), new.application.pointer(pointer));
        if was != is && !known(pointer) {
            tell(kind, format!("{what} changes from {} to {}", shown(was), shown(is)));
        }
    }
    let revisions = |seen: &Seen| -> Vec<Value> {
        sources(&seen.application)
            .map(|source| source.get("targetRevision").cloned().unwrap_or_default())
            .collect()
    };
    let of_reference = |r: &&&Sight| r.named(&new.name).is_some_and(|seen| revisions(seen) == revisions(new));
    if revisions(old) != revisions(new) && !references.iter().any(|r| of_reference(&r)) {
        let text = |values: Vec<Value>| values.iter().map(|v| shown(Some(v))).collect::<Vec<_>>().join(", ");
        tell(
            "revision",
            format!("its revision changes from {} to {}", text(revisions(old)), text(revisions(new))),
        );
    }
}

/// Limits that were there, or would be by the facts alone.
fn unlimited(old: &Seen, new: &Seen, out: &mut Vec<Privilege>) {
    let mut limits = limited(old);
    for (container, now) in limited(new) {
        let Some(was) = limits.remove(&container) else { continue };
        for gone in was.difference(&now) {
            let what = format!("{container} has no {gone} any more");
            out.push(Privilege { application: new.name.clone(), kind: "limits", what });
        }
    }
}

/// The limits of each container: `group/Kind/namespace/name container` and what is limited.
fn limited(seen: &Seen) -> BTreeMap<String, BTreeSet<String>> {
    let mut out: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (resource, object) in &seen.resources {
        for container in pods(object).iter().flat_map(|pod| pod.containers()) {
            let limits = container.value.pointer("/resources/limits").and_then(Value::as_object);
            let names = limits.into_iter().flatten().map(|(name, _)| format!("limit on {name}")).collect();
            out.insert(format!("{resource} {}", container.name()), names);
        }
    }
    out
}

fn of_sight(sight: &Sight) -> BTreeSet<Privilege> {
    let mut out = BTreeSet::new();
    for seen in &sight.applications {
        let mut add = |kind: &'static str, what: String| {
            out.insert(Privilege { application: seen.name.clone(), kind, what });
        };
        of_application(&seen.application, &mut add);
        if seen.rolled_out {
            add("automated", SYNCS_ITSELF.into());
        }
        for (resource, object) in &seen.resources {
            of_resource(resource, object, &mut add);
        }
    }
    out
}

/// The right to sync without a person, by its own policy or by a rolling sync of its set.
const SYNCS_ITSELF: &str = "it syncs by itself";

type Add<'a> = dyn FnMut(&'static str, String) + 'a;

fn of_application(application: &Value, add: &mut Add<'_>) {
    let spec = application.get("spec").unwrap_or(&Value::Null);
    let text = |pointer: &str| spec.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    add("project", format!("it is in project {}", text("/project")));
    if is_system(text("/destination/namespace")) {
        add("namespace", format!("it goes to namespace {}", text("/destination/namespace")));
    }
    for url in repositories(application) {
        add("repository", format!("it takes its source from {url}"));
    }
    for source in sources(application) {
        if source.get("plugin").is_some() {
            add("plugin", format!("a plugin makes its manifests: {}", shown(source.pointer("/plugin/name"))));
        }
        let files = source.pointer("/helm/valueFiles").and_then(Value::as_array).into_iter().flatten();
        for file in files.filter_map(Value::as_str).filter(|file| file.contains("://")) {
            add("repository", format!("it takes values from {file}"));
        }
        if source.pointer("/helm/passCredentials") == Some(&Value::Bool(true)) {
            add("credentials", "Helm passes credentials on to other hosts".into());
        }
    }
    let sync = spec.pointer("/syncPolicy/automated").filter(|automated| !automated.is_null());
    if let Some(automated) = sync {
        if automated.get("enabled") != Some(&Value::Bool(false)) {
            add("automated", SYNCS_ITSELF.into());
        }
        for (flag, what) in
            [("prune", "deletes what is no longer in its source"), ("allowEmpty", "may delete everything")]
        {
            if automated.get(flag) == Some(&Value::Bool(true)) {
                add("prune", format!("its automated sync {what}"));
            }
        }
    }
    let options = spec.pointer("/syncPolicy/syncOptions").and_then(Value::as_array).into_iter().flatten();
    for option in options.filter_map(Value::as_str) {
        let risky = [
            "Replace=true",
            "Force=true",
            "Validate=false",
            "SkipDryRunOnMissingResource=true",
            "RespectIgnoreDifferences=false",
        ];
        if risky.contains(&option) {
            add("sync-option", format!("it syncs with {option}"));
        }
    }
    let metadata = spec.pointer("/syncPolicy/managedNamespaceMetadata").filter(|value| !value.is_null());
    if let Some(metadata) = metadata {
        add("namespace", format!("it labels its namespace: {}", shown(Some(metadata))));
    }
    let ignored = spec.get("ignoreDifferences").and_then(Value::as_array).into_iter().flatten();
    for difference in ignored {
        add("ignored-difference", format!("differences are not seen any more: {}", shown(Some(difference))));
    }
    for (key, value) in annotations(application) {
        if key.starts_with("argocd.argoproj.io/") && key != "argocd.argoproj.io/sync-wave"
            || key.contains("argocd-image-updater")
        {
            add("annotation", format!("it is annotated {key}: {}", shown(Some(value))));
        }
    }
}

fn of_resource(resource: &str, object: &Value, add: &mut Add<'_>) {
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let api = object.get("apiVersion").and_then(Value::as_str).unwrap_or_default();
    match kind {
        "Role" | "ClusterRole" => {
            for rule in object.get("rules").and_then(Value::as_array).into_iter().flatten() {
                add("rbac", format!("{resource} allows {}", shown(Some(rule))));
            }
            if let Some(rule) = object.get("aggregationRule").filter(|rule| !rule.is_null()) {
                add("rbac", format!("{resource} gathers other roles: {}", shown(Some(rule))));
            }
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let (role, subjects) = (object.get("roleRef"), object.get("subjects"));
            add("rbac", format!("{resource} gives {} to {}", shown(role), shown(subjects)));
        }
        "MutatingWebhookConfiguration"
        | "ValidatingWebhookConfiguration"
        | "MutatingAdmissionPolicy"
        | "APIService"
        | "CustomResourceDefinition"
        | "PriorityClass"
        | "Namespace"
        | "PodSecurityPolicy"
        | "CertificateSigningRequest" => {
            add("cluster", format!("{resource} is made, which concerns the whole cluster"));
        }
        "NetworkPolicy" => add("network", format!("{resource} allows {}", shown(object.get("spec")))),
        "Ingress" | "HTTPRoute" | "Gateway" | "VirtualService" | "IngressRoute" => {
            add("exposure", format!("{resource} can be reached from outside"));
            for host in hosts(object) {
                add("exposure", format!("{resource} answers for {host}"));
            }
        }
        "Service" => {
            let spec = |key: &str| object.pointer(&format!("/spec/{key}")).filter(|value| !value.is_null());
            let how = spec("type").and_then(Value::as_str).unwrap_or_default();
            if matches!(how, "LoadBalancer" | "NodePort" | "ExternalName") {
                add(
                    "exposure",
                    format!(
                        "{resource} is a {how}{}",
                        spec("externalName").map(|n| format!(" for {}", shown(Some(n)))).unwrap_or_default()
                    ),
                );
            }
            if let Some(ips) = spec("externalIPs") {
                add("exposure", format!("{resource} takes the addresses {}", shown(Some(ips))));
            }
        }
        "Application" | "ApplicationSet" | "AppProject" if api.starts_with("argoproj.io/") => {
            add("argocd", format!("{resource} is made, which deploys other things"));
        }
        "Secret" => add("secret", format!("{resource} is made")),
        _ => {}
    }
    for (key, value) in annotations(object) {
        if matches!(
            key.as_str(),
            "argocd.argoproj.io/hook"
                | "helm.sh/hook"
                | "argocd.argoproj.io/sync-options"
                | "argocd.argoproj.io/compare-options"
        ) {
            add("hook", format!("{resource} is annotated {key}: {}", shown(Some(value))));
        }
    }
    for (_, image) in images(object) {
        add("image", format!("{resource} runs an image of {}", repository(image)));
    }
    for pod in pods(object) {
        for flag in ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"] {
            if pod.flag(flag).is_some_and(|(_, on)| on) {
                add("host", format!("{resource} has {flag}"));
            }
        }
        if let Some((_, account)) = pod.service_account() {
            add("account", format!("{resource} runs as {account}"));
        }
        if pod.flag("automountServiceAccountToken").is_some_and(|(_, on)| on) {
            add("account", format!("{resource} is given its account's token"));
        }
        for (_, toleration) in pod.tolerations() {
            let key = toleration.get("key").and_then(Value::as_str).unwrap_or_default();
            if key.is_empty() || key.starts_with("node-role.kubernetes.io/") {
                add("host", format!("{resource} runs on nodes kept for others: {}", shown(Some(toleration))));
            }
        }
        for (_, volume) in pod.volumes() {
            if let Some(path) = volume.pointer("/hostPath/path") {
                add("host-path", format!("{resource} mounts {} of its node", shown(Some(path))));
            }
            for (_, secret) in secrets_of(volume) {
                add("secret", format!("{resource} reads Secret {secret}"));
            }
        }
        if let Some((_, context)) = pod.security_context() {
            security(resource, context, add);
        }
        for container in pod.containers() {
            of_container(resource, &container, add);
        }
    }
}

fn of_container(resource: &str, container: &Container<'_>, add: &mut Add<'_>) {
    let name = container.name();
    let here = format!("{resource} {name}");
    for key in ["command", "args", "lifecycle"] {
        if let Some(value) = container.value.get(key).filter(|value| !value.is_null()) {
            add("command", format!("{here} runs with {key} {}", shown(Some(value))));
        }
    }
    for probe in container.probes() {
        if let Some(exec) = probe.value.get("exec") {
            add("command", format!("{here} is probed with {}", shown(Some(exec))));
        }
    }
    if let Some((_, context)) = container.security_context() {
        security(&here, context, add);
    }
    for (_, port) in container.ports() {
        if let Some(port) = port.get("hostPort").filter(|port| !port.is_null()) {
            add("host", format!("{here} takes port {} of its node", shown(Some(port))));
        }
    }
    let env_from = container.value.get("envFrom").and_then(Value::as_array).into_iter().flatten();
    for entry in container.env().into_iter().map(|(_, entry)| entry).chain(env_from) {
        for (_, secret) in secrets_of(entry) {
            add("secret", format!("{here} reads Secret {secret}"));
        }
    }
}

/// A security context's rights, and protection that is switched off in it.
fn security(here: &str, context: &Value, add: &mut Add<'_>) {
    let is = |key: &str, value: bool| context.get(key) == Some(&Value::Bool(value));
    for (key, value) in [
        ("privileged", true),
        ("allowPrivilegeEscalation", true),
        ("runAsNonRoot", false),
        ("readOnlyRootFilesystem", false),
    ] {
        if is(key, value) {
            add("privileged", format!("{here} has {key}: {value}"));
        }
    }
    if context.get("runAsUser").and_then(Value::as_i64) == Some(0) {
        add("privileged", format!("{here} runs as root"));
    }
    for capability in context.pointer("/capabilities/add").and_then(Value::as_array).into_iter().flatten() {
        add("privileged", format!("{here} has capability {}", shown(Some(capability))));
    }
    for (pointer, what) in
        [("/seccompProfile/type", "seccomp"), ("/appArmorProfile/type", "AppArmor"), ("/procMount", "/proc")]
    {
        if context.pointer(pointer).and_then(Value::as_str) == Some("Unconfined") {
            add("privileged", format!("{here} has {what} unconfined"));
        }
    }
}

/// Secrets that a volume or an environment entry names, at any depth of it.
fn secrets_of(value: &Value) -> Vec<(&'static str, &str)> {
    let mut out = Vec::new();
    let mut open = vec![value];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(entries) => {
                for (key, inner) in entries {
                    let name = match key.as_str() {
                        "secret" => inner.get("secretName").or_else(|| inner.get("name")),
                        "secretKeyRef" | "secretRef" | "nodePublishSecretRef" => inner.get("name"),
                        _ => None,
                    };
                    out.extend(name.and_then(Value::as_str).map(|name| ("secret", name)));
                    open.push(inner);
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    out
}

fn hosts(object: &Value) -> Vec<String> {
    let mut out = Vec::new();
    let mut open = vec![object.get("spec").unwrap_or(&Value::Null)];
    while let Some(value) = open.pop() {
        match value {
            Value::Object(entries) => {
                for (key, inner) in entries {
                    match (key.as_str(), inner) {
                        ("host" | "hostname", Value::String(host)) => out.push(host.clone()),
                        ("hosts" | "hostnames", Value::Array(items)) => {
                            out.extend(items.iter().filter_map(|item| item.as_str().map(str::to_owned)));
                        }
                        _ => {}
                    }
                    open.push(inner);
                }
            }
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    out
}

fn annotations(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.pointer("/metadata/annotations").and_then(Value::as_object).into_iter().flatten()
}

/// An image without its tag and digest.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or(image);
    match image.rsplit_once(':') {
        Some((name, tag)) if !tag.contains('/') => name,
        _ => image,
    }
}

/// Namespaces of the cluster's own and of what runs it.
fn is_system(namespace: &str) -> bool {
    namespace.starts_with("kube-")
        || matches!(
            namespace,
            "default" | "argocd" | "istio-system" | "cert-manager" | "flux-system" | "gatekeeper-system"
        )
}

/// A value in few words: as JSON, cut where it is long.
fn shown(value: Option<&Value>) -> String {
    const LONGEST: usize = 300;
    let text = match value {
        None | Some(Value::Null) => return "nothing".into(),
        Some(Value::String(text)) => text.clone(),
        Some(value) => value.to_string(),
    };
    if text.chars().count() <= LONGEST {
        return text;
    }
    // What is cut still has to tell two values apart.
    let sum = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{}… ({sum:016x})", text.chars().take(LONGEST).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::sight::Seen;

    fn rights(rolled_out: bool, sync: &Value) -> Vec<String> {
        let application = json!({"spec": {"project": "agents", "syncPolicy": sync}});
        let seen = Seen {
            name: "argocd/agent".to_owned(),
            environment: None,
            rolled_out,
            application,
            resources: Vec::new(),
        };
        let rights = of_sight(&Sight { applications: vec![seen], unseen: Vec::new() });
        rights.into_iter().filter(|right| right.kind == "automated").map(|right| right.what).collect()
    }

    #[test]
    fn a_rolling_sync_is_a_right_to_sync_as_automation_is() {
        let by_itself = [SYNCS_ITSELF];
        assert_eq!(rights(false, &json!({"automated": {}})), by_itself);
        // The controller disables it in a rolling sync, and syncs itself what is in a step.
        assert_eq!(rights(true, &json!({"automated": {"enabled": false}})), by_itself);
        assert_eq!(rights(true, &json!({})), by_itself);
        assert!(rights(false, &json!({"automated": {"enabled": false}})).is_empty());
        assert!(rights(false, &json!({})).is_empty());
    }
}
