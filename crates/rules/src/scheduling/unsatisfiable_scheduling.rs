use seatrial_trial::{Model, Sink};
use serde_json::Value;

use super::node_selector;
use crate::subject::{is_template, scope};

declare_rule! {
    /// Finds node selectors that no node of the cluster matches.
    ///
    /// ## What it does
    /// Compares the `nodeSelector` of the Helm values with the labels of the cluster's declared node groups.
    ///
    /// ## Why it is bad
    /// The pods stay `Pending` for ever.
    ///
    /// ## Example
    /// ```yaml
    /// nodeSelector: {workload: agent}   # nodes are labelled workload=agents
    /// ```
    ///
    /// ## How to fix
    /// Use labels that a node group carries.
    ///
    /// ## When to ignore
    /// When an autoscaler makes such nodes on demand: declare the group it makes.
    "unsatisfiable-scheduling", Scheduling, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for application in &model.applications {
        let scope = scope(model, application);
        let Some((cluster, nodes)) = scope.cluster.and_then(|c| Some((c, c.nodes.as_ref()?))) else { continue };
        for values in application.helm_values() {
            let Some(selector) = node_selector(&values) else { continue };
            let Value::Object(wanted) = selector.value else { continue };
            if wanted.values().any(|v| v.as_str().is_none_or(is_template)) || wanted.is_empty() {
                continue;
            }
            let fits = nodes.value.iter().any(|group| {
                wanted.iter().all(|(key, value)| {
                    group.labels.iter().any(|(k, v)| k.value == *key && value.as_str() == Some(v.as_str()))
                })
            });
            if fits {
                continue;
            }
            let shown: Vec<String> =
                wanted.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
            let finding = out
                .finding(
                    model.locate(application, &selector.at).span,
                    format!("no node of `{}` carries {}", cluster.name, shown.join(", ")),
                )
                .help("Use labels that one of the cluster's node groups carries.")
                .field(selector.at.to_string())
                .key(shown.join(","))
                .fact(format!("clusters.{}.nodes", cluster.name), Some(nodes.span));
            out.push_for(application, finding);
        }
    }
}
