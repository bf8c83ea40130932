use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::{Kind, Path};

use super::sets;
use crate::rewrite::base;

declare_rule! {
    /// Finds sets of production whose Applications, with all they run, a small edit would delete.
    ///
    /// ## What it does
    /// For a set that makes Applications of a production environment: does anything keep the controller from deleting
    /// them, or them from deleting what they run?
    ///
    /// ## Why it is bad
    /// The controller deletes every Application that its generators no longer yield: after an element was removed or
    /// renamed, a label changed, a folder moved. Generated Applications carry a finalizer, so their workloads go with
    /// them.
    ///
    /// ## Example
    /// ```yaml
    /// kind: ApplicationSet
    /// spec:
    ///   generators: [{list: {elements: [{env: prod}]}}]
    /// ```
    ///
    /// ## How to fix
    /// ```yaml
    /// spec:
    ///   syncPolicy:
    ///     applicationsSync: create-update
    ///     preserveResourcesOnDeletion: true
    /// ```
    /// The controller's `--policy` wins over the first unless it is started with `--enable-policy-override`.
    ///
    /// ## When to ignore
    /// When deletion by pull request is how this platform is meant to work.
    "deletion-hazard", Generator, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    for (index, set, manifest, document) in sets(model) {
        let hit: Vec<&Application> = model.generated(index).filter(|a| a.is_production(platform)).collect();
        if hit.is_empty() {
            continue;
        }
        let policy = set.json.pointer("/spec/syncPolicy");
        let keeps =
            policy.and_then(|p| p.get("preserveResourcesOnDeletion")).and_then(serde_json::Value::as_bool)
                == Some(true);
        let sync = policy
            .and_then(|p| p.get("applicationsSync"))
            .and_then(serde_json::Value::as_str)
            .unwrap_or_default();
        if keeps || matches!(sync, "create-only" | "create-update") {
            continue;
        }
        let Some(spec) = manifest.node(document, &Path::keys(["spec"])) else { continue };
        let lines = "applicationsSync: create-update\npreserveResourcesOnDeletion: true";
        let edit = match spec.get("syncPolicy") {
            Some(policy) if policy.kind() == Kind::Mapping && policy.get("applicationsSync").is_none() => {
                base::append_entry(manifest, policy, "preserveResourcesOnDeletion: true")
            }
            Some(_) => None,
            None => spec.entry("generators").and_then(|e| {
                base::insert_after(manifest, e, &format!("syncPolicy:\n{}", base::indent(lines, 2)))
            }),
        };
        let mut finding = out
            .finding(
                manifest.span_at(document, &Path::keys(["spec", "generators"])),
                format!(
                    "if an element is removed or renamed, `{}` and everything it runs is deleted: nothing in the set prevents it",
                    hit.first().map(|a| a.name.as_str()).unwrap_or_default()
                ),
            )
            .help("set `spec.syncPolicy.preserveResourcesOnDeletion: true` and `applicationsSync: create-update`")
            .key("deletion")
            .maybe_fix(edit.map(|edit| Fix::risky("keep Applications and workloads", vec![edit])));
        finding.applications = hit.iter().map(|a| a.qualified_name()).collect();
        finding.applications.sort();
        finding.applications.dedup();
        finding.environments = hit.iter().filter_map(|a| a.environment.clone()).collect();
        finding.environments.sort();
        finding.environments.dedup();
        out.push(finding);
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn production_is_kept() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: prod\n  template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n";
        let good = set.replace("  template", "  syncPolicy:\n    applicationsSync: create-update\n    preserveResourcesOnDeletion: true\n  template");
        Tester::new(&RULE)
            .pass(&[set])
            .platform("environments: {prod: {replicas: 1}}\n")
            .pass(&[&good, &set.replace("prod", "dev")])
            .finds(set, &["6:3 `a-prod` and everything it runs is deleted"])
            .fixes(&[(set, &good)]);
    }
}
