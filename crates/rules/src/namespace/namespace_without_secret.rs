use seatrial_platform::PullSecret;
use seatrial_trial::{Model, Severity, Sink};

use super::creates_namespace;
use crate::images::images;
use crate::subject::{is_template, path, scope};

declare_rule! {
    /// Finds namespaces that will lack the pull secret their images need.
    ///
    /// ## What it does
    /// Fires when an image needs a pull secret, the target namespace's secrets are declared and it is not among them, or
    /// the namespace is not declared and `CreateNamespace=true` would make it. Where no namespaces are declared at all, that is
    /// a warning.
    ///
    /// ## Why it is bad
    /// A fresh namespace holds no Secrets: naming the pull secret is not enough, it has to be there before the pods start.
    ///
    /// ## Example
    /// ```yaml
    /// syncOptions:
    ///   - CreateNamespace=true   # and who puts `ecr-prod` there?
    /// ```
    ///
    /// ## How to fix
    /// Provision the Secret with the namespace (External Secrets, a policy, an earlier wave), then declare it in `seatrial.yaml`.
    ///
    /// ## When to ignore
    /// When a controller copies the Secret into every namespace.
    "namespace-without-secret", Namespace, Error, explained_by: &["unknown-pull-secret"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let name = application.text("/spec/destination/namespace");
        if name.is_empty() || is_template(name) {
            continue;
        }
        let scope = scope(model, application);
        let needed = images(application).iter().find_map(|image| {
            let fact = scope.pull_secret_for(&image.name())?;
            match fact.value {
                PullSecret::Named(secret) => Some((secret.clone(), fact.key, fact.span)),
                _ => None,
            }
        });
        let Some((secret, key, span)) = needed else { continue };
        let mut severity = Severity::Error;
        let message = match scope.namespace(name) {
            Some(Some(namespace)) => match &namespace.secrets {
                Some(secrets) if secrets.iter().all(|s| s.value != secret) => {
                    format!("namespace `{name}` holds no pull secret `{secret}`")
                }
                _ => continue,
            },
            Some(None) if creates_namespace(application) => {
                format!("CreateNamespace makes `{name}` without the pull secret `{secret}`")
            }
            // No namespaces are declared: whether it exists, and what it holds, nobody has said.
            None if creates_namespace(application) => {
                severity = Severity::Warning;
                format!(
                    "nothing says that `{name}` exists: if CreateNamespace makes it, it lacks the pull secret `{secret}`"
                )
            }
            Some(None) | None => continue,
        };
        let at = path("spec.destination.namespace");
        let finding = out
            .finding(model.locate(application, &at).span, message)
            .help(format!(
                "Have `{secret}` put into `{name}`, then declare it under `namespaces.{name}.secrets`."
            ))
            .field(at.to_string())
            .key(secret)
            .severity(severity)
            .fact(key, Some(span));
        out.push_for(application, finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_prod};

    #[test]
    fn what_the_pods_need() {
        let into = |namespace: &str| {
            in_prod("{image: {repository: registry.acme.dev/a}}").replace("shop", namespace)
        };
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&into("shop"), &into("unknown")])
            .finds(&into("bare"), &["6:42 namespace `bare` holds no pull secret `acme-prod`"]);
    }
}
