use seatrial_kubernetes::{Container, pods};
use seatrial_platform::PullSecret;
use seatrial_trial::{Application, Model, Sink};

use crate::images::{images, of_reference, pull_secrets, pull_secrets_key};
use crate::rendered::{self, Rendered};
use crate::rewrite::settings;
use crate::subject::{listed, scope};

declare_rule! {
    /// Finds images from a registry that needs credentials, pulled without any.
    ///
    /// ## What it does
    /// For every image of an Application asks which pull secret its registry needs in that environment
    /// (`environments.*.pullSecret`, `registries.*.pullSecret`), and whether the Helm values name it. Secrets that the
    /// target namespace's service accounts bring along count.
    /// What the Application renders to is judged as well: the secrets that each pod names, or that its service account
    /// brings along.
    ///
    /// ## Why it is bad
    /// The sync succeeds and the pods stay in `ImagePullBackOff`.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject:
    ///   image: {repository: 123456789012.dkr.ecr.us-east-1.amazonaws.com/agent}
    ///   # no imagePullSecrets
    /// ```
    ///
    /// ## How to fix
    /// Name the environment's secret in the chart's `imagePullSecrets`, only where one is needed.
    ///
    /// ## When to ignore
    /// When nodes pull with a role of their own: say `pullSecret: false` for the registry.
    "missing-pull-secret", Registry, Error
}

/// One image pulled without its secret.
struct Fault {
    /// The secret, when its name is known.
    secret: Option<String>,
    image: String,
    fact: (String, seatrial_source::Span),
    source: seatrial_yaml::Path,
    /// The empty list of pull secrets, or the block that lacks one.
    place: seatrial_yaml::Path,
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Fault)> = Vec::new();
    for application in &model.applications {
        let scope = scope(model, application);
        let namespace = application.text("/spec/destination/namespace");
        let images = images(application);
        for values in application.helm_values() {
            let own: Vec<_> = images.iter().filter(|i| i.at.starts_with(&values.source)).collect();
            let given = pull_secrets(values);
            for image in own {
                let Some(fact) = scope.pull_secret_for(&image.name()) else { continue };
                let secret = match fact.value {
                    PullSecret::Named(name) => Some(name.as_str()),
                    PullSecret::Needed => None,
                    PullSecret::NotNeeded | PullSecret::ByRegistry(_) => continue,
                };
                let named = |list: &[(String, _)]| match secret {
                    Some(secret) => list.iter().any(|(name, _)| name == secret),
                    None => !list.is_empty(),
                };
                if given.as_deref().is_some_and(named) || by_service_account(&scope, namespace, secret) {
                    continue;
                }
                if given.as_ref().is_some_and(|list| !list.is_empty()) {
                    // Another secret is named: `unknown-pull-secret` tells of it.
                    continue;
                }
                if given.is_none() && !values.complete && !rendered.knows(application) {
                    out.unknown(
                        Some(model.locate(application, &values.source.join("helm").join("valueFiles")).span),
                        "whether images are pulled with their secret",
                        "the value files of this Application are not read yet: rendering will tell",
                    );
                    continue;
                }
                if rendered.refutes(model, application, &image.registry, None) {
                    continue;
                }
                faults.push((
                    application,
                    Fault {
                        secret: secret.map(str::to_owned),
                        image: image.registry.clone(),
                        fact: (fact.key, fact.span),
                        source: values.source.clone(),
                        place: pull_secrets_key(values)
                            .map_or_else(|| values.source.join("helm"), |key| values.place(&key)),
                    },
                ));
                break;
            }
        }
    }
    // One text may supply several environments' registries: told once for the values they all share.
    let mut by_source: Vec<(seatrial_source::Span, Vec<(&Application, Fault)>)> = Vec::new();
    for (application, fault) in faults {
        let helm = model.locate_template(application, &fault.place);
        match by_source.iter_mut().find(|(span, _)| *span == helm.span) {
            Some((_, list)) => list.push((application, fault)),
            None => by_source.push((helm.span, vec![(application, fault)])),
        }
    }
    for (span, members) in by_source {
        let registries = listed(members.iter().map(|(_, f)| f.image.as_str()));
        let secrets = listed(members.iter().filter_map(|(_, f)| f.secret.as_deref()));
        let environments = listed(members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let wanted: Vec<(&Application, &str)> =
            members.iter().filter_map(|(a, f)| Some((*a, f.secret.as_deref()?))).collect();
        let fix = (wanted.len() == members.len())
            .then(|| settings::pull_secret(model, &members[0].1.source, &wanted))
            .flatten();
        let applications: Vec<&Application> = members.iter().map(|(a, _)| *a).collect();
        let fixes = rendered.fixes(model, &applications, &members[0].1.image, fix);
        let help = if secrets.is_empty() {
            "Name the registry's pull secret in the chart's `imagePullSecrets`.".to_owned()
        } else {
            format!("Set `imagePullSecrets` to {secrets}, only where it is needed.")
        };
        let (fact, declared) = &members[0].1.fact;
        let mut finding = out
            .finding(
                span,
                format!("images from {registries} need a pull secret in {environments}, and none is named"),
            )
            .help(help)
            .field(members[0].1.source.join("helm").to_string())
            .key("missing")
            .fact(fact.clone(), Some(*declared))
            .fixes(fixes);
        finding.applications = members.iter().map(|(a, _)| a.qualified_name()).collect();
        finding.applications.sort();
        finding.environments = members.iter().filter_map(|(a, _)| a.environment.clone()).collect();
        finding.environments.sort();
        finding.environments.dedup();
        out.push(finding);
    }
    rendered.report(model, out);
}

