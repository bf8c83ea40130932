//! A first platform file from what can be found.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use seatrial_argocd::world::IN_CLUSTER_SERVER;
use serde_json::Value;

use crate::import::{Context, without_credentials};
use crate::repositories::address_key;

/// What was found around a repository.
#[derive(Clone, Debug, Default)]
pub struct Discovered {
    /// Contexts of kubeconfig files.
    pub contexts: Vec<Context>,
    /// Argo CD objects found in the tree (Secrets, AppProjects, Applications, ApplicationSets).
    pub objects: Vec<Value>,
    /// Files and folders that hold cluster Secrets, AppProjects and Argo CD's ConfigMaps.
    pub state: Vec<String>,
    /// Addresses of the repository's remotes.
    pub remotes: Vec<String>,
    /// Folders that hold a `Chart.yaml`.
    pub charts: Vec<String>,
    /// The version of Argo CD, when it is known.
    pub version: Option<String>,
}

/// Parts of names that tell an environment, and what it is called.
const TELLING: [(&str, &str); 14] = [
    ("dev", "dev"),
    ("develop", "dev"),
    ("development", "dev"),
    ("test", "test"),
    ("testing", "test"),
    ("qa", "qa"),
    ("uat", "uat"),
    ("int", "int"),
    ("stage", "staging"),
    ("staging", "staging"),
    ("preprod", "preprod"),
    ("prod", "prod"),
    ("production", "prod"),
    ("prd", "prod"),
];

#[derive(Default)]
struct Found {
    server: Option<String>,
    environment: Option<String>,
    context: Option<String>,
    auth: Option<String>,
    labels: BTreeMap<String, String>,
}

/// A first `seatrial.yaml`, with comments that say what to check and what to add. Only what was found is stated;
/// guesses (an environment by a cluster's name) are marked.
pub fn draft(discovered: &Discovered) -> String {
    let clusters = clusters(discovered);
    let mut out = String::from(
        "# What is true of this platform. Seatrial judges manifests by it; what is not stated is not judged.\n\
         # `seatrial platform` shows what is in force, `seatrial platform gaps` what is missing.\n",
    );
    argocd(&mut out, discovered, &clusters);
    section_clusters(&mut out, &clusters);
    environments(&mut out, &clusters);
    registries(&mut out, discovered);
    repositories(&mut out, discovered);
    out.push_str(
        "\n# Rules of the house, each with the sentence it came from.\n\
         # constraints:\n\
         #   - {id: prod-is-manual, level: must, environments: [prod], rule: sync.automated == null, source: \"prod MUST be manual sync only\"}\n",
    );
    out
}

fn argocd(out: &mut String, discovered: &Discovered, clusters: &BTreeMap<String, Found>) {
    out.push_str("\nargocd:\n");
    match &discovered.version {
        Some(version) => {
            let _ = writeln!(out, "  version: {}", quoted(version));
        }
        None => out.push_str(
            "  # version: \"3.6\"              # decides which fields exist; `argocd version --short`\n",
        ),
    }
    let mut namespaces: BTreeMap<&str, usize> = BTreeMap::new();
    for object in &discovered.objects {
        if let Some(namespace) = object.pointer("/metadata/namespace").and_then(Value::as_str) {
            *namespaces.entry(namespace).or_default() += 1;
        }
    }
    let namespace =
        namespaces.iter().max_by_key(|(name, count)| (**count, **name == "argocd")).map(|(name, _)| *name);
    let _ = writeln!(out, "  namespace: {}", scalar(namespace.unwrap_or("argocd")));
    let hub = clusters.iter().find(|(_, found)| found.server.as_deref() == Some(IN_CLUSTER_SERVER));
    match hub {
        Some((name, _)) => {
            let _ = writeln!(out, "  runsIn: {}", scalar(name));
        }
        None => out.push_str(
            "  # runsIn: hub                  # the cluster that https://kubernetes.default.svc means\n",
        ),
    }
    if !discovered.state.is_empty() {
        let paths: Vec<String> = discovered.state.iter().map(|path| scalar(path)).collect();
        let _ = writeln!(out, "  state: [{}]", paths.join(", "));
    }
}

