//! Check 2: may images come from there, and with which secret are they pulled?

mod expiring_registry_token;
mod malformed_registry;
mod missing_pull_secret;
mod registry_not_allowed;
mod unknown_pull_secret;
mod unneeded_pull_secret;

use seatrial_kubernetes::PodPlace;
use seatrial_platform::{PullSecret, Scope, Text};
use seatrial_trial::{Resource, Rule};
use seatrial_yaml::Path;
use serde_json::json;

use crate::images::{Image, of_reference};
use crate::mend::Mend;
use crate::rendered::View;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &registry_not_allowed::RULE,
    &malformed_registry::RULE,
    &missing_pull_secret::RULE,
    &unneeded_pull_secret::RULE,
    &unknown_pull_secret::RULE,
    &expiring_registry_token::RULE,
];

/// The pull secrets that a rendered pod has: its own, else those of its service account, whether that is rendered beside
/// it or declared for the namespace.
fn secrets_of<'r>(
    view: &'r View<'_>,
    scope: &Scope<'r>,
    resource: &Resource,
    pod: &PodPlace<'r>,
) -> Vec<&'r str> {
    let own: Vec<&str> = pod.pull_secrets().into_iter().map(|(_, name)| name).collect();
    if !own.is_empty() {
        return own;
    }
    let account = pod.service_account().map_or("default", |(_, name)| name);
    let rendered = view
        .of_kind("", "ServiceAccount")
        .find(|r| r.name() == account && r.namespace() == resource.namespace())
        .and_then(|r| r.object.get("imagePullSecrets")?.as_array());
    let rendered = rendered.into_iter().flatten().filter_map(|s| s.get("name")?.as_str());
    let declared = scope.namespace(resource.namespace()).flatten();
    let declared = declared.into_iter().flat_map(|n| &n.service_accounts);
    let declared = declared.filter(|(name, _)| name.value == account).flat_map(|(_, secrets)| &secrets.value);
    rendered.chain(declared.map(|secret| secret.value.as_str())).collect()
}

/// What the pod of an image must name besides, when the image becomes another that needs a pull secret.
fn secret_besides(
    view: &View<'_>,
    scope: &Scope<'_>,
    resource: &Resource,
    image_at: &Path,
    image: &str,
) -> Option<(Path, Mend)> {
    let fact = scope.pull_secret_for(&of_reference(image)?.name())?;
    let PullSecret::Named(secret) = fact.value else { return None };
    let pods = seatrial_kubernetes::pods(&resource.object);
    let pod = pods.iter().find(|pod| image_at.starts_with(&pod.path))?;
    secrets_of(view, scope, resource, pod)
        .is_empty()
        .then(|| (pod.path.join("imagePullSecrets"), naming_secret(secret)))
}

/// Naming a pull secret where a chart takes one.
fn naming_secret(secret: &str) -> Mend {
    Mend::new("name the registry's pull secret", json!([{ "name": secret }])).named(&["pullSecrets"])
}

/// Whether an image comes from one of these registries.
fn allows(registries: &[Text], image: &Image) -> bool {
    let name = image.name();
    let below = |whole: &str, start: &str| whole.strip_prefix(start).is_some_and(|r| r.starts_with('/'));
    registries.iter().map(|r| r.value.trim_end_matches('/')).any(|host| {
        // Of a registry for all images it is not known which paths they have.
        let part = image.repository.is_empty() && below(host, &image.registry);
        image.registry == host || part || below(&name, host)
    })
}
