//! Clusters and environments: who goes where.

use std::collections::{BTreeMap, BTreeSet};

use seatrial_trial::{Application, Model};
use seatrial_yaml::Path;
use serde_json::{Value, json};

use super::bootstrap::{self, Survey};
use super::{AGREEMENT, MIN_WITNESSES, Repository, Seen, signs};

/// The address by which Argo CD knows the cluster that it runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

/// A cluster that Applications go to.
#[derive(Clone, Debug, Default)]
pub(super) struct Cluster {
    pub(super) name: String,
    pub(super) server: Option<String>,
    /// Environments of the Applications that go there, with how many.
    environments: BTreeMap<String, usize>,
    /// Where it is named first.
    evidence: Vec<String>,
    applications: usize,
    /// Whether its name was made up from its address.
    made_up: bool,
    /// What its Secret's label or its own name tells.
    told: Option<String>,
}

/// A cluster known by its address only.
pub(super) struct Unnamed<'p> {
    pub(super) name: &'p str,
    pub(super) server: &'p str,
}

/// All places, and the environment of each Application by its index in the model.
#[derive(Default)]
pub(super) struct Places {
    pub(super) clusters: Vec<Cluster>,
    pub(super) environments: Vec<Option<String>>,
    names: BTreeSet<String>,
}

impl Cluster {
    /// The environment that its Applications agree on, or that its label or name tells.
    fn environment(&self) -> Option<(&str, usize, usize)> {
        let told = self.told.as_deref();
        // Applications that tell no environment are no votes for the one that a few tell.
        let all = self.applications;
        let common = self.environments.iter().max_by_key(|(name, count)| (**count, std::cmp::Reverse(*name)));
        match (told, common) {
            (Some(told), _) => Some((told, *self.environments.get(told).unwrap_or(&0), all)),
            (None, Some((name, count))) if *count >= MIN_WITNESSES && *count * 100 >= all * AGREEMENT => {
                Some((name, *count, all))
            }
            _ => None,
        }
    }
}

impl Places {
    pub(super) fn unnamed(&self) -> impl Iterator<Item = Unnamed<'_>> {
        self.clusters
            .iter()
            .filter(|cluster| cluster.made_up)
            .filter_map(|cluster| Some(Unnamed { name: &cluster.name, server: cluster.server.as_deref()? }))
    }

    pub(super) fn serverless(&self) -> impl Iterator<Item = &str> {
        self.clusters.iter().filter(|cluster| cluster.server.is_none()).map(|cluster| cluster.name.as_str())
    }

    pub(super) fn of_no_environment(&self) -> impl Iterator<Item = &str> {
        // A cluster that several environments share is of none of them, and files say so.
        let open = |cluster: &&Cluster| cluster.environment().is_none() && cluster.environments.len() < 2;
        self.clusters.iter().filter(open).map(|cluster| cluster.name.as_str())
    }
}

/// Where an Application's field is, as `file:line`.
pub(super) fn place(model: &Model<'_>, application: &Application, path: &str) -> String {
    let span = model.locate(application, &Path::parse(path).unwrap_or_default()).span;
    let (manifest, _) = model.home_of(application);
    let file = if span.file == manifest.file.id {
        Some(manifest.file.clone())
    } else {
        model.documents().map(|(manifest, _)| &manifest.file).find(|file| file.id == span.file).cloned()
    };
    match file {
        Some(file) => format!("{}:{}", file.path, file.line_col(span.start as usize).line),
        None => manifest.file.path.to_string(),
    }
}

