//! Constraints as people write them to an assistant, end to end: read, and written into a platform file.

use std::fmt::Write as _;
use std::sync::Arc;

use seatrial_learn::edit::{self, Origin};
use seatrial_learn::{Reading, prose};
use seatrial_platform::Platform;
use seatrial_source::{FileId, SourceFile};

fn platform(text: &str) -> Platform {
    Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", text)))
}

fn shown(reading: &Reading) -> String {
    let mut out = String::new();
    for claim in &reading.facts {
        let binding = if claim.binding { "!" } else { "" };
        let level = claim.level.as_str();
        let _ = writeln!(
            out,
            "{} = {}  ({level}{binding}, line {})",
            claim.key(),
            claim.what.value(),
            claim.quotes[0].line
        );
    }
    for old in &reading.superseded {
        let _ = writeln!(
            out,
            "superseded: {} = {} by {}",
            old.key.join("."),
            old.value,
            reading.facts[old.by].what.value()
        );
    }
    for question in &reading.questions {
        let _ = writeln!(out, "? {}", question.text);
    }
    for unread in &reading.unread {
        let _ = writeln!(out, "unread, {}: {}", unread.why, unread.quote.text);
    }
    out
}

/// The platform file before and after, as one text.
fn taught(old: &str, name: &str, text: &str) -> (String, String) {
    let reading = prose::read(text, &platform(old));
    let edited = edit::apply(old, &reading, Origin::Text(name));
    assert_eq!(edited.questions, Vec::new());
    assert!(
        platform(&edited.text).issues().is_empty(),
        "{:?}\n{}",
        platform(&edited.text).issues(),
        edited.text
    );
    // What was written is what was read: a second time there is nothing new.
    let again = prose::read(text, &platform(&edited.text));
    let left: Vec<String> =
        again.facts.iter().filter(|claim| claim.level.as_str() != "may").map(|claim| claim.key()).collect();
    assert_eq!(left, Vec::<String>::new());
    (shown(&reading), edited.text)
}

#[test]
fn one_text_after_the_other() {
    let (reading, first) = taught("", "constraints.md", include_str!("../../../tests/replay/constraints.md"));
    insta::assert_snapshot!("constraints", format!("{reading}\n{first}"));
    let (reading, second) =
        taught(&first, "specifics.md", include_str!("../../../tests/replay/specifics.md"));
    insta::assert_snapshot!("specifics", format!("{reading}\n{second}"));
    let (reading, third) = taught(&second, "storage.md", include_str!("../../../tests/replay/storage.md"));
    insta::assert_snapshot!("storage", format!("{reading}\n{third}"));
}

#[test]
fn the_first_request() {
    let (reading, text) = taught("", "request.md", include_str!("../../../tests/replay/request.md"));
    insta::assert_snapshot!("request", format!("{reading}\n{text}"));
}

#[test]
fn a_file_written_by_hand_is_not_overruled() {
    let old = include_str!("../../../examples/fastapi-agent/seatrial.yaml");
    let reading = prose::read(include_str!("../../../tests/replay/specifics.md"), &platform(old));
    insta::assert_snapshot!("against-a-file", shown(&reading));
    let edited = edit::apply(old, &reading, Origin::Text("specifics.md"));
    // Every line that was there is there still.
    for line in old.lines() {
        assert!(edited.text.contains(line.trim()), "{line}");
    }
}

#[test]
fn what_the_platform_file_says_is_not_asked() {
    let text = "Workloads in prod go to a node group with specific labels.\n";
    let asks = |old: &str| {
        let reading = prose::read(text, &platform(old));
        let key = |question: &seatrial_learn::Question| question.key.clone().unwrap_or_default().join(".");
        reading.questions.iter().any(|question| key(question) == "environments.prod.nodeSelector")
    };
    assert!(asks("environments: {prod: {}}\n"));
    assert!(!asks("environments: {prod: {nodeSelector: {workload: agents}}}\n"));
}
