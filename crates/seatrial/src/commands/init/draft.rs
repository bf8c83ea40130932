//! The first platform file, as a person would write it.

use std::collections::BTreeMap;

use seatrial_yaml::goyaml;
use serde_json::Value;

use super::discover::{Found, FoundCluster};

/// The address by which Argo CD knows the cluster that it runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// What will be written.
pub(super) struct Draft {
    pub version: String,
    pub version_known: bool,
    pub namespace: String,
    pub runs_in: Option<String>,
    pub state: Vec<String>,
    pub clusters: Vec<DraftCluster>,
    pub registries: BTreeMap<String, Vec<String>>,
    pub pull_secrets: BTreeMap<String, String>,
    /// Environments known to be synced by hand (or not).
    pub manual: BTreeMap<String, bool>,
    pub repositories: Vec<(String, String)>,
    pub charts: Vec<String>,
    /// Addresses that Applications name and no cluster has.
    pub strangers: Vec<String>,
}

pub(super) struct DraftCluster {
    pub name: String,
    pub server: Option<String>,
    pub environment: Option<String>,
    pub context: Option<String>,
    pub auth: Option<String>,
    pub imported: bool,
}

impl From<&Found> for Draft {
    fn from(found: &Found) -> Self {
        let mut clusters: Vec<DraftCluster> = found.clusters.iter().map(DraftCluster::from).collect();
        clusters.sort_by(|a, b| (rank(a), &a.name).cmp(&(rank(b), &b.name)));
        let known = |server: &String| clusters.iter().any(|c| c.server.as_ref() == Some(server));
        let strangers = found.servers.iter().filter(|s| *s != IN_CLUSTER && !known(s)).cloned().collect();
        Self {
            version: found.version.clone().unwrap_or_else(|| seatrial_argocd::Version::NEWEST.to_string()),
            version_known: found.version.is_some(),
            namespace: found.namespace.clone().unwrap_or_else(|| "argocd".to_owned()),
            runs_in: clusters
                .iter()
                .find(|c| c.server.as_deref() == Some(IN_CLUSTER))
                .map(|c| c.name.clone()),
            state: found.state.iter().cloned().collect(),
            clusters,
            registries: BTreeMap::new(),
            pull_secrets: BTreeMap::new(),
            manual: BTreeMap::new(),
            repositories: found.remotes.clone(),
            charts: found.charts.clone(),
            strangers,
        }
    }
}

impl From<&FoundCluster> for DraftCluster {
    fn from(found: &FoundCluster) -> Self {
        Self {
            name: found.name.clone(),
            server: found.server.clone(),
            environment: guess(&found.name),
            context: found.context.clone().filter(|context| *context != found.name),
            auth: found.auth.clone(),
            imported: found.imported,
        }
    }
}

/// Words in a cluster's name that tell its environment.
const TELLING: [(&str, &[&str]); 5] = [
    ("prod", &["prod", "production", "prd", "live"]),
    ("staging", &["staging", "stage", "stg", "preprod", "uat"]),
    ("test", &["test", "qa"]),
    ("dev", &["dev", "development"]),
    ("dev", &["minikube", "kind", "k3d", "desktop", "orbstack", "colima"]),
];

/// The environment that a cluster's name tells.
fn guess(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let parts: Vec<&str> = name.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let told = TELLING.iter().find(|(_, words)| words.iter().any(|word| parts.contains(word)));
    told.map(|(environment, _)| (*environment).to_owned())
}

/// Order of environments: from the first that a change reaches to the last.
fn order(environment: &str) -> usize {
    ["dev", "test", "staging", "prod"].iter().position(|known| *known == environment).unwrap_or(2)
}

fn rank(cluster: &DraftCluster) -> usize {
    cluster.environment.as_deref().map_or(9, order)
}

pub(super) fn is_production(environment: &str) -> bool {
    matches!(environment, "prod" | "production" | "prd" | "live")
}

