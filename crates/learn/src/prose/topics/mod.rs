//! What a clause says, topic by topic.

mod cluster;
mod house;
mod network;
mod placement;
mod registry;
mod secret;
mod size;
mod storage;
mod sync;

use super::mood::{contains, find};
use super::names::Names;
use super::token::{Form, Token};
use crate::claim::What;

pub(super) use cluster::kind_of;
pub(super) use registry::{Family, family_of_host};

/// Topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    Cluster,
    Registry,
    Secret,
    Sync,
    Placement,
    Storage,
    Ingress,
    Replicas,
    Memory,
    Cpu,
    Availability,
    Namespace,
}

/// Words that open a topic.
const WORDS: [(Topic, &[&str]); 12] = [
    (
        Topic::Cluster,
        &[
            "cluster",
            "clusters",
            "api server",
            "kubernetes",
            "server",
            "servers",
            "server url",
            "kube context",
            "k8s",
        ],
    ),
    (
        Topic::Registry,
        &[
            "registry",
            "registries",
            "image",
            "images",
            "ecr",
            "ghcr",
            "gcr",
            "acr",
            "docker hub",
            "dockerhub",
            "quay",
            "harbor",
            "artifactory",
            "container registry",
            "artifact registry",
        ],
    ),
    (
        Topic::Secret,
        &[
            "pull secret",
            "pull secrets",
            "imagepullsecret",
            "imagepullsecrets",
            "pullsecret",
            "pullsecrets",
            "pull-secret",
            "pull-secrets",
            "registry secret",
            "registry credentials",
            "image secret",
            "registry credential",
        ],
    ),
    (
        Topic::Sync,
        &[
            "sync",
            "syncs",
            "synced",
            "syncing",
            "auto-sync",
            "autosync",
            "auto-syncs",
            "autosyncs",
            "auto-synced",
            "auto-syncing",
            "prune",
            "prunes",
            "pruned",
            "pruning",
            "selfheal",
            "self-heal",
            "self-heals",
            "self-healing",
            "self heal",
            "syncpolicy",
            "sync policy",
            "self healing",
            "auto sync",
            "auto-prune",
        ],
    ),
    (
        Topic::Placement,
        &[
            "node",
            "nodes",
            "nodeselector",
            "node selector",
            "affinity",
            "node affinity",
            "labeled",
            "labelled",
            "scheduling",
            "node group",
            "node-selector",
            "placement",
            "node pool",
            "node label",
            "node labels",
        ],
    ),
    (
        Topic::Storage,
        &[
            "storage",
            "storageclass",
            "storageclasses",
            "storage class",
            "storage classes",
            "emptydir",
            "pvc",
            "pvcs",
            "volumes",
            "persistence",
        ],
    ),
    (Topic::Ingress, &["ingress", "ingresses", "ingressclass", "ingress class", "ingress controller"]),
    (
        Topic::Replicas,
        &[
            "replica",
            "replicas",
            "replicacount",
            "replica count",
            "instances",
            "pods",
            "copies",
            "scale",
            "scales",
        ],
    ),
    (Topic::Memory, &["memory", "ram", "mem"]),
    (Topic::Cpu, &["cpu", "cpus", "vcpu", "vcpus", "cores", "core"]),
    (
        Topic::Availability,
        &["high availability", "high-availability", "highly available", "highly-available", "ha"],
    ),
    (Topic::Namespace, &["namespace", "namespaces"]),
];

/// The topics that words open.
pub(super) fn topics(tokens: &[Token]) -> Vec<Topic> {
    let mut found: Vec<Topic> = WORDS
        .iter()
        .filter(|(_, words)| words.iter().any(|word| contains(tokens, word)))
        .map(|(topic, _)| *topic)
        .collect();
    let pulls = tokens.iter().any(|token| token.is_any(&["pull", "pulls", "pulled", "pulling"]));
    let secret = tokens.iter().any(|token| token.is_any(&["secret", "secrets"]));
    if pulls && secret && !found.contains(&Topic::Secret) {
        found.push(Topic::Secret);
    }
    if !found.contains(&Topic::Registry) && tokens.iter().any(|token| registry::is_known_host(&token.lower)) {
        found.push(Topic::Registry);
    }
    found
}

/// A clause as the topics see it.
pub(super) struct View<'c> {
    pub(super) tokens: &'c [Token],
    /// Topics that its own words open.
    pub(super) own: Vec<Topic>,
    /// Topics of what it stands under or after, where it opens none of them itself.
    pub(super) hints: Vec<Topic>,
    pub(super) names: &'c Names,
    /// How many environments it speaks of.
    pub(super) environments: usize,
    /// It only denies: "not in prod", "dev has no such requirement".
    pub(super) denies: bool,
}

