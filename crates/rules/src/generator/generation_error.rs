use seatrial_argocd::ConditionError;
use seatrial_trial::{Model, Sink};

use super::sets;

declare_rule! {
    /// Finds ApplicationSets that the controller would stop at, with its own words.
    ///
    /// ## What it does
    /// Expands every set as the controller does. An error that no other rule explains is reported with the reason
    /// and message that the controller would write into the `ErrorOccurred` condition.
    ///
    /// ## Why it is bad
    /// When a generator or the template fails for one set of parameters, the controller creates, changes and deletes
    /// nothing of the whole set. There is no event on any Application, for there is none.
    ///
    /// ## Example
    /// ```yaml
    /// generators:
    ///   - matrix:
    ///       generators:
    ///         - list: {elements: [{env: dev}]}
    /// ```
    /// fails with `found less than two generators, Matrix support only two`.
    ///
    /// ## How to fix
    /// See the message.
    ///
    /// ## When to ignore
    /// Never.
    "generation-error", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (_, set, manifest, document) in sets(model) {
        let mut said: Vec<&str> = Vec::new();
        for error in &set.expansion.errors {
            if explained(error) || said.contains(&error.message.as_str()) {
                continue;
            }
            said.push(&error.message);
            let consequence = if error.stops { "nothing is generated" } else { "it is not created" };
            let span = manifest.span_at(document, &error.at);
            let mut finding = out
                .finding(span, format!("{consequence}: {} ({})", error.message, error.reason))
                .help("this is what the controller would write into the set's ErrorOccurred condition")
                .field(error.at.to_string())
                .key(error.reason.clone());
            finding.applications =
                error.applications.iter().map(|name| format!("{}/{name}", set.namespace)).collect();
            finding.applications.sort();
            finding.applications.dedup();
            out.push(finding);
        }
    }
}

/// Whether a rule with a more telling name reports it.
fn explained(error: &ConditionError) -> bool {
    const TOLD: [&str; 13] = [
        // non-string-parameter
        "error parsing value as string",
        "error parsing values map",
        // undotted-parameter, missing-parameter
        "not defined",
        "map has no entry for key",
        // unknown-cluster, exclusive-fields, missing-field
        "error getting cluster by server",
        "there are no clusters with this name",
        "can't have both name and server defined",
        "destination server or name",
        "missing from app spec",
        // project rules
        "references project",
        // duplicate-application
        "with duplicate name",
        // invalid-name
        "Invalid value: ",
        // wrong-type
        "cannot unmarshal",
    ];
    TOLD.iter().any(|words| error.message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn in_the_controllers_words() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - matrix:\n        generators:\n          \
                   - list: {elements: [{env: dev}]}\n  template:\n    metadata: {name: 'a-{{env}}'}\n    spec: {project: default}\n";
        Tester::new(&RULE).finds(set, &["7:7 found less than two generators, Matrix support only two"]);
    }
}