/// Reads the destinations of all Applications.
pub(super) fn of(model: &Model<'_>, survey: &Survey) -> Places {
    let mut places = Places::default();
    for (name, server, label) in &survey.clusters {
        let told = label.clone().or_else(|| signs::environment(name).map(str::to_owned));
        places.clusters.push(Cluster {
            name: name.clone(),
            server: server.clone(),
            told,
            ..Cluster::default()
        });
    }
    let words: Vec<Option<String>> = model.applications.iter().map(|one| environment(model, one)).collect();
    // One spelling for each environment: the commonest.
    let mut spellings: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for word in words.iter().flatten() {
        let group = signs::group(word).unwrap_or(word);
        *spellings.entry(group).or_default().entry(word).or_default() += 1;
    }
    let spelled = |word: &String| {
        let group = signs::group(word).unwrap_or(word);
        let common = spellings
            .get(group)?
            .iter()
            .max_by_key(|(name, count)| (**count, std::cmp::Reverse(name.len())))?;
        Some((*common.0).to_owned())
    };
    places.environments = words.iter().map(|word| word.as_ref().and_then(spelled)).collect();
    for (application, environment) in model.applications.iter().zip(&places.environments.clone()) {
        destination(model, application, environment.as_deref(), &mut places);
    }
    // What the destination's cluster is of, where the Application itself does not tell.
    for (index, application) in model.applications.iter().enumerate() {
        if places.environments[index].is_some() {
            continue;
        }
        let cluster = find(&places.clusters, application);
        places.environments[index] =
            cluster.and_then(|at| places.clusters[at].environment()).map(|(name, ..)| name.to_owned());
    }
    places.names = places.environments.iter().flatten().cloned().collect();
    for cluster in &places.clusters {
        places.names.extend(cluster.environment().map(|(name, ..)| name.to_owned()));
    }
    places
}

fn text<'a>(application: &'a Application, pointer: &str) -> &'a str {
    application.json.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// What an Application says of its environment: by label, name, destination, source path, value files, file, namespace.
fn environment(model: &Model<'_>, application: &Application) -> Option<String> {
    let labels =
        application.json.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    let labelled = labels
        .filter(|(key, _)| {
            ["env", "environment", "stage"].contains(&key.rsplit('/').next().unwrap_or_default())
        })
        .find_map(|(_, value)| value.as_str().filter(|value| !value.is_empty()));
    if let Some(label) = labelled {
        return Some(label.to_owned());
    }
    let told = |name: &str| signs::environment(name).map(str::to_owned);
    let known = model
        .platform()
        .environment_named(application.environment.as_deref().unwrap_or_default())
        .map(str::to_owned);
    told(&application.name)
        .or(known)
        .or_else(|| told(text(application, "/spec/destination/name")))
        .or_else(|| {
            application.sources().iter().find_map(|(_, source)| {
                let of = |key: &str| source.get(key).and_then(Value::as_str).and_then(told);
                let files =
                    source.pointer("/helm/valueFiles").and_then(Value::as_array).into_iter().flatten();
                of("path").or_else(|| files.filter_map(Value::as_str).find_map(told))
            })
        })
        .or_else(|| told(&model.home_of(application).0.file.path))
        .or_else(|| told(text(application, "/spec/destination/namespace")))
        .or_else(|| told(text(application, "/spec/project")))
}

fn find(clusters: &[Cluster], application: &Application) -> Option<usize> {
    let name = text(application, "/spec/destination/name");
    let server = text(application, "/spec/destination/server").trim_end_matches('/');
    clusters.iter().position(|cluster| {
        (!name.is_empty() && cluster.name == name)
            || (name.is_empty()
                && !server.is_empty()
                && cluster.server.as_deref().map(|s| s.trim_end_matches('/')) == Some(server))
    })
}

fn destination(model: &Model<'_>, application: &Application, environment: Option<&str>, places: &mut Places) {
    let name = text(application, "/spec/destination/name");
    let server = text(application, "/spec/destination/server").trim_end_matches('/');
    if (name.is_empty() && server.is_empty()) || name.contains("{{") || server.contains("{{") {
        return;
    }
    let at = find(&places.clusters, application).unwrap_or_else(|| {
        let in_cluster = server == IN_CLUSTER || name == "in-cluster";
        let made_up = name.is_empty() && !in_cluster;
        let cluster = Cluster {
            name: if in_cluster {
                "in-cluster".to_owned()
            } else if name.is_empty() {
                short(server)
            } else {
                name.to_owned()
            },
            server: if in_cluster {
                Some(IN_CLUSTER.to_owned())
            } else {
                (!server.is_empty()).then(|| server.to_owned())
            },
            told: signs::environment(name).map(str::to_owned),
            made_up,
            ..Cluster::default()
        };
        places.clusters.push(cluster);
        places.clusters.len() - 1
    });
    let Some(cluster) = places.clusters.get_mut(at) else { return };
    cluster.applications += 1;
    if let Some(environment) = environment {
        *cluster.environments.entry(environment.to_owned()).or_default() += 1;
    }
    if cluster.evidence.len() < 3 {
        let key = if name.is_empty() { "spec.destination.server" } else { "spec.destination.name" };
        let place = place(model, application, key);
        if !cluster.evidence.contains(&place) {
            cluster.evidence.push(place);
        }
    }
}

