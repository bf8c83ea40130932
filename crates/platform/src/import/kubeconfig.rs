//! Kubeconfig files: names, addresses, contexts and how one logs in. Tokens, keys and certificates are never read.

use std::sync::Arc;

use seatrial_source::SourceFile;
use seatrial_yaml::Node;

use super::state::is_in_cluster;
use crate::issue::{Issue, IssueKind};
use crate::keys::check_place;
use crate::model::{Cluster, Platform};
use crate::spanned::{Spanned, Text};

/// A context of a kubeconfig file: a cluster and a way to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// Its name.
    pub name: Text,
    /// The name of its cluster entry.
    pub cluster: Option<Text>,
    /// The address of that cluster.
    pub server: Option<Text>,
    /// How one logs in: `aws-iam`, `gke`, `azure`, `oidc`, `certificate`, `token`, or the command of an exec plugin.
    pub auth: Option<Text>,
    /// Whether it is the current one.
    pub current: bool,
}

/// The contexts of a kubeconfig file, in the order written; none when it is something else.
pub fn contexts(file: &SourceFile) -> Vec<Context> {
    let tree = seatrial_yaml::parse(Arc::clone(&file.text));
    let Some(root) = tree.root() else { return Vec::new() };
    let text = |node: Option<Node<'_>>| {
        let node = node?;
        let value = node.as_str()?.into_owned();
        (!value.is_empty()).then(|| Spanned::new(value, check_place(file, node)))
    };
    let named = |list: &str, name: &str, inner: &str| {
        let found = root
            .get(list)?
            .items()
            .find(|item| item.get("name").and_then(Node::as_str).as_deref() == Some(name));
        found?.get(inner)
    };
    let current = text(root.get("current-context"));
    let mut contexts = Vec::new();
    for item in root.get("contexts").into_iter().flat_map(Node::items) {
        let Some(name) = text(item.get("name")) else { continue };
        let part = |key: &str| text(item.get("context").and_then(|context| context.get(key)));
        let cluster = part("cluster");
        let server =
            cluster.as_ref().and_then(|cluster| text(named("clusters", cluster, "cluster")?.get("server")));
        let user = item.get("context").and_then(|context| context.get("user"));
        let auth = part("user").and_then(|name| {
            // Shown at the user's name: the entry itself holds credentials.
            Some(Spanned::new(auth(named("users", &name, "user")?)?, check_place(file, user?)))
        });
        let current = current.as_ref().is_some_and(|current| current.value == name.value);
        contexts.push(Context { name, cluster, server, auth, current });
    }
    contexts
}

/// How a user logs in, by what is there; the values themselves are not looked at.
fn auth(user: Node<'_>) -> Option<String> {
    if let Some(exec) = user.get("exec") {
        let command = exec.get("command")?.as_str()?.into_owned();
        let base = command.rsplit(['/', '\\']).next().unwrap_or(&command).trim_end_matches(".exe").to_owned();
        let args: Vec<_> =
            exec.get("args").into_iter().flat_map(Node::items).filter_map(Node::as_str).collect();
        return Some(match base.as_str() {
            "aws" | "aws-iam-authenticator" => "aws-iam".to_owned(),
            "gke-gcloud-auth-plugin" | "gcloud" => "gke".to_owned(),
            "kubelogin" if args.iter().any(|arg| arg == "--server-id") => "azure".to_owned(),
            "kubelogin" | "kubectl-oidc_login" => "oidc".to_owned(),
            "kubectl" if args.iter().any(|arg| arg == "oidc-login") => "oidc".to_owned(),
            _ => base,
        });
    }
    if let Some(provider) = user.get("auth-provider").and_then(|provider| provider.get("name")?.as_str()) {
        return Some(provider.into_owned());
    }
    let has = |key: &str| user.get(key).is_some();
    if has("client-certificate") || has("client-certificate-data") {
        return Some("certificate".to_owned());
    }
    (has("token") || has("tokenFile")).then(|| "token".to_owned())
}

