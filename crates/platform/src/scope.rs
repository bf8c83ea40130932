//! What is in force at a place: a cluster's own facts before its environment's.

use seatrial_source::Span;

use crate::model::{
    Cluster, Environment, Facts, HighAvailability, Namespace, Pinned, Platform, PullSecret, Replicas,
    Resources, SecretBackend, Sync, lies_under,
};
use crate::spanned::{Spanned, Text};

/// A fact in force, and who states it.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact<'p, T: ?Sized> {
    /// The value.
    pub value: &'p T,
    /// Where it is written.
    pub span: Span,
    /// Its key in the platform file, such as `environments.prod.registries`.
    pub key: String,
}

/// A place that facts are in force at: an environment, a cluster, or a cluster seen as part of an environment.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'p> {
    /// The environment.
    pub environment: Option<&'p Environment>,
    /// The cluster.
    pub cluster: Option<&'p Cluster>,
    platform: &'p Platform,
}

impl Platform {
    /// What is in force in an environment (by name or alias), on a cluster, or both. A cluster alone brings its
    /// environment along. Names that are not declared are as if not given.
    pub fn scope(&self, environment: Option<&str>, cluster: Option<&str>) -> Scope<'_> {
        let cluster = cluster.and_then(|name| self.cluster(name));
        let environment = environment
            .and_then(|name| self.environment_named(name))
            .or_else(|| cluster.and_then(|cluster| self.environment_of(&cluster.name)));
        Scope { environment: environment.and_then(|name| self.environment(name)), cluster, platform: self }
    }

    /// What is in force on a cluster.
    pub fn fact_for(&self, cluster: &str) -> Scope<'_> {
        self.scope(None, Some(cluster))
    }
}

type Origin = fn(&Scope<'_>) -> Option<(String, Span)>;

macro_rules! facts {
    ($($(#[$doc:meta])* $name:ident: $type:ty = $key:literal;)*) => {
        impl<'p> Scope<'p> {
            $($(#[$doc])*
            pub fn $name(&self) -> Option<Fact<'p, $type>> {
                self.find($key, |facts| facts.$name.as_ref())
            })*
        }

        /// Every fact by its key.
        const ORIGINS: &[(&str, Origin)] = &[
            $(($key, |scope| scope.$name().map(|fact| (fact.key, fact.span)))),*
        ];
    };
}

facts! {
    /// Registries that images may come from.
    registries: Vec<Text> = "registries";
    /// The pull secret as stated for the place; see [`Scope::pull_secret_for`] for that of a registry.
    pull_secret: PullSecret = "pullSecret";
    /// How Applications are synced.
    sync: Sync = "sync";
    /// How many replicas a workload has.
    replicas: Replicas = "replicas";
    /// Bounds of requests and limits.
    resources: Resources = "resources";
    /// Node labels that workloads must ask for.
    node_selector: Vec<(Text, Text)> = "nodeSelector";
    /// Storage classes that exist.
    storage_classes: Vec<Text> = "storageClasses";
    /// Ingress classes that exist.
    ingress_classes: Vec<Text> = "ingressClasses";
    /// Namespaces that exist.
    namespaces: Vec<Namespace> = "namespaces";
    /// Whether workloads must survive the loss of a node.
    high_availability: HighAvailability = "highAvailability";
    /// What must be pinned.
    pinned: Pinned = "pinned";
    /// The version of Kubernetes.
    kubernetes: String = "kubernetes";
    /// How secrets get there.
    secrets: SecretBackend = "secrets";
}

impl<'p> Scope<'p> {
    /// Who states the fact of this key (`replicas`), and where; `None` when nobody does.
    pub fn origin(&self, key: &str) -> Option<(String, Span)> {
        ORIGINS.iter().find(|(name, _)| *name == key).and_then(|(_, origin)| origin(self))
    }

    fn find<T>(&self, key: &str, get: impl Fn(&'p Facts) -> Option<&'p Spanned<T>>) -> Option<Fact<'p, T>> {
        let fact = |found: &'p Spanned<T>, group: &str, name: &str| Fact {
            value: &found.value,
            span: found.span,
            key: format!("{group}.{name}.{key}"),
        };
        if let Some((cluster, found)) = self.cluster.and_then(|c| Some((c, get(&c.facts)?))) {
            return Some(fact(found, "clusters", &cluster.name));
        }
        let (environment, found) = self.environment.and_then(|e| Some((e, get(&e.facts)?)))?;
        Some(fact(found, "environments", &environment.name))
    }

    /// Whether a namespace is declared here; `None` when no namespaces are.
    pub fn namespace(&self, name: &str) -> Option<Option<&'p Namespace>> {
        let declared = self.namespaces()?;
        Some(declared.value.iter().find(|namespace| namespace.name.value == name))
    }

    /// The pull secret that images of a registry (host, or a whole image reference) need here. A registry that
    /// needs none needs none anywhere; else the cluster, the environment, the registry say, in this order.
    /// `None`: nothing is known.
    pub fn pull_secret_for(&self, image: &str) -> Option<Fact<'p, PullSecret>> {
        let registry = self.platform.registry_of(image);
        let of_registry = registry.and_then(|registry| {
            let found = registry.pull_secret.as_ref()?;
            Some(Fact {
                value: &found.value,
                span: found.span,
                key: format!("registries.{}.pullSecret", registry.host),
            })
        });
        if of_registry.as_ref().is_some_and(|fact| *fact.value == PullSecret::NotNeeded) {
            return of_registry;
        }
        match self.pull_secret() {
            Some(Fact { value: PullSecret::ByRegistry(pairs), key, .. }) => {
                let own = pairs
                    .iter()
                    .filter(|(host, _)| lies_under(image, host))
                    .max_by_key(|(host, _)| host.len());
                let own = own.map(|(host, secret)| Fact {
                    value: &secret.value,
                    span: secret.span,
                    key: format!("{key}.{host}"),
                });
                own.or(of_registry)
            }
            Some(stated) => Some(stated),
            None => of_registry,
        }
    }
}
