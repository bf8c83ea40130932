use seatrial_trial::{Fix, Model, Sink};

use super::sets;
use crate::rewrite::matrix::Lists;
use crate::subject::listed;

declare_rule! {
    /// Finds Applications that a matrix makes although the platform has nothing of the kind.
    ///
    /// ## What it does
    /// For a matrix of two lists, looks at each combination: does the environment use that registry, is that cluster of
    /// this environment?
    ///
    /// ## Why it is bad
    /// A matrix joins everything with everything. Environments with registries give six Applications where three are
    /// wanted, and half of them run images from a registry that the environment must not use.
    ///
    /// ## Example
    /// ```yaml
    /// - matrix:
    ///     generators:
    ///       - list: {elements: [{env: dev}, {env: prod}]}
    ///       - list: {elements: [{registry: docker.io}, {registry: registry.example.org}]}
    /// ```
    ///
    /// ## How to fix
    /// Write one list, each environment with what belongs to it.
    ///
    /// ## When to ignore
    /// When the combination is really wanted: then say so in the platform file.
    "unwanted-combination", Generator, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (_, set, manifest, document) in sets(model) {
        for lists in Lists::of(model, set) {
            let unwanted = lists.unwanted(model);
            if unwanted.is_empty() {
                continue;
            }
            let mut reasons: Vec<String> = unwanted.iter().map(|u| u.reason.clone()).collect();
            reasons.dedup();
            let mut finding = out
                .finding(
                    manifest.span_at(document, lists.path()),
                    format!(
                        "the matrix makes {} that the platform has no use for, such as {}: {}",
                        if unwanted.len() == 1 {
                            "an Application".to_owned()
                        } else {
                            format!("{} Applications", unwanted.len())
                        },
                        listed(unwanted.iter().take(3).map(|u| u.application.name.as_str())),
                        reasons.iter().take(3).cloned().collect::<Vec<_>>().join("; "),
                    ),
                )
                .help("write one list, each environment with what belongs to it")
                .key("matrix")
                .maybe_fix(
                    lists.to_list(model).map(|edits| Fix::risky("make one list of the matrix", edits)),
                );
            finding.fact = Some("environments".to_owned());
            finding.applications = unwanted.iter().map(|u| u.application.qualified_name()).collect();
            finding.applications.sort();
            finding.applications.dedup();
            finding.environments =
                unwanted.iter().filter_map(|u| u.application.environment.clone()).collect();
            finding.environments.sort();
            finding.environments.dedup();
            out.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const PLATFORM: &str =
        "environments:\n  dev: {registries: [docker.io]}\n  prod: {registries: [registry.acme.dev]}\n";

    #[test]
    fn one_list_instead() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - matrix:\n        generators:\n          - list:\n              elements:\n                \
                   - env: dev\n                  size: s\n                - {env: prod, size: l}\n          - list:\n              elements:\n                - registry: docker.io\n                - registry: ghcr.io\n  \
                   template:\n    metadata:\n      name: 'a-{{env}}-{{registry}}'\n    spec:\n      project: default\n      source: {repoURL: 'x/{{size}}'}\n";
        let good = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n            size: s\n            \
                    registry: docker.io\n          - {env: prod, size: l, registry: registry.acme.dev}\n  template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n      \
                    source: {repoURL: 'x/{{size}}'}\n";
        Tester::new(&RULE)
            .pass(&[set])
            .platform(PLATFORM)
            .pass(&[good])
            .finds(set, &["7:7 the matrix makes 3 Applications"])
            .fixes(&[(set, good)]);
    }
}