impl Draft {
    /// Names of environments, in order.
    pub(super) fn environments(&self) -> Vec<String> {
        let mut names: Vec<String> = Vec::new();
        for name in self.clusters.iter().filter_map(|c| c.environment.as_ref()) {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
        names.sort_by_key(|name| order(name));
        names
    }

    /// The file.
    pub(super) fn to_yaml(&self) -> String {
        let mut out = String::from(
            "# What is true of this platform: Seatrial judges every manifest by it.\n\
             # Correct what is wrong, fill in what is missing (`seatrial platform gaps` lists it).\n",
        );
        let known = if self.version_known { "" } else { "   # not found anywhere: the newest known" };
        out.push_str(&format!("argocd:\n  version: {}{known}\n", text_of(&self.version)));
        out.push_str(&format!("  namespace: {}\n", scalar(&self.namespace)));
        match &self.runs_in {
            Some(hub) => out.push_str(&format!("  runsIn: {}\n", scalar(hub))),
            None => {
                out.push_str("  # runsIn: NAME   the cluster that https://kubernetes.default.svc means\n")
            }
        }
        if !self.state.is_empty() {
            let folders: Vec<String> = self.state.iter().map(|folder| scalar(folder)).collect();
            out.push_str(&format!("  state: [{}]\n", folders.join(", ")));
        }
        self.write_clusters(&mut out);
        self.write_environments(&mut out);
        self.write_repositories(&mut out);
        out
    }

    fn write_clusters(&self, out: &mut String) {
        out.push_str("\nclusters:");
        if self.clusters.is_empty() {
            out.push_str(" {}   # e.g. prod-eks: {server: \"https://...\", environment: prod}\n");
        } else {
            out.push('\n');
        }
        for cluster in &self.clusters {
            out.push_str(&format!("  {}:\n", scalar(&cluster.name)));
            let mut any = false;
            // An imported Secret says it already, and a fact has one home.
            if let Some(server) = cluster.server.as_ref().filter(|_| !cluster.imported) {
                out.push_str(&format!("    server: {}\n", scalar(server)));
                any = true;
            }
            for (key, value) in [
                ("environment", &cluster.environment),
                ("context", &cluster.context),
                ("auth", &cluster.auth),
            ] {
                if let Some(value) = value {
                    out.push_str(&format!("    {key}: {}\n", scalar(value)));
                    any = true;
                }
            }
            if cluster.environment.is_none() {
                out.push_str("    # environment: NAME\n");
            }
            if !any {
                out.truncate(out.trim_end().len());
                out.push_str(" {}\n");
            }
        }
        for server in &self.strangers {
            out.push_str(&format!("  # an Application goes to {server}, which no cluster here has\n"));
        }
    }

    fn write_environments(&self, out: &mut String) {
        let environments = self.environments();
        out.push_str("\nenvironments:");
        if environments.is_empty() {
            out.push_str(
                " {}   # e.g. prod: {registries: [...], pullSecret: ..., sync: {automated: false}}\n",
            );
            return;
        }
        out.push('\n');
        for name in environments {
            out.push_str(&format!("  {}:\n", scalar(&name)));
            match self.registries.get(&name) {
                Some(hosts) => {
                    let hosts: Vec<String> = hosts.iter().map(|host| scalar(host)).collect();
                    out.push_str(&format!("    registries: [{}]\n", hosts.join(", ")));
                }
                None => out.push_str("    # registries: [registry.example.com]\n"),
            }
            if let Some(secret) = self.pull_secrets.get(&name) {
                out.push_str(&format!("    pullSecret: {}\n", scalar(secret)));
            } else {
                out.push_str("    # pullSecret: NAME\n");
            }
            match self.manual.get(&name) {
                Some(true) => out.push_str("    sync: {automated: false}\n"),
                Some(false) => out.push_str("    sync: {automated: true}\n"),
                None if is_production(&name) => {
                    out.push_str("    production: true\n    # sync: {automated: false}\n");
                }
                None => out.push_str("    production: false\n    # sync: {automated: true}\n"),
            }
        }
    }

    fn write_repositories(&self, out: &mut String) {
        if !self.repositories.is_empty() {
            out.push_str("\nrepositories:\n");
            for (url, path) in &self.repositories {
                out.push_str(&format!("  {}: {{path: {}}}\n", scalar(url), scalar(path)));
            }
        }
        if !self.charts.is_empty() {
            out.push_str(&format!("# charts here: {}\n", self.charts.join(", ")));
        }
    }
}

/// A string as go-yaml would write it: quoted only where it must be.
fn scalar(text: &str) -> String {
    let written = goyaml::to_yaml(&Value::String(text.to_owned())).unwrap_or_default();
    let written = written.trim_end();
    let plain_in_flow = !text.contains([',', '[', ']', '{', '}']);
    if written.is_empty() || written.contains('\n') || (!plain_in_flow && !written.starts_with(['"', '\''])) {
        return Value::String(text.to_owned()).to_string();
    }
    written.to_owned()
}

/// A version, which must not be read as a number.
fn text_of(version: &str) -> String {
    format!("\"{version}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_environments() {
        assert_eq!(guess("prod-eks").as_deref(), Some("prod"));
        assert_eq!(guess("acme_staging_1").as_deref(), Some("staging"));
        assert_eq!(guess("minikube").as_deref(), Some("dev"));
        assert_eq!(guess("reproducer"), None);
    }
}
