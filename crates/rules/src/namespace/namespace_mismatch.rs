use std::collections::HashMap;

use seatrial_source::Span;
use seatrial_trial::{Application, Fix, Model, Sink};
use serde_json::Value;

use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::rewrite::value::{self, Wanted};
use crate::subject::{is_template, path};

declare_rule! {
    /// Finds Applications that mix up Argo CD's namespace, `default` and the target namespace.
    ///
    /// ## What it does
    /// Fires when an Application deploys a chart into Argo CD's own namespace or names no target namespace for it, when
    /// Helm is told another namespace than the destination, or when the name breaks `conventions.namespace`.
    /// What the Application renders to is judged as well: workloads with a namespace of their own that is not the
    /// destination's.
    ///
    /// ## Why it is bad
    /// `metadata.namespace` is where the Application object lives, `destination.namespace` where its resources go. Mixed up,
    /// workloads land beside Argo CD or in `default`.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   server: https://kubernetes.default.svc
    ///   namespace: argocd      # the agent would run beside Argo CD
    /// ```
    ///
    /// ## How to fix
    /// Give the target namespace in `spec.destination.namespace`, and leave `metadata.namespace` to Argo CD's own.
    ///
    /// ## When to ignore
    /// For a chart that belongs to Argo CD (those that have `argo` in their name are left out).
    "namespace-mismatch", Namespace, Warning, explained_here_by: &["unknown-namespace"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    rendered(model).report(model, out);
    let at = path("spec.destination.namespace");
    // By the text that gives it: what one text does wrong is mended there at once.
    let mut unlike: HashMap<Span, Vec<(&Application, String)>> = HashMap::new();
    for application in &model.applications {
        if let Some(expected) = expected(model, application) {
            unlike.entry(model.locate(application, &at).span).or_default().push((application, expected));
        }
    }
    for application in &model.applications {
        let target = application.text("/spec/destination/namespace");
        if is_template(target) {
            continue;
        }
        if let Some(chart) = foreign_chart(application) {
            let message = if target.is_empty() {
                Some(format!("chart `{chart}` is deployed, but no namespace is named for it"))
            } else if target == model.context.namespace {
                Some(format!("chart `{chart}` would run beside Argo CD, in its own namespace `{target}`"))
            } else {
                None
            };
            if let Some(message) = message {
                let finding = out
                    .finding(model.locate(application, &at).span, message)
                    .help("Give it a namespace of its own in `spec.destination.namespace`.")
                    .field(at.to_string())
                    .key(target);
                out.push_for(application, finding);
            }
        }
        for (pointer, source) in application.sources() {
            let helm = source.pointer("/helm/namespace").and_then(Value::as_str).unwrap_or_default();
            if !helm.is_empty() && helm != target && !target.is_empty() {
                let field = seatrial_yaml::Path::from_pointer(&format!("{pointer}/helm/namespace"))
                    .unwrap_or_default();
                let finding = out
                    .finding(
                        model.locate(application, &field).span,
                        format!(
                            "Helm renders for namespace `{helm}`, but the Application deploys to `{target}`"
                        ),
                    )
                    .help("Leave `helm.namespace` out: the destination's namespace is used.")
                    .field(field.to_string())
                    .key(helm);
                out.push_for(application, finding);
            }
        }
        let (Some(convention), Some(expected)) =
            (&model.platform().conventions.namespace, expected(model, application))
        else {
            continue;
        };
        let span = model.locate(application, &at).span;
        let wanted: Vec<Wanted<'_>> = unlike
            .get(&span)
            .into_iter()
            .flatten()
            .map(|(application, text)| Wanted { application, text: text.clone() })
            .collect();
        let fix = value::set_per_application(model, &at, &wanted, "namespace")
            .map(|edits| Fix::risky("use the convention's namespace", edits));
        let finding = out
            .finding(
                span,
                format!("namespace `{target}` is not what the convention `{convention}` gives: `{expected}`"),
            )
            .help(format!("Use `{expected}`."))
            .field(at.to_string())
            .key(target)
            .fact("conventions.namespace", Some(convention.span))
            .maybe_fix(fix);
        out.push_for(application, finding);
    }
}

/// The namespace that the convention gives, where the Application has another.
fn expected(model: &Model<'_>, application: &Application) -> Option<String> {
    let target = application.text("/spec/destination/namespace");
    let convention = model.platform().conventions.namespace.as_ref()?;
    let unlike = !target.is_empty() && !is_template(target) && application.environment.is_some();
    let expected = crate::naming::filled(convention, model, application)?;
    (unlike && !crate::naming::fits(convention, model, application, target)).then_some(expected)
}

/// Workloads that are rendered for another namespace than the Application's: a namespace written into a template or a value.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let target = view.application.text("/spec/destination/namespace");
        let own = resource.namespace();
        let workload = !seatrial_kubernetes::pods(&resource.object).is_empty();
        let made = view.has("Namespace", own);
        if target.is_empty() || own.is_empty() || own == target || !workload || made || is_template(target) {
            return;
        }
        let message = format!("goes to namespace `{own}`, but the Application deploys to `{target}`");
        let help = format!("Leave the namespace out, so that Argo CD puts it into `{target}`.");
        let mend = Mend::new("use the Application's namespace", target);
        out.push(Fault::new(path("metadata.namespace"), own, message).help(help).mend(Some(mend)));
    })
}

