//! Where the application is to run: environments and their clusters.

use seatrial_argocd::world::IN_CLUSTER_NAME;
use seatrial_platform::{Cluster, Platform, Scope};

use crate::intent::Intent;
use crate::question::Question;

/// One cluster of one environment.
pub(crate) struct Target<'p> {
    pub(crate) environment: &'p str,
    pub(crate) cluster: &'p Cluster,
    pub(crate) scope: Scope<'p>,
}

impl Target<'_> {
    /// What the set calls it where names must differ.
    pub(crate) fn place(&self) -> &str {
        &self.cluster.name
    }

    /// How Argo CD knows the cluster by name.
    pub(crate) fn cluster_name<'a>(&'a self, platform: &'a Platform) -> &'a str {
        let hub = platform.argocd.runs_in.as_ref().is_some_and(|hub| hub.value == self.cluster.name.value);
        if hub && self.cluster.server.is_none() { IN_CLUSTER_NAME } else { &self.cluster.name }
    }
}

/// The clusters of the environments that were asked for, in the order of the platform file.
pub(crate) fn targets<'p>(
    intent: &Intent,
    platform: &'p Platform,
    questions: &mut Vec<Question>,
) -> Vec<Target<'p>> {
    let mut out = Vec::new();
    if intent.environments.is_empty() {
        let known: Vec<&str> = platform.environments.iter().map(|e| e.name.as_str()).collect();
        let text = if known.is_empty() {
            "Where shall it run? The platform file has no environments yet.".to_owned()
        } else {
            format!("Where shall it run? The platform has {}.", known.join(", "))
        };
        questions.push(Question::open("environments", text, "name them in the intent, or --env NAME"));
        return out;
    }
    for wanted in &intent.environments {
        let Some(environment) =
            platform.environment_named(wanted).and_then(|name| platform.environment(name))
        else {
            let text = format!("What is `{wanted}`? The platform file declares no such environment.");
            questions.push(Question::open(
                "environment",
                text,
                format!("environments.{wanted} in the platform file"),
            ));
            continue;
        };
        let name = environment.name.value.as_str();
        let chosen = |cluster: &&Cluster| {
            intent.clusters.is_empty()
                || intent.clusters.contains(&cluster.name.value)
                // Clusters were named for other environments only.
                || !platform.clusters_of(name).any(|c| intent.clusters.contains(&c.name.value))
        };
        let before = out.len();
        out.extend(platform.clusters_of(name).filter(chosen).map(|cluster| Target {
            environment: name,
            cluster,
            scope: platform.scope(Some(name), Some(&cluster.name)),
        }));
        if out.len() == before {
            questions.push(Question::open(
                "cluster",
                format!("Which cluster is `{name}`? The platform file declares none for it."),
                format!("clusters.<name>: {{server: …, environment: {name}}} in the platform file"),
            ));
        }
    }
    for cluster in &intent.clusters {
        if platform.cluster(cluster).is_none() {
            let text = format!("What is `{cluster}`? The platform file declares no such cluster.");
            questions.push(Question::open(
                "cluster",
                text,
                format!("clusters.{cluster} in the platform file"),
            ));
        }
    }
    out
}
