use seatrial_platform::SecretBackend;
use seatrial_trial::{Document, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

declare_rule! {
    /// Finds Secrets brought otherwise than the platform brings them.
    ///
    /// ## What it does
    /// Where the platform file states the backend of secrets for every environment (`secrets: external-secrets`), fires on
    /// Secrets written out in the files, and on the custom resources of another backend (a SealedSecret, an ExternalSecret,
    /// a VaultStaticSecret, a SecretProviderClass).
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
    let Some(Some(fact)) = facts.next() else { return };
    // Which environment a plain object goes to is not known: only what holds for all is judged.
    if facts.any(|other| other.is_none_or(|o| o.value != fact.value)) {
        return;
    }
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

/// What brings the secret that a document speaks of; nothing for Secrets that are Argo CD's own records.
fn backend(document: &Document) -> Option<(&str, SecretBackend)> {
    let json = document.json.as_ref().ok()?;
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
