//! Argo CD objects as facts.

use std::sync::Arc;

use seatrial_argocd::world::IN_CLUSTER_SERVER;
use seatrial_source::{SourceFile, Span};
use seatrial_yaml::Node;
use serde_json::Value;

use super::object::{secret_fields, secret_type, without_credentials};
use crate::issue::{Issue, IssueKind};
use crate::keys::check_place;
use crate::model::{Cluster, Declared, Facts, Platform, Repository};
use crate::read;
use crate::spanned::{Spanned, Text};

/// Takes over the objects of these files.
pub(crate) fn state(platform: &mut Platform, files: &[Arc<SourceFile>]) {
    for file in files {
        let tree = seatrial_yaml::parse(Arc::clone(&file.text));
        if let Some(error) = tree.errors().first() {
            let message = format!("not valid YAML: {}", error.message);
            platform.issues.push(Issue::new(file.span_of(error.span()), IssueKind::Syntax, message));
        }
        for document in tree.documents() {
            let root = document.root();
            let is_list = root.get("kind").and_then(Node::as_str).is_some_and(|kind| kind.ends_with("List"));
            match root.get("items").filter(|_| is_list) {
                Some(items) => items.items().for_each(|item| object(platform, file, item)),
                None => object(platform, file, root),
            }
        }
    }
}

fn object(platform: &mut Platform, file: &SourceFile, node: Node<'_>) {
    let json = node.to_json();
    let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (api, kind) = (text("/apiVersion"), text("/kind"));
    // Folders of objects hold other YAML too: values files, kustomizations, patches without a kind.
    if api.is_empty() || kind.is_empty() || api.starts_with("kustomize.config.k8s.io/") {
        return;
    }
    namespace(platform, file, node, &json);
    match kind {
        "Secret" => {
            platform.sensitive.insert(file.id);
            match secret_type(&json) {
                Some("cluster") => cluster(platform, file, node, &json),
                Some("repository" | "repo-creds") => repository(platform, file, node, &json),
                _ => {}
            }
        }
        "ConfigMap" if text("/metadata/name") == "argocd-cmd-params-cm" => parameters(platform, file, node),
        _ => {}
    }
    platform.objects.push(without_credentials(&json));
}

/// The controllers see only their own namespace: an object elsewhere counts for nothing.
fn namespace(platform: &mut Platform, file: &SourceFile, node: Node<'_>, json: &Value) {
    let Some(found) = json.pointer("/metadata/namespace").and_then(Value::as_str) else { return };
    let kind = json.get("kind").and_then(Value::as_str).unwrap_or_default();
    let concerns = secret_type(json).is_some() || kind == "AppProject";
    if found == platform.namespace() || !concerns {
        return;
    }
    let at = node.get("metadata").and_then(|metadata| metadata.get("namespace")).unwrap_or(node);
    let name = json.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let stated = platform.namespace();
    let message = format!(
        "{kind} `{name}` is in namespace `{found}`, but Argo CD runs in `{stated}` and will not see it"
    );
    let mut issue = Issue::new(check_place(file, at), IssueKind::Contradiction, message);
    if let Some(stated) = &platform.argocd.namespace {
        issue = issue.related(stated.span, "Argo CD's namespace is stated here");
    }
    platform.issues.push(issue);
}

fn place(file: &SourceFile, node: Node<'_>, field: &str) -> Span {
    let data = ["stringData", "data"].into_iter().find_map(|key| node.get(key)?.get(field));
    check_place(file, data.unwrap_or(node))
}

fn cluster(platform: &mut Platform, file: &SourceFile, node: Node<'_>, json: &Value) {
    let fields = secret_fields(json);
    let field = |key: &str| {
        let value = fields.get(key)?.trim();
        (!value.is_empty()).then(|| Spanned::new(value.to_owned(), place(file, node, key)))
    };
    let Some(name) = field("name").or_else(|| field("server")) else {
        let message = "a cluster Secret without `name` and `server`";
        platform.issues.push(Issue::new(check_place(file, node), IssueKind::Gap, message));
        return;
    };
    let metadata = node.get("metadata");
    let pairs = |key: &str| {
        let node = metadata?.get(key)?;
        let reader = read::Reader { file };
        let mut pairs = reader.pairs(Some(node))?;
        pairs.value.retain(|(key, _)| !key.starts_with("kubectl.kubernetes.io/"));
        Some(pairs)
    };
    let imported = Cluster {
        server: field("server"),
        environment: None,
        context: None,
        auth: None,
        kind: None,
        labels: pairs("labels"),
        annotations: pairs("annotations"),
        project: field("project"),
        nodes: None,
        facts: Facts::default(),
        declared: Declared::State,
        name,
    };
    merge(platform, imported);
}

