use seatrial_trial::{Model, Sink};
use serde_json::Value;

use super::resources;
use crate::rendered::{Fault, Rendered};
use crate::subject::scope;

declare_rule! {
    /// Finds workloads without requests or limits where the environment asks for them.
    ///
    /// ## What it does
    /// Where the platform file says that resources are required, looks at every `resources` block of the values for
    /// `requests` and `limits` of CPU and memory.
    /// What the Application renders to is judged as well: every container of a workload.
    ///
    /// ## Why it is bad
    /// Without requests the scheduler packs pods blindly; without limits one pod starves its node. With a ResourceQuota the
    /// pods are refused.
    ///
    /// ## Example
    /// ```yaml
    /// resources:
    ///   requests: {cpu: 250m}     # no memory, no limits
    /// ```
    ///
    /// ## How to fix
    /// State both, within the environment's bounds.
    ///
    /// ## When to ignore
    /// When a LimitRange supplies defaults.
    "missing-resources", Resources, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    for application in &model.applications {
        let scope = scope(model, application);
        let Some(fact) = scope.resources() else { continue };
        if !fact.value.required.as_ref().is_some_and(|r| r.value) {
            continue;
        }
        for values in application.helm_values() {
            for (path, block) in resources(values) {
                let missing = missing(block);
                if missing.is_empty() || rendered.refutes(model, application, &missing.join(","), None) {
                    continue;
                }
                let at = values.place(&path);
                let finding = out
                    .finding(
                        model.locate(application, &at).span,
                        format!("`{path}` does not state {}", missing.join(", ")),
                    )
                    .help("State requests and limits of CPU and memory.")
                    .field(at.to_string())
                    .key(missing.join(","))
                    .fact(fact.key.clone(), Some(fact.span));
                out.push_for(application, finding);
            }
        }
    }
    rendered.report(model, out);
}

/// What a `resources` block does not state.
fn missing(block: &Value) -> Vec<String> {
    ["requests", "limits"]
        .iter()
        .flat_map(|part| ["cpu", "memory"].map(|what| (*part, what)))
        .filter(|(part, what)| block.get(part).and_then(|p| p.get(what)).is_none_or(Value::is_null))
        .map(|(part, what)| format!("{part}.{what}"))
        .collect()
}

/// The containers of rendered workloads.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let Some(fact) = scope(model, view.application).resources() else { return };
        if !fact.value.required.as_ref().is_some_and(|r| r.value) {
            return;
        }
        for pod in seatrial_kubernetes::pods(&resource.object).iter().filter(|pod| !pod.embedded) {
            for container in pod.containers() {
                let missing = missing(container.value.get("resources").unwrap_or(&Value::Null));
                if missing.is_empty() {
                    continue;
                }
                let message =
                    format!("container `{}` does not state {}", container.name(), missing.join(", "));
                let fault = Fault::new(container.path.join("resources"), missing.join(","), message);
                out.push(fault.help("State requests and limits of CPU and memory.").fact(&fact));
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev, in_prod};

    #[test]
    fn all_four() {
        let all = "{resources: {requests: {cpu: 1, memory: 1Gi}, limits: {cpu: 1, memory: 1Gi}}}";
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&in_prod(all), &in_prod("{replicas: 1}"), &in_dev("{resources: {}}")])
            .finds(
                &in_prod("{resources: {requests: {cpu: 1}}}"),
                &["5:34 requests.memory, limits.cpu, limits.memory"],
            )
            .finds(&in_prod("{resources: {}}"), &["5:34 `resources` does not state"]);
    }
}
