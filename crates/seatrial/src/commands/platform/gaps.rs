//! What a platform file does not say, and a full judgement needs.

use seatrial_platform::{IssueKind, Platform, PullSecret};
use seatrial_source::Span;

/// Something that is not stated.
pub(super) struct Gap {
    /// What.
    pub what: String,
    /// How to supply it.
    pub needs: String,
    /// Where it would go, or what makes it needed.
    pub span: Option<Span>,
}

/// Gaps, in the order of the platform file.
pub(super) fn gaps(platform: &Platform) -> Vec<Gap> {
    let mut out = Vec::new();
    argocd(platform, &mut out);
    clusters(platform, &mut out);
    environments(platform, &mut out);
    if platform.repositories.is_empty() {
        out.push(Gap {
            what: "no repository is declared: charts, paths and values files cannot be looked at".to_owned(),
            needs: "`repositories: {URL: {path: FOLDER}}` says which folder stands for an address".to_owned(),
            span: None,
        });
    }
    let noted = platform.issues().iter().filter(|issue| issue.kind == IssueKind::Gap);
    out.extend(noted.map(|issue| Gap {
        what: issue.message.clone(),
        needs: issue.help.clone(),
        span: Some(issue.span),
    }));
    out
}

fn argocd(platform: &Platform, out: &mut Vec<Gap>) {
    if platform.argocd.version.is_none() {
        out.push(Gap {
            what: format!("Argo CD's version is not stated: {} is assumed", platform.version()),
            needs: "`argocd: {version: \"3.6\"}`".to_owned(),
            span: None,
        });
    }
    if platform.argocd.runs_in.is_none()
        && platform.cluster_by_server("https://kubernetes.default.svc").is_none()
    {
        out.push(Gap {
            what: "nothing says which cluster `https://kubernetes.default.svc` means".to_owned(),
            needs: "`argocd: {runsIn: CLUSTER}` names the cluster that Argo CD runs in".to_owned(),
            span: None,
        });
    }
}

fn clusters(platform: &Platform, out: &mut Vec<Gap>) {
    if platform.clusters.is_empty() {
        out.push(Gap {
            what: "no cluster is declared: destinations cannot be judged".to_owned(),
            needs: "`clusters: {NAME: {server: URL, environment: ENVIRONMENT}}`, or cluster Secrets under `argocd.state`"
                .to_owned(),
            span: None,
        });
    }
    for cluster in &platform.clusters {
        let name = &cluster.name.value;
        let hub = platform.argocd.runs_in.as_ref().is_some_and(|hub| hub.value == *name);
        if cluster.server.is_none() && !hub {
            out.push(Gap {
                what: format!(
                    "the cluster `{name}` has no server: destinations by address cannot be told to be it"
                ),
                needs: format!("`clusters: {{{name}: {{server: URL}}}}`, as in its cluster Secret"),
                span: Some(cluster.name.span),
            });
        }
        if platform.environment_of(name).is_none() {
            out.push(Gap {
                what: format!(
                    "the cluster `{name}` belongs to no environment: no environment's facts hold on it"
                ),
                needs: format!("`clusters: {{{name}: {{environment: NAME}}}}`"),
                span: Some(cluster.name.span),
            });
        }
    }
}

fn environments(platform: &Platform, out: &mut Vec<Gap>) {
    for environment in &platform.environments {
        let name = &environment.name.value;
        if platform.clusters_of(name).next().is_none() {
            out.push(Gap {
                what: format!(
                    "no cluster belongs to the environment `{name}`: nothing can be told to go there"
                ),
                needs: format!("`clusters: {{NAME: {{environment: {name}}}}}`"),
                span: Some(environment.name.span),
            });
        }
        let mut missing = |fact: &str, judged: &str, example: &str| {
            out.push(Gap {
                what: format!("`{fact}` of `{name}` is not stated: {judged} cannot be judged there"),
                needs: format!("`environments: {{{name}: {{{fact}: {example}}}}}`"),
                span: Some(environment.name.span),
            });
        };
        let scope = platform.scope(Some(name), None);
        match scope.registries() {
            None => missing("registries", "where images come from", "[HOST]"),
            Some(registries) => {
                let unclear = registries.value.iter().any(|host| scope.pull_secret_for(host).is_none());
                if unclear
                    && scope.pull_secret().is_none_or(|fact| matches!(fact.value, PullSecret::ByRegistry(_)))
                {
                    missing("pullSecret", "pull secrets", "NAME");
                }
            }
        }
        if scope.sync().is_none() {
            missing("sync", "sync policies", "{automated: false}");
        }
        if scope.replicas().is_none() {
            missing("replicas", "replicas", "3");
        }
        if scope.resources().is_none() {
            missing("resources", "requests and limits", "{limits: {memory: 1Gi}}");
        }
        if scope.namespaces().is_none() {
            missing("namespaces", "namespaces and the secrets in them", "{NAME: {secrets: [NAME]}}");
        }
    }
}
