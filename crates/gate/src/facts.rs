//! Where a proposal may send things, and take them from: only what the platform's facts name.

use seatrial_argocd::world::{IN_CLUSTER_NAME, IN_CLUSTER_SERVER};
use seatrial_kubernetes::images;
use seatrial_platform::Platform;
use serde_json::Value;

use crate::Refusal;
use crate::sight::{Seen, Sight};

/// The registry of an image that names none.
const DOCKER_HUB: &str = "docker.io";

/// Clusters, repositories and registries of the proposal that no fact names and that were not there before. Where the platform file
/// declares none of a kind, nothing is refused here: then it is a matter for [`crate::privileges`].
pub fn strangers(platform: &Platform, before: &Sight, proposed: &Sight) -> Vec<Refusal> {
    let mut out = Vec::new();
    let mut refuse = |seen: &Seen, why: String| {
        out.push(Refusal { file: seen.name.clone(), line: None, why });
    };
    for seen in &proposed.applications {
        let old = before.named(&seen.name);
        if let Some(target) = strange_destination(platform, &seen.application)
            && !old.is_some_and(|old| {
                old.application.pointer("/spec/destination") == seen.application.pointer("/spec/destination")
            })
        {
            refuse(seen, format!("it goes to {target}, which is no cluster of the platform file"));
        }
        for url in repositories(&seen.application) {
            let known_before = old.is_some_and(|old| repositories(&old.application).contains(&url));
            if platform.knows_repository(url) == Some(false) && !known_before {
                refuse(
                    seen,
                    format!("it takes its source from {url}, which is no repository of the platform file"),
                );
            }
        }
        let allowed = allowed_registries(platform, seen);
        for (resource, object) in &seen.resources {
            for (_, image) in images(object) {
                let registry = registry(image);
                let known = allowed
                    .as_ref()
                    .is_none_or(|allowed| allowed.iter().any(|own| covers(own, registry, image)));
                let was = || {
                    old.is_some_and(|old| {
                        old.resources
                            .iter()
                            .any(|(_, o)| images(o).iter().any(|(_, i)| self::registry(i) == registry))
                    })
                };
                if !known && !was() {
                    refuse(
                        seen,
                        format!(
                            "{resource} runs {image}; {registry} is no registry that the facts allow there"
                        ),
                    );
                }
            }
        }
    }
    out
}

/// What a destination names when that is no cluster of the platform file.
fn strange_destination(platform: &Platform, application: &Value) -> Option<String> {
    if platform.clusters.is_empty() {
        return None;
    }
    let text = |key: &str| {
        application.pointer(&format!("/spec/destination/{key}")).and_then(Value::as_str).unwrap_or_default()
    };
    let (server, name) = (text("server"), text("name"));
    let own = platform.argocd.runs_in.is_some() || platform.cluster_by_server(IN_CLUSTER_SERVER).is_some();
    let known = match (server.is_empty(), name.is_empty()) {
        (false, _) => platform.cluster_by_server(server).is_some() || server == IN_CLUSTER_SERVER && own,
        (true, false) => platform.cluster_by_name(name).is_some() || name == IN_CLUSTER_NAME && own,
        // Without any destination the Application is invalid, which the trial says.
        (true, true) => true,
    };
    (!known).then(|| if server.is_empty() { name.to_owned() } else { server.to_owned() })
}

/// The addresses of all sources of an Application.
pub(crate) fn repositories(application: &Value) -> Vec<&str> {
    sources(application).filter_map(|source| source.get("repoURL")?.as_str()).collect()
}

/// Every source, the hydrator's too.
pub(crate) fn sources(application: &Value) -> impl Iterator<Item = &Value> {
    let spec = application.get("spec");
    let one = spec.and_then(|spec| spec.get("source"));
    let many = spec.and_then(|spec| spec.get("sources")).and_then(Value::as_array).into_iter().flatten();
    let dry = spec.and_then(|spec| spec.pointer("/sourceHydrator/drySource"));
    one.into_iter().chain(many).chain(dry)
}

/// The registries that the facts allow where the Application goes; `None` when they say nothing.
fn allowed_registries(platform: &Platform, seen: &Seen) -> Option<Vec<String>> {
    let text = |key: &str| {
        seen.application
            .pointer(&format!("/spec/destination/{key}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
    };
    let cluster =
        platform.cluster_by_server(text("server")).or_else(|| platform.cluster_by_name(text("name")));
    let scope = platform.scope(seen.environment.as_deref(), cluster);
    if let Some(list) = scope.registries() {
        return Some(list.value.iter().map(|host| host.value.clone()).collect());
    }
    (!platform.registries.is_empty())
        .then(|| platform.registries.iter().map(|r| r.host.value.clone()).collect())
}

/// Whether an allowed registry, which may name a path of one (`ghcr.io/acme`), covers an image.
fn covers(allowed: &str, registry: &str, image: &str) -> bool {
    let allowed = allowed.trim_end_matches('/');
    match allowed.split_once('/') {
        None => allowed == registry,
        Some((host, path)) => {
            let rest = image.strip_prefix(&format!("{registry}/")).unwrap_or(image);
            host == registry
                && (rest == path || rest.strip_prefix(path).is_some_and(|rest| rest.starts_with('/')))
        }
    }
}

/// The host of an image's registry.
pub(crate) fn registry(image: &str) -> &str {
    match image.split_once('/') {
        Some((first, _)) if first.contains(['.', ':']) || first == "localhost" => first,
        _ => DOCKER_HUB,
    }
}
