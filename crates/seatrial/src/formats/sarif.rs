//! `--format sarif`: SARIF 2.1.0. Columns count UTF-16 code units, as the format's default is.

use std::collections::BTreeMap;

use seatrial_source::Span;
use seatrial_trial::finding::{Finding, Fix, Severity};
use seatrial_trial::report::Report;
use seatrial_trial::rule::Meta;
use serde_json::{Map, Value, json};

use super::Shown;
use crate::place::{Place, place, utf16};

const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
const HOME: &str = env!("CARGO_PKG_REPOSITORY");

pub(super) fn render(shown: &Shown<'_>) -> String {
    let report = shown.report;
    let mut rules: BTreeMap<&str, Value> =
        shown.rules.iter().map(|meta| (meta.name, descriptor(meta))).collect();
    // Findings of the platform's own constraints have no page in the catalogue.
    let silenced = report.silenced.iter().map(|s| &s.finding);
    for finding in report.findings.iter().chain(silenced) {
        rules.entry(finding.rule).or_insert_with(|| {
            json!({"id": finding.rule, "name": finding.rule, "shortDescription": {"text": finding.rule},
                   "defaultConfiguration": {"level": finding.severity.as_str()}})
        });
    }
    let index: BTreeMap<&str, usize> = rules.keys().enumerate().map(|(i, name)| (*name, i)).collect();
    let mut results: Vec<Value> =
        report.findings.iter().map(|finding| Value::Object(result(report, finding, &index))).collect();
    for silenced in &report.silenced {
        let mut entry = result(report, &silenced.finding, &index);
        let kind = if silenced.reason == "baseline" { "external" } else { "inSource" };
        entry.insert(
            "suppressions".into(),
            json!([{"kind": kind, "status": "accepted", "justification": silenced.reason}]),
        );
        results.push(Value::Object(entry));
    }
    let notifications: Vec<Value> = shown
        .unknowns()
        .iter()
        .map(|unknown| {
            let mut entry = Map::new();
            entry.insert("level".into(), "warning".into());
            entry.insert(
                "message".into(),
                json!({"text": format!("Could not be judged: {}. {}", unknown.what, unknown.needs)}),
            );
            if let Some(location) = unknown.place.as_ref().map(point) {
                entry.insert("locations".into(), json!([location]));
            }
            Value::Object(entry)
        })
        .collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "Seatrial",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": HOME,
                "rules": rules.into_values().collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The folder that the check was run in"}}},
            "invocations": [{
                "executionSuccessful": true,
                "toolExecutionNotifications": notifications,
            }],
            "results": results,
            "properties": {"verdict": shown.verdict()},
        }],
    });
    let mut out = serde_json::to_string_pretty(&log).unwrap_or_default();
    out.push('\n');
    out
}

fn descriptor(meta: &Meta) -> Value {
    let text = crate::page::plain(meta.page);
    json!({
        "id": meta.name,
        "name": meta.name,
        "shortDescription": {"text": meta.summary()},
        "fullDescription": {"text": meta.summary()},
        "help": {"text": text, "markdown": meta.page.trim()},
        "defaultConfiguration": {"level": level(meta.severity)},
        "properties": {"tags": [meta.group.as_str()], "precision": "high"},
    })
}

fn level(severity: Severity) -> &'static str {
    // The words are SARIF's own.
    severity.as_str()
}

