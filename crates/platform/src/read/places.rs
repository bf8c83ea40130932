//! Argo CD, clusters, environments, registries, repositories, fixtures.

use std::str::FromStr;

use seatrial_argocd::{Fixtures, Version};
use seatrial_yaml::{Node, Scalar};

use super::Reader;
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
        if let Some(node) = self.get(root, "argocd") {
            platform.argocd = self.argocd(node);
        }
        let each = |key: &str| self.get(root, key).map(|node| self.entries(node)).unwrap_or_default();
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
        if let Some(node) = self.get(root, "fixtures") {
            platform.fixtures = Fixtures::from_json(&node.to_json());
            platform.lookup = self.texts(self.get(node, "lookup"));
        }
        platform.kubeconfig = self.texts(self.get(root, "kubeconfig"));
        if let Some(backend) = self.get(root, "secrets").and_then(|node| self.secrets(node)) {
            for environment in &mut platform.environments {
                environment.facts.secrets.get_or_insert_with(|| backend.clone());
            }
        }
    }

    fn argocd(&self, node: Node<'_>) -> ArgoCd {
        let get = |key: &str| self.get(node, key);
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
                if let Some(text) = self.get(flags, key).and_then(|value| self.parameter(value)) {
                    argocd.parameters.insert(parameter.to_owned(), text);
                }
            }
            argocd.application_set_namespaces = self.list(self.get(flags, "namespaces"));
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
        let get = |key: &str| self.get(node, key);
        let text = |key: &str| self.text(get(key));
        let group = |item: Node<'_>| NodeGroup {
            name: self.text(self.get(item, "name")),
            count: self.count(self.get(item, "count")),
            labels: self.pairs(self.get(item, "labels")).map(|pairs| pairs.value).unwrap_or_default(),
            taints: self.texts(self.get(item, "taints")),
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
            aliases: self.texts(self.get(node, "aliases")),
            production: self.flag(self.get(node, "production")),
            facts: self.facts(node),
        }
    }

    fn registry(&self, host: Text, node: Node<'_>) -> Registry {
        let public = self.flag(self.get(node, "public"));
        let stated = node.get("pullSecret").and_then(|value| self.pull_secret(value));
        let needless = public.filter(|public| public.value);
        Registry {
            pull_secret: stated.or(needless.map(|public| Spanned::new(PullSecret::NotNeeded, public.span))),
            tokens_expire: self.text(self.get(node, "tokensExpire")),
            public,
            host,
        }
    }

    fn repository(&self, url: Text, node: Node<'_>) -> Repository {
        let get = |key: &str| if is_null(node) { None } else { self.get(node, key) };
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
