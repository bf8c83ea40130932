//! Workloads: selectors, counts, strategies, what a pod template must be in each.

use serde_json::Value;

use super::{At, Findings, metadata, pod};

pub(super) fn check(object: &Value, out: &mut Findings) {
    let root = At::new(object);
    let api = root.text("apiVersion").unwrap_or_default();
    let spec = root.get("spec");
    match (root.text("kind").unwrap_or_default(), api) {
        ("Pod", "v1") => {
            // No specification is an empty one.
            let empty = Value::Null;
            let none = At { path: root.path("spec"), value: &empty };
            pod::check(&spec.unwrap_or(none), &[], out);
        }
        (kind @ ("Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet"), "apps/v1") => {
            let Some(spec) = spec else { return };
            not_negative(&spec, &["replicas", "minReadySeconds"], out);
            selector(&spec, kind, out);
            let claims = claims(&spec, out);
            template(&spec, Some("Always"), &claims, out);
            if kind == "Deployment" {
                strategy(&spec, out);
            }
        }
        ("Job", "batch/v1") => {
            if let Some(spec) = spec {
                job(&spec, out);
            }
        }
        ("CronJob", "batch/v1") => {
            let Some(spec) = spec else { return };
            if let Some(schedule) = spec.text("schedule")
                && let Some(why) = unreadable(schedule)
            {
                out.invalid(&spec.path("schedule"), &schedule.into(), &why);
            }
            if let Some(job_spec) = spec.at(&["jobTemplate", "spec"]) {
                job(&job_spec, out);
            }
        }
        ("PersistentVolumeClaim", "v1") => {
            let empty = Value::Null;
            let none = At { path: root.path("spec"), value: &empty };
            claim(&spec.unwrap_or(none), out);
        }
        _ => {}
    }
}

fn not_negative(holder: &At<'_>, keys: &[&str], out: &mut Findings) {
    for key in keys {
        if let Some(at) = holder.get(key)
            && at.value.as_i64().is_some_and(|number| number < 0)
        {
            out.invalid(&at.path, at.value, "must be greater than or equal to 0");
        }
    }
}

/// The selector of a workload must not be empty, and must match its own pods.
fn selector(spec: &At<'_>, kind: &str, out: &mut Findings) {
    let Some(selector) = spec.get("selector") else { return };
    if selector.lacks("matchLabels") && selector.lacks("matchExpressions") {
        let why = format!("empty selector is invalid for {}", kind.to_lowercase());
        out.invalid(&selector.path, &Value::Object(serde_json::Map::new()), &why);
        return;
    }
    let path = spec.path("template").join("metadata").join("labels");
    let labels = spec.at(&["template", "metadata", "labels"]);
    let label = |key: &str| labels.as_ref()?.value.get(key)?.as_str();
    let wanted = selector.get("matchLabels");
    let plain = wanted.iter().filter_map(|w| w.value.as_object()).flatten();
    let plain_match = plain.into_iter().all(|(key, value)| label(key) == value.as_str());
    let matches = selector.items("matchExpressions").iter().all(|e| expression(e, &label).unwrap_or(true));
    if !plain_match || !matches {
        let mut shown = labels.as_ref().map_or(Value::Null, |l| l.value.clone());
        for value in shown.as_object_mut().into_iter().flat_map(serde_json::Map::values_mut) {
            if value.is_null() {
                *value = "".into();
            }
        }
        let message = format!(
            "{}: Invalid value: {shown}: `selector` does not match template `labels`",
            super::place(&path)
        );
        out.issues.push(super::SchemaIssue { path, kind: super::IssueKind::Inconsistent, message });
    }
}

/// Whether labels match an expression; nothing when the expression cannot be read.
fn expression<'v>(at: &At<'_>, label: &impl Fn(&str) -> Option<&'v str>) -> Option<bool> {
    let value = label(at.text("key")?);
    let among = || at.items("values").iter().any(|v| v.value.as_str() == value);
    Some(match at.text("operator")? {
        "In" => value.is_some() && among(),
        "NotIn" => value.is_none() || !among(),
        "Exists" => value.is_some(),
        "DoesNotExist" => value.is_none(),
        _ => return None,
    })
}

