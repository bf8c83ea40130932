//! What somebody else read in a text: the key of a fact, its value, the words it is said to rest on. Nothing of it is believed until
//! [`crate::prose::read_with`] has found it in the text.

use serde_json::Value;

use crate::claim::{Place, What};
use crate::edit;

/// A fact as somebody else read it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Heard {
    /// Its key in the platform file: `environments`, `prod`, `pullSecret`.
    pub key: Vec<String>,
    /// Its value, as one would type it: `ecr-prod`, `no`, `key=value`.
    pub value: String,
    /// The words of the text that say so.
    pub quote: String,
}

/// A fact that was heard and does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfounded {
    /// What was heard.
    pub heard: Heard,
    /// Why it is not taken.
    pub why: &'static str,
}

/// The keys that can be heard, each with what its value is. Whatever has another key is no fact.
pub const KEYS: [(&str, &str); 27] = [
    ("argocd.version", "a version, as 3.6"),
    ("argocd.namespace", "the namespace that Argo CD runs in"),
    ("argocd.runsIn", "the cluster that Argo CD runs in"),
    ("clusters.NAME.server", "the address of its API"),
    ("clusters.NAME.environment", "the environment it is of"),
    ("clusters.NAME.kind", "eks, gke, aks, minikube, kind, k3s, …"),
    ("clusters.NAME.auth", "aws-iam, …"),
    ("clusters.NAME.context", "the kubeconfig context"),
    ("clusters.NAME.kubernetes", "a version, as 1.35"),
    ("environments.NAME.registries", "hosts that images may come from, all of them"),
    ("environments.NAME.pullSecret", "the name of the secret; no, where none is needed"),
    ("environments.NAME.sync.automated", "yes or no"),
    ("environments.NAME.sync.prune", "yes or no"),
    ("environments.NAME.sync.selfHeal", "yes or no"),
    ("environments.NAME.nodeSelector", "labels as key=value"),
    ("environments.NAME.storageClasses", "the classes that exist"),
    ("environments.NAME.ingressClasses", "the classes that exist"),
    ("environments.NAME.replicas", "a number, where it is one and no bound"),
    ("environments.NAME.resources.requests.memory", "an amount, as 512Mi"),
    ("environments.NAME.resources.requests.cpu", "an amount, as 250m"),
    ("environments.NAME.resources.limits.memory", "an amount"),
    ("environments.NAME.resources.limits.cpu", "an amount"),
    ("environments.NAME.highAvailability", "yes or no"),
    ("environments.NAME.namespaces.NAMESPACE", "exists"),
    ("environments.NAME.production", "yes or no"),
    ("registries.HOST.public", "yes or no"),
    ("conventions.project", "the project of every Application"),
];

impl Heard {
    /// What it states, if its key and value can be those of a fact.
    pub(crate) fn states(&self) -> Option<(Place, What)> {
        let keys: Vec<&str> = self.key.iter().map(String::as_str).collect();
        let value = || edit::understood(&self.key, &self.value);
        let text = || value()?.as_str().map(str::to_owned);
        let yes = || value()?.as_bool();
        let list = || {
            let value = value()?;
            value.as_array()?.iter().map(|item| Some(item.as_str()?.to_owned())).collect::<Option<Vec<_>>>()
        };
        let environment = |name: &str| Place::Environment(name.to_owned());
        let cluster = |name: &str| Place::Cluster(name.to_owned());
        Some(match keys.as_slice() {
            ["argocd", "version"] => (Place::ArgoCd, What::Version(text()?)),
            ["argocd", "namespace"] => (Place::ArgoCd, What::OwnNamespace(text()?)),
            ["argocd", "runsIn"] => (Place::ArgoCd, What::RunsIn(text()?)),
            ["clusters", name, "server"] => (cluster(name), What::Server(text()?)),
            ["clusters", name, "environment"] => (cluster(name), What::EnvironmentOf(text()?)),
            ["clusters", name, "kind"] => (cluster(name), What::Kind(text()?)),
            ["clusters", name, "auth"] => (cluster(name), What::Auth(text()?)),
            ["clusters", name, "context"] => (cluster(name), What::Context(text()?)),
            ["clusters", name, "kubernetes"] => (cluster(name), What::Kubernetes(text()?)),
            ["environments", name, "registries"] => (environment(name), What::Registries(list()?)),
            ["environments", name, "pullSecret"] => {
                let secret = match value()? {
                    Value::String(secret) => Some(secret),
                    Value::Bool(false) => None,
                    _ => return None,
                };
                (environment(name), What::PullSecret(secret))
            }
            ["environments", name, "sync", "automated"] => (environment(name), What::Automated(yes()?)),
            ["environments", name, "sync", "prune"] => (environment(name), What::Prune(yes()?)),
            ["environments", name, "sync", "selfHeal"] => (environment(name), What::SelfHeal(yes()?)),
            ["environments", name, "nodeSelector"] => {
                let value = value()?;
                let labels = value.as_object()?.iter();
                let labels: Option<Vec<_>> =
                    labels.map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
                (environment(name), What::NodeSelector(labels.filter(|labels| !labels.is_empty())?))
            }
            ["environments", name, "storageClasses"] => (environment(name), What::StorageClasses(list()?)),
            ["environments", name, "ingressClasses"] => (environment(name), What::IngressClasses(list()?)),
            ["environments", name, "replicas"] => {
                let number = value()?.as_u64();
                (environment(name), What::Replicas(Some(number?), number))
            }
            ["environments", name, "resources", group, resource] => {
                let amount = Some(text()?);
                let group = ["requests", "limits"].into_iter().find(|known| known == group)?;
                let resource = ["memory", "cpu"].into_iter().find(|known| known == resource)?;
                (environment(name), What::Amount { group, resource, min: amount.clone(), max: amount })
            }
            ["environments", name, "highAvailability"] => (environment(name), What::HighAvailability(yes()?)),
            ["environments", name, "namespaces", namespace] => {
                (environment(name), What::Namespace((*namespace).to_owned()))
            }
            ["environments", name, "production"] => (environment(name), What::Production(yes()?)),
            ["registries", host, "public"] => (Place::Registry((*host).to_owned()), What::Public(yes()?)),
            ["conventions", "project"] => (Place::Conventions, What::Project(text()?)),
            _ => return None,
        })
    }
}
