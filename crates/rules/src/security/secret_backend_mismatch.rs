use seatrial_platform::SecretBackend;
use seatrial_trial::{Document, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rendered::{Fault, Rendered};
use crate::subject::scope;

declare_rule! {
    /// Finds Secrets brought otherwise than the platform brings them.
    ///
    /// ## What it does
    /// Where the platform file states the backend of secrets for every environment (`secrets: external-secrets`), fires on
    /// Secrets written out in the files, and on the custom resources of another backend (a SealedSecret, an ExternalSecret,
    /// a VaultStaticSecret, a SecretProviderClass).
    /// What the Application renders to is judged as well: its Secrets and custom resources, by the backend of the
    /// environment it goes to.
    ///
    /// ## Why it is bad
    /// A Secret written out bypasses rotation and audit; the controller of another backend is not there, so its resource
    /// is refused or makes nothing.
    ///
    /// ## Example
    /// ```yaml
    /// # secrets: external-secrets
    /// apiVersion: bitnami.com/v1alpha1
    /// kind: SealedSecret
    /// ```
    ///
    /// ## How to fix
    /// Use the platform's backend.
    ///
    /// ## When to ignore
    /// While the platform moves from one backend to another.
    "secret-backend-mismatch", Security, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let mut facts = platform.environments.iter().map(|e| platform.scope(Some(&e.name), None).secrets());
    let first = facts.next().flatten();
    // Which environment a plain object goes to is not known: only what holds for all is judged.
    let Some(fact) = first.filter(|fact| facts.all(|other| other.is_some_and(|o| o.value == fact.value)))
    else {
        rendered(model).report(model, out);
        return;
    };
    rendered(model).without_inputs(model).report(model, out);
    for (manifest, document) in model.documents() {
        let Some((kind, backend)) = backend(document) else { continue };
        if backend == *fact.value
            || (*fact.value == SecretBackend::Sops && backend == SecretBackend::Kubernetes)
        {
            continue;
        }
        let at = Path::keys(["kind"]);
        out.push(
            out.finding(
                manifest.span_at(document, &at),
                format!("a {kind}, but this platform brings secrets by `{}`", fact.value.as_str()),
            )
            .help(format!("Let `{}` make it.", fact.value.as_str()))
            .field("kind")
            .key(document.name.clone())
            .fact(fact.key.clone(), Some(fact.span)),
        );
    }
}

/// Rendered resources, by the backend of where they go.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let Some(fact) = scope(model, view.application).secrets() else { return };
        let Some((kind, backend)) = backend_of(&resource.object) else { return };
        // A Secret without a value is filled by something else.
        let empty = ["data", "stringData"].iter().all(|key| {
            resource.object.get(*key).and_then(Value::as_object).is_none_or(serde_json::Map::is_empty)
        });
        let sops = *fact.value == SecretBackend::Sops && backend == SecretBackend::Kubernetes;
        if backend == *fact.value || sops || kind == "Secret" && empty {
            return;
        }
        let name = fact.value.as_str();
        let message = format!("a {kind}, but this platform brings secrets by `{name}`");
        let fault = Fault::new(Path::keys(["kind"]), resource.name(), message);
        out.push(fault.help(format!("Let `{name}` make it.")).fact(&fact));
    })
}

/// What brings the secret that a document speaks of.
fn backend(document: &Document) -> Option<(&str, SecretBackend)> {
    backend_of(document.json.as_ref().ok()?)
}

/// What brings the secret that an object speaks of; nothing for Secrets that are Argo CD's own records.
fn backend_of(json: &Value) -> Option<(&str, SecretBackend)> {
    let kind = json.get("kind").and_then(Value::as_str)?;
    let argo =
        json.pointer("/metadata/labels").is_some_and(|l| l.get("argocd.argoproj.io/secret-type").is_some());
    let backend = match kind {
        "Secret" if !argo => SecretBackend::Kubernetes,
        "SealedSecret" => SecretBackend::SealedSecrets,
        "ExternalSecret" | "ClusterExternalSecret" => SecretBackend::ExternalSecrets,
        "VaultStaticSecret" | "VaultDynamicSecret" => SecretBackend::Vault,
        "SecretProviderClass" => SecretBackend::Csi,
        _ => return None,
    };
    Some((kind, backend))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn of_the_environment_it_goes_to() {
        let platform = crate::testing::PLATFORM
            .replace("    sync: manual", "    secrets: external-secrets\n    sync: manual");
        let secret =
            |data: &str| format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: db}}\ndata: {data}\n");
        let tester = Tester::new(&RULE);
        tester.finds_deployed_on(&platform, &secret("{}"), &[]);
        tester.finds_deployed_on(
            &platform,
            &secret("{a: YQ==}"),
            &["a Secret, but this platform brings secrets by `external-secrets` (Secret db)"],
        );
    }

    #[test]
    fn one_backend_for_all() {
        let object = |kind: &str| format!("apiVersion: v1\nkind: {kind}\nmetadata: {{name: db}}\n");
        Tester::new(&RULE).platform("environments: {dev: {}}\n").pass(&[&object("Secret")]);
        Tester::new(&RULE)
            .platform("environments: {dev: {}, prod: {}}\nsecrets: external-secrets\n")
            .pass(&[&object("ExternalSecret"), &object("ConfigMap")])
            .finds(
                &object("Secret"),
                &["2:7 a Secret, but this platform brings secrets by `external-secrets`"],
            )
            .finds(&object("SealedSecret"), &["2:7 a SealedSecret"]);
    }
}
