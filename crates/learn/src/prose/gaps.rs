//! What a text leaves open.

use seatrial_platform::{Platform, PullSecret};
use serde_json::json;

use super::topics::{Family, family_of_host};
use crate::claim::{Claim, Place, Quote, What};
use crate::reading::{Question, Reading};

/// Asks for what the statements need and neither they nor the platform file have.
pub(super) fn ask(reading: &mut Reading, platform: &Platform) {
    let mut questions = Vec::new();
    servers(reading, platform, &mut questions);
    clusters(reading, platform, &mut questions);
    registries(reading, platform, &mut questions);
    for contradiction in &reading.contradictions {
        let sides: Vec<String> = contradiction
            .sides
            .iter()
            .map(|side| match &side.quote {
                Some(quote) => {
                    format!("{} (line {}: \u{201c}{}\u{201d})", side.value, quote.line, quote.text)
                }
                None => format!("{} (the platform file)", side.value),
            })
            .collect();
        questions.push(Question {
            key: Some(contradiction.key.clone()),
            text: format!("which holds for {}: {}?", contradiction.key.join("."), sides.join(", or ")),
            quotes: contradiction.sides.iter().filter_map(|side| side.quote.clone()).collect(),
            proposals: contradiction.sides.iter().map(|side| side.value.clone()).collect(),
        });
    }
    reading.questions.append(&mut questions);
    let mut seen: Vec<(Option<Vec<String>>, String)> = Vec::new();
    reading.questions.retain(|question| {
        // One answer settles a key; of two questions about it the first is asked.
        let again = seen
            .iter()
            .any(|(key, text)| (question.key.is_some() && *key == question.key) || *text == question.text);
        seen.push((question.key.clone(), question.text.clone()));
        let settled = question.key.as_ref().is_some_and(|path| {
            reading.facts.iter().any(|fact| fact.path() == *path)
                && !reading.contradictions.iter().any(|c| c.key == *path)
        });
        !again && !settled
    });
}

fn claims(reading: &Reading) -> impl Iterator<Item = &Claim> {
    reading.facts.iter().chain(&reading.known)
}

/// "No server URL for staging-eks was given."
fn servers(reading: &Reading, platform: &Platform, questions: &mut Vec<Question>) {
    for claim in &reading.facts {
        let (Place::Cluster(name), What::EnvironmentOf(_)) = (&claim.place, &claim.what) else { continue };
        let stated = platform.cluster(name).is_some_and(|cluster| cluster.server.is_some())
            || claims(reading)
                .any(|other| other.place == claim.place && matches!(other.what, What::Server(_)));
        if !stated {
            questions.push(Question {
                key: Some(vec!["clusters".into(), name.clone(), "server".into()]),
                text: format!(
                    "no server URL for {name} was given: what is its address, as Argo CD knows it?"
                ),
                quotes: claim.quotes.clone(),
                proposals: Vec::new(),
            });
        }
    }
}

/// Environments that facts are stated for and that no cluster is of.
fn clusters(reading: &Reading, platform: &Platform, questions: &mut Vec<Question>) {
    let mut open: Vec<&Claim> = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    for claim in &reading.facts {
        let Place::Environment(name) = &claim.place else { continue };
        let has = platform.clusters_of(name).next().is_some()
            || claims(reading).any(|other| matches!(&other.what, What::EnvironmentOf(of) if of == name));
        if !has && !names.contains(&name.as_str()) {
            names.push(name);
            open.push(claim);
        }
    }
    let Some(first) = open.first() else { return };
    let text = match names.as_slice() {
        [one] => format!("which cluster is {one}, and what is its server URL?"),
        many => format!("which clusters are {}, and what are their server URLs?", many.join(", ")),
    };
    questions.push(Question { key: None, text, quotes: first.quotes.clone(), proposals: Vec::new() });
}

/// Pull secrets without a registry, private registries without a pull secret.
fn registries(reading: &Reading, platform: &Platform, questions: &mut Vec<Question>) {
    let mut environments: Vec<&String> = Vec::new();
    for claim in &reading.facts {
        if let Place::Environment(name) = &claim.place
            && !environments.contains(&name)
        {
            environments.push(name);
        }
    }
    for name in environments {
        let of = |wanted: fn(&What) -> bool| {
            claims(reading)
                .find(|claim| claim.place == Place::Environment(name.clone()) && wanted(&claim.what))
        };
        let stated = platform.environment(name).map(|environment| &environment.facts);
        let registries = of(|what| matches!(what, What::Registries(_)));
        let secret = of(|what| matches!(what, What::PullSecret(_)));
        let path = |key: &str| Some(vec!["environments".to_owned(), name.clone(), key.to_owned()]);
        let asked = |key: &Option<Vec<String>>| reading.questions.iter().any(|question| question.key == *key);
        if let Some(Claim { what: What::PullSecret(Some(secret)), quotes, .. }) = secret
            && registries.is_none()
            && stated.is_none_or(|facts| facts.registries.is_none())
            && !asked(&path("registries"))
        {
            questions.push(Question {
                key: path("registries"),
                text: format!("which registry does {name} pull from with `{secret}`?"),
                quotes: quotes.clone(),
                proposals: Vec::new(),
            });
        }
        if let Some(Claim { what: What::Registries(hosts), quotes, .. }) = registries
            && secret.is_none()
            && stated.is_none_or(|facts| facts.pull_secret.is_none())
            && !asked(&path("pullSecret"))
        {
            let private = hosts.iter().find(|host| {
                !matches!(family_of_host(host), Some(Family::Public))
                    && !platform.registry_of(host).is_some_and(|registry| {
                        registry.public.is_some_and(|public| public.value)
                            || matches!(
                                registry.pull_secret.as_ref().map(|s| &s.value),
                                Some(PullSecret::Named(_) | PullSecret::NotNeeded)
                            )
                    })
            });
            if let Some(host) = private {
                let quotes: Vec<Quote> = quotes.clone();
                questions.push(Question {
                    key: path("pullSecret"),
                    text: format!("which secret are images of `{host}` pulled with in {name}?"),
                    quotes,
                    proposals: vec![json!(false)],
                });
            }
        }
    }
}
