use seatrial_source::Span;
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;
use serde_json::{Value, json};

use super::{asked_labels, node_selector};
use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::subject::{Group, group, is_template, scope};

declare_rule! {
    /// Finds node selectors that no node of the cluster matches.
    ///
    /// ## What it does
    /// Compares the `nodeSelector` of the Helm values with the labels of the cluster's declared node groups, and the
    /// `tolerations` with the taints of those that match.
    /// What the Application renders to is judged as well: the selector, affinity and tolerations of every pod. Labels that
    /// every node has (`kubernetes.io/os`) count only where a group declares them.
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
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, Unplaced)> = Vec::new();
    for application in &model.applications {
        let scope = scope(model, application);
        let Some((cluster, nodes)) = scope.cluster.and_then(|c| Some((c, c.nodes.as_ref()?))) else {
            continue;
        };
        for values in application.helm_values() {
            let Some(selector) = node_selector(values) else { continue };
            let Value::Object(wanted) = selector.value else { continue };
            if wanted.values().any(|v| v.as_str().is_none_or(is_template)) || wanted.is_empty() {
                continue;
            }
            let matching: Vec<_> = nodes
                .value
                .iter()
                .filter(|group| {
                    wanted.iter().all(|(key, value)| {
                        let declared = group.labels.iter().find(|(k, _)| k.value == *key);
                        declared
                            .map_or_else(|| is_everywhere(key), |(_, v)| value.as_str() == Some(v.as_str()))
                    })
                })
                .collect();
            // Tolerations may still come from a value file or the chart itself; only their absence here is judged.
            let tolerations =
                values.get("tolerations").and_then(|t| t.value.as_array().cloned()).unwrap_or_default();
            let repels = |taint: &str| repels(taint, &tolerations);
            let barred = matching
                .first()
                .and_then(|g| g.taints.iter().find(|t| repels(t)))
                .filter(|_| values.complete);
            if matching.iter().any(|group| !group.taints.iter().any(|t| repels(t)))
                || (!matching.is_empty() && barred.is_none())
            {
                continue;
            }
            let shown: Vec<String> =
                wanted.iter().map(|(k, v)| format!("{k}={}", v.as_str().unwrap_or_default())).collect();
            let shown_labels = shown.join(", ");
            if rendered.refutes(model, application, &shown.join(","), None) {
                continue;
            }
            let (message, help) = match barred {
                Some(taint) => (
                    format!(
                        "the nodes of `{}` with {shown_labels} carry the taint `{taint}`, which nothing tolerates",
                        cluster.name
                    ),
                    format!("Add a toleration of `{taint}` to the chart's `tolerations`."),
                ),
                None => (
                    format!("no node of `{}` carries {shown_labels}", cluster.name),
                    "Use labels that one of the cluster's node groups carries.".to_owned(),
                ),
            };
            let fact = (format!("clusters.{}.nodes", cluster.name), nodes.span);
            let labels = shown.join(",");
            faults.push((application, selector.at.clone(), Unplaced { message, help, labels, fact }));
        }
    }
    for group in group(model, faults) {
        for group in by_message(group) {
            let applications: Vec<&Application> = group.members.iter().map(|(a, _)| *a).collect();
            let (_, first) = &group.members[0];
            let finding = out
                .finding(group.place.span, first.message.clone())
                .help(first.help.clone())
                .field(group.field.to_string())
                .key(first.labels.clone())
                .fact(first.fact.0.clone(), Some(first.fact.1))
                .fixes(rendered.fixes(model, &applications, &first.labels, None));
            out.push(group.told(finding));
        }
    }
    rendered.report(model, out);
}

/// Labels that no node has, or that lead to nodes that keep the pods off.
struct Unplaced {
    message: String,
    help: String,
    labels: String,
    fact: (String, Span),
}

/// The members of a group apart by what is to be said of them.
fn by_message(group: Group<'_, Unplaced>) -> Vec<Group<'_, Unplaced>> {
    let mut apart: Vec<Group<'_, Unplaced>> = Vec::new();
    for (application, fault) in group.members {
        match apart.iter_mut().find(|known| known.members.iter().all(|(_, f)| f.message == fault.message)) {
            Some(known) => known.members.push((application, fault)),
            None => apart.push(Group {
                place: group.place.clone(),
                field: group.field.clone(),
                members: vec![(application, fault)],
            }),
        }
    }
    apart
}

/// The pods of rendered resources.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let scope = scope(model, view.application);
        let Some((cluster, nodes)) = scope.cluster.and_then(|c| Some((c, c.nodes.as_ref()?))) else { return };
        for pod in seatrial_kubernetes::pods(&resource.object) {
            let asked = asked_labels(&pod);
            let matching: Vec<_> = nodes
                .value
                .iter()
                .filter(|group| {
                    asked.iter().all(|(key, value)| {
                        let declared = group.labels.iter().find(|(k, _)| k.value == *key);
                        declared.map_or_else(|| is_everywhere(key), |(_, v)| v.value == *value)
                    })
                })
                .collect();
            let tolerations: Vec<Value> = pod.tolerations().into_iter().map(|(_, t)| t.clone()).collect();
            let barred = |taints: &[seatrial_platform::Text]| {
                taints.iter().find(|taint| repels(taint, &tolerations)).cloned()
            };
            if matching.iter().any(|group| barred(&group.taints).is_none()) || nodes.value.is_empty() {
                continue;
            }
            let mut shown: Vec<String> = asked.iter().map(|(key, value)| format!("{key}={value}")).collect();
            shown.sort();
            let taint = matching.first().and_then(|group| barred(&group.taints));
            let labels = shown.join(", ");
            let with = if shown.is_empty() { String::new() } else { format!(" with {labels}") };
            let (message, help) = match &taint {
                Some(taint) => (
                    format!(
                        "the nodes of `{}`{with} carry the taint `{taint}`, which nothing tolerates",
                        cluster.name
                    ),
                    format!("Add a toleration of `{taint}`."),
                ),
                None => (
                    format!("no node of `{}` carries {labels}", cluster.name),
                    "Use labels that one of the cluster's node groups carries.".to_owned(),
                ),
            };
            let mend = taint.and_then(|taint| tolerating(&taint, &tolerations));
            let mend = mend.map(|mend| mend.at(pod.path.join("tolerations")));
            let mut fault =
                Fault::new(pod.path.join("nodeSelector"), shown.join(","), message).help(help).mend(mend);
            fault.fact = Some((format!("clusters.{}.nodes", cluster.name), nodes.span));
            out.push(fault);
        }
    })
}

