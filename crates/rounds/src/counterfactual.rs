//! What a round would have done, had it been applied.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::found::Found;
use crate::record::{Application, Round};

/// What a round would have done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Counterfactual {
    /// The round.
    pub round: u32,
    /// What holds for all environments, a sentence each.
    pub overall: Vec<String>,
    /// What would have happened in each environment, a sentence each.
    pub environments: BTreeMap<String, Vec<String>>,
}

/// How many findings of one environment are told.
const MAX_FINDINGS: usize = 30;

/// What a round would have done, by the Applications that it generates and what its trial found.
pub fn counterfactual(round: &Round) -> Counterfactual {
    let picture = &round.picture;
    let mut overall = Vec::new();
    for said in picture.as_proposed.iter().take(3) {
        overall.push(format!("As it was proposed, {}.", said.trim_end_matches('.')));
    }
    let all = picture.applications.len();
    let created = picture.applications.iter().filter(|a| a.created).count();
    overall.push(match (all, created) {
        (0, _) => "Nothing would have been generated.".to_owned(),
        (all, created) if all == created => format!("{} would have been created.", applications(all)),
        (all, 0) => format!(
            "{} would have been generated, and Argo CD would have refused them all.",
            applications(all)
        ),
        (all, created) => {
            format!(
                "{} would have been generated, and Argo CD would have created {created} of them.",
                applications(all)
            )
        }
    });
    if created < all {
        for why in picture.missing.iter().filter(|why| why.contains("Error: ")).take(3) {
            overall.push(format!("It would have said: {}.", why.trim_end_matches('.')));
        }
        overall.push("Had that alone been put right, this is what would have followed:".to_owned());
    }
    let mut environments: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut placed: BTreeMap<&str, Vec<&Application>> = BTreeMap::new();
    for application in &picture.applications {
        placed.entry(application.environment.as_deref().unwrap_or(NOWHERE)).or_default().push(application);
    }
    for (environment, applications) in &placed {
        environments.insert((*environment).to_owned(), facts(applications, round));
    }
    for found in Found::all(&round.findings).iter().filter(|found| found.severity != "note") {
        for environment in &found.environments {
            let sentences = environments.entry(environment.clone()).or_default();
            let said = sentence(&found.message);
            if sentences.len() < MAX_FINDINGS && !sentences.contains(&said) {
                sentences.push(said);
            }
        }
    }
    Counterfactual { round: round.number, overall, environments }
}

/// Where an Application goes that goes to no known environment.
const NOWHERE: &str = "no known environment";

/// What is plain from the Applications of an environment.
fn facts(all: &[&Application], round: &Round) -> Vec<String> {
    let mut out = Vec::new();
    let names: Vec<String> =
        all.iter().map(|a| format!("`{}`", a.name.rsplit('/').next().unwrap_or_default())).take(8).collect();
    let more = all.len() - names.len();
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    out.push(format!("{}: {}{more}.", applications(all.len()), names.join(", ")));
    let destination = |a: &&Application| {
        let text = |key: &str| a.fields.get(key).and_then(Value::as_str).unwrap_or_default();
        let place = match text("spec.destination.name") {
            "" => text("spec.destination.server"),
            name => name,
        };
        match &a.cluster {
            Some(cluster) => format!("cluster `{cluster}`"),
            None => format!("`{place}`, which is no cluster of the platform"),
        }
    };
    let places: BTreeSet<String> = all.iter().map(destination).collect();
    out.push(format!("They would have gone to {}.", listed(&places)));
    let registries: BTreeSet<String> =
        all.iter().flat_map(|a| images(a, round)).map(|image| registry(&image)).collect();
    if !registries.is_empty() {
        out.push(format!("Images would have been pulled from {}.", listed(&registries)));
    }
    let automated =
        |a: &&&Application| a.fields.keys().any(|key| key.starts_with("spec.syncPolicy.automated"));
    let prunes =
        |a: &&&Application| a.fields.get("spec.syncPolicy.automated.prune") == Some(&Value::Bool(true));
    let (automated, prunes) = (all.iter().filter(automated).count(), all.iter().filter(prunes).count());
    out.push(match (automated, prunes) {
        (0, _) => "They would have waited for somebody to sync them.".to_owned(),
        (_, 0) => "They would have been synced automatically, deleting nothing.".to_owned(),
        _ => "They would have been synced automatically, and what was taken out of Git deleted from the cluster.".to_owned(),
    });
    out
}

/// The images that an Application runs: those of its resources, else those that its values name.
fn images(application: &Application, round: &Round) -> Vec<String> {
    let theirs = round.picture.resources.iter().filter(|r| r.application == application.name);
    let of_resources: Vec<String> = theirs
        .flat_map(|r| {
            r.fields.iter().filter(|(key, _)| key.contains("ontainers[") && key.ends_with(".image"))
        })
        .filter_map(|(_, value)| value.as_str().map(str::to_owned))
        .collect();
    if !of_resources.is_empty() {
        return of_resources;
    }
    let text = |key: &String| application.fields.get(key).and_then(Value::as_str);
    let named = application.fields.iter().filter(|(key, _)| key.starts_with("values"));
    named
        .filter_map(|(key, value)| {
            let value = value.as_str().filter(|value| !value.is_empty())?;
            if let Some(parent) = key.strip_suffix(".repository") {
                let registry = text(&format!("{parent}.registry"));
                return Some(
                    registry.map_or_else(|| value.to_owned(), |registry| format!("{registry}/{value}")),
                );
            }
            key.ends_with(".image").then(|| value.to_owned())
        })
        .collect()
}

/// The registry of an image, as container runtimes read it.
fn registry(image: &str) -> String {
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => host.to_owned(),
        _ => "docker.io".to_owned(),
    }
}

fn listed(items: &BTreeSet<String>) -> String {
    let items: Vec<&str> = items.iter().map(String::as_str).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first: String = chars.next().map(|c| c.to_uppercase().collect()).unwrap_or_default();
    let text = format!("{first}{}", chars.as_str());
    if text.ends_with(['.', '!', '?']) { text } else { format!("{text}.") }
}

fn applications(n: usize) -> String {
    if n == 1 { "1 Application".to_owned() } else { format!("{n} Applications") }
}
