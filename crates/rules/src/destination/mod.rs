//! Check 1: does every Application go to a cluster of this platform, and to the right one?

mod in_cluster_elsewhere;
mod placeholder_value;
mod project_forbids;
mod slash_after_server;
mod unknown_cluster;
mod wrong_environment;

use seatrial_platform::{Cluster, Platform};
use seatrial_trial::{Application, Fix, Model, Rule};

use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{Group, path};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &unknown_cluster::RULE,
    &slash_after_server::RULE,
    &placeholder_value::RULE,
    &in_cluster_elsewhere::RULE,
    &wrong_environment::RULE,
    &project_forbids::RULE,
];

/// The cluster that an Application should go to: the only one of its environment, else the one most like what
/// is written.
pub(crate) fn intended_cluster<'p>(
    platform: &'p Platform,
    application: &'p Application,
    written: &str,
) -> Option<&'p Cluster> {
    let clusters: Vec<&Cluster> = match application.environment.as_deref() {
        Some(environment) => platform.clusters_of(environment).collect(),
        None => platform.clusters.iter().collect(),
    };
    if let ([only], true) = (clusters.as_slice(), application.environment.is_some()) {
        return Some(only);
    }
    let names = clusters.iter().map(|c| c.name.as_str());
    let servers = clusters.iter().filter_map(|c| c.server.as_ref().map(|s| s.as_str()));
    let nearest = crate::subject::nearest(written, names.chain(servers))?;
    clusters
        .into_iter()
        .find(|c| c.name.as_str() == nearest || c.server.as_ref().is_some_and(|s| s.as_str() == nearest))
}

/// Where the members of a group should go instead (`key` is `server` or `name`), and the fix that sends them there
/// when that is known for each.
pub(crate) fn retarget<'m, T>(
    model: &'m Model<'_>,
    group: &Group<'m, T>,
    key: &str,
    written: impl Fn(&T) -> &str,
) -> (Vec<Wanted<'m>>, Option<Fix>) {
    let wanted: Vec<Wanted<'_>> = group
        .members
        .iter()
        .filter_map(|(application, fault)| {
            let cluster = intended_cluster(model.platform(), application, written(fault))?;
            let text = match (key, &cluster.server) {
                ("server", Some(server)) => server.value.clone(),
                _ => cluster.name.value.clone(),
            };
            Some(Wanted { application, text })
        })
        .collect();
    let fix = (wanted.len() == group.members.len())
        .then(|| set_per_application(model, &path("spec.destination").join(key), &wanted, key))
        .flatten()
        .map(|edits| Fix::risky("use the platform's cluster for each environment", edits));
    (wanted, fix)
}