/// A chart of a chart repository that is not one of Argo's own.
fn foreign_chart(application: &Application) -> Option<&str> {
    let sources = application.sources();
    let mut charts =
        sources.iter().filter_map(|(_, s)| s.get("chart").and_then(Value::as_str)).filter(|c| !c.is_empty());
    charts.find(|chart| !chart.contains("argo") && !is_template(chart))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    fn app(source: &str, destination: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  source: {{repoURL: https://charts.acme.dev, {source}}}\n  destination: {{name: prod-1{destination}}}\n"
        )
    }

    #[test]
    fn three_namespaces_kept_apart() {
        Tester::new(&RULE)
            .pass(&[
                &app("chart: redis", ", namespace: cache"),
                &app("chart: argo-cd", ", namespace: argocd"),
                &app("path: apps", ", namespace: argocd"),
                &app("path: apps", ""),
            ])
            .finds(&app("chart: redis", ", namespace: argocd"), &["6:42 beside Argo CD"])
            .finds(&app("chart: redis", ""), &["6:3 no namespace is named"])
            .finds(
                &app("chart: redis, helm: {namespace: b}", ", namespace: c"),
                &["5 Helm renders for namespace `b`"],
            );
    }

    #[test]
    fn an_application_may_be_called_otherwise_than_its_chart() {
        let platform = "environments: {prod: {}}\nclusters: {prod-1: {server: https://prod.acme.dev, environment: prod}}\nconventions: {namespace: '{app}'}\n";
        let shop = |namespace: &str| {
            app("chart: web", &format!(", namespace: {namespace}")).replace("name: a,", "name: shop-prod,")
        };
        Tester::new(&RULE)
            .platform(platform)
            .pass(&[&shop("shop"), &shop("web")])
            .finds(&shop("store"), &["6:42 is not what the convention `{app}` gives: `web`"]);
    }

    #[test]
    fn the_convention_mends() {
        let platform = "environments: {prod: {}}\nclusters: {prod-1: {server: https://prod.acme.dev, environment: prod}}\nconventions: {namespace: shop}\n";
        let one = app("path: apps/shop", ", namespace: shpo");
        let set = |namespace: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: shop, namespace: argocd}}\nspec:\n  goTemplate: true\n  generators: [{{list: {{elements: [{{n: a}}, {{n: b}}]}}}}]\n  template:\n    metadata: {{name: 'shop-{{{{ .n }}}}'}}\n    spec:\n      project: default\n      source: {{repoURL: https://charts.acme.dev, path: shop}}\n      destination: {{name: prod-1, namespace: {namespace}}}\n"
            )
        };
        Tester::new(&RULE)
            .platform(platform)
            .fixes(&[(&one, &app("path: apps/shop", ", namespace: shop")), (&set("shpo"), &set("shop"))]);
    }
}
