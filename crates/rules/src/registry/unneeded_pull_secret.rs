use seatrial_kubernetes::{Container, pods};
use seatrial_platform::PullSecret;
use seatrial_trial::{Application, Fix, Model, Sink, Via};
use seatrial_yaml::Path;

use super::allows;
use crate::images::{Image, images, of_reference, pull_secrets, pull_secrets_key};
use crate::rendered::{Fault, Rendered};
use crate::rewrite::base;
use crate::subject::scope;

declare_rule! {
    /// Finds pull secrets named where no registry needs one.
    ///
    /// ## What it does
    /// Fires when values name a pull secret although every image comes from a registry that needs none in that environment.
    /// What the Application renders to is judged as well: the secrets that each pod names.
    ///
    /// ## Why it is bad
    /// The Secret is missing there; kubelets log a warning for every pull, and readers take it for a requirement.
    ///
    /// ## Example
    /// ```yaml
    /// # dev pulls from docker.io without credentials
    /// imagePullSecrets:
    ///   - name: ecr-credentials
    /// ```
    ///
    /// ## How to fix
    /// Name it only in the environments that need it.
    ///
    /// ## When to ignore
    /// When the secret is there to lift a public registry's rate limit: say so under `registries`.
    "unneeded-pull-secret", Registry, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    for application in &model.applications {
        let scope = scope(model, application);
        let images = images(application);
        for values in application.helm_values() {
            let Some(given) = pull_secrets(values).filter(|g| !g.is_empty()) else { continue };
            let Some(key) = pull_secrets_key(values) else { continue };
            let mut own = images.iter().filter(|i| i.at.starts_with(&values.source)).peekable();
            if own.peek().is_none() {
                continue;
            }
            // From the registry that the environment wants, the secret may well be needed.
            let strays = |image: &&Image| scope.registries().is_some_and(|f| !allows(f.value, image));
            if own.clone().any(|image| strays(&image)) {
                continue;
            }
            let facts: Vec<_> = own.map(|image| scope.pull_secret_for(&image.name())).collect();
            let needless = |fact: &Option<seatrial_platform::Fact<'_, PullSecret>>| {
                fact.as_ref().is_some_and(|f| *f.value == PullSecret::NotNeeded)
            };
            if !facts.iter().all(needless) {
                continue;
            }
            for (name, at) in given {
                if rendered.refutes(model, application, &name, Some(&at)) {
                    continue;
                }
                let place = model.locate(application, &at);
                let environment = application.environment.as_deref().unwrap_or("this environment");
                let only =
                    values.at(&key).is_some_and(|v| v.value.as_array().is_none_or(|list| list.len() == 1));
                let fix = only.then(|| leave_out(model, application, &values.place(&key))).flatten();
                let mut finding = out
                    .finding(place.span, format!("{environment} needs no pull secret, but `{name}` is named"))
                    .help(format!("Leave it out in {environment}."))
                    .field(at.to_string())
                    .key(name)
                    .maybe_fix(fix);
                if let Some(Some(fact)) = facts.first() {
                    finding = finding.fact(fact.key.clone(), Some(fact.span));
                }
                out.push_for(application, finding);
            }
        }
    }
    rendered.report(model, out);
}

/// The pods of rendered resources.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for pod in pods(&resource.object) {
            let images: Vec<Image> = pod
                .containers()
                .iter()
                .filter_map(Container::image)
                .filter_map(|(_, text)| of_reference(text))
                .collect();
            let strays = |image: &Image| scope.registries().is_some_and(|f| !allows(f.value, image));
            let facts: Vec<_> = images.iter().map(|image| scope.pull_secret_for(&image.name())).collect();
            let needless = facts
                .iter()
                .all(|fact| fact.as_ref().is_some_and(|fact| *fact.value == PullSecret::NotNeeded));
            let Some(Some(fact)) = facts.first() else { continue };
            if !needless || images.iter().any(strays) {
                continue;
            }
            for (field, name) in pod.pull_secrets() {
                let message = format!("{environment} needs no pull secret, but `{name}` is named");
                let help = format!("Leave it out in {environment}.");
                out.push(Fault::new(field, name, message).help(help).fact(fact));
            }
        }
    })
}

/// Takes the block out, where one Application alone has it.
fn leave_out(model: &Model<'_>, application: &Application, block: &Path) -> Option<Fix> {
    let located = model.locate(application, block);
    if located.via != Via::Document || !located.written {
        return None;
    }
    let (manifest, _) = model.home_of(application);
    let edit = base::remove_entry(manifest, manifest.tree.node(located.node?)?, 3)?;
    Some(Fix::risky("leave it out", vec![edit]))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev, in_prod};

    #[test]
    fn named_in_vain() {
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &in_prod("{image: {repository: registry.acme.dev/a}, imagePullSecrets: [acme-prod]}"),
                &in_dev("{imagePullSecrets: [x]}"),
                &in_dev("{image: {repository: ghcr.io/a}, proxy: {image: quay.io/b}, imagePullSecrets: [x]}"),
            ])
            .finds(
                &in_dev("{image: {repository: ghcr.io/a}, imagePullSecrets: [x]}"),
                &["5:85 dev needs no pull secret, but `x` is named"],
            )
            .fixes(&[(
                &in_dev("{image: {repository: ghcr.io/a}, imagePullSecrets: [x]}"),
                &in_dev("{image: {repository: ghcr.io/a}}"),
            )]);
    }
}
