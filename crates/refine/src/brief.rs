//! The facts that bear on an intent, in as few words as they can be told.

use std::collections::BTreeMap;

use seatrial_author::Intent;
use seatrial_platform::{Cluster, Constraint, Environments, Modality, Platform, PullSecret};
use seatrial_yaml::goyaml;
use serde_json::{Map, Value};

/// How many clusters of an environment are told one by one.
const CLUSTERS: usize = 12;

/// Facts for a prompt.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brief {
    /// The facts, as text.
    pub text: String,
    /// What is not told, with its number and why: `412 constraints that bind no environment of the intent`.
    pub left_out: Vec<String>,
}

/// About how many tokens a text has. High rather than low: facts are names and addresses, which have more tokens than prose.
pub fn tokens(text: &str) -> usize {
    text.len().div_ceil(3)
}

/// Something that can be told, or left out for want of room.
struct Item {
    section: usize,
    /// The least is told first.
    rank: u8,
    /// What it is one of, for counting: `constraint`.
    kind: &'static str,
    text: String,
}

/// The sections, in their order.
const SECTIONS: [&str; 8] = [
    "Argo CD",
    "Environments",
    "Clusters",
    "Registries",
    "Repositories",
    "Conventions",
    "Expected",
    "Constraints",
];

/// The facts of a platform that bear on an intent, in at most `room` tokens. The same platform and intent give the same text. What is left
/// out is no gap: a trial judges by all of it, and what a proposal breaks is told in the next round.
pub fn brief(platform: &Platform, intent: &Intent, room: usize) -> Brief {
    let environments: Vec<&str> = if intent.environments.is_empty() {
        platform.environments.iter().map(|environment| environment.name.value.as_str()).collect()
    } else {
        intent.environments.iter().map(String::as_str).collect()
    };
    let mut items = Vec::new();
    let mut left_out = BTreeMap::new();
    argocd(platform, &mut items);
    for environment in &environments {
        of_environment(platform, environment, &mut items);
        clusters(platform, environment, intent, &mut items, &mut left_out);
    }
    let others =
        platform.environments.iter().filter(|e| !environments.contains(&e.name.value.as_str())).count();
    note(&mut left_out, others, "environments that the intent does not name");
    registries(platform, &environments, &mut items, &mut left_out);
    repositories(platform, intent, &mut items, &mut left_out);
    conventions(platform, &mut items);
    constraints(platform, &environments, &mut items, &mut left_out);
    told(items, room, left_out)
}

fn note(left_out: &mut BTreeMap<String, usize>, n: usize, what: &str) {
    if n > 0 {
        *left_out.entry(what.to_owned()).or_default() += n;
    }
}

/// As many as there is room for, by rank, in the order of the sections.
fn told(mut items: Vec<Item>, room: usize, mut left_out: BTreeMap<String, usize>) -> Brief {
    let mut order: Vec<usize> = (0..items.len()).collect();
    order.sort_by_key(|index| items[*index].rank);
    let mut free = room.saturating_sub(SECTIONS.iter().map(|title| tokens(title) + 2).sum());
    let mut kept = vec![false; items.len()];
    for index in order {
        let need = tokens(&items[index].text) + 1;
        if need <= free {
            free -= need;
            kept[index] = true;
        } else {
            note(
                &mut left_out,
                1,
                &format!("{}s for want of room (they are checked all the same)", items[index].kind),
            );
        }
    }
    let mut text = String::new();
    for (section, title) in SECTIONS.iter().enumerate() {
        let mut first = true;
        for (item, _) in items.iter_mut().zip(&kept).filter(|(item, kept)| **kept && item.section == section)
        {
            if first {
                text.push_str(&format!("## {title}\n"));
                first = false;
            }
            text.push_str(&item.text);
            if !item.text.ends_with('\n') {
                text.push('\n');
            }
        }
    }
    Brief { text, left_out: left_out.into_iter().map(|(what, n)| format!("{n} {what}")).collect() }
}