/// Joins an imported cluster with the declared one of its name, or adds it.
fn merge(platform: &mut Platform, imported: Cluster) {
    let Some(at) = platform.clusters.iter().position(|cluster| cluster.name.value == imported.name.value)
    else {
        let environment = labelled_environment(platform, &imported);
        platform.clusters.push(Cluster { environment, ..imported });
        return;
    };
    let mut issues = Vec::new();
    let environment = labelled_environment(platform, &imported);
    let declared = &mut platform.clusters[at];
    let name = declared.name.value.clone();
    disagree(
        &mut issues,
        &format!("server of cluster `{name}`"),
        declared.server.as_ref(),
        imported.server.as_ref(),
        |s| s.trim_end_matches('/'),
    );
    disagree(
        &mut issues,
        &format!("project of cluster `{name}`"),
        declared.project.as_ref(),
        imported.project.as_ref(),
        |s| s,
    );
    if let (Some(own), Some(real)) = (&declared.labels, &imported.labels) {
        for (key, value) in &own.value {
            let other = real.iter().find(|(other, _)| other.value == key.value).map(|(_, value)| value);
            let what = format!("label `{key}` of cluster `{name}`");
            disagree(&mut issues, &what, Some(value), other, |s| s);
        }
    }
    // What Argo CD holds is what generators see; the platform file adds what it does not say.
    declared.server = declared.server.take().or(imported.server);
    declared.project = declared.project.take().or(imported.project);
    declared.labels = imported.labels.or(declared.labels.take());
    declared.annotations = imported.annotations.or(declared.annotations.take());
    declared.environment = declared.environment.take().or(environment);
    platform.imported.push(name);
    platform.issues.append(&mut issues);
}

/// The environment that a cluster's labels name, if they name a declared one.
fn labelled_environment(platform: &Platform, cluster: &Cluster) -> Option<Text> {
    let labels = cluster.labels.as_ref()?;
    let telling = |key: &str| {
        let last = key.rsplit('/').next().unwrap_or(key);
        matches!(last, "env" | "environment" | "stage" | "tier")
    };
    labels.iter().filter(|(key, _)| telling(key)).find_map(|(_, value)| {
        let name = platform.environment_named(value)?;
        Some(Spanned::new(name.to_owned(), value.span))
    })
}

/// An issue when both state something and the statements differ.
pub(super) fn disagree(
    issues: &mut Vec<Issue>,
    what: &str,
    stated: Option<&Text>,
    found: Option<&Text>,
    normal: fn(&str) -> &str,
) {
    let (Some(stated), Some(found)) = (stated, found) else { return };
    if normal(stated) == normal(found) {
        return;
    }
    let message = format!("{what} is `{stated}` here, but `{found}` in the imported object");
    let issue = Issue::new(stated.span, IssueKind::Contradiction, message);
    issues.push(
        issue
            .help("Correct the one that is out of date.")
            .related(found.span, "the imported object says so here")
            .replacement(found.value.clone()),
    );
}

fn repository(platform: &mut Platform, file: &SourceFile, node: Node<'_>, json: &Value) {
    let fields = secret_fields(json);
    let field = |key: &str| {
        fields
            .get(key)
            .filter(|value| !value.is_empty())
            .map(|value| Spanned::new(value.clone(), place(file, node, key)))
    };
    // Credentials for every repository with this prefix: no repository by itself.
    if secret_type(json) == Some("repo-creds") {
        return;
    }
    let Some(url) = field("url") else { return };
    let key = crate::repositories::address_key(&url);
    let kind = match (field("type"), fields.get("enableOCI").map(String::as_str)) {
        (Some(kind), Some("true")) if kind.value == "helm" => Some(kind.map(|_| "oci".to_owned())),
        (kind, _) => kind,
    };
    let declared = platform.repositories.iter_mut().find(|r| crate::repositories::address_key(&r.url) == key);
    match declared {
        Some(declared) => {
            declared.kind = declared.kind.take().or(kind);
            declared.project = declared.project.take().or(field("project"));
        }
        None => platform.repositories.push(Repository {
            url,
            path: None,
            any_revision: None,
            kind,
            project: field("project"),
            declared: Declared::State,
        }),
    }
}

fn parameters(platform: &mut Platform, file: &SourceFile, node: Node<'_>) {
    let reader = read::Reader { file };
    let Some(pairs) = node.get("data").and_then(|data| reader.pairs(Some(data))) else { return };
    let mut issues = Vec::new();
    for (key, value) in pairs.value {
        disagree(
            &mut issues,
            &format!("`{key}`"),
            platform.argocd.parameters.get(&key.value),
            Some(&value),
            |s| s,
        );
        platform.argocd.parameters.entry(key.value).or_insert(value);
    }
    platform.issues.append(&mut issues);
}

/// Whether this is the address that Argo CD gives the cluster it runs in.
pub(crate) fn is_in_cluster(server: &str) -> bool {
    server.trim_end_matches('/') == IN_CLUSTER_SERVER
}