/// Completes declared clusters from the contexts they name, and says where the two disagree. A context that no
/// declared cluster names adds nothing: Argo CD need not know it.
pub(crate) fn kubeconfigs(platform: &mut Platform, files: &[Arc<SourceFile>]) {
    for file in files {
        platform.sensitive.insert(file.id);
        let contexts = contexts(file);
        if contexts.is_empty() {
            let span = file.span_of(0..0);
            let message = format!("`{}` has no contexts; is it a kubeconfig file?", file.path);
            platform.issues.push(Issue::new(span, IssueKind::Unreadable, message));
        }
        for context in contexts {
            complete(platform, &context);
        }
    }
}

fn complete(platform: &mut Platform, context: &Context) {
    let runs_in = platform.argocd.runs_in.as_ref().map(|name| name.value.clone());
    // A cluster that names this context is meant before one that only bears its name or address.
    let named =
        |cluster: &Cluster| cluster.context.as_ref().is_some_and(|named| named.value == context.name.value);
    let alike = |cluster: &Cluster| {
        cluster.context.is_none()
            && (cluster.name.value == context.name.value
                || cluster.server.is_some() && same_server(cluster.server.as_ref(), context.server.as_ref()))
    };
    let found = platform.clusters.iter().position(named).or_else(|| platform.clusters.iter().position(alike));
    let Some(cluster) = found.and_then(|at| platform.clusters.get_mut(at)) else { return };
    let is_hub = runs_in.as_deref() == Some(&cluster.name.value);
    match (&cluster.server, &context.server) {
        (Some(stated), Some(found)) => {
            // Argo CD may reach a cluster by another address than a person does; only public ones can be compared.
            let comparable = !is_in_cluster(stated) && !is_local(stated) && !is_local(found) && !is_hub;
            if comparable && !same_server(Some(stated), Some(found)) {
                let message = format!(
                    "cluster `{}` is at `{stated}` here, but at `{found}` in the kubeconfig context `{}`",
                    cluster.name, context.name
                );
                let issue = Issue::new(stated.span, IssueKind::Contradiction, message);
                platform.issues.push(issue.related(found.span, "the kubeconfig says so here"));
            }
        }
        (None, Some(found)) if !is_hub && !is_local(found) => cluster.server = Some(found.clone()),
        _ => {}
    }
    cluster.context.get_or_insert_with(|| context.name.clone());
    match (&cluster.auth, &context.auth) {
        (Some(stated), Some(found)) if stated.value != found.value && known(stated) && known(found) => {
            let message = format!(
                "cluster `{}` is logged in to by `{stated}` here, but by `{found}` in the kubeconfig context `{}`",
                cluster.name, context.name
            );
            let issue = Issue::new(stated.span, IssueKind::Contradiction, message);
            platform.issues.push(issue.related(found.span, "the kubeconfig says so here"));
        }
        (None, Some(_)) => cluster.auth.clone_from(&context.auth),
        _ => {}
    }
}

fn known(auth: &str) -> bool {
    matches!(auth, "aws-iam" | "gke" | "azure" | "oidc" | "certificate" | "token")
}

fn same_server(a: Option<&Text>, b: Option<&Text>) -> bool {
    let normal = |text: &Text| text.trim_end_matches('/').trim_end_matches(":443").to_ascii_lowercase();
    a.map(normal) == b.map(normal)
}

/// Addresses that mean something only on one machine.
fn is_local(server: &str) -> bool {
    let host = server.split_once("://").map_or(server, |(_, rest)| rest);
    let host = host.split(['/', ':']).next().unwrap_or_default();
    host == "localhost"
        || host.starts_with("127.")
        || host == "0.0.0.0"
        || host.starts_with("192.168.")
        || host.ends_with(".internal") && host.starts_with("host.")
}