/// The pods of rendered resources, with the service accounts among them.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for pod in pods(&resource.object).iter().filter(|pod| !pod.embedded) {
            let given = super::secrets_of(view, &scope, resource, pod);
            for (_, text) in pod.containers().iter().filter_map(Container::image) {
                let Some(image) = of_reference(text) else { continue };
                let Some(fact) = scope.pull_secret_for(&image.name()) else { continue };
                let secret = match fact.value {
                    PullSecret::Named(name) => Some(name.as_str()),
                    PullSecret::Needed => None,
                    PullSecret::NotNeeded | PullSecret::ByRegistry(_) => continue,
                };
                // Where others are named, `unknown-pull-secret` tells of it.
                if !given.is_empty() {
                    continue;
                }
                let message = format!("`{text}` needs a pull secret in `{environment}`, and none is named");
                let help = match secret {
                    Some(secret) => {
                        format!("Name `{secret}` in `imagePullSecrets`, only where it is needed.")
                    }
                    None => "Name the registry's pull secret in `imagePullSecrets`.".to_owned(),
                };
                let mend = secret.map(super::naming_secret);
                let field = pod.path.join("imagePullSecrets");
                let fault = rendered::Fault::new(field, image.registry, message).mend(mend);
                out.push(fault.help(help).fact(&fact));
            }
        }
    })
}

fn by_service_account(scope: &seatrial_platform::Scope<'_>, namespace: &str, secret: Option<&str>) -> bool {
    let Some(Some(namespace)) = scope.namespace(namespace) else { return false };
    namespace.service_accounts.iter().any(|(_, secrets)| match secret {
        Some(secret) => secrets.iter().any(|s| s.value == secret),
        None => !secrets.value.is_empty(),
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev, in_prod};

    #[test]
    fn needed_and_not_named() {
        let with =
            |more: &str| in_prod(&format!("{{image: {{repository: registry.acme.dev/a, tag: v1}}{more}}}"));
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &with(", imagePullSecrets: [{name: acme-prod}]"),
                &with(", imagePullSecrets: [other]"),
                &in_dev("{image: {repository: ghcr.io/a, tag: v1}}"),
            ])
            .finds(&with(""), &["5:12 `registry.acme.dev` need a pull secret in `prod`"])
            .finds(&with(", imagePullSecrets: []"), &["5:85 need a pull secret"]);
    }

    #[test]
    fn what_elements_pass_on_is_added_to_them() {
        let set = |prod: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n  generators:\n    - list:\n        elements:\n          - env: dev\n            helm:\n              image: {{repository: ghcr.io/a, tag: v1}}\n          - env: prod\n            helm:   # what prod has\n              image: {{repository: registry.acme.dev/a, tag: v1}}\n{prod}  template:\n    metadata: {{name: 'a-{{{{ .env }}}}'}}\n    spec:\n      project: default\n      source: {{repoURL: https://charts.acme.dev, chart: web, targetRevision: 1.0.0}}\n      destination: {{name: '{{{{ .env }}}}-1', namespace: shop}}\n  templatePatch: |\n    spec:\n      source:\n        helm:\n          valuesObject:\n            {{{{- toYaml .helm | nindent 12 }}}}\n"
            )
        };
        let right = set("              imagePullSecrets:\n              - name: acme-prod\n");
        Tester::new(&RULE).platform(PLATFORM).pass(&[&right]).fixes(&[(&set(""), &right)]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |image: &str, more: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{more}containers: [{{name: c, image: '{image}'}}]}}\n"
            )
        };
        let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: runner}\nimagePullSecrets: [{name: acme-prod}]\n";
        let tester = Tester::new(&RULE);
        let image = "registry.acme.dev/a:v1";
        tester.finds_deployed(&pod("ghcr.io/a:v1", ""), &[]);
        tester.finds_deployed(&pod(image, "imagePullSecrets: [{name: acme-prod}], "), &[]);
        tester.finds_deployed(&format!("{}{account}", pod(image, "serviceAccountName: runner, ")), &[]);
        tester.finds_deployed(
            &format!("{}{account}", pod(image, "")),
            &["`registry.acme.dev/a:v1` needs a pull secret in `prod`, and none is named (Pod p)"],
        );
    }
}
