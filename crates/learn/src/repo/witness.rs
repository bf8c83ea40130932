//! What each Application shows.

use std::collections::BTreeMap;

use seatrial_kubernetes::pods;
use seatrial_trial::{Application, Model, Resource};
use serde_json::{Map, Value, json};

use super::places::{Places, place};
use super::tally::Tally;
use super::{Mined, signs};

/// Registries whose images anybody may pull.
const PUBLIC: [&str; 7] =
    ["docker.io", "ghcr.io", "quay.io", "gcr.io", "registry.k8s.io", "public.ecr.aws", "mcr.microsoft.com"];

/// Hears every Application.
pub(super) fn all(model: &Model<'_>, places: &Places, tally: &mut Tally, mined: &mut Mined) {
    let mut of_environment: BTreeMap<&str, usize> = BTreeMap::new();
    for environment in places.environments.iter().flatten() {
        *of_environment.entry(environment).or_default() += 1;
    }
    for (environment, _) in of_environment.iter().filter(|(_, count)| **count == 1) {
        tally.alone((*environment).to_owned());
    }
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (application, environment) in model.applications.iter().zip(&places.environments) {
        mined.applications += 1;
        conventions(model, application, environment.as_deref(), tally);
        let resources = model.context.resources(application);
        if resources.are_complete() {
            mined.rendered += 1;
        } else {
            let reason = resources
                .rendering
                .error
                .as_ref()
                .map(|error| error.message.clone())
                .or_else(|| resources.rendering.unknown.first().map(|unknown| unknown.needs.clone()));
            *reasons.entry(short(&reason.unwrap_or_default())).or_default() += 1;
        }
        let Some(environment) = environment else { continue };
        sync(model, application, environment, tally);
        destination(model, application, environment, tally);
        let shown = place(model, application, "spec.source");
        rendered(&resources.list, environment, &shown, resources.are_complete(), tally);
    }
    mined.unknown = reasons.into_iter().collect();
    mined.unknown.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
}

/// What a reason ends with, on its first line, so that the same reason counts once whatever it is about.
fn short(reason: &str) -> String {
    let line = reason.lines().next().unwrap_or_default();
    let end = line.rsplit(": ").next().filter(|end| end.len() > 8).unwrap_or(line);
    end.chars().take(160).collect()
}

fn key(environment: &str, rest: &[&str]) -> Vec<String> {
    ["environments", environment].iter().chain(rest).map(|key| (*key).to_owned()).collect()
}

fn sync(model: &Model<'_>, application: &Application, environment: &str, tally: &mut Tally) {
    let block = application.json.pointer("/spec/syncPolicy/automated").filter(|block| block.is_object());
    let flag = |key: &str| block.and_then(|block| block.get(key)).and_then(Value::as_bool);
    let on = block.is_some() && flag("enabled") != Some(false);
    let at = place(model, application, if block.is_some() { "spec.syncPolicy.automated" } else { "spec" });
    tally.single(key(environment, &["sync", "automated"]), json!(on), at.clone());
    if on {
        for name in ["prune", "selfHeal"] {
            tally.single(key(environment, &["sync", name]), json!(flag(name).unwrap_or(false)), at.clone());
        }
    }
}

fn destination(model: &Model<'_>, application: &Application, environment: &str, tally: &mut Tally) {
    let namespace = application.text("/spec/destination/namespace");
    if !namespace.is_empty() && !namespace.contains("{{") {
        let at = place(model, application, "spec.destination.namespace");
        tally.name(key(environment, &["namespaces", namespace]), json!({}), at);
    }
}

