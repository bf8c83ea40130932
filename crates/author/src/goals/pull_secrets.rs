//! Pull secrets: where a registry needs one, and only there.

use seatrial_helm::Values;
use seatrial_kubernetes::{PodPlace, images, pods};
use seatrial_platform::{PullSecret, Scope};
use seatrial_yaml::Path;
use serde_json::{Value, json};

use super::images::name;
use super::{Goal, keys_named, told};

const KEYS: [&str; 4] = ["imagepullsecrets", "pullsecrets", "imagepullsecret", "pullsecret"];

/// Where charts look for pull secrets although they do not list them.
const UNLISTED: [&[&str]; 4] = [
    &["imagePullSecrets"],
    &["image", "pullSecrets"],
    &["global", "imagePullSecrets"],
    &["serviceAccount", "imagePullSecrets"],
];

/// The secret that images of these objects need, by name; `Err` when one is needed and nobody says which.
fn secrets(scope: &Scope<'_>, objects: &[Value]) -> Result<Vec<String>, String> {
    let mut out: Vec<String> = Vec::new();
    for image in objects.iter().flat_map(images) {
        match scope.pull_secret_for(&name(image.1)).map(|fact| fact.value) {
            Some(PullSecret::Named(secret)) if !out.contains(secret) => out.push(secret.clone()),
            Some(PullSecret::Needed) => return Err(name(image.1)),
            _ => {}
        }
    }
    Ok(out)
}

/// Every pod with the secrets that its images need. `None` when none is needed; the error is the image whose secret
/// nobody names.
pub(crate) fn needed<'g>(
    scope: &Scope<'g>,
    namespace: &'g str,
    objects: &[Value],
    values: &Values,
) -> Result<Option<Goal<'g>>, String> {
    let wanted = secrets(scope, objects)?;
    if wanted.is_empty() {
        return Ok(None);
    }
    let scope = *scope;
    let names: Vec<Value> = wanted.iter().map(|secret| json!({"name": secret})).collect();
    let shapes = [json!(names), json!(wanted), json!(wanted[0])];
    let mut tries: Vec<(Path, Value)> = Vec::new();
    for (path, old) in keys_named(values, &KEYS) {
        // A single text stays one; a list is tried as objects first, as Kubernetes has it.
        match old {
            Value::String(_) => tries.push((path, shapes[2].clone())),
            _ => tries.extend(shapes.iter().map(|value| (path.clone(), value.clone()))),
        }
    }
    // Charts read values that they do not list among their defaults.
    for unlisted in UNLISTED {
        let path = Path::keys(unlisted.iter().copied());
        tries.extend(shapes[..2].iter().map(|value| (path.clone(), value.clone())));
    }
    let amiss = move |objects: &[Value]| {
        let mut out = Vec::new();
        for object in objects {
            for pod in pods(object).iter().filter(|pod| !pod.embedded) {
                let given = given(&scope, namespace, objects, pod);
                for (_, image) in pod.containers().iter().filter_map(|c| c.image()) {
                    let fact = scope.pull_secret_for(&name(image)).map(|fact| fact.value);
                    if let Some(PullSecret::Named(secret)) = fact
                        && !given.contains(secret)
                    {
                        out.push(format!("{} pulls {image} without `{secret}`", told(object)));
                    }
                }
            }
        }
        out
    };
    Ok(Some(Goal { amiss: Box::new(amiss), tries }))
}

/// The secrets that a pod pulls with: its own, and those of its service account.
fn given(scope: &Scope<'_>, namespace: &str, objects: &[Value], pod: &PodPlace<'_>) -> Vec<String> {
    let mut out: Vec<String> = pod.pull_secrets().into_iter().map(|(_, name)| name.to_owned()).collect();
    let account = pod.service_account().map_or("default", |(_, name)| name);
    let declared = scope.namespace(namespace).flatten();
    for (name, secrets) in declared.iter().flat_map(|namespace| &namespace.service_accounts) {
        if name.value == account {
            out.extend(secrets.iter().map(|secret| secret.value.clone()));
        }
    }
    let rendered = objects.iter().filter(|object| told(object) == format!("ServiceAccount/{account}"));
    for secrets in rendered.filter_map(|account| account.get("imagePullSecrets")?.as_array()) {
        out.extend(secrets.iter().filter_map(|s| s.get("name")?.as_str()).map(str::to_owned));
    }
    out
}

/// No pod with a pull secret, where the place needs none and the chart brings one.
pub(crate) fn unneeded<'g>(scope: &Scope<'_>, values: &Values) -> Option<Goal<'g>> {
    if !matches!(scope.pull_secret()?.value, PullSecret::NotNeeded) {
        return None;
    }
    let tries: Vec<(Path, Value)> = keys_named(values, &KEYS)
        .into_iter()
        .map(|(path, old)| (path, if old.is_string() { json!("") } else { json!([]) }))
        .collect();
    let amiss = |objects: &[Value]| {
        let with_secret = |object: &&Value| pods(object).iter().any(|pod| !pod.pull_secrets().is_empty());
        objects.iter().filter(with_secret).map(told).collect()
    };
    Some(Goal { amiss: Box::new(amiss), tries })
}
