use seatrial_platform::Fact;
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;

use super::allows;
use crate::images::{Image, images, of_reference};
use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::rewrite::value::{Wanted, set_part, set_per_application};
use crate::subject::{group_by_part, listed, scope};

declare_rule! {
    /// Finds images from a registry that the environment may not use.
    ///
    /// ## What it does
    /// Compares the registry of every image that an Application names with the environment's `registries`. An image
    /// without a registry comes from `docker.io`.
    /// What the Application renders to is judged as well: the images of every pod, and those that custom resources name. A
    /// value that no rendered resource uses is no fault.
    ///
    /// ## Why it is bad
    /// Production that pulls from a public registry depends on its limits and on whoever can push there; where the
    /// network or an admission policy forbids it, the pods never start.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject:
    ///   image: {repository: docker.io/acme/agent}   # prod allows only 123456789012.dkr.ecr.us-east-1.amazonaws.com
    /// ```
    ///
    /// ## How to fix
    /// Use the environment's registry, and make sure the image is mirrored there.
    ///
    /// ## When to ignore
    /// For a single image that policy exempts: give the exception in `seatrial.yaml`, with its reason.
    "registry-not-allowed", Registry, Error, explained_here_by: &["malformed-registry"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, (Image, Fact<'_, _>))> = Vec::new();
    for application in &model.applications {
        let Some(allowed) = scope(model, application).registries() else { continue };
        for image in images(application) {
            if !allows(allowed.value, &image)
                && !rendered.refutes(model, application, &image.registry, Some(&image.at))
            {
                faults.push((application, image.at.clone(), (image, allowed.clone())));
            }
        }
    }
    for group in group_by_part(model, faults, |(image, _)| Some(&image.registry)) {
        let registries = listed(group.members.iter().map(|(_, (image, _))| image.registry.as_str()));
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let (_, (first, fact)) = &group.members[0];
        let one = group.members.iter().all(|(_, (image, _))| image.registry == first.registry);
        let verb = if one { "is not a registry" } else { "are not registries" };
        let allowed =
            listed(group.members.iter().flat_map(|(_, (_, f))| f.value.iter().map(|r| r.value.as_str())));
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .filter_map(|(application, (image, fact))| {
                let registry = fact.value.first()?;
                // The field may hold the registry alone or the start of a whole reference.
                let rest = image.text.strip_prefix(&image.registry).unwrap_or(if image.explicit_registry {
                    ""
                } else {
                    image.text.as_str()
                });
                let joint = if image.explicit_registry || rest.is_empty() { "" } else { "/" };
                Some(Wanted { application, text: format!("{registry}{joint}{rest}") })
            })
            .collect();
        let place = group.field.clone();
        let fix = (wanted.len() == group.members.len())
            .then(|| {
                let part = set_part(
                    model,
                    &group.place,
                    &first.registry,
                    group.members.iter().filter_map(|(_, (_, f))| f.value.first()),
                );
                part.or_else(|| set_per_application(model, &place, &wanted, "registry"))
            })
            .flatten()
            .map(|edits| Fix::risky("use the environment's registry", edits));
        let finding = out
            .finding(group.place.span, format!("{registries} {verb} that {environments} may pull from"))
            .help(format!("Allowed: {allowed}."))
            .field(place.to_string())
            .key(first.registry.clone())
            .fact(fact.key.clone(), Some(fact.span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The images of rendered resources.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let Some(allowed) = scope.registries() else { return };
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for (field, text) in seatrial_kubernetes::images(&resource.object) {
            let Some(image) = of_reference(text).filter(|image| !allows(allowed.value, image)) else {
                continue;
            };
            let message = format!(
                "`{}` is not a registry that `{environment}` may pull from: `{text}`",
                image.registry
            );
            let names = listed(allowed.value.iter().map(|r| r.value.as_str()));
            let mend = allowed.value.first().map(|registry| {
                let rest = text.strip_prefix(&image.registry).unwrap_or(text).trim_start_matches('/');
                let right = format!("{registry}/{rest}");
                let secret = super::secret_besides(view, &scope, resource, &field, &right);
                Mend::new("use the environment's registry", right).besides(secret)
            });
            let fault = Fault::new(field, image.registry, message).mend(mend);
            out.push(fault.help(format!("Allowed: {names}.")).fact(&allowed));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application, in_dev, in_prod};

    #[test]
    fn of_the_environment() {
        let image = |repository: &str| in_prod(&format!("{{image: {{repository: {repository}, tag: v1}}}}"));
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&image("registry.acme.dev/a"), &in_dev("{image: {repository: ghcr.io/a, tag: v1}}")])
            .finds(&image("ghcr.io/a"), &["5:54 `ghcr.io` is not a registry"])
            .finds(&image("acme/a"), &["5:54 `docker.io` is not a registry"])
            .fixes(&[(&image("ghcr.io/a"), &image("registry.acme.dev/a"))]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |image: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{name: c, image: '{image}'}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("registry.acme.dev/a:v1"), &[]);
        tester.finds_deployed(
            &pod("nginx:1"),
            &["`docker.io` is not a registry that `prod` may pull from: `nginx:1` (Pod p)"],
        );
    }

    #[test]
    fn one_defect_of_a_chart_is_one_finding() {
        let app = |values: &str| {
            application(
                "a-prod",
                &[
                    &format!(
                        "source: {{repoURL: https://git.acme.dev/deploy.git, targetRevision: v1, path: chart, helm: {{valuesObject: {values}}}}}"
                    ),
                    "destination: {name: prod-1, namespace: shop}",
                ],
            )
        };
        let template = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: '{{ .Values.image.repository }}:v1'}]}\n";
        let platform = PLATFORM.replace(
            "https://git.acme.dev/deploy.git: {}",
            "https://git.acme.dev/deploy.git: {path: deploy, anyRevision: true}",
        );
        Tester::new(&RULE)
            .platform(&platform)
            .beside("deploy/chart/Chart.yaml", "apiVersion: v2\nname: chart\nversion: 1.0.0\n")
            .beside("deploy/chart/values.yaml", "image: {repository: docker.io/a}\n")
            .beside("deploy/chart/templates/pod.yaml", template)
            .pass(&[
                &app("{image: {repository: registry.acme.dev/a}}"),
                // No template looks at it.
                &app("{image: {repository: registry.acme.dev/a}, proxy: {image: ghcr.io/b}}"),
            ])
            .finds(&app("{image: {repository: ghcr.io/a, tag: v1}}"), &["5:129 `ghcr.io` is not a registry"])
            .fail(&[&app("{}")]);
    }
}