impl View<'_> {
    /// Whether it is about a topic: by its own words, or by what it goes on with.
    pub(super) fn about(&self, topic: Topic) -> bool {
        self.own.contains(&topic) || self.hinted(topic)
    }

    /// Whether only what it goes on with makes it about a topic.
    pub(super) fn hinted(&self, topic: Topic) -> bool {
        !self.own.contains(&topic) && self.hints.contains(&topic)
    }

    pub(super) fn has(&self, phrase: &str) -> bool {
        contains(self.tokens, phrase)
    }

    pub(super) fn has_any(&self, phrases: &[&str]) -> bool {
        phrases.iter().any(|phrase| contains(self.tokens, phrase))
    }

    pub(super) fn first_of(&self, phrases: &[&str]) -> Option<usize> {
        phrases.iter().filter_map(|phrase| find(self.tokens, phrase)).min()
    }

    /// Whether a token is an environment or a cluster, or part of the words for it.
    pub(super) fn is_place(&self, index: usize) -> bool {
        let token = &self.tokens[index];
        !self.names.mentioned(self.tokens, index).is_empty()
            || (token.form != Form::Mark && self.names.cluster(&token.text).is_some())
    }

    /// Whether the word at `index` is denied by what stands before it, or right after it.
    pub(super) fn denied(&self, index: usize) -> bool {
        denied_before(self.tokens, index) || denied_after(self.tokens, index)
    }
}

const NO: [&str; 25] = [
    "nobody",
    "no",
    "not",
    "never",
    "without",
    "don't",
    "doesn't",
    "isn't",
    "aren't",
    "cannot",
    "can't",
    "mustn't",
    "shouldn't",
    "none",
    "disable",
    "disables",
    "avoid",
    "avoids",
    "forbid",
    "forbids",
    "needn't",
    "neither",
    "nor",
    "ban",
    "prohibit",
];

/// Whether a denial stands shortly before, with no comma between.
pub(super) fn denied_before(tokens: &[Token], index: usize) -> bool {
    for (steps, (at, token)) in tokens[..index].iter().enumerate().rev().enumerate() {
        if token.is_any(&[",", ";", ":", "(", ")", "."]) || steps > 6 {
            return false;
        }
        if token.is_any(&NO) {
            let only = tokens.get(at + 1).is_some_and(|next| next.is("only"));
            return !only;
        }
        if token.is_any(&["only", "with", "but"]) {
            return false;
        }
    }
    false
}

fn denied_after(tokens: &[Token], index: usize) -> bool {
    let rest = &tokens[(index + 1).min(tokens.len())..];
    let end = rest.iter().position(|token| token.is_any(&[",", ";", "(", "and"])).unwrap_or(rest.len());
    let near = &rest[..end.min(7)];
    let off = near.iter().position(|token| {
        token.is_any(&[
            "off",
            "disabled",
            "forbidden",
            "prohibited",
            "banned",
            "disallowed",
            "unwanted",
            "taboo",
        ])
    });
    let not = near.iter().enumerate().any(|(at, token)| {
        token.is_any(&["not", "isn't", "aren't", "never"])
            && near[at + 1..].iter().take(3).any(|next| {
                next.is_any(&[
                    "allowed",
                    "permitted",
                    "ok",
                    "okay",
                    "acceptable",
                    "wanted",
                    "enabled",
                    "on",
                    "used",
                    "needed",
                    "required",
                    "desired",
                ])
            })
    });
    off.is_some_and(|at| !near[..at].iter().any(|token| token.is("not"))) || not
}

/// What a clause was found to say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Found {
    pub(super) at: At,
    pub(super) what: Said,
}

/// Where a statement belongs.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum At {
    /// To what the clause speaks of.
    Scope,
    Cluster(String),
    Registry(String),
    ArgoCd,
    Conventions,
    /// To Applications of what the clause speaks of.
    Applications,
}

/// A statement, or what is missing for one.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Said {
    What(What),
    /// A registry by its family ("ECR"), whose address stands elsewhere.
    RegistryOf(Family),
    /// The registries that are not to be used.
    Denied(Vec<String>),
    /// Addresses that belong to registries, without saying who uses them.
    Hosts(Vec<String>),
    /// Something that has to be asked: the key it would state, and the question, in which `{}` is the environment.
    Ask(Vec<&'static str>, String),
}

impl Found {
    pub(super) fn here(what: What) -> Self {
        Self { at: At::Scope, what: Said::What(what) }
    }

    pub(super) fn at(at: At, what: What) -> Self {
        Self { at, what: Said::What(what) }
    }

    pub(super) fn said(what: Said) -> Self {
        Self { at: At::Scope, what }
    }
}

/// Everything that a clause says.
pub(super) fn read(view: &View<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    house::read(view, &mut found);
    cluster::read(view, &mut found);
    registry::read(view, &mut found);
    secret::read(view, &mut found);
    sync::read(view, &mut found);
    placement::read(view, &mut found);
    storage::read(view, &mut found);
    network::read(view, &mut found);
    size::read(view, &mut found);
    let mut distinct: Vec<Found> = Vec::new();
    for one in found {
        if !distinct.contains(&one) {
            distinct.push(one);
        }
    }
    distinct
}
