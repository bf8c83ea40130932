use std::collections::BTreeSet;

use seatrial_trial::{Application, ApplicationSet, Model, Sink};

use crate::subject::listed;

declare_rule! {
    /// Finds Applications that are not expected.
    ///
    /// ## What it does
    /// Compares the Applications of every set that makes some of those listed under `expect.applications` in the
    /// platform file (or names alike) with that list.
    ///
    /// ## Why it is bad
    /// An Application too many deploys something that nobody asked for.
    ///
    /// ## Example
    /// ```yaml
    /// # seatrial.yaml
    /// expect: {applications: [agent-dev, agent-prod]}
    /// ```
    /// and a set that makes `agent-dev-docker.io` too.
    ///
    /// ## How to fix
    /// Correct the generators, or the list.
    ///
    /// ## When to ignore
    /// When the list is out of date; better correct it.
    "unexpected-application", Generator, Error, across: true, explained_by: &["unwanted-combination"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let Some(expected) = model.platform().expected() else { return };
    let names: BTreeSet<&str> = expected.iter().map(|e| e.value.as_str()).collect();
    for (index, set) in model.sets.iter().enumerate() {
        let made: Vec<&Application> = model.generated(index).collect();
        if !concerns(&names, &made) {
            continue;
        }
        let more: Vec<&&Application> = made.iter().filter(|a| !is_expected(&names, a)).collect();
        if more.is_empty() {
            continue;
        }
        let (manifest, document) = model.home(set);
        let mut finding = out
            .finding(
                manifest
                    .span_at(document, &seatrial_yaml::Path::keys(["spec", "template", "metadata", "name"])),
                format!(
                    "the set makes {} that {} not expected",
                    listed(more.iter().map(|a| a.name.as_str())),
                    if more.len() == 1 { "is" } else { "are" }
                ),
            )
            .help("correct the generators, or `expect.applications` in the platform file")
            .fact("expect.applications", expected.first().map(|e| e.span))
            .key("unexpected");
        finding.applications = more.iter().map(|a| a.qualified_name()).collect();
        finding.applications.sort();
        finding.applications.dedup();
        out.push(finding);
    }
}

/// Whether the list speaks of this set: it makes one of them, or something called alike.
pub(super) fn concerns(names: &BTreeSet<&str>, made: &[&Application]) -> bool {
    made.iter().any(|a| {
        is_expected(names, a)
            || names.iter().any(|name| {
                let name = name.rsplit('/').next().unwrap_or(name);
                a.name.starts_with(&format!("{name}-")) || name.starts_with(&format!("{}-", a.name))
            })
    })
}

/// Whether an Application is in the list, by name or `namespace/name`.
pub(super) fn is_expected(names: &BTreeSet<&str>, application: &Application) -> bool {
    names.contains(application.name.as_str()) || names.contains(application.qualified_name().as_str())
}

/// Whether it can be said what a set makes in the end.
pub(super) fn is_settled(set: &ApplicationSet) -> bool {
    !super::is_open(set) && !set.expansion.stopped()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn more_than_expected() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n          - env: test\n  \
                   template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n";
        Tester::new(&RULE)
            .pass(&[set])
            .platform("expect: {applications: [a-dev, a-test]}\n")
            .pass(&[set])
            .platform("expect: {applications: [a-dev]}\n")
            .finds(set, &["13:13 the set makes `a-test` that is not expected"]);
    }
}
