use seatrial_kubernetes::PodPlace;
use seatrial_trial::{Model, Resource, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::mend::Mend;
use crate::rendered::{Fault, Rendered, View};
use crate::subject::scope;
use crate::workload::{autoscaler, selects};

declare_rule! {
    /// Finds workloads that would not survive the loss of a node where the environment asks for it.
    ///
    /// ## What it does
    /// Where `highAvailability` is in force, looks at the replica count of the Helm values and at switches for a
    /// PodDisruptionBudget (`podDisruptionBudget.enabled`, `pdb.enabled`) that are turned off.
    /// What the Application renders to is judged as well: counts, a PodDisruptionBudget that selects the pods, and what
    /// spreads them over `spreadOver`.
    ///
    /// ## Why it is bad
    /// One replica is down whenever its node is drained.
    ///
    /// ## Example
    /// ```yaml
    /// # prod asks for high availability
    /// valuesObject: {replicaCount: 1}
    /// ```
    ///
    /// ## How to fix
    /// Run at least the required replicas, with a disruption budget and spread over nodes.
    ///
    /// ## When to ignore
    /// For workloads that must be single.
    "not-highly-available", Scheduling, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    for application in &model.applications {
        let scope = scope(model, application);
        let Some(fact) = scope.high_availability().filter(|f| f.value.required) else { continue };
        let least = fact.value.min_replicas.as_ref().map_or(2, |m| m.value);
        // The environment's own count, where there is one, is judged by `replicas-mismatch`.
        let counted = scope.replicas().is_none();
        for values in application.helm_values() {
            for key in ["replicaCount", "replicas"] {
                let Some(found) = values.get(key).filter(|_| counted) else { continue };
                let count = found.value.as_u64().or_else(|| found.value.as_str()?.parse().ok());
                if let Some(count) = count.filter(|c| *c < least)
                    && !rendered.refutes(model, application, &count.to_string(), Some(&found.at))
                {
                    let finding = out
                        .finding(
                            model.locate(application, &found.at).span,
                            format!("{count} replicas, where high availability asks for at least {least}"),
                        )
                        .help(format!("Run at least {least}."))
                        .field(found.at.to_string())
                        .key(count.to_string())
                        .fact(fact.key.clone(), Some(fact.span));
                    out.push_for(application, finding);
                }
            }
            if fact.value.disruption_budget.as_ref().is_some_and(|b| b.value) {
                for key in
                    ["podDisruptionBudget.enabled", "pdb.enabled", "podDisruptionBudget.create", "pdb.create"]
                {
                    let Some(found) = values.get(key).filter(|v| *v.value == Value::Bool(false)) else {
                        continue;
                    };
                    if rendered.refutes(model, application, BUDGET, None) {
                        continue;
                    }
                    let finding = out
                        .finding(
                            model.locate(application, &found.at).span,
                            "the disruption budget is off, where high availability asks for one",
                        )
                        .help("Turn it on.")
                        .field(found.at.to_string())
                        .key(key)
                        .fact(fact.key.clone(), Some(fact.span));
                    out.push_for(application, finding);
                }
            }
        }
    }
    rendered.report(model, out);
}

/// The key of what lacks a disruption budget.
const BUDGET: &str = "budget";

/// The workloads of rendered resources that can have replicas.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let Some(fact) = scope.high_availability().filter(|f| f.value.required) else { return };
        if !matches!(resource.kind(), "Deployment" | "StatefulSet") || resource.group() != "apps" {
            return;
        }
        let least = fact.value.min_replicas.as_ref().map_or(2, |m| m.value);
        let replicas = Path::keys(["spec", "replicas"]);
        let count = replicas.lookup(&resource.object).map_or(Some(1), Value::as_u64);
        // What is scaled to nothing on purpose, or by something else, has no count to judge.
        let scaled = count == Some(0) || autoscaler(view, resource).is_some();
        if let Some(count) = count.filter(|c| *c < least && !scaled && scope.replicas().is_none()) {
            let message = format!("{count} replicas, where high availability asks for at least {least}");
            let mend = Mend::new("run as many as high availability asks for", least).named(&["replicaCount"]);
            let fault = Fault::new(replicas, count.to_string(), message).mend(Some(mend));
            out.push(fault.help(format!("Run at least {least}.")).fact(&fact));
        }
        let pods = seatrial_kubernetes::pods(&resource.object);
        let Some(pod) = pods.first() else { return };
        let wants_budget = fact.value.disruption_budget.as_ref().is_some_and(|b| b.value);
        if wants_budget && count != Some(0) && !has_budget(view, resource, pod) {
            let message = "no disruption budget selects these pods, where high availability asks for one";
            let fault = Fault::new(pod.metadata_path.join("labels"), BUDGET, message);
            out.push(fault.help("Add a PodDisruptionBudget that selects them.").fact(&fact));
        }
        if let Some(topology) = fact.value.spread_over.as_ref().filter(|_| count != Some(0))
            && !is_spread(pod, topology)
        {
            let message = format!("nothing spreads these pods over `{topology}`");
            let fault = Fault::new(pod.path.join("topologySpreadConstraints"), "spread", message);
            let help = format!("Add a topology spread constraint or pod anti-affinity over `{topology}`.");
            out.push(fault.help(help).fact(&fact));
        }
    })
}

