use seatrial_trial::{Application, HelmValues, Model, Sink};
use serde_json::{Map, Value};

use super::{affinity_labels, asked_labels, node_selector};
use crate::mend::Mend;
use crate::rendered::{self, Rendered};
use crate::rewrite::settings;
use crate::subject::{listed, scope};

declare_rule! {
    /// Finds workloads that do not ask for the nodes they must run on.
    ///
    /// ## What it does
    /// Compares the `nodeSelector` of the Helm values, and a required node affinity, with the environment's `nodeSelector`.
    /// What the Application renders to is judged as well: the selector and required affinity of every pod, save those of
    /// DaemonSets.
    ///
    /// ## Why it is bad
    /// Pods land on nodes meant for something else, or on none that has what they need.
    ///
    /// ## Example
    /// ```yaml
    /// # staging and prod: only nodes labelled workload=agents
    /// valuesObject:
    ///   nodeSelector: {}
    /// ```
    ///
    /// ## How to fix
    /// Give the labels in the chart's `nodeSelector`, in the environments that ask for them.
    ///
    /// ## When to ignore
    /// When an admission policy adds the selector.
    "missing-node-selector", Scheduling, Error
}

/// An Application, its values, the labels that they do not ask for, and the fact that asks.
type Fault<'m> = (&'m Application, &'m HelmValues, Vec<(String, String)>, (String, seatrial_source::Span));

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<Fault<'_>> = Vec::new();
    for application in &model.applications {
        let Some(fact) = scope(model, application).node_selector() else { continue };
        for values in application.helm_values() {
            let given = node_selector(values);
            let by_affinity = affinity_labels(values);
            let missing: Vec<(String, String)> = fact
                .value
                .iter()
                .filter(|(key, value)| {
                    let selected =
                        given.as_ref().and_then(|g| g.value.get(key.as_str())).and_then(Value::as_str);
                    let bound = by_affinity.iter().any(|(k, v)| *k == key.value && *v == value.value);
                    selected != Some(value.as_str()) && !bound
                })
                .map(|(key, value)| (key.value.clone(), value.value.clone()))
                .collect();
            if missing.is_empty() || rendered.refutes(model, application, &key(&missing), None) {
                continue;
            }
            if given.is_none() && !values.complete && !rendered.knows(application) {
                out.unknown(
                    Some(model.locate(application, &values.source.join("helm").join("valueFiles")).span),
                    "whether workloads ask for their nodes",
                    "the value files of this Application are not read yet: rendering will tell",
                );
                continue;
            }
            faults.push((application, values, missing, (fact.key.clone(), fact.span)));
        }
    }
    // The selector is one block of the template for all environments that ask for it.
    let mut seen: Vec<(seatrial_source::Span, Vec<usize>)> = Vec::new();
    for (index, (application, values, ..)) in faults.iter().enumerate() {
        let field = node_selector(values).map_or_else(|| values.source.join("helm"), |v| v.at);
        let span = model.locate_template(application, &field).span;
        match seen.iter_mut().find(|(s, _)| *s == span) {
            Some((_, list)) => list.push(index),
            None => seen.push((span, vec![index])),
        }
    }
    for (span, members) in seen {
        let members: Vec<_> = members.iter().map(|i| &faults[*i]).collect();
        let environments = listed(members.iter().filter_map(|(a, ..)| a.environment.as_deref()));
        let (_, values, labels, (fact, declared)) = members[0];
        let shown = shown(labels);
        let wanted: Vec<(&Application, &[(String, String)])> =
            members.iter().map(|(a, _, labels, _)| (*a, labels.as_slice())).collect();
        let applications: Vec<&Application> = members.iter().map(|(a, ..)| *a).collect();
        let own = settings::node_selector(model, &values.source, &wanted);
        let fixes = rendered.fixes(model, &applications, &key(labels), own);
        let mut finding = out
            .finding(
                span,
                format!(
                    "{environments} run this only on nodes labelled {shown}, and no selector asks for them"
                ),
            )
            .help(format!("Set `nodeSelector` to {shown} there."))
            .field(values.source.join("helm").to_string())
            .key(key(labels))
            .fact(fact.clone(), Some(*declared))
            .fixes(fixes);
        finding.applications = members.iter().map(|(a, ..)| a.qualified_name()).collect();
        finding.applications.sort();
        finding.environments = members.iter().filter_map(|(a, ..)| a.environment.clone()).collect();
        finding.environments.sort();
        finding.environments.dedup();
        out.push(finding);
    }
    rendered.report(model, out);
}

fn shown(labels: &[(String, String)]) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}: {value}")).collect();
    listed(pairs.iter().map(String::as_str))
}

fn key(labels: &[(String, String)]) -> String {
    let pairs: Vec<String> = labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    pairs.join(",")
}

/// The pods of rendered resources, save those that are meant for every node.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let Some(fact) = scope(model, view.application).node_selector() else { return };
        if resource.kind() == "DaemonSet" {
            return;
        }
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        for pod in seatrial_kubernetes::pods(&resource.object).iter().filter(|pod| !pod.embedded) {
            let asked = asked_labels(pod);
            let missing: Vec<(String, String)> = fact
                .value
                .iter()
                .map(|(key, value)| (key.value.clone(), value.value.clone()))
                .filter(|pair| !asked.contains(pair))
                .collect();
            if missing.is_empty() {
                continue;
            }
            let labels = shown(&missing);
            let message = format!(
                "`{environment}` runs this only on nodes labelled {labels}, and no selector asks for them"
            );
            let selector: Map<String, Value> =
                missing.iter().map(|(key, value)| (key.clone(), Value::from(value.as_str()))).collect();
            let fault = rendered::Fault::new(pod.path.join("nodeSelector"), key(&missing), message)
                .mend(Some(Mend::new("ask for the nodes it must run on", selector)));
            out.push(fault.help(format!("Set `nodeSelector` to {labels} there.")).fact(&fact));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev, in_prod};

    #[test]
    fn by_selector_or_affinity() {
        let affinity = "{affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: workload, operator: In, values: [apps]}]}]}}}}";
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&in_prod("{nodeSelector: {workload: apps}}"), &in_prod(affinity), &in_dev("{}")])
            .finds(&in_prod("{nodeSelector: {}}"), &["5:34 nodes labelled `workload: apps`"])
            .finds(&in_prod("{replicaCount: 3}"), &["5:12 no selector asks for them"]);
    }

    #[test]
    fn of_what_is_rendered() {
        let pod = |more: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{{more}containers: [{{name: c, image: a}}]}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&pod("nodeSelector: {workload: apps}, "), &[]);
        tester.finds_deployed(&pod(""), &["only on nodes labelled `workload: apps`, and no selector asks"]);
    }
}
