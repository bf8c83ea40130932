//! What the `platform` command shows: the facts of a place, each with who states it, and what is missing.

use seatrial_source::Span;
use serde_json::Value;

use crate::constraints::facts;
use crate::model::{Constraint, Declared, Platform, PullSecret};

/// A fact as shown.
#[derive(Clone, Debug, PartialEq)]
pub struct FactLine {
    /// Its name: `replicas`.
    pub name: String,
    /// Its value.
    pub value: Value,
    /// The key that states it: `environments.prod.replicas`.
    pub key: String,
    /// Where.
    pub span: Span,
    /// A statement that this one overrides, and where it is.
    pub overrides: Option<(String, Span)>,
}

/// Everything in force at a place.
#[derive(Clone, Debug)]
pub struct InForce<'p> {
    /// The environment, if the place is one or belongs to one.
    pub environment: Option<&'p str>,
    /// The cluster, if the place is one.
    pub cluster: Option<&'p str>,
    /// Facts, in the order of the documentation.
    pub facts: Vec<FactLine>,
    /// Constraints.
    pub constraints: Vec<&'p Constraint>,
}

/// Something that is missing for a full judgement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The key that would say it: `clusters.prod-eks.server`.
    pub key: String,
    /// The nearest place in the platform file; `None` when there is none.
    pub span: Option<Span>,
    /// What to ask a person.
    pub question: String,
    /// What cannot be judged without it.
    pub without: &'static str,
}

/// The facts shown, in this order.
const SHOWN: [&str; 13] = [
    "registries",
    "pullSecret",
    "sync",
    "replicas",
    "resources",
    "highAvailability",
    "pinned",
    "nodeSelector",
    "storageClasses",
    "ingressClasses",
    "namespaces",
    "kubernetes",
    "secrets",
];

