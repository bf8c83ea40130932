//! The schemas compared with what an API server with the CRDs of Argo CD 3.6.1 says (`unknownFields` and `refused` of the recorded answers).

mod support;

use seatrial_argocd::Version;
use seatrial_argocd::schema::{IssueKind, check};
use serde_json::Value;
use support::{cases, id, recorded};

#[test]
fn as_the_api_server_says() {
    let recorded = recorded(Version::NEWEST);
    let (mut different, mut count) = (Vec::new(), 0);
    for case in cases() {
        let id = id(&case);
        let (Some(answer), Value::Object(_)) = (recorded.get(&id), &case["applicationSet"]) else { continue };
        if case.get("admission").is_none() || answer["reason"] == "ParseError" {
            continue;
        }
        count += 1;
        let issues = check(Version::NEWEST, "ApplicationSet", &case["applicationSet"]);
        let mut unknown: Vec<String> = Vec::new();
        let mut refused: Vec<String> = Vec::new();
        for issue in &issues {
            match issue.kind {
                IssueKind::UnknownField { .. } => {
                    unknown.push(issue.text.trim_start_matches("unknown field ").trim_matches('"').to_owned())
                }
                IssueKind::Deprecated | IssueKind::DroppedNull => {}
                _ => refused.push(issue.text.clone()),
            }
        }
        // The judge prunes by the schema alone, which says nothing of `metadata`.
        unknown.retain(|path| !path.starts_with("metadata."));
        unknown.sort();
        refused.sort();
        let theirs: Vec<String> = answer["unknownFields"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|v| v.as_str().map(str::to_owned))
            .collect();
        if unknown != theirs {
            different.push(format!("{id}: unknown\n  ours   {unknown:?}\n  theirs {theirs:?}"));
        }
        let said = answer["refused"]
            .as_str()
            .or(answer["error"].as_str().filter(|_| answer["reason"] == "AdmissionError"))
            .unwrap_or_default();
        // The names of objects are judged by other rules than the schema.
        let list = said.split_once(" is invalid: ").map_or("", |(_, list)| list);
        let list = list.strip_prefix('[').and_then(|l| l.strip_suffix(']')).unwrap_or(list);
        let ours = refused.join(", ");
        if ours != list && !list.contains("metadata.name") {
            different.push(format!("{id}: refused\n  ours   {ours}\n  theirs {list}"));
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}
