use seatrial_trial::{Fix, Kind, Model, Sink};
use seatrial_yaml::Node;

use crate::rewrite::base;

declare_rule! {
    /// Finds health checks written where Argo CD has none.
    ///
    /// ## What it does
    /// Fires on `healthChecks`, `healthCheck`, `livenessProbe`, `readinessProbe` and their like in an Application,
    /// ApplicationSet or AppProject.
    ///
    /// ## Why it is bad
    /// Argo CD makes no HTTP checks. It judges each kind of resource by code of its own or by Lua in `argocd-cm`. The field is
    /// refused by strict clients and dropped by the API server otherwise: nothing is checked.
    ///
    /// ## Example
    /// ```yaml
    /// spec:
    ///   healthChecks:
    ///     - type: Application
    /// ```
    ///
    /// ## How to fix
    /// Give the workload readiness probes in its chart; for a kind Argo CD cannot judge, add
    /// `resource.customizations.health.<group>_<kind>` to `argocd-cm`.
    ///
    /// ## When to ignore
    /// Never.
    "misplaced-health-check", Health, Error, blocks: true
}

const NAMES: [&str; 8] = [
    "healthChecks",
    "healthCheck",
    "healthcheck",
    "healthchecks",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "healthAssessment",
];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in model.documents() {
        if !matches!(document.kind, Some(Kind::Application | Kind::ApplicationSet | Kind::AppProject)) {
            continue;
        }
        let Some(root) = manifest.root(document) else { continue };
        let mut stack: Vec<Node<'_>> = vec![root];
        while let Some(node) = stack.pop() {
            // What an alias stands for is seen where it is written.
            if node.kind() == seatrial_yaml::Kind::Alias {
                continue;
            }
            for entry in node.entries() {
                let Some(key) = entry.key.as_str() else { continue };
                // Helm values may use any name.
                if matches!(&*key, "valuesObject" | "elements" | "values" | "fixtures") {
                    continue;
                }
                if !NAMES.contains(&&*key) {
                    stack.push(entry.value);
                    continue;
                }
                let field = entry.value.path().to_string();
                let fix = base::remove_entry(manifest, entry.value, 1)
                    .map(|edit| Fix::risky("take it out", vec![edit]));
                out.push(
                    out.finding(
                        manifest.span(entry.key),
                        format!("`{key}` is no field of Argo CD: it checks health by kind, not by request"),
                    )
                    .help("Use readiness probes in the chart, or Lua under `resource.customizations.health.…` in argocd-cm.")
                    .key(key.into_owned())
                    .field(field)
                    .maybe_fix(fix),
                );
            }
            stack.extend(node.items());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn not_argo_cds_to_make() {
        let app =
            |field: &str| application("a", &["source: {helm: {valuesObject: {readinessProbe: {}}}}", field]);
        Tester::new(&RULE)
            .pass(&[&app("project: a")])
            .finds(&app("healthChecks: []"), &["6:3 `healthChecks` is no field of Argo CD"]);
    }
}
