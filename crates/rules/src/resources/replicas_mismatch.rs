use seatrial_platform::{Fact, Replicas};
use seatrial_trial::{Application, HelmValues, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::mend::Mend;
use crate::rendered::{Fault, Rendered};
use crate::rewrite::settings::replicas;
use crate::subject::{group, is_template, listed, scope};
use crate::workload::autoscaler;

declare_rule! {
    /// Finds replica counts that are not the environment's.
    ///
    /// ## What it does
    /// Compares `replicaCount` and `replicas` of the Helm values (below the top where they stand beside an image), and Kustomize's `replicas`, with the environment's `replicas`.
    /// Where autoscaling is on, its `minReplicas` and `maxReplicas` are compared instead.
    /// What the Application renders to is judged as well: Deployments, StatefulSets and HorizontalPodAutoscalers, and a
    /// fixed count that `selfHeal` would set again whenever an autoscaler scales.
    ///
    /// ## Why it is bad
    /// One replica in production is an outage waiting for a node to drain; five in dev fill a laptop.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject:
    ///   replicaCount: 1      # prod has 5
    /// ```
    ///
    /// ## How to fix
    /// Give each environment its count: in its element and, as a number, through `templatePatch`.
    ///
    /// ## When to ignore
    /// For workloads that must be single: give the exception in `seatrial.yaml`.
    "replicas-mismatch", Resources, Error
}

/// A count as it is written, and the fact that it does not keep.
type Count<'p> = (String, Fact<'p, Replicas>);

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut rendered = rendered(model);
    let mut faults: Vec<(&Application, Path, Count<'_>)> = Vec::new();
    for application in &model.applications {
        let Some(fact) = scope(model, application).replicas() else { continue };
        for (at, value) in counts(application) {
            let (count, text) = match &value {
                Value::Number(n) => (n.as_u64(), n.to_string()),
                Value::String(text) if !is_template(text) => (text.parse().ok(), text.clone()),
                _ => continue,
            };
            if count.is_some_and(|count| !fact.value.allows(count))
                && !rendered.refutes(model, application, &text, Some(&at))
            {
                faults.push((application, at, (text, fact.clone())));
            }
        }
    }
    for group in group(model, faults) {
        let counts = listed(group.members.iter().map(|(_, (text, _))| text.as_str()));
        let wanted: Vec<String> = group
            .members
            .iter()
            .map(|(a, (_, fact))| {
                format!("{} in {}", asked(fact.value), a.environment.as_deref().unwrap_or("this environment"))
            })
            .collect();
        let exact: Vec<(&Application, u64)> = group
            .members
            .iter()
            .filter_map(|(a, (_, fact))| match fact.value {
                Replicas::Exactly(n) => Some((*a, *n)),
                Replicas::Between(min, max) => Some((*a, min.or(*max)?)),
            })
            .collect();
        let (_, (_, fact)) = &group.members[0];
        let fix = replicas(model, &group, &exact);
        let finding = out
            .finding(
                group.place.span,
                format!("{counts} replicas, where the platform has {}", wanted.join(", ")),
            )
            .help("Give each environment its own count.")
            .field(group.field.to_string())
            .key(counts.clone())
            .fact(fact.key.clone(), Some(fact.span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
    rendered.report(model, out);
}

/// The workloads of rendered resources, and the autoscalers among them.
fn rendered<'m>(model: &'m Model<'_>) -> Rendered<'m> {
    Rendered::each(model, |view, resource, out| {
        let fact = scope(model, view.application).replicas();
        let environment = view.application.environment.as_deref().unwrap_or("this environment");
        let mut judge = |field: Path, count: u64| {
            let Some(fact) = fact.as_ref().filter(|fact| !fact.value.allows(count)) else { return };
            let message =
                format!("{count} replicas, where the platform has {} in {environment}", asked(fact.value));
            let right = match fact.value {
                Replicas::Exactly(n) => Some(*n),
                Replicas::Between(min, max) => min.filter(|min| count < *min).or(*max),
            };
            let mend = right.map(|n| Mend::new("use the environment's replicas", n).named(&["replicaCount"]));
            let fault = Fault::new(field, count.to_string(), message).mend(mend);
            out.push(fault.help("Give each environment its own count.").fact(fact));
        };
        let number = |path: &Path| path.lookup(&resource.object).and_then(Value::as_u64);
        match (resource.group(), resource.kind()) {
            ("autoscaling", "HorizontalPodAutoscaler") => {
                for (key, default) in [("minReplicas", Some(1)), ("maxReplicas", None)] {
                    let field = Path::keys(["spec", key]);
                    if let Some(count) = number(&field).or(default) {
                        judge(field, count);
                    }
                }
            }
            ("apps", "Deployment" | "StatefulSet") => {
                let field = Path::keys(["spec", "replicas"]);
                let count = number(&field);
                match (autoscaler(view, resource), count) {
                    // Scaled to nothing on purpose.
                    (_, Some(0)) => {}
                    (None, count) => judge(field, count.unwrap_or(1)),
                    (Some(scaler), Some(count)) => {
                        let heals = Path::keys(["spec", "syncPolicy", "automated", "selfHeal"]);
                        if heals.lookup(&view.application.json).and_then(Value::as_bool) == Some(true)
                            && !ignores_replicas(view.application)
                        {
                            let message = format!(
                                "`selfHeal` sets {count} replicas again whenever `{}` scales",
                                scaler.name()
                            );
                            let fault = Fault::new(field, format!("{count}/{}", scaler.kind()), message);
                            let help = "Leave `replicas` out where the autoscaler decides, or name it in `ignoreDifferences`.";
                            out.push(fault.help(help));
                        }
                    }
                    (Some(_), None) => {}
                }
            }
            _ => {}
        }
    })
}

/// Whether an Application leaves replica counts to others.
fn ignores_replicas(application: &Application) -> bool {
    let rules = application.json.pointer("/spec/ignoreDifferences").and_then(Value::as_array);
    rules.into_iter().flatten().any(|rule| {
        let names = |key: &str, part: &str| {
            let list = rule.get(key).and_then(Value::as_array);
            list.into_iter().flatten().any(|p| p.as_str().is_some_and(|p| p.contains(part)))
        };
        names("jsonPointers", "/spec/replicas") || names("jqPathExpressions", ".spec.replicas")
    })
}

/// Every replica count that an Application's own text states, with its field. A count beside enabled autoscaling is the
/// autoscaler's starting point and not judged.
fn counts(application: &Application) -> Vec<(Path, Value)> {
    let mut out = Vec::new();
    for values in application.helm_values() {
        let autoscaled = values.get("autoscaling.enabled").is_some_and(|v| v.value.as_bool() == Some(true));
        for key in ["replicaCount", "replicas"] {
            if let Some(found) = values.get(key).filter(|_| !autoscaled) {
                out.push((found.at, found.value.clone()));
            }
        }
        below(values, &Path::root(), &values.values, &mut out);
        for key in ["autoscaling.minReplicas", "autoscaling.maxReplicas"] {
            if let Some(found) = values.get(key).filter(|_| autoscaled) {
                out.push((found.at, found.value.clone()));
            }
        }
    }
    for (pointer, source) in application.sources() {
        let list = source.pointer("/kustomize/replicas").and_then(Value::as_array);
        for (index, entry) in list.into_iter().flatten().enumerate() {
            if let Some(count) = entry.get("count") {
                let at = Path::from_pointer(&format!("{pointer}/kustomize/replicas/{index}/count"))
                    .unwrap_or_default();
                out.push((at, count.clone()));
            }
        }
    }
    out
}

/// Counts of the workloads of an umbrella chart: blocks below the top that have an image of their own.
fn below(values: &HelmValues, path: &Path, value: &Value, out: &mut Vec<(Path, Value)>) {
    let Value::Object(map) = value else { return };
    let autoscaled =
        map.get("autoscaling").and_then(|a| a.get("enabled")).and_then(Value::as_bool) == Some(true);
    if !path.is_empty() && map.contains_key("image") && !autoscaled {
        let counts = ["replicaCount", "replicas"].into_iter().filter_map(|key| Some((key, map.get(key)?)));
        out.extend(counts.map(|(key, count)| (values.place(&path.join(key)), count.clone())));
    }
    map.iter().for_each(|(key, value)| below(values, &path.join(key.as_str()), value, out));
}

fn asked(replicas: &Replicas) -> String {
    match replicas {
        Replicas::Exactly(n) => n.to_string(),
        Replicas::Between(Some(min), Some(max)) => format!("{min} to {max}"),
        Replicas::Between(Some(min), None) => format!("at least {min}"),
        Replicas::Between(None, Some(max)) => format!("at most {max}"),
        Replicas::Between(None, None) => "any number".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, in_dev, in_prod};

    #[test]
    fn counts_of_the_environment() {
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &in_prod("{replicaCount: 3}"),
                &in_prod("{replicaCount: 1, autoscaling: {enabled: true, minReplicas: 3}}"),
                &in_dev("{replicaCount: 1}"),
            ])
            .finds(
                &in_prod("{replicaCount: 1}"),
                &["5:48 `1` replicas, where the platform has at least 3 in prod"],
            )
            .finds(&in_prod("{web: {image: a, replicaCount: 1}}"), &["5:64 `1` replicas"])
            .finds(&in_prod("{autoscaling: {enabled: true, minReplicas: 1}}"), &["5:76 `1` replicas"])
            .fixes(&[(&in_prod("{replicaCount: 1}"), &in_prod("{replicaCount: 3}"))]);
    }

    #[test]
    fn of_what_is_rendered() {
        let deployment = |replicas: &str| {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web}}\nspec: {{{replicas}template: {{spec: {{containers: [{{name: c, image: a}}]}}}}}}\n"
            )
        };
        let scaler = |least: u32| {
            format!(
                "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {{name: web}}\nspec: {{minReplicas: {least}, maxReplicas: 9, scaleTargetRef: {{kind: Deployment, name: web}}}}\n"
            )
        };
        let tester = Tester::new(&RULE);
        tester.finds_deployed(&deployment("replicas: 3, "), &[]);
        tester.finds_deployed(&deployment("replicas: 0, "), &[]);
        tester.finds_deployed(&format!("{}{}", deployment(""), scaler(3)), &[]);
        tester.finds_deployed(
            &deployment(""),
            &["1 replicas, where the platform has at least 3 in prod (Deployment web)"],
        );
        tester.finds_deployed(
            &format!("{}{}", deployment("replicas: 3, "), scaler(1)),
            &["1 replicas, where the platform has at least 3 in prod (HorizontalPodAutoscaler web)"],
        );
    }
}
