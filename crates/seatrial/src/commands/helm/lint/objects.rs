//! What the API server would say to the objects that a chart gives.

use std::collections::BTreeSet;

use seatrial_helm::Chart;
use seatrial_helm::lint::{Message, Severity};
use seatrial_helm::provenance::Traced;
use seatrial_kubernetes::{Crds, IssueKind, SchemaIssue, Verdict, Version, check};
use seatrial_yaml::{Path, goyaml};
use serde_json::Value;

use super::own;

/// Judges every object by the schemas of the stated release; without one, by what the oldest and the newest both say.
pub(super) fn judge(chart: &Chart, traced: &Traced, version: Option<Version>, out: &mut Vec<Message>) {
    let mut crds = Crds::new();
    definitions(chart, &mut crds);
    let objects: Vec<(&seatrial_helm::Manifest, Value)> = traced
        .release
        .documents()
        .filter_map(|document| {
            let text = String::from_utf8_lossy(document.content());
            Some((document, goyaml::to_json(&text).ok().filter(Value::is_object)?))
        })
        .collect();
    for (_, object) in &objects {
        crds.add(object);
    }
    let mut said = BTreeSet::new();
    for (document, object) in &objects {
        for (severity, field, fault) in faults(version, object, &crds) {
            let origin = traced.field(document, &nearest(object, &field));
            let place =
                origin.and_then(|origin| Some((origin.frames.first()?.line, origin.values.first().cloned())));
            let (line, value) = place.map_or((None, None), |(line, value)| (Some(line), value));
            let path = document.path.split_once('/').map_or(&*document.path, |(_, path)| path);
            let at = line.map_or_else(|| path.to_owned(), |line| format!("{path}:{line}"));
            let from = value.map_or_else(String::new, |value| format!(" (from the value `{value}`)"));
            let text = format!("{} {}: {fault}{from}", document.kind, document.name);
            if said.insert((at.clone(), text.clone())) {
                out.push(own(severity, &at, text));
            }
        }
    }
}

fn faults(version: Option<Version>, object: &Value, crds: &Crds) -> Vec<(Severity, Path, String)> {
    let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
    match verdict(version, object, crds) {
        Verdict::Judged(issues) => issues.into_iter().map(fault).collect(),
        Verdict::NoSuchKind { .. } => {
            let fault =
                format!("no matches for kind \"{}\" in version \"{}\"", text("kind"), text("apiVersion"));
            vec![(Severity::Error, Path::keys(["kind"]), fault)]
        }
        Verdict::NotServed(lifetime) => {
            let instead = lifetime
                .replacement
                .map_or_else(String::new, |instead| format!("; `{instead}` took its place"));
            let fault = format!("`{}` is not served{instead}", text("apiVersion"));
            vec![(Severity::Error, Path::keys(["apiVersion"]), fault)]
        }
        Verdict::Unknown => Vec::new(),
    }
}

fn fault(issue: SchemaIssue) -> (Severity, Path, String) {
    let SchemaIssue { path, kind, message } = issue;
    match kind {
        IssueKind::Duplicate => (Severity::Warning, path, message),
        IssueKind::NotEvaluated => {
            (Severity::Info, path, format!("not known, for rules in CEL are not evaluated: {message}"))
        }
        _ => (Severity::Error, path, message),
    }
}

fn verdict(version: Option<Version>, object: &Value, crds: &Crds) -> Verdict {
    if let Some(version) = version {
        return check(version, object, crds);
    }
    match (check(Version::NEWEST, object, crds), check(Version::OLDEST, object, crds)) {
        (Verdict::Judged(newest), Verdict::Judged(oldest)) => {
            let both: BTreeSet<&str> = oldest.iter().map(|issue| issue.message.as_str()).collect();
            Verdict::Judged(newest.into_iter().filter(|i| both.contains(i.message.as_str())).collect())
        }
        (judged @ Verdict::Judged(_), _) | (_, judged @ Verdict::Judged(_)) => judged,
        (newest, _) => newest,
    }
}

/// The definitions under `crds/` of a chart and of those below it.
fn definitions(chart: &Chart, crds: &mut Crds) {
    for file in chart.files.iter().filter(|file| file.name.starts_with("crds/")) {
        let text = String::from_utf8_lossy(&file.data);
        for document in goyaml::documents(&text).unwrap_or_default() {
            if let Ok(object) = goyaml::to_json(document.text(&text)) {
                crds.add(&object);
            }
        }
    }
    for child in &chart.dependencies {
        definitions(child, crds);
    }
}

/// The longest part of a path that leads somewhere.
fn nearest(object: &Value, field: &Path) -> Path {
    let mut field = field.clone();
    while field.lookup(object).is_none() && field.pop().is_some() {}
    field
}
