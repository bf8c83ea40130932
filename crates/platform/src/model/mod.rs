//! The platform, typed.

mod facts;
mod house;
mod places;

use std::collections::BTreeSet;
use std::sync::Arc;

pub use facts::{
    Amounts, Bounds, Facts, HighAvailability, Namespace, Pinned, PullSecret, Replicas, Resources,
    SecretBackend, Sync, Window,
};
pub use house::{
    Authors, Constraint, Conventions, Environments, Exception, Expect, Level, Modality, RuleSetting, Source,
    Superseded,
};
pub use places::{ArgoCd, Cluster, Declared, Environment, NodeGroup, Registry, Repository};
use seatrial_argocd::world::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER};
use seatrial_argocd::{Fixtures, Version};
use seatrial_source::{FileId, Snapshot, SourceFile};
use serde_json::Value;

use crate::issue::Issue;
use crate::spanned::{Spanned, Text};

/// Everything known about a platform: the platform file, the Argo CD objects and kubeconfig files it names.
///
/// Reading never fails: what is wrong is among [`Platform::issues`], what is missing among [`Platform::gaps`].
#[derive(Clone, Default)]
pub struct Platform {
    /// Argo CD itself.
    pub argocd: ArgoCd,
    /// Clusters, in the order declared; those of imported objects last.
    pub clusters: Vec<Cluster>,
    /// Environments, in the order declared.
    pub environments: Vec<Environment>,
    /// Registries.
    pub registries: Vec<Registry>,
    /// What stands for repositories.
    pub repositories: Vec<Repository>,
    /// Answers of the world outside.
    pub fixtures: Fixtures,
    /// Files and folders of Kubernetes objects that `lookup` finds.
    pub lookup: Vec<Text>,
    /// Kubeconfig files to learn clusters from.
    pub kubeconfig: Vec<Text>,
    /// Names.
    pub conventions: Conventions,
    /// Who writes manifests.
    pub authors: Authors,
    /// Rules of the house.
    pub constraints: Vec<Constraint>,
    /// Where facts came from.
    pub sources: Vec<Source>,
    /// Waivers.
    pub exceptions: Vec<Exception>,
    /// Levels and options of rules.
    pub rules: Vec<RuleSetting>,
    /// What is expected to come out.
    pub expect: Expect,
    /// Objects of Argo CD's namespace: imported ones, and cluster Secrets made from `clusters`.
    pub(crate) objects: Vec<Value>,
    pub(crate) files: Vec<Arc<SourceFile>>,
    pub(crate) issues: Vec<Issue>,
    /// Files that hold credentials.
    pub(crate) sensitive: BTreeSet<FileId>,
    /// Declared clusters that an imported Secret states too.
    pub(crate) imported: Vec<String>,
    /// The tree the platform file is in, and its folder there.
    pub(crate) tree: Option<(Arc<dyn Snapshot>, String)>,
    /// What answers for repositories that nothing stands for.
    pub remote: Option<Arc<dyn crate::Remote>>,
    /// Where the platform file is on disk, for paths relative to it.
    pub(crate) directory: Option<std::path::PathBuf>,
    pub(crate) present: bool,
}

impl std::fmt::Debug for Platform {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Platform")
            .field("path", &self.path())
            .field("argocd", &self.argocd)
            .field("clusters", &self.clusters)
            .field("environments", &self.environments)
            .field("issues", &self.issues)
            .finish_non_exhaustive()
    }
}

/// Names that mean production unless an environment says otherwise.
const PRODUCTION: [&str; 4] = ["prod", "production", "prd", "live"];

impl Platform {
    /// No platform file: nothing is known.
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether there is a platform file.
    pub fn is_present(&self) -> bool {
        self.present
    }

    /// The platform file's path as shown; `None` when there is none.
    pub fn path(&self) -> Option<&str> {
        self.file().map(|file| &*file.path)
    }

    /// The platform file.
    pub fn file(&self) -> Option<&Arc<SourceFile>> {
        self.files.first().filter(|_| self.present)
    }

    /// The platform file and every file read on its behalf.
    pub fn files(&self) -> &[Arc<SourceFile>] {
        &self.files
    }

    /// Whether a file holds credentials (Secrets, a kubeconfig): its text must not be shown, quoted or sent.
    pub fn is_sensitive(&self, file: FileId) -> bool {
        self.sensitive.contains(&file)
    }

    /// What is wrong, sorted by file and place.
    pub fn issues(&self) -> &[Issue] {
        &self.issues
    }

    /// The version of Argo CD: as stated, else the newest known.
    pub fn version(&self) -> Version {
        self.argocd.version.as_ref().map_or(Version::NEWEST, |version| version.value)
    }

    /// The namespace of Argo CD: as stated, else `argocd`.
    pub fn namespace(&self) -> &str {
        self.argocd.namespace.as_ref().map_or("argocd", |name| &name.value)
    }

    /// The environment of this name.
    pub fn environment(&self, name: &str) -> Option<&Environment> {
        self.environments.iter().find(|environment| environment.name.value == name)
    }