fn argocd(platform: &Platform, items: &mut Vec<Item>) {
    let mut text = format!("version {}, namespace {}", platform.version(), platform.namespace());
    if let Some(cluster) = &platform.argocd.runs_in {
        text.push_str(&format!(", runs in cluster {cluster}, which https://kubernetes.default.svc means"));
    }
    items.push(Item { section: 0, rank: 0, kind: "fact", text });
}

fn of_environment(platform: &Platform, name: &str, items: &mut Vec<Item>) {
    let Some(there) = platform.in_force(name) else { return };
    let mut facts: Map<String, Value> = there.facts.into_iter().map(|line| (line.name, line.value)).collect();
    if let Some(environment) = platform.environment(name) {
        if !environment.aliases.is_empty() {
            let aliases = environment.aliases.iter().map(|alias| Value::String(alias.value.clone()));
            facts.insert("alsoCalled".into(), aliases.collect());
        }
        facts.insert("production".into(), platform.is_production(name).into());
    }
    items.push(Item { section: 1, rank: 1, kind: "environment", text: yaml(name, Value::Object(facts)) });
}

fn clusters(
    platform: &Platform,
    environment: &str,
    intent: &Intent,
    items: &mut Vec<Item>,
    left_out: &mut BTreeMap<String, usize>,
) {
    let named =
        |cluster: &&Cluster| intent.clusters.is_empty() || intent.clusters.contains(&cluster.name.value);
    let all: Vec<&Cluster> = platform.clusters_of(environment).collect();
    let wanted: Vec<&Cluster> = all.iter().copied().filter(named).collect();
    note(left_out, all.len() - wanted.len(), "clusters that the intent does not name");
    if wanted.len() > CLUSTERS {
        let labels = common_labels(&wanted);
        let how = if labels.is_empty() {
            "they share no label: ask which are meant".to_owned()
        } else {
            format!(
                "all of them carry {}: use the clusters generator with these matchLabels",
                labels.join(", ")
            )
        };
        let text = format!("{environment}: {} clusters; {how}", wanted.len());
        items.push(Item { section: 2, rank: 2, kind: "cluster", text });
        note(left_out, wanted.len(), "clusters told together, by their labels");
        return;
    }
    for cluster in wanted {
        let mut facts = Map::new();
        facts.insert("environment".into(), environment.into());
        for line in platform.in_force(&cluster.name).map(|there| there.facts).unwrap_or_default() {
            if line.key.starts_with("clusters.") && line.name != "context" {
                facts.insert(line.name, line.value);
            }
        }
        if let Some(labels) = &cluster.labels {
            let labels =
                labels.value.iter().map(|(key, value)| (key.value.clone(), value.value.clone().into()));
            facts.insert("labels".into(), Value::Object(labels.collect()));
        }
        items.push(Item {
            section: 2,
            rank: 2,
            kind: "cluster",
            text: yaml(&cluster.name, Value::Object(facts)),
        });
    }
}

/// `key=value` of every label that all clusters carry.
fn common_labels(clusters: &[&Cluster]) -> Vec<String> {
    let of = |cluster: &Cluster| -> Vec<String> {
        let pairs = cluster.labels.iter().flat_map(|labels| &labels.value);
        pairs.map(|(key, value)| format!("{key}={value}")).collect()
    };
    let mut common = clusters.first().map(|cluster| of(cluster)).unwrap_or_default();
    for cluster in clusters {
        let own = of(cluster);
        common.retain(|label| own.contains(label));
    }
    common
}

fn registries(
    platform: &Platform,
    environments: &[&str],
    items: &mut Vec<Item>,
    left_out: &mut BTreeMap<String, usize>,
) {
    let used: Vec<&str> = environments
        .iter()
        .filter_map(|environment| platform.scope(Some(environment), None).registries())
        .flat_map(|list| list.value.iter().map(|host| host.value.as_str()))
        .collect();
    for registry in &platform.registries {
        let host = registry.host.value.as_str();
        if !used.is_empty() && !used.iter().any(|used| *used == host || used.starts_with(&format!("{host}/")))
        {
            note(left_out, 1, "registries that no environment of the intent uses");
            continue;
        }
        let secret = match registry.pull_secret.as_ref().map(|secret| &secret.value) {
            Some(PullSecret::NotNeeded) => "needs no pull secret",
            Some(PullSecret::Named(name)) => &format!("pull secret {name}"),
            Some(_) => "needs the pull secret of the environment",
            None => continue,
        };
        items.push(Item { section: 3, rank: 3, kind: "registry", text: format!("{host}: {secret}") });
    }
}

