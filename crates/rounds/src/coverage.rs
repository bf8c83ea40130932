//! Which of the things that were demanded are met, and where.

use std::collections::BTreeSet;

use seatrial_platform::{Constraint as House, Modality, Platform, Subject, Verdict};
use seatrial_trial::{Foreseen, Foresight};
use serde_json::Value;

use crate::record::{Constraint, Met};

/// Facts that bind manifests; those of the second kind can be judged only by what is rendered.
const BY_APPLICATION: [&str; 2] = ["sync", "namespaces"];
const BY_RESOURCES: [&str; 9] = [
    "registries",
    "pullSecret",
    "replicas",
    "resources",
    "highAvailability",
    "pinned",
    "nodeSelector",
    "storageClasses",
    "ingressClasses",
];

/// Every constraint and every binding fact of the platform, with its sentence, and whether it is met. `findings` are those
/// of a trial of the same manifests, in the shape of `seatrial check --format json`.
///
/// What nothing was found against counts as met only where it could be judged: where there is an Application it bears on, and
/// its resources are known if the fact is about them.
pub fn coverage(platform: &Platform, foresight: &Foresight, findings: &[Value]) -> Vec<Constraint> {
    let applications = &foresight.applications;
    let mut out: Vec<Constraint> = Vec::new();
    // Each Application with what holds for it: asked once, however many constraints there are.
    let subjects: Vec<(&Foreseen, Subject, Vec<*const House>)> = applications
        .iter()
        .map(|application| {
            let name = application.name.rsplit('/').next().unwrap_or_default();
            let environment = application.environment.as_deref();
            let holding = platform.constraints_for(name, environment).map(std::ptr::from_ref).collect();
            let scope = platform.scope(environment, application.cluster.as_deref());
            (application, Subject::new(&application.json, environment, &scope), holding)
        })
        .collect();
    for constraint in platform.constraints.iter().filter(|c| c.level.value != Modality::May) {
        let sentence =
            constraint.source.as_ref().or(constraint.message.as_ref()).or(constraint.rule.as_ref());
        let held =
            subjects.iter().filter(|(_, _, holding)| holding.contains(&std::ptr::from_ref(constraint)));
        let judged = held.map(|(application, subject, _)| {
            let met = match platform.evaluate(constraint, subject) {
                Verdict::Pass => Met::Yes,
                Verdict::Fail => Met::No,
                Verdict::Unknown(_) => Met::Unknown,
            };
            (*application, met)
        });
        let judged: Vec<(&Foreseen, Met)> = judged.collect();
        let (met, places) = summed(&judged);
        out.push(Constraint {
            id: constraint.id.value.clone(),
            level: constraint.level.value.as_str().to_owned(),
            sentence: sentence.map(|text| text.value.clone()).unwrap_or_default(),
            met,
            places,
        });
    }
    for environment in &platform.environments {
        let name = environment.name.value.as_str();
        let there: Vec<&Foreseen> =
            applications.iter().filter(|a| a.environment.as_deref() == Some(name)).collect();
        for line in platform.in_force(name).map(|there| there.facts).unwrap_or_default() {
            let by_resources = BY_RESOURCES.contains(&line.name.as_str());
            if !by_resources && !BY_APPLICATION.contains(&line.name.as_str()) {
                continue;
            }
            let broken = breaking(findings, name, |fact| {
                fact.ends_with(&format!(".{}", line.name)) || fact.contains(&format!(".{}.", line.name))
            });
            let judged: Vec<(&Foreseen, Met)> =
                there.iter().map(|a| (*a, judged(a, &broken, by_resources))).collect();
            out.push(of_fact(platform, &line.key, &plain(&line.value, 0), &judged));
        }
        for cluster in platform.clusters_of(name) {
            let Some(server) = &cluster.server else { continue };
            let broken = breaking(findings, name, |fact| fact == "clusters" || fact.starts_with("clusters."));
            let arrives = |a: &Foreseen| a.cluster.as_deref() == Some(cluster.name.value.as_str());
            // An environment of several clusters is served by any of them.
            let alone = platform.clusters_of(name).count() == 1;
            let mut judged_: Vec<(&Foreseen, Met)> = Vec::new();
            for application in there.iter().filter(|a| alone || arrives(a)) {
                let met = match judged(application, &broken, false) {
                    Met::Yes if !arrives(application) => Met::No,
                    met => met,
                };
                judged_.push((application, met));
            }
            out.push(of_fact(platform, &format!("clusters.{}.server", cluster.name), server, &judged_));
        }
    }
    out
}

fn of_fact(platform: &Platform, key: &str, value: &str, judged: &[(&Foreseen, Met)]) -> Constraint {
    let source = platform.source_of(key);
    let level = source.and_then(|source| source.level.as_ref()).map_or("must", |level| level.value.as_str());
    let quote = source.and_then(|source| source.quote.as_ref()).map(|quote| quote.value.clone());
    let (met, places) = summed(judged);
    Constraint {
        id: key.to_owned(),
        level: level.to_owned(),
        sentence: quote.unwrap_or_else(|| format!("{} {value}", Constraint::unworded(key))),
        met,
        places,
    }
}

/// Applications that a finding about a fact names, in an environment.
fn breaking(findings: &[Value], environment: &str, is_it: impl Fn(&str) -> bool) -> BTreeSet<String> {
    let list = |finding: &Value, key: &str| -> Vec<String> {
        let items = finding.get(key).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    findings
        .iter()
        .filter(|finding| finding.get("fact").and_then(Value::as_str).is_some_and(&is_it))
        .filter(|finding| list(finding, "environments").iter().any(|e| e == environment))
        .flat_map(|finding| list(finding, "applications"))
        .collect()
}

fn judged(application: &Foreseen, broken: &BTreeSet<String>, by_resources: bool) -> Met {
    if broken.contains(&application.name) {
        Met::No
    } else if by_resources && !application.resources.are_complete() {
        Met::Unknown
    } else {
        Met::Yes
    }
}

/// Broken anywhere is broken; met is met everywhere, and at least once.
fn summed(judged: &[(&Foreseen, Met)]) -> (Met, Vec<String>) {
    let met = if judged.iter().any(|(_, met)| *met == Met::No) {
        Met::No
    } else if !judged.is_empty() && judged.iter().all(|(_, met)| *met == Met::Yes) {
        Met::Yes
    } else {
        Met::Unknown
    };
    let places = judged.iter().filter(|(_, one)| *one == met).map(|(a, _)| a.name.clone()).collect();
    (met, places)
}

/// A value in few words: `automated true, prune false`.
fn plain(value: &Value, depth: usize) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) if depth < 4 => {
            items.iter().map(|item| plain(item, depth + 1)).collect::<Vec<_>>().join(", ")
        }
        Value::Object(map) if depth < 4 => {
            let stated = map.iter().filter(|(_, value)| !value.is_null());
            stated
                .map(|(key, value)| format!("{key} {}", plain(value, depth + 1)))
                .collect::<Vec<_>>()
                .join(", ")
        }
        other => other.to_string(),
    }
}