    /// The name of the environment that a text means: its name or an alias, upper and lower case alike.
    pub fn environment_named(&self, text: &str) -> Option<&str> {
        let means = |name: &Text| name.eq_ignore_ascii_case(text);
        let found =
            self.environments.iter().find(|environment| means(&environment.name)).or_else(|| {
                self.environments.iter().find(|environment| environment.aliases.iter().any(means))
            });
        found.map(|environment| &*environment.name.value)
    }

    /// The cluster of this name.
    pub fn cluster(&self, name: &str) -> Option<&Cluster> {
        self.clusters.iter().find(|cluster| cluster.name.value == name)
    }

    /// The name of the cluster that `destination.name` means: a cluster's name, or `in-cluster`.
    pub fn cluster_by_name(&self, name: &str) -> Option<&str> {
        if let Some(cluster) = self.cluster(name) {
            return Some(&cluster.name.value);
        }
        if name == IN_CLUSTER_NAME { self.cluster_by_server(IN_CLUSTER_SERVER) } else { None }
    }

    /// The name of the cluster that `destination.server` means: the one with this address (a trailing slash
    /// aside), or the one Argo CD runs in for `https://kubernetes.default.svc`.
    pub fn cluster_by_server(&self, server: &str) -> Option<&str> {
        let wanted = server.trim_end_matches('/');
        if wanted.is_empty() {
            return None;
        }
        let declared = self
            .clusters
            .iter()
            .find(|cluster| cluster.server.as_ref().is_some_and(|s| s.trim_end_matches('/') == wanted));
        if let Some(cluster) = declared {
            return Some(&cluster.name.value);
        }
        let hub = self.argocd.runs_in.as_ref().filter(|_| wanted == IN_CLUSTER_SERVER)?;
        self.cluster(hub).map(|cluster| &*cluster.name.value)
    }

    /// The environment of a cluster.
    pub fn environment_of(&self, cluster: &str) -> Option<&str> {
        let name = self.cluster(cluster)?.environment.as_ref()?;
        self.environment_named(name).or(Some(&name.value))
    }

    /// The clusters of an environment.
    pub fn clusters_of<'p>(&'p self, environment: &'p str) -> impl Iterator<Item = &'p Cluster> + 'p {
        self.clusters.iter().filter(move |cluster| self.environment_of(&cluster.name) == Some(environment))
    }

    /// Whether an environment is judged as production: as it says, else by its name or an alias.
    pub fn is_production(&self, environment: &str) -> bool {
        let telling = |name: &str| PRODUCTION.iter().any(|known| name.eq_ignore_ascii_case(known));
        match self.environment(environment) {
            Some(Environment { production: Some(stated), .. }) => stated.value,
            Some(found) => telling(&found.name) || found.aliases.iter().any(|alias| telling(alias)),
            None => telling(environment),
        }
    }

    /// What the platform says of a rule, for an environment: the last setting that applies.
    pub fn rule_setting(&self, rule: &str, environment: Option<&str>) -> Option<&RuleSetting> {
        self.rules
            .iter()
            .rev()
            .find(|setting| setting.name.value == rule && self.applies(&setting.environments, environment))
    }

    /// The level that the platform file gives a rule everywhere.
    pub fn level(&self, rule: &str) -> Option<Level> {
        self.rule_setting(rule, None).and_then(|setting| setting.level.as_ref()).map(|level| level.value)
    }

    /// Whether something limited to `environments` holds in `environment` (`None`: of no known environment).
    pub fn applies(&self, environments: &Environments, environment: Option<&str>) -> bool {
        let named = |list: &[Text]| {
            environment.is_some_and(|environment| {
                list.iter().any(|item| {
                    item.value == environment || self.environment_named(item) == Some(environment)
                })
            })
        };
        match environments {
            Environments::All => true,
            Environments::Only(list) => named(list),
            Environments::AllExcept(list) => !named(list),
        }
    }

    /// The waiver of a rule or constraint for an Application, if there is one.
    pub fn exception(&self, rule: &str, application: &str, environment: Option<&str>) -> Option<&Exception> {
        self.exceptions.iter().find(|exception| {
            exception.rule.value == rule
                && self.applies(&exception.environments, environment)
                && (exception.applications.is_empty()
                    || exception
                        .applications
                        .iter()
                        .any(|pattern| crate::pattern::matches(pattern, application)))
        })
    }

    /// Where a fact came from, by its key (`environments.prod.sync`); what is said of a fact's part is found by the
    /// part's key, what is said of the whole by either.
    pub fn source_of(&self, fact: &str) -> Option<&Source> {
        let covers = |source: &&Source| {
            fact.strip_prefix(source.fact.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.sources.iter().filter(covers).max_by_key(|source| source.fact.len())
    }

    /// The registry that an image or repository address belongs to: the longest declared one.
    pub fn registry_of(&self, image: &str) -> Option<&Registry> {
        let declared = self.registries.iter().filter(|registry| lies_under(image, &registry.host));
        declared.max_by_key(|registry| registry.host.len())
    }

    /// Values of `expect.applications`.
    pub fn expected(&self) -> Option<&[Spanned<String>]> {
        self.expect.applications.as_ref().map(|list| list.value.as_slice())
    }
}

/// Whether an image reference (or a registry) is of the registry `host`, which may go on with a path.
pub(crate) fn lies_under(image: &str, host: &str) -> bool {
    image
        .strip_prefix(host.trim_end_matches('/'))
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
