use std::sync::LazyLock;

use regex::Regex;
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

declare_rule! {
    /// Finds secret values in manifests, values and elements.
    ///
    /// ## What it does
    /// Looks at Helm values, parameters and generator elements for keys that hold secrets (`password`, `token`, `apiKey`,
    /// `clientSecret`, …) with a literal beside them, and for texts that have the form of a known credential. The value itself
    /// is never shown.
    ///
    /// ## Why it is bad
    /// Whoever can read the repository, or the Application in Argo CD, has the secret; Git keeps it for ever.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject:
    ///   database: {password: hunter2}
    /// ```
    ///
    /// ## How to fix
    /// Refer to a Secret that your backend provides (External Secrets, Sealed Secrets, Vault), and rotate the value.
    ///
    /// ## When to ignore
    /// For values that are public on purpose.
    "plaintext-secret", Security, Error
}

static CREDENTIAL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36,}\b|\bgithub_pat_[A-Za-z0-9_]{22,}\b",
        r"|\bglpat-[A-Za-z0-9_-]{20,}\b|\bxox[abpr]-[A-Za-z0-9-]{10,}\b|\bsk-(?:ant-)?[A-Za-z0-9_-]{20,}\b",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
    ))
    .unwrap_or_else(|error| unreachable!("the pattern is fixed: {error}"))
});

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        for values in application.helm_values() {
            for (path, leaf) in values.leaves() {
                let Value::String(text) = leaf.value else { continue };
                if let Some(what) = telling(&path, text) {
                    report(model, out, application, &leaf.at, what);
                }
            }
        }
        let Some((set, index)) = model.set_of(application).zip(match application.origin {
            seatrial_trial::model::Origin::Generated { index, .. } => Some(index),
            seatrial_trial::model::Origin::Document { .. } => None,
        }) else {
            continue;
        };
        let Some(generated) = set.expansion.generated.get(index) else { continue };
        let (manifest, document) = model.home(set);
        for origin in &generated.origins {
            let seatrial_argocd::Place::Set(at) = &origin.place else { continue };
            let Some(Value::String(text)) = at.lookup(&set.json) else { continue };
            if let Some(what) = telling(&Path::keys(origin.key.split('.')), text) {
                let finding = out
                    .finding(manifest.span_at(document, at), what)
                    .help("Refer to a Secret of your backend instead, and rotate this value.")
                    .field(at.to_string())
                    .key("element");
                out.push_for(application, finding);
            }
        }
    }
}

fn report(model: &Model<'_>, out: &mut Sink<'_>, application: &Application, at: &Path, what: String) {
    let finding = out
        .finding(model.locate(application, at).span, what)
        .help("Refer to a Secret of your backend instead, and rotate this value.")
        .field(at.to_string())
        .key("value");
    out.push_for(application, finding);
}

/// Why a value is taken for a secret, without the value.
fn telling(path: &Path, text: &str) -> Option<String> {
    if text.is_empty() || text.contains("{{") || text.starts_with('$') || text.starts_with("vault:") || text.starts_with("<path:") {
        return None;
    }
    if CREDENTIAL.is_match(text) {
        return Some(format!("`{path}` holds what looks like a live credential"));
    }
    let key = path.segments().iter().rev().find_map(|s| match s {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    })?;
    let flat: String = key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    // Names of Secrets and of their keys are no secrets.
    let refers = ["name", "ref", "key", "existingsecret", "secretname", "path", "file", "url", "secrets", "enabled"]
        .iter()
        .any(|end| flat.ends_with(end) && flat != "apikey" && flat != "secretkey" && flat != "accesskey");
    let secret = ["password", "passwd", "passphrase", "secretkey", "apikey", "accesskey", "privatekey", "clientsecret", "token", "authtoken"]
        .iter()
        .any(|word| flat.ends_with(word));
    (secret && !refers && text.len() >= 4).then(|| format!("`{path}` holds a secret in plain text"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(path: &str, text: &str) -> bool {
        telling(&Path::keys(path.split('.')), text).is_some()
    }

    #[test]
    fn secrets_are_told_by_key_or_by_form() {
        assert!(judged("database.password", "hunter2"));
        assert!(judged("env.API_KEY", "abcdef123456"));
        assert!(judged("anything", "AKIAABCDEFGHIJKLMNOP"));
    }

    #[test]
    fn references_are_no_secrets() {
        for (path, text) in [
            ("auth.existingSecret", "db-credentials"),
            ("auth.passwordKey", "password"),
            ("pullSecret", "ecr-prod"),
            ("imagePullSecrets.name", "ecr-prod"),
            ("database.password", "{{ .password }}"),
            ("database.password", "$db:password"),
            ("serviceAccountToken.enabled", "true"),
        ] {
            assert!(!judged(path, text), "{path}");
        }
    }
}
