use std::collections::BTreeSet;

use seatrial_trial::{Application, Model, Sink};

use super::unexpected_application::{concerns, is_expected, is_settled};
use crate::subject::listed;

declare_rule! {
    /// Finds Applications that are expected and not there.
    ///
    /// ## What it does
    /// Compares what is listed under `expect.applications` in the platform file with all Applications, written and
    /// generated, as soon as one of them (or one called alike) is made.
    ///
    /// ## Why it is bad
    /// An environment is left out, and nothing says so.
    ///
    /// ## Example
    /// ```yaml
    /// # seatrial.yaml
    /// expect: {applications: [agent-dev, agent-staging, agent-prod]}
    /// ```
    /// and a set without an element for staging.
    ///
    /// ## How to fix
    /// Correct the generators, or the list.
    ///
    /// ## When to ignore
    /// When the list is out of date; better correct it.
    "absent-application", Generator, Error, across: true, explained_by: &["unwanted-combination"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let Some(expected) = model.platform().expected() else { return };
    let names: BTreeSet<&str> = expected.iter().map(|e| e.value.as_str()).collect();
    let all: Vec<&Application> = model.applications.iter().collect();
    // What cannot be read or expanded to its end may make them yet.
    let open = model.documents().any(|(_, d)| d.json.is_err()) || !model.sets.iter().all(is_settled);
    if open || !concerns(&names, &all) {
        return;
    }
    let absent: Vec<_> = expected
        .iter()
        .filter(|e| {
            let one = BTreeSet::from([e.value.as_str()]);
            !all.iter().any(|a| is_expected(&one, a))
        })
        .collect();
    let Some(first) = absent.first() else { return };
    let home = model.sets.iter().enumerate().find(|(index, _)| {
        let made: Vec<&Application> = model.generated(*index).collect();
        concerns(&names, &made)
    });
    let span = match home {
        Some((_, set)) => {
            let (manifest, document) = model.home(set);
            manifest.span_at(document, &seatrial_yaml::Path::keys(["spec", "generators"]))
        }
        None => first.span,
    };
    let finding = out
        .finding(
            span,
            format!(
                "{} {} expected, and nothing makes {}",
                listed(absent.iter().map(|e| e.value.as_str())),
                if absent.len() == 1 { "is" } else { "are" },
                if absent.len() == 1 { "it" } else { "them" }
            ),
        )
        .help("add what is missing to the generators, or correct `expect.applications` in the platform file")
        .fact("expect.applications", Some(first.span))
        .key("absent");
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn fewer_than_expected() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n  \
                   template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n";
        Tester::new(&RULE)
            .platform("expect: {applications: [a-dev]}\n")
            .pass(&[set])
            .platform("expect: {applications: [b-dev]}\n")
            .pass(&[set])
            .platform("expect: {applications: [a-dev, a-prod]}\n")
            .finds(set, &["6:3 `a-prod` is expected, and nothing makes it"]);
    }
}