fn section_clusters(out: &mut String, clusters: &BTreeMap<String, Found>) {
    if clusters.is_empty() {
        out.push_str(
            "\n# The clusters that Argo CD knows (`argocd cluster list`).\n# clusters:\n\
             #   prod-eks: {server: \"https://…\", environment: prod}\n",
        );
        return;
    }
    out.push_str("\nclusters:\n");
    for (name, found) in clusters {
        let _ = writeln!(out, "  {}:", scalar(name));
        match &found.server {
            Some(server) => {
                let _ = writeln!(out, "    server: {}", scalar(server));
            }
            None => out.push_str("    # server:                    # its address as Argo CD knows it\n"),
        }
        match &found.environment {
            Some(environment) => {
                let _ = writeln!(
                    out,
                    "    environment: {}           # guessed from its name or labels",
                    scalar(environment)
                );
            }
            None => out.push_str("    # environment:               # which one?\n"),
        }
        for (key, value) in [("context", &found.context), ("auth", &found.auth)] {
            if let Some(value) = value {
                let _ = writeln!(out, "    {key}: {}", scalar(value));
            }
        }
        if !found.labels.is_empty() {
            let labels: Vec<String> = found
                .labels
                .iter()
                .map(|(key, value)| format!("{}: {}", scalar(key), quoted(value)))
                .collect();
            let _ = writeln!(out, "    labels: {{{}}}", labels.join(", "));
        }
    }
}

fn environments(out: &mut String, clusters: &BTreeMap<String, Found>) {
    let names: BTreeSet<&str> = clusters.values().filter_map(|found| found.environment.as_deref()).collect();
    let example = "registries: [docker.io], pullSecret: false, sync: {automated: true, prune: true, selfHeal: true}, replicas: 1";
    if names.is_empty() {
        let _ = write!(out, "\n# environments:\n#   dev: {{{example}}}\n#   prod: {{sync: manual}}\n");
        return;
    }
    out.push_str("\nenvironments:\n");
    // In the order that changes travel.
    let rank =
        |name: &str| TELLING.iter().position(|(_, canonical)| *canonical == name).unwrap_or(usize::MAX);
    let mut ordered: Vec<&str> = names.into_iter().collect();
    ordered.sort_by_key(|name| (rank(name), *name));
    for name in ordered {
        let _ = writeln!(out, "  {}: {{}}", scalar(name));
        let hint = if name == "prod" {
            "sync: manual, pullSecret: …, replicas: …, pinned: true"
        } else {
            example
        };
        let _ = writeln!(out, "  # {name}: {{{hint}}}");
    }
}

fn registries(out: &mut String, discovered: &Discovered) {
    let mut hosts = BTreeSet::new();
    for object in &discovered.objects {
        collect_registries(object, &mut hosts, 0);
    }
    if hosts.is_empty() {
        return;
    }
    out.push_str("\n# Seen in manifests: say who may use them (`environments.….registries`) and with which secret.\nregistries:\n");
    for host in hosts {
        let _ = writeln!(out, "  {}: {{}}", scalar(&host));
    }
}

fn collect_registries(value: &Value, hosts: &mut BTreeSet<String>, depth: usize) {
    match value {
        Value::Object(map) if depth < 64 => {
            for (key, value) in map {
                let telling = ["image", "registry", "repository"].contains(&key.as_str());
                if let Some(host) = value.as_str().filter(|_| telling).and_then(registry_host) {
                    hosts.insert(host);
                }
                collect_registries(value, hosts, depth + 1);
            }
        }
        Value::Array(items) if depth < 64 => {
            for item in items {
                collect_registries(item, hosts, depth + 1);
            }
        }
        _ => {}
    }
}

/// The registry of an image reference, when it is written with one.
fn registry_host(image: &str) -> Option<String> {
    let host = image.split('/').next()?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:".contains(c);
    let good =
        host.contains('.') && !host.contains("..") && host.chars().all(plain) && !image.contains("://");
    // `1.2.3` is a tag, not a host.
    let named =
        host.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_lowercase()));
    (good && named).then(|| host.to_owned())
}

fn repositories(out: &mut String, discovered: &Discovered) {
    let own: BTreeSet<String> = discovered.remotes.iter().map(|url| address_key(url)).collect();
    let mut others: BTreeMap<String, String> = BTreeMap::new();
    for object in &discovered.objects {
        collect_urls(object, &mut others, 0);
    }
    others.retain(|key, _| !own.contains(key));
    if own.is_empty() && others.is_empty() {
        return;
    }
    out.push_str("\nrepositories:\n");
    let mut written = BTreeSet::new();
    for url in discovered.remotes.iter().filter(|url| written.insert(address_key(url))) {
        let _ = writeln!(
            out,
            "  {}: {{path: ., anyRevision: true}}   # this repository, as it is checked out",
            scalar(url)
        );
    }
    for url in others.values() {
        let _ =
            writeln!(out, "  {}: {{}}                     # path: where it is on this machine", scalar(url));
    }
    if let Some(chart) = discovered.charts.first() {
        let _ = writeln!(
            out,
            "  # a chart repository is stood for by a folder of charts, such as the one around {chart:?}"
        );
    }
}