fn repositories(
    platform: &Platform,
    intent: &Intent,
    items: &mut Vec<Item>,
    left_out: &mut BTreeMap<String, usize>,
) {
    /// How many are told when the intent names none.
    const SHOWN: usize = 20;
    let known: Vec<&str> = platform
        .repositories
        .iter()
        .map(|repository| repository.url.value.as_str())
        .filter(|url| *url != "*")
        .collect();
    let wanted = |url: &&&str| intent.repository.as_ref().is_none_or(|wanted| wanted == **url);
    let shown: Vec<&&str> = known.iter().filter(wanted).take(SHOWN).collect();
    note(left_out, known.len() - shown.len(), "repositories that the intent does not name");
    for url in shown {
        items.push(Item { section: 4, rank: 4, kind: "repository", text: (*url).to_owned() });
    }
}

fn conventions(platform: &Platform, items: &mut Vec<Item>) {
    let conventions = &platform.conventions;
    let texts = [
        ("name of an Application", &conventions.application_name),
        ("namespace", &conventions.namespace),
        ("project", &conventions.project),
    ];
    for (what, text) in texts {
        if let Some(text) = text {
            items.push(Item { section: 5, rank: 2, kind: "convention", text: format!("{what}: {text}") });
        }
    }
    if let Some(labels) = &conventions.labels {
        let pairs: Vec<String> = labels.value.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let text = format!("labels of every Application: {}", pairs.join(", "));
        items.push(Item { section: 5, rank: 2, kind: "convention", text });
    }
    if let Some(expected) = platform.expected() {
        let names: Vec<&str> = expected.iter().map(|name| name.value.as_str()).collect();
        let text = format!("the Applications are, all and only: {}", names.join(", "));
        items.push(Item { section: 6, rank: 2, kind: "expectation", text });
    }
}

fn constraints(
    platform: &Platform,
    environments: &[&str],
    items: &mut Vec<Item>,
    left_out: &mut BTreeMap<String, usize>,
) {
    for constraint in &platform.constraints {
        let bears = environments.iter().any(|name| platform.applies(&constraint.environments, Some(name)));
        if !bears {
            note(left_out, 1, "constraints that bind no environment of the intent");
            continue;
        }
        let rank = match (constraint.level.value, &constraint.environments) {
            // What is said of single environments says more than what holds everywhere.
            (Modality::Must, Environments::Only(_)) => 5,
            (Modality::Must, _) => 6,
            (Modality::Should, _) => 7,
            (Modality::May, _) => 8,
        };
        items.push(Item { section: 7, rank, kind: "constraint", text: of_constraint(constraint) });
    }
}

/// `[must; prod] prod-is-manual: "prod MUST be manual sync only"`.
fn of_constraint(constraint: &Constraint) -> String {
    let names = |list: &[seatrial_platform::Text]| {
        list.iter().map(|name| name.value.as_str()).collect::<Vec<_>>().join(", ")
    };
    let environments = match &constraint.environments {
        Environments::All => String::new(),
        Environments::Only(list) => format!("; {}", names(list)),
        Environments::AllExcept(list) => format!("; all but {}", names(list)),
    };
    let mut text = format!("[{}{environments}] {}", constraint.level.value.as_str(), constraint.id);
    let said = constraint.source.as_ref().or(constraint.message.as_ref());
    if let Some(said) = said {
        text.push_str(&format!(": \"{said}\""));
    }
    if let Some(rule) =
        constraint.rule.as_ref().filter(|_| said.is_none() || constraint.level.value == Modality::Must)
    {
        text.push_str(&format!(" ({rule})"));
    }
    text
}

fn yaml(name: &str, value: Value) -> String {
    let mut map = Map::new();
    map.insert(name.to_owned(), value);
    goyaml::to_yaml(&Value::Object(map)).unwrap_or_default()
}
