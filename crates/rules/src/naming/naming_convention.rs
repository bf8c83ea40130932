use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::filled;
use crate::rewrite::{name, value};
use crate::subject::{group, is_template, listed, path};

declare_rule! {
    /// Finds names that break the platform's conventions.
    ///
    /// ## What it does
    /// Compares names of Applications with `conventions.applicationName`, their projects with `conventions.project`, and their
    /// labels with `conventions.labels`. In a convention, `{env}` and `{cluster}` stand for the Application's own, `{app}` for
    /// its chart or the last telling folder of its path.
    ///
    /// ## Why it is bad
    /// Dashboards, alerts, permissions and people find things by name.
    ///
    /// ## Example
    /// ```yaml
    /// # applicationName: "{app}-{env}"
    /// metadata: {name: agent-production-us}
    /// ```
    ///
    /// ## How to fix
    /// Use the convention's name.
    ///
    /// ## When to ignore
    /// For names that other systems already depend on.
    "naming-convention", Naming, Warning
}

/// The name, the one that the convention gives, the convention's key, and where it is declared.
type Misnamed = (String, String, &'static str, seatrial_source::Span);

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let conventions = &model.platform().conventions;
    let mut faults: Vec<(&Application, Path, Misnamed)> = Vec::new();
    for application in &model.applications {
        let project = application.text("/spec/project");
        for (convention, written, at, fact) in [
            (
                &conventions.application_name,
                application.name.as_str(),
                "metadata.name",
                "conventions.applicationName",
            ),
            (&conventions.project, project, "spec.project", "conventions.project"),
        ] {
            let Some(convention) = convention else { continue };
            if written.is_empty() || is_template(written) || application.environment.is_none() {
                continue;
            }
            let Some(expected) = filled(convention, model, application) else { continue };
            if expected != written {
                faults.push((application, path(at), (written.to_owned(), expected, fact, convention.span)));
            }
        }
    }
    for group in group(model, faults) {
        let written = listed(group.members.iter().map(|(_, f)| f.0.as_str()));
        let expected = listed(group.members.iter().map(|(_, f)| f.1.as_str()));
        let (_, (_, _, fact, span)) = &group.members[0];
        let wanted: Vec<(&Application, &str)> =
            group.members.iter().map(|(a, f)| (*a, f.1.as_str())).collect();
        let field = if *fact == "conventions.project" { "spec.project" } else { "metadata.name" };
        let texts = || {
            let wanted: Vec<value::Wanted<'_>> = wanted
                .iter()
                .map(|(application, text)| value::Wanted { application, text: (*text).to_owned() })
                .collect();
            // Applications of one name would be one Application.
            (field == "spec.project")
                .then(|| value::set_per_application(model, &path(field), &wanted, "project"))?
        };
        let fix = name::set(model, &path(field), &wanted)
            .or_else(texts)
            .map(|edits| Fix::risky("use the convention's name", edits));
        let finding = out
            .finding(group.place.span, format!("{written} should be named {expected}"))
            .help(format!("Use {expected}."))
            .field(field)
            .key(*fact)
            .fact(*fact, Some(*span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    labels(model, out);
}

fn labels(model: &Model<'_>, out: &mut Sink<'_>) {
    let Some(wanted) = &model.platform().conventions.labels else { return };
    for application in &model.applications {
        for (key, value) in &wanted.value {
            let given = application
                .json
                .pointer("/metadata/labels")
                .and_then(|l| l.get(key.as_str()))
                .and_then(Value::as_str);
            let expected = filled(value, model, application).unwrap_or_else(|| value.value.clone());
            let fits = given.is_some_and(|g| expected == "*" || g == expected || is_template(g));
            if fits {
                continue;
            }
            let at = path("metadata.labels").join(key.as_str());
            let message = match given {
                Some(given) => format!("label `{key}` is `{given}`, the convention wants `{expected}`"),
                None => format!("label `{key}` is missing"),
            };
            let finding = out
                .finding(model.locate(application, &at).span, message)
                .help(format!("Set `{key}` to `{expected}`."))
                .field(at.to_string())
                .key(key.as_str())
                .fact("conventions.labels", Some(key.span));
            out.push_for(application, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn names_and_labels() {
        let platform = "environments: {dev: {}}\nclusters: {dev-1: {server: https://dev.acme.dev, environment: dev}}\nconventions: {applicationName: '{app}-{env}', labels: {team: '*'}}\n";
        let app =
            |name: &str| application(name, &["source: {path: apps/shop}", "destination: {name: dev-1}"]);
        let labelled =
            |name: &str| app(name).replace("namespace: argocd", "namespace: argocd, labels: {team: a}");
        Tester::new(&RULE)
            .platform(platform)
            .pass(&[&labelled("shop-dev")])
            .finds(&app("shop-dev"), &["3:1 label `team` is missing"])
            .finds(&labelled("dev-shop"), &["3:18 `dev-shop` should be named `shop-dev`"])
            .fixes(&[(&labelled("dev-shop"), &labelled("shop-dev"))]);
    }
}
