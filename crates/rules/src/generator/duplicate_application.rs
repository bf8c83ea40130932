use std::collections::BTreeMap;

use seatrial_trial::{Application, Fix, Model, Severity, Sink};
use seatrial_yaml::{Node, Path};

use crate::rewrite::{base, value};

declare_rule! {
    /// Finds Applications that have the same name.
    ///
    /// ## What it does
    /// Compares the names of all Applications, generated and written, within their namespaces.
    ///
    /// ## Why it is bad
    /// Of two that one set generates under the same name the controller creates neither (`contains applications with
    /// duplicate name`). Two sets, or a set and a manifest, overwrite each other without end. Files of different folders
    /// may be alternatives, or belong to different Argo CDs: there it is a warning.
    ///
    /// ## Example
    /// ```yaml
    /// elements: [{env: dev, region: eu}, {env: dev, region: us}]
    /// # with
    /// name: 'agent-{{env}}'
    /// ```
    ///
    /// ## How to fix
    /// Put what tells them apart into the name; a list element that is there twice goes once.
    ///
    /// ## When to ignore
    /// When the files are alternatives that are never applied together.
    "duplicate-application", Generator, Error, across: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut by_name: BTreeMap<String, Vec<&Application>> = BTreeMap::new();
    for application in model.applications.iter().filter(|a| !a.name.is_empty()) {
        by_name.entry(application.qualified_name()).or_default().push(application);
    }
    let field = Path::keys(["metadata", "name"]);
    for (name, applications) in by_name.into_iter().filter(|(_, a)| a.len() > 1) {
        let Some((first, others)) = applications.split_first() else { continue };
        let set = model.set_of(first).map(std::ptr::from_ref);
        let same_set = set.is_some() && others.iter().all(|o| model.set_of(o).map(std::ptr::from_ref) == set);
        let message = if same_set {
            format!(
                "{} Applications of this set are called `{}`: the controller creates none of them",
                applications.len(),
                first.name
            )
        } else {
            format!("`{name}` is made {} times: each overwrites the other", applications.len())
        };
        let place = |a: &Application| {
            if same_set { model.locate_template(a, &field) } else { model.locate(a, &field) }
        };
        let span = place(first).span;
        let mut finding =
            out.finding(span, message).help("put what tells them apart into the name").key(name.clone());
        if same_set {
            finding = finding.maybe_fix(without_copies(model, &applications));
        }
        if !beside_each_other(model, &applications) {
            finding = finding.severity(Severity::Warning);
        }
        for other in others.iter().take(4) {
            let there = model.locate(other, &field).span;
            if there != span && finding.related.iter().all(|r| r.span != there) {
                finding = finding.related(there, format!("`{}` is made here too", other.name));
            }
        }
        finding.applications = vec![name];
        finding.environments = applications.iter().filter_map(|a| a.environment.clone()).collect();
        finding.environments.sort();
        finding.environments.dedup();
        out.push(finding);
    }
}

/// Takes out list elements that say the same as an earlier one, when all these Applications come of such.
fn without_copies(model: &Model<'_>, applications: &[&Application]) -> Option<Fix> {
    let (first, others) = applications.split_first()?;
    let (manifest, document) = model.home_of(first);
    let element = |application: &Application| {
        let at = value::element_of(model, application)?;
        manifest.node(document, &at)
    };
    let original = element(first)?;
    let edits: Option<Vec<_>> = others
        .iter()
        .map(|other| {
            let copy = element(other).filter(|copy| *copy != original && same(*copy, original))?;
            base::remove_item(manifest, copy)
        })
        .collect();
    Some(Fix::safe("take out the element that says the same again", edits?))
}

/// Whether two elements say the same.
fn same(one: Node<'_>, other: Node<'_>) -> bool {
    one.parent() == other.parent() && one.to_json() == other.to_json()
}

fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether two of them come from files of one folder.
fn beside_each_other(model: &Model<'_>, applications: &[&Application]) -> bool {
    let mut seen: Vec<&str> = applications.iter().map(|a| folder(&model.home_of(a).0.file.path)).collect();
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    seen.len() < count
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn same_names() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - {env: dev, r: eu}\n          - {env: dev, r: us}\n  \
                   template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: '{{r}}'\n";
        let app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a-dev\nspec:\n  project: default\n";
        Tester::new(&RULE)
            .pass(&[&set.replace("a-{{env}}", "a-{{env}}-{{r}}"), app])
            .finds(set, &["13:13 2 Applications of this set are called `a-dev`"]);
        let twice = set.replace("{env: dev, r: us}", "{r: eu, env: dev}\n          - {env: prod, r: eu}");
        let once = set.replace("{env: dev, r: us}", "{env: prod, r: eu}");
        Tester::new(&RULE).fixes_safely(&[(&twice, &once), (set, set)]);
        Tester::new(&RULE).beside("other.yaml", app).finds(app, &["4:9 `argocd/a-dev` is made 2 times"]);
    }
}
