use std::collections::HashMap;

use seatrial_argocd::project::{Project, ProjectIssue, ProjectIssueKind};
use seatrial_trial::{Application, Model, Sink};
use serde_json::Value;

use crate::subject::{is_template, path};

declare_rule! {
    /// Finds Applications that their AppProject does not permit.
    ///
    /// ## What it does
    /// Applies the project's `sourceRepos`, `destinations` and `sourceNamespaces` to every Application as Argo CD does:
    /// globs, `!` denials and all. Projects are read from `argocd.state` and from the files checked.
    ///
    /// ## Why it is bad
    /// The Application is created and then refuses to sync: `application destination … is not permitted in project …`.
    ///
    /// ## Example
    /// ```yaml
    /// # AppProject `payments` permits only namespace payments-*
    /// spec:
    ///   project: payments
    ///   destination: {namespace: default}
    /// ```
    ///
    /// ## How to fix
    /// Use a permitted source or destination, or widen the project.
    ///
    /// ## When to ignore
    /// When the project changes in the same pull request but lives elsewhere.
    "project-forbids", Destination, Error
}

/// How many entries of projects the Applications of a file are compared with.
const MOST_COMPARED: usize = 1_000_000;

/// A project of this many entries is sooner looked through than it is known what an Application is alike to.
const FEW: usize = 64;

/// The parts of an Application that a project permits or not.
const PARTS: [&str; 4] = ["/spec/source", "/spec/sources", "/spec/sourceHydrator", "/spec/destination"];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let state = model.context.state();
    let mut projects: HashMap<&str, Option<Project>> = HashMap::new();
    // What is alike for a project is alike permitted.
    let mut known: HashMap<(&str, String), Vec<ProjectIssue>> = HashMap::new();
    let mut compared = 0;
    for application in &model.applications {
        let name = application.text("/spec/project");
        let project = projects
            .entry(name)
            .or_insert_with(|| Project::find(state, if name.is_empty() { "default" } else { name }));
        let Some(project) = project else {
            missing(model, out, application, name);
            continue;
        };
        let own;
        let issues = if project.size() <= FEW {
            own = project.check(&application.json, state);
            &own
        } else {
            let parts =
                PARTS.map(|part| application.json.pointer(part).map(Value::to_string).unwrap_or_default());
            let key = (name, parts.join(" "));
            if !known.contains_key(&key) {
                compared += project.size();
                if compared > MOST_COMPARED {
                    let (manifest, document) = model.home_of(application);
                    let at = manifest.span_at(document, &path("spec"));
                    let needs =
                        format!("fewer entries in the project `{name}`, or fewer Applications in this file");
                    out.unknown(Some(at), "whether the project permits every Application", needs);
                    return;
                }
            }
            known.entry(key).or_insert_with(|| project.check(&application.json, state))
        };
        for issue in issues {
            let forbidden = [ProjectIssueKind::Source, ProjectIssueKind::Destination];
            if !forbidden.contains(&issue.kind) {
                continue;
            }
            let finding = out
                .finding(model.locate(application, &issue.path).span, issue.message.clone())
                .help(format!("Use what project `{}` permits, or change the project.", project.name()))
                .field(issue.path.to_string())
                .key(issue.message.clone());
            out.push_for(application, finding);
        }
    }
}

/// The project is not among those known: a fault when all are known; the `default` project always exists.
fn missing(model: &Model<'_>, out: &mut Sink<'_>, application: &Application, name: &str) {
    if name.is_empty() || name == "default" || is_template(name) || !model.context.world().projects_known {
        return;
    }
    let at = path("spec.project");
    let finding = out
        .finding(model.locate(application, &at).span, format!("project `{name}` does not exist"))
        .help("Use a project that exists, or add its AppProject to `argocd.state`.")
        .field(at.to_string())
        .key(name);
    out.push_for(application, finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn as_the_project_says() {
        let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: shop, namespace: argocd}\nspec:\n  sourceRepos: ['*']\n  destinations: [{server: '*', namespace: shop}]\n";
        let into = |namespace: &str| {
            application(
                "a",
                &[
                    "project: shop",
                    "source: {repoURL: https://git.acme.dev/deploy.git, path: a}",
                    &format!("destination: {{server: https://dev.acme.dev, namespace: {namespace}}}"),
                ],
            )
        };
        Tester::new(&RULE)
            .platform(PLATFORM)
            .beside("project.yaml", project)
            .pass(&[&into("shop")])
            .finds(&into("other"), &["7:3 do not match any of the allowed destinations"]);
    }
}
