use std::sync::LazyLock;

use regex::Regex;
use seatrial_kubernetes::{PodPlace, pods};
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use crate::rendered::{Fault, Rendered};

declare_rule! {
    /// Finds secret values in manifests, values and elements.
    ///
    /// ## What it does
    /// Looks at Helm values, parameters, environment variables of plugins and generator elements for keys that hold secrets
    /// (`password`, `token`, `apiKey`, `clientSecret`, …) with a literal beside them, at the contents of Secrets, and for texts
    /// that have the form of a known credential or carry a password in an address. The value itself is never shown.
    /// What the Application renders to is judged as well: variables and arguments of containers, and texts of ConfigMaps
    /// that have the form of a credential.
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
        r"|\bhv[sb]\.[A-Za-z0-9]{12,}|[a-z][a-z0-9+.-]*://[^\s:/@{$]*:[^\s/@{$<]+@",
        r"|-----BEGIN [A-Z ]*PRIVATE KEY-----|\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\."
    ))
    .unwrap_or_else(|error| unreachable!("the pattern is fixed: {error}"))
});

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    secrets(model, out);
    for application in &model.applications {
        sources(model, out, application);
        for values in application.helm_values() {
            for (path, leaf) in values.leaves() {
                let Value::String(text) = leaf.value else { continue };
                if let Some(what) = telling(&named(&path, &values.values), text) {
                    rendered.told(application, text);
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
        for origin in generated.origins.iter() {
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
    rendered.report(model, out);
}

/// Variables of rendered pods with a secret written beside them, and texts anywhere in them or in ConfigMaps that have the
/// form of a credential. What a Secret holds may be made up on the way, so it is judged where it is written.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    const HELP: &str = "Refer to a Secret of your backend instead, and rotate this value.";
    Rendered::each(model, |_, resource, out| {
        for container in pods(&resource.object).iter().flat_map(PodPlace::containers) {
            for (path, variable) in container.env() {
                let text = |key: &str| variable.get(key).and_then(Value::as_str).unwrap_or_default();
                if let Some(what) = telling(&Path::keys([text("name")]), text("value")) {
                    let fault = Fault::new(path.join("value"), text("name"), what).alike(text("value"));
                    out.push(fault.help(HELP));
                }
            }
            for key in ["args", "command"] {
                let list = container.value.get(key).and_then(Value::as_array);
                for (index, text) in list.into_iter().flatten().enumerate() {
                    let Some(text) = text.as_str().filter(|t| CREDENTIAL.is_match(t) && !refers(t)) else {
                        continue;
                    };
                    let field = container.path.join(key).join(index);
                    let message = format!(
                        "`{key}` of container `{}` hold what looks like a live credential",
                        container.name()
                    );
                    out.push(Fault::new(field, key.to_string(), message).alike(text).help(HELP));
                }
            }
        }
        if resource.kind() == "ConfigMap" && resource.group().is_empty() {
            let entries = resource.object.get("data").and_then(Value::as_object);
            for (key, value) in entries.into_iter().flatten() {
                let Some(text) = value.as_str().filter(|t| CREDENTIAL.is_match(t) && !t.contains("${"))
                else {
                    continue;
                };
                let message = format!("`{key}` holds what looks like a live credential");
                let field = Path::keys(["data"]).join(key.as_str());
                out.push(Fault::new(field, key.clone(), message).alike(text).help(HELP));
            }
        }
    })
}

/// What a value is called: by its key, or, in a list of `name` and `value`, by the name beside it.
fn named(path: &Path, values: &Value) -> Path {
    let beside = || {
        let block = path.parent()?;
        let name = block.join("name").lookup(values)?.as_str()?;
        Some(block.parent().unwrap_or_default().join(name))
    };
    match path.last_key() {
        Some("value") => beside().unwrap_or_else(|| path.clone()),
        _ => path.clone(),
    }
}

/// The addresses of sources, and what their plugins are given.
fn sources(model: &Model<'_>, out: &mut Sink<'_>, application: &Application) {
    for (pointer, source) in application.sources() {
        let at = Path::from_pointer(&pointer).unwrap_or_default();
        let url = source.get("repoURL").and_then(Value::as_str).unwrap_or_default();
        if CREDENTIAL.is_match(url) && !url.contains("{{") {
            report(model, out, application, &at.join("repoURL"), "the address holds a credential".to_owned());
        }
        let env = source.pointer("/plugin/env").and_then(Value::as_array);
        for (index, entry) in env.into_iter().flatten().enumerate() {
            let text = |key: &str| entry.get(key).and_then(Value::as_str).unwrap_or_default();
            if let Some(what) = telling(&Path::keys([text("name")]), text("value")) {
                report(
                    model,
                    out,
                    application,
                    &at.join("plugin").join("env").join(index).join("value"),
                    what,
                );
            }
        }
    }
}

/// The contents of Secrets that stand in the files, save for what tells Argo CD of a cluster or repository without
/// a credential.
fn secrets(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in model.documents() {
        let Ok(json) = &document.json else { continue };
        if json.get("kind").and_then(Value::as_str) != Some("Secret") {
            continue;
        }
        let argo = json
            .pointer("/metadata/labels")
            .is_some_and(|l| l.get("argocd.argoproj.io/secret-type").is_some());
        for part in ["stringData", "data"] {
            let entries = json.get(part).and_then(Value::as_object);
            for (key, value) in entries.into_iter().flatten() {
                let Some(text) = value.as_str().filter(|t| !t.is_empty() && !refers(t)) else { continue };
                let what = if argo {
                    match telling(&Path::keys([key.as_str()]), text) {
                        Some(what) => what,
                        None if holds_credential(text) => {
                            format!("`{key}` holds a credential")
                        }
                        None => continue,
                    }
                } else {
                    format!("`{key}` of this Secret stands in plain text")
                };
                let at = Path::keys([part]).join(key.as_str());
                out.push(
                    out.finding(manifest.span_at(document, &at), what)
                        .help("Let your backend make the Secret (External Secrets, Sealed Secrets, Vault), and rotate this value.")
                        .field(at.to_string())
                        .key(key.as_str()),
                );
            }
        }
    }
}

/// Whether a text stands for a secret that something else puts in.
/// Whether the `config` of a cluster's Secret logs in with something written there.
fn holds_credential(text: &str) -> bool {
    let Ok(config) = serde_json::from_str::<Value>(text) else {
        return text.contains("bearerToken") || text.contains("\"password\"");
    };
    ["bearerToken", "password"]
        .iter()
        .filter_map(|key| config.get(key)?.as_str())
        .any(|text| !text.is_empty() && !refers(text))
}

fn refers(text: &str) -> bool {
    // `<…>` stands for what is put in elsewhere.
    text.contains("{{")
        || (text.starts_with('<') && text.ends_with('>') && !text.contains('\n'))
        || text.starts_with('$')
        || text.starts_with("vault:")
        || text.starts_with("<path:")
        || text.starts_with("ENC[")
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
    if text.is_empty() || refers(text) {
        return None;
    }
    if CREDENTIAL.is_match(text) {
        return Some(format!("`{path}` holds what looks like a live credential"));
    }
    let key = path.segments().iter().rev().find_map(|s| match s {
        Segment::Key(key) => Some(key),
        Segment::Index(_) => None,
    })?;
    let flat: String =
        key.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    // Names of Secrets and of their keys are no secrets.
    let refers =
        ["name", "ref", "key", "existingsecret", "secretname", "path", "file", "url", "secrets", "enabled"]
            .iter()
            .any(|end| flat.ends_with(end) && flat != "apikey" && flat != "secretkey" && flat != "accesskey");
    let secret = [
        "password",
        "passwd",
        "passphrase",
        "secretkey",
        "apikey",
        "accesskey",
        "privatekey",
        "clientsecret",
        "token",
        "authtoken",
    ]
    .iter()
    .any(|word| flat.ends_with(word));
    (secret && !refers && text.len() >= 4).then(|| format!("`{path}` holds a secret in plain text"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tester;

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
    fn lists_secrets_and_addresses() {
        let app = |source: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source:\n{source}"
            )
        };
        Tester::new(&RULE)
            .pass(&[
                &app("    helm: {valuesObject: {env: [{name: LOG_LEVEL, value: debug}]}}\n"),
                &app("    repoURL: https://git@git.acme.dev/a\n"),
            ])
            .finds(
                &app("    helm: {valuesObject: {env: [{name: DB_PASSWORD, value: hunter2}]}}\n"),
                &["6:60 `env.DB_PASSWORD`"],
            )
            .finds(&app("    plugin: {env: [{name: API_TOKEN, value: abcdef}]}\n"), &["6:45 `API_TOKEN`"])
            .finds(
                &app("    repoURL: https://me:pw@git.acme.dev/a\n"),
                &["6:14 the address holds a credential"],
            )
            .finds(
                "apiVersion: v1\nkind: Secret\nstringData:\n  password: hunter2\n",
                &["4:13 of this Secret"],
            )
            .pass(&["apiVersion: v1\nkind: Secret\nstringData:\n  password: <path:kv/data/a#b>\n"]);
    }

    #[test]
    fn variables_of_pods() {
        let pod = |value: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: a, env: [{{name: DB_PASSWORD, {value}}}]}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("valueFrom: {secretKeyRef: {name: a, key: b}}"), &[]);
        tester
            .finds_deployed(&pod("value: hunter2"), &["`DB_PASSWORD` holds a secret in plain text (Pod p)"]);
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