fn result(report: &Report, finding: &Finding, index: &BTreeMap<&str, usize>) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("ruleId".into(), finding.rule.into());
    if let Some(index) = index.get(finding.rule) {
        entry.insert("ruleIndex".into(), (*index).into());
    }
    entry.insert("level".into(), level(finding.severity).into());
    let mut text = finding.message.clone();
    if !finding.help.is_empty() {
        text.push_str("\n\n");
        text.push_str(&finding.help);
    }
    // `[text](target)` would be read as a link. Braces mean something only together with `arguments`.
    if text.contains("](") {
        text = text.replace('\\', "\\\\").replace('[', "\\[").replace(']', "\\]");
    }
    entry.insert("message".into(), json!({"text": text}));
    entry.insert(
        "locations".into(),
        location(report, finding.span).map_or_else(|| json!([]), |location| json!([location])),
    );
    let related: Vec<Value> = finding
        .related
        .iter()
        .enumerate()
        .filter_map(|(id, related)| {
            let mut location = location(report, related.span)?;
            location["id"] = (id + 1).into();
            location["message"] = json!({"text": related.message});
            Some(location)
        })
        .collect();
    if !related.is_empty() {
        entry.insert("relatedLocations".into(), related.into());
    }
    entry.insert("partialFingerprints".into(), json!({"seatrial/v1": finding.fingerprint}));
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.verified).and_then(|f| fix(report, f)) {
        entry.insert("fixes".into(), json!([fix]));
    }
    let mut properties = Map::new();
    properties.insert("group".into(), finding.group.as_str().into());
    if !finding.environments.is_empty() {
        properties.insert("environments".into(), finding.environments.clone().into());
    }
    if !finding.applications.is_empty() {
        properties.insert("applications".into(), finding.applications.clone().into());
    }
    for (key, value) in [("resource", &finding.resource), ("field", &finding.field), ("fact", &finding.fact)]
    {
        if let Some(value) = value {
            properties.insert(key.into(), value.clone().into());
        }
    }
    entry.insert("properties".into(), properties.into());
    entry
}

fn location(report: &Report, span: Span) -> Option<Value> {
    let at = place(report, span)?;
    Some(json!({"physicalLocation": {
        "artifactLocation": artifact(&at.file),
        "region": region(report, span)?,
    }}))
}

/// The line of a place whose text is not at hand.
fn point(at: &Place) -> Value {
    json!({"physicalLocation": {
        "artifactLocation": artifact(&at.file),
        "region": {"startLine": at.line},
    }})
}

fn region(report: &Report, span: Span) -> Option<Value> {
    let (line, column, end_line, end_column) = utf16(report.file(span.file)?, span);
    Some(json!({"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column}))
}

fn fix(report: &Report, fix: &Fix) -> Option<Value> {
    let mut by_file: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for edit in &fix.edits {
        let file = report.file(edit.span.file)?;
        by_file.entry(file.path.to_string()).or_default().push(json!({
            "deletedRegion": region(report, edit.span)?,
            "insertedContent": {"text": edit.text},
        }));
    }
    let changes: Vec<Value> = by_file
        .into_iter()
        .map(
            |(path, replacements)| json!({"artifactLocation": artifact(&path), "replacements": replacements}),
        )
        .collect();
    (!changes.is_empty()).then(|| json!({"description": {"text": fix.title}, "artifactChanges": changes}))
}

fn artifact(path: &str) -> Value {
    if path.starts_with('/') {
        return json!({"uri": format!("file://{}", percent(path))});
    }
    json!({"uri": percent(path), "uriBaseId": "%SRCROOT%"})
}

/// Percent-encodes what a URI path may not hold.
fn percent(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for (at, byte) in path.bytes().enumerate() {
        match byte {
            b'A'..=b'Z'
            | b'a'..=b'z'
            | b'0'..=b'9'
            | b'-'
            | b'.'
            | b'_'
            | b'~'
            | b'/'
            | b'@'
            | b'+'
            | b'='
            | b',' => {
                out.push(byte as char);
            }
            // A colon in the first segment would be read as a scheme.
            b':' if path.as_bytes()[..at].contains(&b'/') => out.push(':'),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn paths_become_uris() {
        assert_eq!(percent("apps/agent set.yaml"), "apps/agent%20set.yaml");
        assert_eq!(percent("c:x/y:z"), "c%3Ax/y:z");
        assert_eq!(percent("é%"), "%C3%A9%25");
    }
}
