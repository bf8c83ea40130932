//! Clusters: their names, addresses, kinds, and how one logs in.

use super::{At, Found, Topic, View};
use crate::claim::What;
use crate::prose::token::{Form, Token};
use crate::prose::values;

/// Words for kinds of clusters, and the kind.
const KINDS: [(&str, &str); 12] = [
    ("eks", "eks"),
    ("gke", "gke"),
    ("aks", "aks"),
    ("minikube", "minikube"),
    ("k3s", "k3s"),
    ("k3d", "k3d"),
    ("microk8s", "microk8s"),
    ("openshift", "openshift"),
    ("rke2", "rke2"),
    ("doks", "doks"),
    ("talos", "talos"),
    ("rancher", "rancher"),
];

/// The kind of cluster that a word names.
pub(in crate::prose) fn kind_of(word: &str) -> Option<&'static str> {
    KINDS.iter().find(|(known, _)| *known == word).map(|(_, kind)| *kind)
}

pub(super) fn read(view: &View<'_>, found: &mut Vec<Found>) {
    runs_in(view, found);
    let known: Vec<String> = view
        .tokens
        .iter()
        .filter(|token| token.form != Form::Mark && token.form != Form::Url)
        .filter_map(|token| view.names.cluster(&token.text))
        .map(|(name, _)| name.to_owned())
        .collect();
    let named = if view.environments == 1 { introduced(view) } else { Vec::new() };
    for name in &named {
        found.push(Found::at(At::Cluster(name.clone()), What::EnvironmentOf(String::new())));
    }
    let mut subjects = if named.is_empty() { known } else { named };
    subjects.dedup();
    attributes(view, &subjects, found);
}

/// Names of clusters that the clause introduces for its environment.
fn introduced(view: &View<'_>) -> Vec<String> {
    let tokens = view.tokens;
    let tells_kind = tokens.iter().any(|token| kind_of(&token.lower).is_some());
    let address = tokens.iter().any(|token| token.form == Form::Url && is_server(view, token));
    let about = view.about(Topic::Cluster) || tells_kind || address;
    if !about
        || view.own.iter().any(|topic| {
            matches!(topic, Topic::Secret | Topic::Storage | Topic::Sync | Topic::Ingress | Topic::Replicas)
        })
    {
        return Vec::new();
    }
    let mut names: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        if token.depth > 0 || !values::is_name(&token.text) || values::is_host(&token.text) {
            continue;
        }
        let is_environment = !view.names.mentioned(tokens, at).is_empty();
        if is_environment && !(token.form == Form::Quoted) {
            continue;
        }
        let linked = link_before(tokens, at, &names);
        let good = match token.form {
            Form::Quoted => linked || view.own.contains(&Topic::Cluster) || view.hinted(Topic::Cluster),
            // A bare word is a name where the words point at it: `Dev cluster: minikube`, "runs on prod-eks".
            Form::Word => {
                linked
                    && (values::is_telling_name(&token.text)
                        || token.text == "minikube"
                        || names_cluster(tokens, at))
            }
            _ => false,
        };
        let is_kind = token.form == Form::Word && kind_of(&token.text).is_some() && token.text != "minikube";
        if good && !is_kind && !names.contains(&token.text) {
            names.push(token.text.clone());
        }
    }
    names
}

/// Whether the words before a name point at it.
fn link_before(tokens: &[Token], at: usize, names: &[String]) -> bool {
    let Some(before) = at.checked_sub(1).map(|index| &tokens[index]) else {
        // "prod-eks is the production cluster"
        return tokens.get(1).is_some_and(|next| next.is_any(&["is", "("]))
            && super::contains(tokens, "cluster");
    };
    if before.is_any(&[":", "is", "=", "called", "named", "on", "cluster", "→", "are", "to"]) {
        return true;
    }
    // A list goes on.
    before.is_any(&[",", "and", "&"])
        && at.checked_sub(2).is_some_and(|index| names.contains(&tokens[index].text))
}

