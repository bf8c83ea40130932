//! Names of Secrets, which are facts of the platform and no secrets.

use seatrial_platform::{Platform, PullSecret};

use super::Redactor;

impl Redactor {
    /// One that lets the names of Secrets stand which the platform's facts declare.
    pub fn of(platform: &Platform) -> Self {
        Self::knowing(names(platform))
    }
}

fn names(platform: &Platform) -> Vec<String> {
    let mut out = Vec::new();
    let environments = platform.environments.iter().map(|environment| &environment.facts);
    for facts in environments.chain(platform.clusters.iter().map(|cluster| &cluster.facts)) {
        facts.pull_secret.iter().for_each(|secret| add(&secret.value, &mut out));
        for namespace in facts.namespaces.iter().flat_map(|namespaces| &namespaces.value) {
            let of_accounts = namespace.service_accounts.iter().map(|(_, list)| list);
            let lists = namespace.secrets.iter().chain(of_accounts);
            out.extend(lists.flat_map(|list| &list.value).map(|name| name.value.clone()));
        }
    }
    platform.registries.iter().filter_map(|r| r.pull_secret.as_ref()).for_each(|s| add(&s.value, &mut out));
    out
}

fn add(secret: &PullSecret, out: &mut Vec<String>) {
    match secret {
        PullSecret::Named(name) => out.push(name.clone()),
        // A list by registry has no lists in it.
        PullSecret::ByRegistry(list) => out.extend(list.iter().filter_map(|(_, inner)| match &inner.value {
            PullSecret::Named(name) => Some(name.clone()),
            _ => None,
        })),
        PullSecret::Needed | PullSecret::NotNeeded => {}
    }
}
