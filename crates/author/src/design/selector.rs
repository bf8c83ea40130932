//! Whether clusters are selected by a label rather than listed.

use seatrial_platform::Platform;

use super::settings::Settings;
use super::sync::Own;
use crate::intent::{GeneratorKind, Intent};
use crate::question::Question;
use crate::targets::Target;

/// A label that tells the clusters of each environment.
pub(super) struct Selected {
    pub(super) label: String,
    /// The element's parameter that has its value: `env` where that is the environment's own name.
    pub(super) parameter: &'static str,
    values: Vec<(String, String)>,
}

impl Selected {
    /// The label's value for a target's environment.
    pub(super) fn value<'s>(&'s self, target: &Target<'s>) -> &'s str {
        let found = self.values.iter().find(|(environment, _)| environment == target.environment);
        found.map_or(target.environment, |(_, value)| value)
    }
}

/// Clusters are selected when that was asked for, or when an environment has several: then a new cluster needs no edit.
pub(super) fn select(
    intent: &Intent,
    platform: &Platform,
    targets: &[Target<'_>],
    own: &[Settings],
    syncs: &[Own],
    questions: &mut Vec<Question>,
) -> Option<Selected> {
    let asked = intent.every_cluster || intent.generator == Some(GeneratorKind::Clusters);
    let several = super::naming::needs_cluster(targets);
    if !asked && (!several || intent.generator == Some(GeneratorKind::List) || !intent.clusters.is_empty()) {
        return None;
    }
    let alike = targets.iter().enumerate().all(|(at, target)| {
        let first = targets.iter().position(|t| t.environment == target.environment).unwrap_or(at);
        own.get(first).map(|s| &s.values) == own.get(at).map(|s| &s.values)
            && syncs.get(first).map(|s| &s.policy) == syncs.get(at).map(|s| &s.policy)
    });
    let found = if alike { label(platform, targets) } else { None };
    if found.is_none() && asked {
        let text = if alike {
            "By which label does Argo CD know the clusters of each environment?"
        } else {
            "Clusters of one environment differ in their facts: shall each be listed?"
        };
        let question = Question::open("labels", text, "clusters.<name>.labels in the platform file");
        questions.push(question.assuming("each cluster is listed, so a new one has to be added here"));
    }
    found
}

/// A label that all clusters of each environment have with the same value, and no other cluster has so.
fn label(platform: &Platform, targets: &[Target<'_>]) -> Option<Selected> {
    let labels_of = |target: &Target<'_>| -> Vec<(String, String)> {
        let labels = target.cluster.labels.iter().flat_map(|labels| &labels.value);
        labels.map(|(key, value)| (key.value.clone(), value.value.clone())).collect()
    };
    let first = targets.first()?;
    let mut candidates = labels_of(first);
    candidates.sort_by_key(|(_, value)| value != first.environment);
    for (key, _) in candidates {
        let mut values: Vec<(String, String)> = Vec::new();
        let told = targets.iter().all(|target| {
            let Some((_, value)) = labels_of(target).into_iter().find(|(k, _)| *k == key) else {
                return false;
            };
            match values.iter().find(|(environment, _)| environment == target.environment) {
                Some((_, known)) => *known == value,
                None => {
                    values.push((target.environment.to_owned(), value));
                    true
                }
            }
        });
        let alone = values
            .iter()
            .enumerate()
            .all(|(at, (_, value))| values[at + 1..].iter().all(|(_, other)| other != value));
        let strangers = platform.clusters.iter().any(|cluster| {
            let ours = targets.iter().any(|target| target.cluster.name.value == cluster.name.value);
            let labels = cluster.labels.iter().flat_map(|labels| &labels.value);
            !ours
                && labels
                    .into_iter()
                    .any(|(k, v)| k.value == key && values.iter().any(|(_, ours)| *ours == v.value))
        });
        if told && alone && !strangers {
            let by_name = values.iter().all(|(environment, value)| environment == value);
            return Some(Selected { label: key, parameter: if by_name { "env" } else { "label" }, values });
        }
    }
    None
}
