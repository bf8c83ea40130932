use seatrial_kubernetes::PodPlace;
use seatrial_platform::PullSecret;
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::images::{images, of_reference, pull_secrets};
use crate::mend::Mend;
use crate::rendered::{self, Rendered};
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, listed, scope};

declare_rule! {
    /// Finds pull secrets that are not in the target namespace.
    ///
    /// ## What it does
    /// Compares every named pull secret with the secret that the environment's registry needs, and with the secrets
    /// that the platform file declares for the target namespace.
    /// What the Application renders to is judged as well: the secrets that pods and service accounts name; one that is
    /// rendered beside them is there.
    ///
    /// ## Why it is bad
    /// A reference to a Secret that is not there is ignored by the kubelet: the pull goes without credentials and fails.
    ///
    /// ## Example
    /// ```yaml
    /// imagePullSecrets:
    ///   - name: ecr-credentials   # the namespace holds ecr-prod
    /// ```
    ///
    /// ## How to fix
    /// Use the name the namespace has, or have the secret created there.
    ///
    /// ## When to ignore
    /// When the chart itself creates the Secret.
    "unknown-pull-secret", Registry, Error
}

struct Fault {
    given: String,
    wanted: Option<String>,
    fact: (String, seatrial_source::Span),
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, Fault)> = Vec::new();
    for application in &model.applications {
        let scope = scope(model, application);
        let declared = scope.namespace(application.text("/spec/destination/namespace")).flatten();
        let images = images(application);
        for values in application.helm_values() {
            let given = pull_secrets(values).unwrap_or_default();
            let own = || images.iter().filter(|i| i.at.starts_with(&values.source));
            let needed: Vec<_> = own().filter_map(|image| scope.pull_secret_for(&image.name())).collect();
            let unknown = own().count() != needed.len();
            for (name, at) in &given {
                if is_template(name) || rendered.refutes(model, application, name, Some(at)) {
                    continue;
                }
                let in_namespace = declared.and_then(|n| n.secrets.as_ref());
                if in_namespace.is_some_and(|secrets| secrets.iter().any(|s| s.value == *name)) {
                    continue;
                }
                let right = needed.iter().find_map(|fact| match fact.value {
                    PullSecret::Named(secret) => Some((secret, fact)),
                    _ => None,
                });
                let fact = match (right, in_namespace) {
                    (Some((secret, _)), _) if secret == name => continue,
                    (Some((_, fact)), _) if !unknown => (fact.key.clone(), fact.span),
                    (_, Some(secrets)) => ("namespaces".to_owned(), secrets.span),
                    _ => continue,
                };
                let wanted = right.map(|(secret, _)| secret.clone());
                faults.push((application, at.clone(), Fault { given: name.clone(), wanted, fact }));
            }
        }
    }
    for group in group(model, faults) {
        let given = listed(group.members.iter().map(|(_, f)| f.given.as_str()));
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let right = listed(group.members.iter().filter_map(|(_, f)| f.wanted.as_deref()));
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .filter_map(|(application, f)| Some(Wanted { application, text: f.wanted.clone()? }))
            .collect();
        let field = group.field.clone();
        let fix = (wanted.len() == group.members.len())
            .then(|| set_per_application(model, &field, &wanted, "pullSecret"))
            .flatten()
            .map(|edits| Fix::risky("name the secret that is there", edits));
        let help = if right.is_empty() {
            "Name a secret of that namespace, or declare this one there.".to_owned()
        } else {
            format!("The platform's secret here is {right}.")
        };
        let (_, first) = &group.members[0];
        let finding = out
            .finding(group.place.span, format!("no pull secret {given} in {environments}"))
            .help(help)
            .field(field.to_string())
            .key(first.given.clone())
            .fact(first.fact.0.clone(), Some(first.fact.1))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The pods and service accounts of rendered resources. A Secret that is rendered with them is there.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let pods = seatrial_kubernetes::pods(&resource.object);
        let mut named: Vec<(Path, &str)> = pods.iter().flat_map(PodPlace::pull_secrets).collect();
        if resource.kind() == "ServiceAccount" && resource.group().is_empty() {
            let path = Path::keys(["imagePullSecrets"]);
            let list = resource.object.get("imagePullSecrets").and_then(Value::as_array);
            let names = list.into_iter().flatten().enumerate().filter_map(|(index, item)| {
                Some((path.join(index).join("name"), item.get("name")?.as_str()?))
            });
            named.extend(names);
        }
        if named.is_empty() {
            return;
        }
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        let images: Vec<_> = pods
            .iter()
            .flat_map(PodPlace::containers)
            .filter_map(|container| of_reference(container.image()?.1))
            .collect();
        let needed: Vec<_> = images.iter().filter_map(|i| scope.pull_secret_for(&i.name())).collect();
        let in_namespace = scope.namespace(resource.namespace()).flatten().and_then(|n| n.secrets.as_ref());
        for (field, name) in named {
            let there = in_namespace.is_some_and(|secrets| secrets.iter().any(|s| s.value == name));
            if there || view.makes_secret(name) {
                continue;
            }
            let right = needed.iter().find_map(|fact| match fact.value {
                PullSecret::Named(secret) => Some((secret.as_str(), fact)),
                _ => None,
            });
            let (fact, help) = match (right, in_namespace) {
                (Some((secret, _)), _) if secret == name => continue,
                (Some((secret, fact)), _) if needed.len() == images.len() => {
                    ((fact.key.clone(), fact.span), format!("The platform's secret here is `{secret}`."))
                }
                (_, Some(secrets)) => (
                    ("namespaces".to_owned(), secrets.span),
                    "Name a secret of that namespace, or declare this one there.".to_owned(),
                ),
                _ => continue,
            };
            let message = format!("no pull secret `{name}` in `{environment}`");
            let mut fault = rendered::Fault::new(field, name, message).help(help);
            fault.fact = Some(fact);
            let right = right.filter(|_| needed.len() == images.len());
            fault.mend = right.map(|(secret, _)| Mend::new("name the secret that is there", secret));
            out.push(fault);
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_prod};

    #[test]
    fn not_in_the_namespace() {
        let named = |secret: &str| {
            in_prod(&format!(
                "{{image: {{repository: registry.acme.dev/a, tag: v1}}, imagePullSecrets: [{secret}]}}"
            ))
        };
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&named("acme-prod")])
            .finds(&named("regcred"), &["5:104 no pull secret `regcred` in `prod`"])
            .fixes(&[(&named("regcred"), &named("acme-prod"))]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |secret: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{imagePullSecrets: [{{name: {secret}}}], containers: [{{name: c, image: 'registry.acme.dev/a:v1'}}]}}\n"
            )
        };
        let made = "---\napiVersion: v1\nkind: Secret\nmetadata: {name: regcred}\n";
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("acme-prod"), &[]);
        tester.finds_deployed(&format!("{}{made}", pod("regcred")), &[]);
        tester.finds_deployed(&pod("regcred"), &["no pull secret `regcred` in `prod` (Pod p)"]);
    }
}
