//! Facts of an environment or cluster.

use seatrial_yaml::{Kind, Node, Scalar};

use super::{Reader, stated};
use crate::keys::is_null;
use crate::model::{
    Amounts, Bounds, Facts, HighAvailability, Namespace, Pinned, PullSecret, Replicas, Resources,
    SecretBackend, Sync, Window,
};
use crate::spanned::Spanned;

impl Reader<'_> {
    pub(super) fn facts(&self, node: Node<'_>) -> Facts {
        let get = |key: &str| stated(node, key);
        Facts {
            registries: self.list(get("registries")),
            pull_secret: node.get("pullSecret").and_then(|value| self.pull_secret(value)),
            sync: get("sync").and_then(|value| self.sync(value)),
            replicas: get("replicas").and_then(|value| self.replicas(value)),
            resources: get("resources").and_then(|value| self.resources(value)),
            node_selector: self.pairs(get("nodeSelector")),
            storage_classes: self.list(get("storageClasses")),
            ingress_classes: self.list(get("ingressClasses")),
            namespaces: get("namespaces").and_then(|value| self.namespaces(value)),
            high_availability: get("highAvailability").and_then(|value| self.high_availability(value)),
            pinned: get("pinned").and_then(|value| self.pinned(value)),
            kubernetes: self.text(get("kubernetes")),
            secrets: get("secrets").and_then(|value| self.secrets(value)),
        }
    }

    /// A pull secret: its name, `true`, `false` or `null`, or one for each registry.
    pub(super) fn pull_secret(&self, node: Node<'_>) -> Option<Spanned<PullSecret>> {
        let span = self.span(node);
        if is_null(node) {
            // `pullSecret:` with nothing after it says as little as no key; a written `null` says: none.
            let written = node.resolved().is_some_and(|node| node.kind() == Kind::Scalar);
            return written.then(|| Spanned::new(PullSecret::NotNeeded, span));
        }
        if node.resolved()?.kind() == Kind::Mapping {
            let pairs = self.entries(node).into_iter().filter_map(|(host, value)| {
                let secret = self.pull_secret(value)?;
                let nested = matches!(secret.value, PullSecret::ByRegistry(_));
                (!nested).then_some((host, secret))
            });
            return Some(Spanned::new(PullSecret::ByRegistry(pairs.collect()), span));
        }
        let secret = match node.scalar()? {
            Scalar::Bool(true) => PullSecret::Needed,
            Scalar::Bool(false) => PullSecret::NotNeeded,
            _ => PullSecret::Named(self.text(Some(node))?.value),
        };
        Some(Spanned::new(secret, span))
    }

    fn sync(&self, node: Node<'_>) -> Option<Spanned<Sync>> {
        let span = self.span(node);
        if let Some(word) = self.text(Some(node)) {
            let flag = |value: bool| Some(Spanned::new(value, span));
            let sync = match word.value.as_str() {
                "manual" => Sync { automated: flag(false), ..Sync::default() },
                "automatic" => Sync {
                    automated: flag(true),
                    prune: flag(true),
                    self_heal: flag(true),
                    ..Sync::default()
                },
                "safe" => Sync {
                    automated: flag(true),
                    prune: flag(false),
                    self_heal: flag(true),
                    ..Sync::default()
                },
                _ => return None,
            };
            return Some(Spanned::new(sync, span));
        }
        if node.resolved()?.kind() != Kind::Mapping {
            return None;
        }
        let get = |key: &str| stated(node, key);
        let window = |item: Node<'_>| {
            let part = |key: &str| self.text(stated(item, key));
            let window = Window {
                kind: part("kind"),
                schedule: part("schedule"),
                duration: part("duration"),
                time_zone: part("timeZone"),
            };
            Spanned::new(window, self.span(item))
        };
        let sync = Sync {
            automated: self.flag(get("automated")),
            prune: self.flag(get("prune")),
            self_heal: self.flag(get("selfHeal")),
            allow_empty: self.flag(get("allowEmpty")),
            options: self.texts(get("options")),
            windows: get("windows").map(|list| list.items().map(window).collect()).unwrap_or_default(),
        };
        Some(Spanned::new(sync, span))
    }

    fn replicas(&self, node: Node<'_>) -> Option<Spanned<Replicas>> {
        let span = self.span(node);
        if let Some(exactly) = self.count(Some(node)) {
            return Some(Spanned::new(Replicas::Exactly(exactly.value), span));
        }
        let bound = |key: &str| self.count(stated(node, key)).map(|bound| bound.value);
        let (min, max) = (bound("min"), bound("max"));
        (min.is_some() || max.is_some()).then(|| Spanned::new(Replicas::Between(min, max), span))
    }

    fn resources(&self, node: Node<'_>) -> Option<Spanned<Resources>> {
        let amounts = |key: &str| {
            let node = stated(node, key);
            let amount =
                |key: &str| node.and_then(|node| stated(node, key)).and_then(|value| self.bounds(value));
            Amounts { cpu: amount("cpu"), memory: amount("memory") }
        };
        let resources = Resources {
            requests: amounts("requests"),
            limits: amounts("limits"),
            required: self.flag(stated(node, "required")),
        };
        (node.resolved()?.kind() == Kind::Mapping).then(|| Spanned::new(resources, self.span(node)))
    }

    /// Bounds; a bare quantity is both.
    fn bounds(&self, node: Node<'_>) -> Option<Spanned<Bounds>> {
        let bounds = match self.text(Some(node)) {
            Some(exact) => Bounds { min: Some(exact.clone()), max: Some(exact) },
            None => Bounds { min: self.text(stated(node, "min")), max: self.text(stated(node, "max")) },
        };
        (bounds.min.is_some() || bounds.max.is_some()).then(|| Spanned::new(bounds, self.span(node)))
    }

    fn namespaces(&self, node: Node<'_>) -> Option<Spanned<Vec<Namespace>>> {
        let bare = |name| Namespace { name, secrets: None, service_accounts: Vec::new(), labels: None };
        let namespaces = match node.resolved()?.kind() {
            Kind::Sequence => self.texts(Some(node)).into_iter().map(bare).collect(),
            Kind::Mapping => {
                let entry = |(name, value): (_, Node<'_>)| {
                    let accounts = stated(value, "serviceAccounts").map(|accounts| self.entries(accounts));
                    let secrets_of = |(name, value): (_, Node<'_>)| Some((name, self.list(Some(value))?));
                    Namespace {
                        name,
                        secrets: self.list(stated(value, "secrets")),
                        service_accounts: accounts.into_iter().flatten().filter_map(secrets_of).collect(),
                        labels: self.pairs(stated(value, "labels")),
                    }
                };
                self.entries(node).into_iter().map(entry).collect()
            }
            _ => return None,
        };
        Some(Spanned::new(namespaces, self.span(node)))
    }

    fn high_availability(&self, node: Node<'_>) -> Option<Spanned<HighAvailability>> {
        let span = self.span(node);
        if let Some(flag) = self.flag(Some(node)) {
            return Some(Spanned::new(HighAvailability { required: flag.value, ..Default::default() }, span));
        }
        if node.resolved()?.kind() != Kind::Mapping {
            return None;
        }
        let asked = HighAvailability {
            required: true,
            min_replicas: self.count(stated(node, "minReplicas")),
            disruption_budget: self.flag(stated(node, "disruptionBudget")),
            spread_over: self.text(stated(node, "spreadOver")),
        };
        Some(Spanned::new(asked, span))
    }

    fn pinned(&self, node: Node<'_>) -> Option<Spanned<Pinned>> {
        let span = self.span(node);
        if let Some(flag) = self.flag(Some(node)) {
            let both = Pinned { revisions: Some(flag), tags: Some(flag), digests: None };
            return Some(Spanned::new(both, span));
        }
        let list = self.list(Some(node))?;
        let has = |word: &str| {
            let found = list.iter().find(|item| item.value == word)?;
            Some(Spanned::new(true, found.span))
        };
        let pinned = Pinned { revisions: has("revisions"), tags: has("tags"), digests: has("digests") };
        Some(Spanned::new(pinned, span))
    }

    pub(super) fn secrets(&self, node: Node<'_>) -> Option<Spanned<SecretBackend>> {
        let word = self.text(Some(node)).or_else(|| self.text(stated(node, "backend")))?;
        let known = SecretBackend::NAMES.iter().find(|(name, _)| *name == word.value)?;
        Some(Spanned::new(known.1.clone(), word.span))
    }
}
