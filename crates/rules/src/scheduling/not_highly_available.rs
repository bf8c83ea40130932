use seatrial_trial::{Model, Sink};
use serde_json::Value;

use crate::subject::scope;

declare_rule! {
    /// Finds workloads that would not survive the loss of a node where the environment asks for it.
    ///
    /// ## What it does
    /// Where `highAvailability` is in force, looks at the replica count of the Helm values and at switches for a
    /// PodDisruptionBudget (`podDisruptionBudget.enabled`, `pdb.enabled`) that are turned off.
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
                if let Some(count) = count.filter(|c| *c < least) {
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
}