fn collect_urls(value: &Value, urls: &mut BTreeMap<String, String>, depth: usize) {
    match value {
        Value::Object(map) if depth < 64 => {
            for (key, value) in map {
                let url = value.as_str().filter(|_| key == "repoURL" || key == "url");
                if let Some(url) = url.filter(|url| url.contains("://") && !url.contains("{{")) {
                    // A password in an address stays where it is.
                    let clean = without_credentials(&serde_json::json!({
                        "kind": "Secret", "metadata": {"labels": {"argocd.argoproj.io/secret-type": "repository"}},
                        "stringData": {"url": url},
                    }));
                    let clean = clean
                        .pointer("/stringData/url")
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                        .to_owned();
                    urls.entry(address_key(url)).or_insert(clean);
                }
                collect_urls(value, urls, depth + 1);
            }
        }
        Value::Array(items) if depth < 64 => {
            for item in items {
                collect_urls(item, urls, depth + 1);
            }
        }
        _ => {}
    }
}

fn clusters(discovered: &Discovered) -> BTreeMap<String, Found> {
    let mut clusters: BTreeMap<String, Found> = BTreeMap::new();
    for object in &discovered.objects {
        let label =
            object.pointer("/metadata/labels/argocd.argoproj.io~1secret-type").and_then(Value::as_str);
        if object.get("kind").and_then(Value::as_str) != Some("Secret") || label != Some("cluster") {
            continue;
        }
        let plain = without_credentials(object);
        let field = |key: &str| {
            plain.pointer(&format!("/stringData/{key}")).and_then(Value::as_str).map(str::to_owned)
        };
        let Some(name) = field("name").or_else(|| field("server")) else { continue };
        let labels = plain.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
        let labels = labels
            .filter(|(key, _)| !key.starts_with("argocd.argoproj.io/"))
            .filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned())));
        let found = clusters.entry(name).or_default();
        found.server = field("server");
        found.labels.extend(labels);
    }
    let known_by_secret = !clusters.is_empty();
    for context in &discovered.contexts {
        let server = context.server.as_ref().map(|server| server.value.clone());
        let existing = clusters.iter_mut().find(|(name, found)| {
            **name == context.name.value || (server.is_some() && found.server == server)
        });
        let found = match existing {
            Some((_, found)) => found,
            // Where Argo CD's own list is at hand, a person's other contexts are no clusters of the platform.
            None if known_by_secret => continue,
            None => clusters.entry(short_name(&context.name)).or_default(),
        };
        found.server = found.server.take().or(server);
        found.context = Some(context.name.value.clone());
        found.auth = context.auth.as_ref().map(|auth| auth.value.clone());
    }
    for (name, found) in &mut clusters {
        let of_labels = found.labels.iter().filter(|(key, _)| {
            ["env", "environment", "stage", "tier"].contains(&key.rsplit('/').next().unwrap_or_default())
        });
        found.environment =
            of_labels.map(|(_, value)| value.as_str()).find_map(telling).or_else(|| telling(name));
    }
    clusters
}

/// A cluster's name out of a context's: EKS contexts are ARNs.
fn short_name(context: &str) -> String {
    match context.strip_prefix("arn:") {
        Some(_) => context.rsplit('/').next().unwrap_or(context).to_owned(),
        None => context.to_owned(),
    }
}

fn telling(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split(|c: char| !c.is_ascii_alphanumeric()).collect();
    let known =
        |part: &&str| TELLING.iter().find(|(word, _)| word == part).map(|(_, environment)| *environment);
    let found = parts.iter().rev().find_map(known);
    // Local clusters are for development.
    let local = || ["minikube", "kind", "k3d", "docker"].contains(&parts[0]).then_some("dev");
    found.or_else(local).map(str::to_owned)
}

/// A text as a YAML scalar, quoted when it would be read as something else.
fn scalar(text: &str) -> String {
    let safe_start = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.' || c == '/');
    let safe = text.chars().all(|c| c.is_ascii_alphanumeric() || "._-/:@+".contains(c));
    let is_text = text.chars().any(|c| c.is_ascii_alphabetic())
        && !matches!(
            seatrial_yaml::parse(text).root().and_then(|root| root.scalar()),
            Some(scalar) if !matches!(scalar, seatrial_yaml::Scalar::Str(_))
        );
    if safe_start && safe && is_text && !text.ends_with(':') && !text.contains(": ") || text == "." {
        return text.to_owned();
    }
    quoted(text)
}

fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
}