impl Platform {
    /// What is in force in an environment (by name or alias) or on a cluster of this name; `None` when there is
    /// neither. An environment wins over a cluster of the same name.
    pub fn in_force(&self, place: &str) -> Option<InForce<'_>> {
        let environment = self.environment_named(place);
        let cluster = if environment.is_some() { None } else { self.cluster(place) };
        if environment.is_none() && cluster.is_none() {
            return None;
        }
        let scope = self.scope(environment, cluster.map(|cluster| cluster.name.value.as_str()));
        let outer = scope.environment.map(|environment| self.scope(Some(&environment.name), None));
        let values = facts(&scope);
        let mut lines = Vec::new();
        if let Some(cluster) = cluster {
            let texts = [
                ("server", &cluster.server),
                ("environment", &cluster.environment),
                ("context", &cluster.context),
                ("auth", &cluster.auth),
                ("kind", &cluster.kind),
            ];
            for (name, text) in texts {
                let Some(text) = text else { continue };
                lines.push(FactLine {
                    name: name.to_owned(),
                    value: Value::String(text.value.clone()),
                    key: format!("clusters.{}.{name}", cluster.name),
                    span: text.span,
                    overrides: None,
                });
            }
        }
        for name in SHOWN {
            let Some((key, span)) = scope.origin(name) else { continue };
            let above = outer.as_ref().and_then(|outer| outer.origin(name));
            let value = values.get(name).cloned().unwrap_or_else(|| self.as_written(span));
            lines.push(FactLine {
                name: name.to_owned(),
                value,
                overrides: above.filter(|(other, _)| *other != key),
                key,
                span,
            });
        }
        let environment = scope.environment.map(|environment| environment.name.value.as_str());
        Some(InForce {
            environment,
            cluster: cluster.map(|cluster| cluster.name.value.as_str()),
            facts: lines,
            constraints: self
                .constraints
                .iter()
                .filter(|c| self.applies(&c.environments, environment))
                .collect(),
        })
    }

    fn as_written(&self, span: Span) -> Value {
        let file = self.files.iter().find(|file| file.id == span.file);
        Value::String(file.map(|file| file.slice(span).to_owned()).unwrap_or_default())
    }

    /// What is missing, most important first, each with the question to ask. Nothing in it is a fault: what is
    /// not stated is not judged.
    pub fn gaps(&self) -> Vec<Gap> {
        let mut gaps = Vec::new();
        let mut ask = |key: String, span: Option<Span>, question: String, without: &'static str| {
            gaps.push(Gap { key, span, question, without });
        };
        if !self.present {
            ask(
                "seatrial.yaml".into(),
                None,
                "Is there a platform file? `seatrial init` makes one.".into(),
                "clusters, registries, pull secrets, sync policies, namespaces",
            );
            return gaps;
        }
        if self.argocd.version.is_none() {
            let question = "Which version of Argo CD runs here? (`argocd version --short`)".into();
            ask("argocd.version".into(), None, question, "which fields and defaults exist");
        }
        if self.clusters.is_empty() {
            let question = "Which clusters does Argo CD know? (`argocd cluster list`)".into();
            ask("clusters".into(), None, question, "destinations");
        } else if self.argocd.runs_in.is_none() {
            let question = "In which of the clusters does Argo CD itself run?".into();
            ask("argocd.runsIn".into(), None, question, "what https://kubernetes.default.svc means");
        }
        for cluster in self.clusters.iter().filter(|cluster| cluster.declared == Declared::PlatformFile) {
            let name = &cluster.name;
            let is_hub = self.argocd.runs_in.as_ref().is_some_and(|hub| hub.value == name.value);
            if cluster.server.is_none() && !is_hub {
                let question = format!("What is the address of cluster `{name}` as Argo CD knows it?");
                ask(format!("clusters.{name}.server"), Some(name.span), question, "destinations by server");
            }
            if cluster.environment.is_none() {
                let question = format!("Which environment does cluster `{name}` belong to?");
                ask(
                    format!("clusters.{name}.environment"),
                    Some(name.span),
                    question,
                    "everything that depends on the environment",
                );
            }
        }
        if self.environments.is_empty() {
            let question = "Which environments are there, and what is allowed in each?".into();
            ask("environments".into(), None, question, "everything that depends on the environment");
        }
        for environment in &self.environments {
            self.environment_gaps(environment, &mut ask);
        }
        if self.repositories.is_empty() {
            let question =
                "Which repositories may Applications come from, and where are they on this machine?".into();
            ask("repositories".into(), None, question, "git generators, paths, value files, charts");
        }
        gaps
    }

    fn environment_gaps(
        &self,
        environment: &crate::model::Environment,
        ask: &mut impl FnMut(String, Option<Span>, String, &'static str),
    ) {
        let name = &environment.name;
        if !self.clusters.is_empty() && self.clusters_of(name).next().is_none() {
            ask(
                "clusters".to_owned(),
                Some(name.span),
                format!("Which clusters belong to {name}?"),
                "destinations",
            );
        }
        let mut wanted = |key: &str, question: String, without: &'static str| {
            ask(format!("environments.{name}.{key}"), Some(name.span), question, without);
        };
        // A fact that every cluster of the environment states itself is not missing.
        let stated = |fact: &str| {
            let scope = self.scope(Some(name), None);
            let mut clusters = self.clusters_of(name).peekable();
            scope.origin(fact).is_some()
                || clusters.peek().is_some()
                    && clusters.all(|c| self.scope(None, Some(&c.name)).origin(fact).is_some())
        };
        if !stated("registries") {
            wanted("registries", format!("Which registries may images in {name} come from?"), "images");
        }
        let scope = self.scope(Some(name), None);
        let open = scope.registries().into_iter().flat_map(|fact| fact.value).filter(|host| {
            matches!(scope.pull_secret_for(host).map(|fact| fact.value), None | Some(PullSecret::Needed))
                && !is_public(host)
        });
        for host in open {
            wanted(
                "pullSecret",
                format!("Which secret are images of `{host}` pulled with in {name}?"),
                "pull secrets",
            );
        }
        if !stated("sync") {
            wanted("sync", format!("Does Argo CD sync {name} by itself, and may it prune?"), "sync policies");
        }
        if !stated("namespaces") {
            wanted(
                "namespaces",
                format!("Which namespaces are there in {name}, with which secrets?"),
                "namespaces",
            );
        }
        if !stated("replicas") {
            wanted("replicas", format!("How many replicas does a workload have in {name}?"), "replicas");
        }
    }
}

/// Registries that anybody may pull from.
fn is_public(host: &str) -> bool {
    let known = ["docker.io", "quay.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com"];
    known.contains(&host.split('/').next().unwrap_or_default())
}