/// A name for a cluster that is known by its address only.
fn short(server: &str) -> String {
    let host = server.split("://").nth(1).unwrap_or(server);
    let host = host.split(['/', ':']).next().unwrap_or(host);
    let first = host.split('.').next().unwrap_or(host);
    let is_address = host.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if is_address { host.replace('.', "-") } else { first.to_ascii_lowercase() }
}

/// Facts about places and about the repository itself.
pub(super) fn facts(places: &Places, survey: &Survey, repository: &Repository<'_>) -> Vec<Seen> {
    let mut facts = Vec::new();
    let one = |path: &[&str], value: Value, support: usize, of: usize, evidence: Vec<String>| Seen {
        path: path.iter().map(|key| (*key).to_owned()).collect(),
        value,
        support,
        of,
        evidence,
        exceptions: Vec::new(),
    };
    if let Some((version, place)) = &survey.version {
        facts.push(one(&["argocd", "version"], json!(version), 1, 1, vec![place.clone()]));
    }
    if let Some((namespace, count, all)) =
        bootstrap::namespace(survey).filter(|(_, count, all)| count * 100 >= all * AGREEMENT)
    {
        facts.push(one(&["argocd", "namespace"], json!(namespace), count, all, Vec::new()));
    }
    let state: Vec<String> =
        survey
            .state
            .iter()
            .map(|folder| {
                if repository.path == "." { folder.clone() } else { format!("{}/{folder}", repository.path) }
            })
            .collect();
    if !state.is_empty() {
        facts.push(one(&["argocd", "state"], json!(state), state.len(), state.len(), Vec::new()));
    }
    let hub = places.clusters.iter().find(|cluster| cluster.server.as_deref() == Some(IN_CLUSTER));
    if let Some(hub) = hub {
        facts.push(one(
            &["argocd", "runsIn"],
            json!(hub.name),
            hub.applications,
            hub.applications,
            hub.evidence.clone(),
        ));
    }
    for cluster in &places.clusters {
        let imported = survey.clusters.iter().any(|(name, ..)| *name == cluster.name);
        let (count, evidence) = (cluster.applications, &cluster.evidence);
        if let Some(server) = cluster.server.as_ref().filter(|_| !imported) {
            facts.push(one(
                &["clusters", &cluster.name, "server"],
                json!(server),
                count,
                count,
                evidence.clone(),
            ));
        }
        match cluster.environment() {
            Some((environment, support, of)) => facts.push(one(
                &["clusters", &cluster.name, "environment"],
                json!(environment),
                support.max(usize::from(cluster.told.is_some())),
                of.max(usize::from(cluster.told.is_some())),
                evidence.clone(),
            )),
            None if imported || cluster.server.is_none() => {
                facts.push(one(&["clusters", &cluster.name], json!({}), count, count, evidence.clone()));
            }
            None => {}
        }
    }
    let mut names: Vec<&String> = places.names.iter().collect();
    names.sort_by_key(|name| (signs::rank(name), *name));
    for name in names {
        let of_it = places.environments.iter().flatten().filter(|known| *known == name).count();
        facts.push(one(&["environments", name], json!({}), of_it, of_it, Vec::new()));
    }
    for url in bootstrap::own(survey, repository.remotes) {
        let count = survey.addresses.get(&url).map_or(0, |(here, _)| *here);
        let value = json!({"path": repository.path, "anyRevision": true});
        facts.push(one(&["repositories", &url], value, count.max(1), count.max(1), Vec::new()));
    }
    facts.retain(|fact| fact.support > 0 || fact.of >= MIN_WITNESSES || fact.value == json!({}));
    facts
}
