use seatrial_trial::{Model, Sink};
use seatrial_yaml::Path;

use super::sets;

declare_rule! {
    /// Finds ApplicationSets that generate nothing.
    ///
    /// ## What it does
    /// Expands every set; when that yields no Application, without any error, it says so. A set that is being deleted
    /// (`metadata.deletionTimestamp`) is left alone.
    ///
    /// ## Why it is bad
    /// A selector that matches nothing, a path without folders or an empty list looks like success: the controller
    /// reports no error. If the set had Applications before, they are deleted.
    ///
    /// ## Example
    /// ```yaml
    /// generators:
    ///   - clusters:
    ///       selector: {matchLabels: {env: production}}   # the label says prod
    /// ```
    ///
    /// ## How to fix
    /// Correct the generator.
    ///
    /// ## When to ignore
    /// When it is empty for the time being.
    "no-application", Generator, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (_, set, manifest, document) in sets(model) {
        let expansion = &set.expansion;
        let text = set.json.to_string();
        let asks_clusters = text.contains("\"clusters\":") || text.contains("\"clusterDecisionResource\":");
        if !expansion.generated.is_empty()
            || !expansion.unknown.is_empty()
            || !expansion.errors.is_empty()
            || expansion.deletion.as_ref().is_some_and(|deletion| deletion.since.is_some())
            || (asks_clusters && !model.context.world().clusters_known)
        {
            continue;
        }
        let finding = out
            .finding(
                manifest.span_at(document, &Path::keys(["spec", "generators"])),
                format!("`{}` generates no Application", set.name),
            )
            .help("look at the generators' selectors, paths and elements")
            .key("none");
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn nothing_is_generated() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements: []\n  template:\n    metadata:\n      name: 'a'\n    spec:\n      project: default\n";
        let held = "name: a\n  finalizers: [resources-finalizer.argocd.argoproj.io]\n";
        let reverse =
            "spec:\n  strategy: {type: RollingSync, deletionOrder: Reverse, rollingSync: {steps: [{}]}}\n";
        let lives = set.replace("name: a\nspec:\n", &format!("{held}{reverse}"));
        Tester::new(&RULE)
            .finds(&lives, &["8:3 `a` generates no Application"])
            .pass(&[&set.replace("[]", "[{a: b}]")])
            .pass(&[&set.replace("name: a\n", "name: a\n  deletionTimestamp: '2026-01-02T00:00:00Z'\n")])
            .finds(set, &["6:3 `a` generates no Application"]);
    }
}
