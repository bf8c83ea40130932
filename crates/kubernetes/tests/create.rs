//! What a real API server of Kubernetes 1.37 answers to creating objects under strict field validation, recorded in
//! `answers/create-1.37.jsonl`: its own decoding, defaulting and validation. A refusal that is not seen here is marked `missed`
//! there.

use seatrial_kubernetes::{Crds, IssueKind, Verdict, Version, check};
use serde_json::Value;

const ANSWERS: &str = include_str!("answers/create-1.37.jsonl");

fn issues(object: &Value) -> Vec<String> {
    match check(Version::NEWEST, object, &Crds::new()) {
        Verdict::Judged(issues) => {
            // A create takes these; server-side apply does not.
            issues.into_iter().filter(|i| i.kind != IssueKind::Duplicate).map(|i| i.message).collect()
        }
        other => vec![format!("{other:?}")],
    }
}

#[test]
fn accepts_and_refuses_as_the_api_server() {
    let (mut refused, mut same_words) = (0, 0);
    for line in ANSWERS.lines() {
        let case: Value = serde_json::from_str(line).unwrap();
        let found = issues(&case["object"]);
        let missed = case["missed"].as_bool().unwrap_or(false);
        match case["error"].as_str() {
            None => assert!(found.is_empty(), "accepted, but found {found:#?}\n{line}"),
            Some(error) => {
                assert_eq!(found.is_empty(), missed, "refused: {error}\nfound {found:#?}\n{line}");
                refused += 1;
                same_words += usize::from(found.iter().any(|message| error.contains(message.as_str())));
            }
        }
    }
    assert!(refused > 500, "{refused} refusals are recorded");
    assert!(same_words * 100 >= refused * 80, "{same_words} of {refused} in the API server's words");
}