/// A workload's pods: their labels, their restart policy (`restarts` is the only one allowed), and they themselves.
fn template(spec: &At<'_>, restarts: Option<&str>, claims: &[&str], out: &mut Findings) {
    let Some(template) = spec.get("template") else { return };
    if let Some(own) = template.get("metadata") {
        metadata::labels(&own, "labels", out);
    }
    let Some(pod_spec) = template.get("spec") else {
        out.missing(&template.path("spec").join("containers"), "");
        return;
    };
    pod::check(&pod_spec, claims, out);
    if let (Some(only), Some(policy)) = (restarts, pod_spec.text("restartPolicy"))
        && policy != only
        && ["Always", "OnFailure", "Never"].contains(&policy)
    {
        out.unsupported(&pod_spec.path("restartPolicy"), policy, &[only]);
    }
}

/// A job's pods end, so they may not always be restarted.
fn job(spec: &At<'_>, out: &mut Findings) {
    let keys =
        ["backoffLimit", "ttlSecondsAfterFinished", "parallelism", "completions", "activeDeadlineSeconds"];
    not_negative(spec, &keys, out);
    template(spec, None, &[], out);
    let Some(pod_spec) = spec.at(&["template", "spec"]) else { return };
    if matches!(pod_spec.text("restartPolicy"), None | Some("Always")) {
        out.missing(&pod_spec.path("restartPolicy"), "valid values: \"OnFailure\", \"Never\"");
    }
}

fn strategy(spec: &At<'_>, out: &mut Findings) {
    let Some(strategy) = spec.get("strategy") else { return };
    let rolling = strategy.get("rollingUpdate");
    match strategy.text("type") {
        Some("Recreate") => {
            if let Some(rolling) = rolling {
                let words = "Forbidden: may not be specified when strategy `type` is 'Recreate'";
                out.add(&rolling.path, super::IssueKind::Inconsistent, words);
            }
        }
        None | Some("RollingUpdate") => {
            let none = |key: &str| {
                let value = rolling.as_ref()?.get(key)?.value;
                Some(value.as_i64() == Some(0) || value.as_str() == Some("0%"))
            };
            if none("maxSurge") == Some(true) && none("maxUnavailable") == Some(true) {
                let path = strategy.path("rollingUpdate").join("maxUnavailable");
                out.invalid(&path, &0.into(), "may not be 0 when `maxSurge` is 0");
            }
        }
        Some(_) => {}
    }
}

/// The names of the volumes that claim templates make.
fn claims<'v>(spec: &At<'v>, out: &mut Findings) -> Vec<&'v str> {
    let mut names = Vec::new();
    for template in spec.items("volumeClaimTemplates") {
        names.extend(template.get("metadata").and_then(|m| m.text("name")));
        if let Some(spec) = template.get("spec") {
            claim(&spec, out);
        }
    }
    names
}

fn claim(spec: &At<'_>, out: &mut Findings) {
    if spec.lacks("accessModes") {
        out.missing(&spec.path("accessModes"), "at least 1 access mode is required");
    }
    let requests = spec.at(&["resources", "requests"]);
    if requests.is_none_or(|requests| requests.lacks("storage")) {
        let path = spec.path("resources").join("requests").join("storage");
        let message = format!("{}[storage]: Required value", super::place(&spec.path("resources")));
        out.issues.push(super::SchemaIssue { path, kind: super::IssueKind::MissingField, message });
    }
}

/// Why a schedule cannot be read, if it cannot.
fn unreadable(schedule: &str) -> Option<String> {
    if schedule.contains("TZ=") {
        return Some("cannot use TZ or CRON_TZ in schedule, use timeZone field instead".to_owned());
    }
    if let Some(word) = schedule.strip_prefix('@') {
        let known = ["yearly", "annually", "monthly", "weekly", "daily", "midnight", "hourly"];
        let fits = known.contains(&word) || word.starts_with("every ");
        return (!fits).then(|| format!("unrecognized descriptor: {schedule}"));
    }
    let fields: Vec<&str> = schedule.split_whitespace().collect();
    if fields.len() != 5 {
        return Some(format!("expected exactly 5 fields, found {}: [{}]", fields.len(), fields.join(" ")));
    }
    let bounds = [(0, 59), (0, 23), (1, 31), (1, 12), (0, 6)];
    fields.iter().zip(bounds).find_map(|(field, (min, max))| {
        field.split(',').find_map(|part| {
            let range = part.split('/').next().unwrap_or_default();
            let numbers = range.split('-').filter_map(|number| number.parse::<u32>().ok());
            let mut outside = numbers.filter(|number| *number < min || *number > max);
            outside.next().map(|number| {
                if number < min {
                    format!("beginning of range ({number}) below minimum ({min}): {part}")
                } else {
                    format!("end of range ({number}) above maximum ({max}): {part}")
                }
            })
        })
    })
}