/// Whether a rendered PodDisruptionBudget selects a workload's pods.
fn has_budget(view: &View<'_>, resource: &Resource, pod: &PodPlace<'_>) -> bool {
    view.of_kind("policy", "PodDisruptionBudget").any(|budget| {
        let selector = budget.object.pointer("/spec/selector");
        budget.namespace() == resource.namespace()
            && selector.is_some_and(|selector| selects(selector, pod.labels()))
    })
}

/// Whether pods are kept apart over a topology, by constraint or by anti-affinity.
fn is_spread(pod: &PodPlace<'_>, topology: &str) -> bool {
    let over = |value: &Value| value.get("topologyKey").and_then(Value::as_str) == Some(topology);
    let apart = pod.affinity().is_some_and(|(_, affinity)| {
        let terms = |key: &str| {
            let terms = affinity.pointer(&format!("/podAntiAffinity/{key}")).and_then(Value::as_array);
            terms.into_iter().flatten()
        };
        terms("requiredDuringSchedulingIgnoredDuringExecution").any(over)
            || terms("preferredDuringSchedulingIgnoredDuringExecution")
                .filter_map(|term| term.get("podAffinityTerm"))
                .any(over)
    });
    apart || pod.spread().iter().any(|(_, constraint)| over(constraint))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, in_prod};

    #[test]
    fn survives_a_node() {
        let platform = "environments: {prod: {highAvailability: {minReplicas: 2, disruptionBudget: true}}}\nclusters: {prod-1: {server: https://prod.acme.dev, environment: prod}}\n";
        Tester::new(&RULE)
            .platform(platform)
            .pass(&[&in_prod("{replicaCount: 2, pdb: {enabled: true}}")])
            .finds(
                &in_prod("{replicaCount: 1}"),
                &["5:48 1 replicas, where high availability asks for at least 2"],
            )
            .finds(&in_prod("{pdb: {enabled: false}}"), &["5:49 the disruption budget is off"]);
    }

    #[test]
    fn of_what_is_rendered() {
        let platform = crate::testing::PLATFORM.replace(
            "replicas: {min: 3}",
            "highAvailability: {disruptionBudget: true, spreadOver: topology.kubernetes.io/zone}",
        );
        let deployment = |replicas: u32, more: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{replicas: {replicas}, template: {{metadata: {{labels: {{app: web}}}}, spec: {{{more}containers: [{{name: c, image: a}}]}}}}}}\n"
            )
        };
        let budget = |app: &str| {
            format!(
                "---\napiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: web}}\nspec: {{selector: {{matchLabels: {{app: {app}}}}}}}\n"
            )
        };
        let spread = "topologySpreadConstraints: [{topologyKey: topology.kubernetes.io/zone}], ";
        let tester = Tester::new(&RULE);
        let whole = format!("{}{}", deployment(2, spread), budget("web"));
        tester.finds_deployed_on(&platform, &whole, &[]);
        tester.finds_deployed_on(
            &platform,
            &format!("{}{}", deployment(1, ""), budget("other")),
            &["1 replicas, where high", "no disruption budget selects", "nothing spreads these pods over"],
        );
    }
}
