//! Argo CD, clusters, environments, registries, repositories, fixtures.

use std::str::FromStr;

use seatrial_argocd::{Fixtures, Version};
use seatrial_yaml::{Node, Scalar};

use super::{Reader, stated};
use crate::keys::is_null;
use crate::model::{
    ArgoCd, Cluster, Declared, Environment, NodeGroup, Platform, PullSecret, Registry, Repository,
};
use crate::spanned::{Spanned, Text};

/// Keys of `argocd.applicationSet`, and what they are called in `argocd-cmd-params-cm`.
const APPLICATION_SET: [(&str, &str); 7] = [
    ("policy", "applicationsetcontroller.policy"),
    ("enablePolicyOverride", "applicationsetcontroller.enable.policy.override"),
    ("newGitFileGlobbing", "applicationsetcontroller.enable.new.git.file.globbing"),
    ("progressiveSyncs", "applicationsetcontroller.enable.progressive.syncs"),
    ("scmProviders", "applicationsetcontroller.enable.scm.providers"),
    ("allowedScmProviders", "applicationsetcontroller.allowed.scm.providers"),
    ("namespaces", "applicationsetcontroller.namespaces"),
];

impl Reader<'_> {
    pub(super) fn places(&self, root: Node<'_>, platform: &mut Platform) {
        if let Some(node) = stated(root, "argocd") {
            platform.argocd = self.argocd(node);
        }
        let each = |key: &str| stated(root, key).map(|node| self.entries(node)).unwrap_or_default();
        for (name, node) in each("clusters") {
            platform.clusters.push(self.cluster(name, node));
        }
        for (name, node) in each("environments") {
            platform.environments.push(self.environment(name, node));
        }
        for (host, node) in each("registries") {
            platform.registries.push(self.registry(host, node));
        }
        for (url, node) in each("repositories") {
            platform.repositories.push(self.repository(url, node));
        }
        if let Some(node) = stated(root, "fixtures") {
            platform.fixtures = Fixtures::from_json(&node.to_json());
            platform.lookup = self.texts(stated(node, "lookup"));
        }
        platform.kubeconfig = self.texts(stated(root, "kubeconfig"));
        if let Some(backend) = stated(root, "secrets").and_then(|node| self.secrets(node)) {
            for environment in &mut platform.environments {
                environment.facts.secrets.get_or_insert_with(|| backend.clone());
            }
        }
    }

    fn argocd(&self, node: Node<'_>) -> ArgoCd {
        let get = |key: &str| stated(node, key);
        let mut argocd = ArgoCd {
            version: self.text(get("version")).and_then(|text| {
                let version = Version::from_str(&text.value).ok()?;
                Some(Spanned::new(version, text.span))
            }),
            namespace: self.text(get("namespace")),
            runs_in: self.text(get("runsIn")),
            state: self.texts(get("state")),
            application_namespaces: self.list(get("applicationNamespaces")),
            ..ArgoCd::default()
        };
        for (key, value) in get("parameters").map(|node| self.entries(node)).unwrap_or_default() {
            if let Some(text) = self.parameter(value) {
                argocd.parameters.insert(key.value, text);
            }
        }
        if let Some(flags) = get("applicationSet") {
            for (key, parameter) in APPLICATION_SET {
                if let Some(text) = stated(flags, key).and_then(|value| self.parameter(value)) {
                    argocd.parameters.insert(parameter.to_owned(), text);
                }
            }
            argocd.application_set_namespaces = self.list(stated(flags, "namespaces"));
        }
        if let Some(list) = &argocd.application_namespaces {
            let joined: Vec<&str> = list.iter().map(|item| item.value.as_str()).collect();
            let text = Spanned::new(joined.join(","), list.span);
            argocd.parameters.entry("application.namespaces".to_owned()).or_insert(text);
        }
        argocd
    }

    /// A setting as `argocd-cmd-params-cm` would hold it: text, with lists joined by commas.
    fn parameter(&self, node: Node<'_>) -> Option<Text> {
        match node.scalar() {
            Some(Scalar::Bool(value)) => Some(Spanned::new(value.to_string(), self.span(node))),
            Some(_) => self.text(Some(node)),
            None => {
                let list = self.list(Some(node))?;
                let items: Vec<&str> = list.iter().map(|item| item.value.as_str()).collect();
                Some(Spanned::new(items.join(","), list.span))
            }
        }
    }

    fn cluster(&self, name: Text, node: Node<'_>) -> Cluster {
        let get = |key: &str| stated(node, key);
        let text = |key: &str| self.text(get(key));
        let group = |item: Node<'_>| NodeGroup {
            name: self.text(stated(item, "name")),
            count: self.count(stated(item, "count")),
            labels: self.pairs(stated(item, "labels")).map(|pairs| pairs.value).unwrap_or_default(),
            taints: self.texts(stated(item, "taints")),
        };
        Cluster {
            name,
            server: text("server"),
            environment: text("environment"),
            context: text("context"),
            auth: text("auth"),
            kind: text("kind"),
            labels: self.pairs(get("labels")),
            annotations: self.pairs(get("annotations")),
            project: text("project"),
            nodes: get("nodes").map(|list| Spanned::new(list.items().map(group).collect(), self.span(list))),
            facts: self.facts(node),
            declared: Declared::PlatformFile,
        }
    }

    fn environment(&self, name: Text, node: Node<'_>) -> Environment {
        Environment {
            name,
            aliases: self.texts(stated(node, "aliases")),
            production: self.flag(stated(node, "production")),
            facts: self.facts(node),
        }
    }

    fn registry(&self, host: Text, node: Node<'_>) -> Registry {
        let public = self.flag(stated(node, "public"));
        let secret = node.get("pullSecret").and_then(|value| self.pull_secret(value));
        let needless = public.filter(|public| public.value);
        Registry {
            pull_secret: secret.or(needless.map(|public| Spanned::new(PullSecret::NotNeeded, public.span))),
            tokens_expire: self.text(stated(node, "tokensExpire")),
            public,
            host,
        }
    }

    fn repository(&self, url: Text, node: Node<'_>) -> Repository {
        let get = |key: &str| if is_null(node) { None } else { stated(node, key) };
        Repository {
            url,
            path: self.text(Some(node)).or_else(|| self.text(get("path"))),
            any_revision: self.flag(get("anyRevision")),
            kind: self.text(get("type")),
            project: self.text(get("project")),
            declared: Declared::PlatformFile,
        }
    }
}