/// "cluster minikube", "cluster called hub": a plain word right after says its name.
fn names_cluster(tokens: &[Token], at: usize) -> bool {
    at >= 1
        && (tokens[at - 1].is_any(&["called", "named"])
            || (tokens[at - 1].is_any(&[":", "="]) && at >= 2 && tokens[at - 2].is("cluster")))
        && ![
            "the", "a", "an", "in", "on", "not", "our", "local", "remote", "shared", "managed", "called",
            "named", "always",
        ]
        .contains(&tokens[at].lower.as_str())
}

fn attributes(view: &View<'_>, subjects: &[String], found: &mut Vec<Found>) {
    let [subject] = subjects else { return };
    let tokens = view.tokens;
    let at = At::Cluster(subject.clone());
    let urls: Vec<&Token> =
        tokens.iter().filter(|token| token.form == Form::Url && is_server(view, token)).collect();
    if let [url] = urls.as_slice() {
        found.push(Found::at(at.clone(), What::Server(url.text.trim_end_matches('/').to_owned())));
    }
    let introduced = found.iter().any(|one| matches!(&one.what, super::Said::What(What::EnvironmentOf(_))));
    let named_so = |token: &Token| token.text == *subject && !introduced;
    let kinds: Vec<&'static str> =
        tokens.iter().filter(|token| !named_so(token)).filter_map(|token| kind_of(&token.lower)).collect();
    if let Some(kind) = kinds.first().filter(|first| kinds.iter().all(|other| other == *first)) {
        found.push(Found::at(at.clone(), What::Kind((*kind).to_owned())));
    }
    let logs_in = view.has_any(&["auth", "authentication", "requires", "login", "log in", "authenticates"]);
    let auth = [("iam", "aws-iam"), ("oidc", "oidc"), ("entra", "azure")];
    for (word, auth) in auth {
        if logs_in && view.has(word) && !view.first_of(&[word]).is_some_and(|index| view.denied(index)) {
            found.push(Found::at(at.clone(), What::Auth(auth.to_owned())));
        }
    }
    if let Some(index) = view.first_of(&["context"]) {
        let mut next = index + 1;
        while tokens.get(next).is_some_and(|token| token.is_any(&[":", "=", "is", "named", "called"])) {
            next += 1;
        }
        if let Some(token) = tokens
            .get(next)
            .filter(|token| token.form == Form::Quoted || values::is_telling_name(&token.text))
        {
            found.push(Found::at(at.clone(), What::Context(token.text.clone())));
        }
    }
}

/// Whether an address is one of an API server: it stands beside such words, or looks like one.
fn is_server(view: &View<'_>, url: &Token) -> bool {
    let host = url.lower.split("://").nth(1).unwrap_or_default();
    let telling = ["eks.amazonaws.com", "kubernetes.default.svc", "azmk8s.io", ":6443", "gke.goog"]
        .iter()
        .any(|part| host.contains(part));
    let said =
        view.has_any(&["server", "api", "url", "endpoint", "api server", "at", "reachable", "address"])
            || view.about(Topic::Cluster);
    let repository = ["github.com", "gitlab.com", "bitbucket.org", ".git", "/charts"]
        .iter()
        .any(|part| host.contains(part))
        || view.has_any(&["repository", "repo", "chart", "charts", "git"]);
    url.lower.starts_with("http") && (telling || said) && !repository
}

/// "Argo CD runs in hub".
fn runs_in(view: &View<'_>, found: &mut Vec<Found>) {
    let Some(at) = view.first_of(&["argo cd", "argocd"]) else { return };
    let rest = &view.tokens[at..];
    let runs = rest.iter().position(|token| token.is_any(&["runs", "lives", "sits", "installed", "hosted"]));
    let Some(runs) =
        runs.filter(|_| !view.has("namespace") && !super::denied_before(rest, rest.len().min(3)))
    else {
        return;
    };
    let cluster = rest[runs..].iter().find(|token| {
        token.form != Form::Mark
            && (view.names.cluster(&token.text).is_some()
                || (token.form == Form::Quoted && values::is_name(&token.text) && view.has("cluster")))
    });
    if let Some(cluster) = cluster {
        let name = view.names.cluster(&cluster.text).map_or(cluster.text.as_str(), |(name, _)| name);
        found.push(Found::at(At::ArgoCd, What::RunsIn(name.to_owned())));
    }
}