/// Has the taint (`key=value:Effect`) tolerated besides what is tolerated already.
fn tolerating(taint: &str, tolerations: &[Value]) -> Option<Mend> {
    let (pair, effect) = taint.rsplit_once(':')?;
    let new = match pair.split_once('=') {
        Some((key, value)) => json!({"key": key, "operator": "Equal", "value": value, "effect": effect}),
        None => json!({"key": pair, "operator": "Exists", "effect": effect}),
    };
    let all: Vec<Value> = tolerations.iter().cloned().chain([new]).collect();
    Some(Mend::new("tolerate the taint of the nodes it asks for", all))
}

/// Whether every node carries a label of this key, declared or not: which value it has is then not known.
fn is_everywhere(key: &str) -> bool {
    let key = key.strip_prefix("beta.").unwrap_or(key);
    matches!(key, "kubernetes.io/os" | "kubernetes.io/arch" | "kubernetes.io/hostname")
        || ["topology.kubernetes.io/", "node.kubernetes.io/"].iter().any(|prefix| key.starts_with(prefix))
}

/// Whether a taint (`key=value:Effect`) keeps pods with these tolerations off.
fn repels(taint: &str, tolerations: &[Value]) -> bool {
    let (pair, effect) = taint.rsplit_once(':').unwrap_or((taint, ""));
    let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
    if effect == "PreferNoSchedule" {
        return false;
    }
    !tolerations.iter().any(|toleration| {
        let text = |key: &str| toleration.get(key).and_then(Value::as_str).unwrap_or_default();
        let exists = text("operator") == "Exists";
        let same_key = text("key") == key || (exists && text("key").is_empty());
        let same_effect = text("effect").is_empty() || text("effect") == effect;
        same_key && same_effect && (exists || text("value") == value)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const PLATFORM: &str = "clusters:\n  prod-1: {server: https://prod.acme.dev, nodes: [{labels: {workload: apps}}, {labels: {workload: gpu}, taints: [\"gpu=yes:NoSchedule\"]}]}\n";

    fn app(values: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source:\n    helm:\n      valuesObject: {values}\n  destination: {{name: prod-1}}\n"
        )
    }

    #[test]
    fn labels_that_every_node_has() {
        let pod = |selector: &str| {
            format!(
                "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {{nodeSelector: {{{selector}}}, containers: [{{name: c, image: a}}]}}\n"
            )
        };
        let platform = crate::testing::PLATFORM.replace(
            "server: https://prod.acme.dev,",
            "server: https://prod.acme.dev, nodes: [{labels: {workload: apps, kubernetes.io/arch: arm64}}],",
        );
        let tester = Tester::new(&RULE);
        tester.finds_deployed_on(&platform, &pod("kubernetes.io/os: linux, workload: apps"), &[]);
        tester.finds_deployed_on(
            &platform,
            &pod("workload: gpu"),
            &["no node of `prod-1` carries workload=gpu"],
        );
        tester.finds_deployed_on(
            &platform,
            &pod("kubernetes.io/arch: amd64"),
            &["carries kubernetes.io/arch=amd64"],
        );
    }

    #[test]
    fn taints_are_tolerated_where_the_chart_has_a_value_for_it() {
        let platform = format!(
            "{PLATFORM}repositories:\n  https://git.acme.dev/deploy.git: {{path: deploy, anyRevision: true}}\n"
        );
        let app = |tolerations: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source:\n    repoURL: https://git.acme.dev/deploy.git\n    targetRevision: v1\n    path: web\n    helm:\n      valuesObject:\n        nodeSelector: {{workload: gpu}}\n{tolerations}  destination: {{name: prod-1, namespace: a}}\n"
            )
        };
        let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  nodeSelector: {{- toYaml .Values.nodeSelector | nindent 4 }}\n  tolerations: {{- toYaml .Values.tolerations | nindent 4 }}\n  containers: [{name: c, image: a}]\n";
        let mended = Tester::new(&RULE)
            .platform(&platform)
            .around("deploy/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n")
            .around("deploy/web/values.yaml", "nodeSelector: {}\ntolerations: []\n")
            .around("deploy/web/templates/pod.yaml", pod)
            .fixed(&app(""), true);
        let right = app(
            "        tolerations:\n        - effect: NoSchedule\n          key: gpu\n          operator: Equal\n          value: \"yes\"\n",
        );
        assert_eq!(mended, right);
    }

    #[test]
    fn labels_and_taints() {
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &app("{nodeSelector: {workload: apps}}"),
                &app("{nodeSelector: {workload: gpu}, tolerations: [{key: gpu, operator: Exists}]}"),
            ])
            .finds(
                &app("{nodeSelector: {workload: app}}"),
                &["7:22 no node of `prod-1` carries workload=app"],
            )
            .finds(&app("{nodeSelector: {workload: gpu}}"), &["7:22 taint `gpu=yes:NoSchedule`"]);
    }
}