/// What the rendered resources of one Application show. Where not all of them are known, absence shows nothing.
fn rendered(resources: &[Resource], environment: &str, at: &str, complete: bool, tally: &mut Tally) {
    let mut registries: Vec<(String, String)> = Vec::new();
    let mut secrets: Vec<String> = Vec::new();
    let mut selectors: Vec<Value> = Vec::new();
    let mut replicas: Vec<u64> = Vec::new();
    let (mut storage, mut ingress) = (Vec::new(), Vec::new());
    let mut workloads = 0;
    for resource in resources {
        let object = &*resource.object;
        let here = format!("{at} ({} {})", resource.kind(), resource.name());
        for pod in pods(object) {
            workloads += 1;
            let mut selector = Map::new();
            for (_, name, value) in pod.node_selector() {
                selector.insert(name.to_owned(), json!(value));
            }
            selectors.push(Value::Object(selector));
            secrets.extend(pod.pull_secrets().into_iter().map(|(_, name)| name.to_owned()));
            for container in pod.containers() {
                if let Some((_, image)) = container.image()
                    && let Some(host) = registry(image)
                {
                    registries.push((host, here.clone()));
                }
            }
        }
        match resource.kind() {
            "Deployment" | "StatefulSet" => {
                replicas.extend(object.pointer("/spec/replicas").and_then(Value::as_u64));
                let claims = object
                    .pointer("/spec/volumeClaimTemplates")
                    .and_then(Value::as_array)
                    .into_iter()
                    .flatten();
                storage.extend(claims.filter_map(|claim| class(claim, "/spec/storageClassName", &here)));
            }
            "PersistentVolumeClaim" => storage.extend(class(object, "/spec/storageClassName", &here)),
            "Ingress" => {
                let annotation = "/metadata/annotations/kubernetes.io~1ingress.class";
                ingress.extend(
                    class(object, "/spec/ingressClassName", &here)
                        .or_else(|| class(object, annotation, &here)),
                );
            }
            _ => {}
        }
    }
    for (name, items) in
        [("registries", &registries), ("storageClasses", &storage), ("ingressClasses", &ingress)]
    {
        if !items.is_empty() {
            tally.list(key(environment, &[name]), items.clone());
        }
    }
    if workloads == 0 {
        return;
    }
    secrets.sort();
    secrets.dedup();
    let private = registries.iter().any(|(host, _)| !PUBLIC.contains(&host.as_str()));
    match secrets.as_slice() {
        [one] => tally.single(key(environment, &["pullSecret"]), json!(one), at.to_owned()),
        [] if complete && !private => {
            tally.single(key(environment, &["pullSecret"]), json!(false), at.to_owned())
        }
        _ => {}
    }
    if complete {
        let first = selectors.first().cloned().unwrap_or_default();
        if selectors.iter().all(|other| *other == first) {
            // No labels are a vote as well: against labels that others ask for.
            tally.single(key(environment, &["nodeSelector"]), first, at.to_owned());
        }
    }
    replicas.dedup();
    if let [count] = replicas.as_slice() {
        tally.single(key(environment, &["replicas"]), json!(count), at.to_owned());
    }
}

fn class(object: &Value, pointer: &str, at: &str) -> Option<(String, String)> {
    let name = object.pointer(pointer)?.as_str().filter(|name| !name.is_empty())?;
    Some((name.to_owned(), at.to_owned()))
}

/// The registry of an image, with Docker Hub's name where none is written; `None` for what is no image.
fn registry(image: &str) -> Option<String> {
    if image.is_empty() || image.contains(['{', '$', ' ']) {
        return None;
    }
    match image.split_once('/') {
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => {
            let host = host.to_ascii_lowercase();
            Some(if host == "index.docker.io" || host == "registry-1.docker.io" {
                "docker.io".to_owned()
            } else {
                host
            })
        }
        _ => Some("docker.io".to_owned()),
    }
}

/// How Applications, their namespaces and projects are named.
fn conventions(model: &Model<'_>, application: &Application, environment: Option<&str>, tally: &mut Tally) {
    let Some(environment) = environment else { return };
    let convention = |name: &str| vec!["conventions".to_owned(), name.to_owned()];
    let told = signs::pattern(&application.name, environment);
    let at = place(model, application, "metadata.name");
    let pattern = told.as_ref().map_or(Value::Null, |(pattern, _)| json!(pattern));
    tally.single(convention("applicationName"), pattern, at);
    let app = told.as_ref().map_or(application.name.as_str(), |(_, app)| app.as_str());
    for (name, pointer, path) in [
        ("namespace", "/spec/destination/namespace", "spec.destination.namespace"),
        ("project", "/spec/project", "spec.project"),
    ] {
        let value = application.text(pointer);
        if value.is_empty() {
            continue;
        }
        let pattern = if value == app {
            json!("{app}")
        } else if value == environment {
            json!("{env}")
        } else if value == format!("{app}-{environment}") {
            json!("{app}-{env}")
        } else if value == format!("{environment}-{app}") {
            json!("{env}-{app}")
        } else {
            json!(value)
        };
        tally.single(convention(name), pattern, place(model, application, path));
    }
}
