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
    let (reading, first) = taught("", "round-2.txt", include_str!("prose/round-2.txt"));
    insta::assert_snapshot!("round-2", format!("{reading}\n{first}"));
    let (reading, second) = taught(&first, "part-3.txt", include_str!("prose/part-3.txt"));
    insta::assert_snapshot!("part-3", format!("{reading}\n{second}"));
    let (reading, third) = taught(&second, "storage.txt", include_str!("prose/storage.txt"));
    insta::assert_snapshot!("storage", format!("{reading}\n{third}"));
}

#[test]
fn the_first_request() {
    let (reading, text) = taught("", "request.txt", include_str!("prose/part-1.txt"));
    insta::assert_snapshot!("part-1", format!("{reading}\n{text}"));
}

#[test]
fn a_file_written_by_hand_is_not_overruled() {
    let old = include_str!("../../../examples/fastapi-agent/seatrial.yaml");
    let reading = prose::read(include_str!("prose/part-3.txt"), &platform(old));
    insta::assert_snapshot!("against-a-file", shown(&reading));
    let edited = edit::apply(old, &reading, Origin::Text("part-3.txt"));
    // Every line that was there is there still.
    for line in old.lines() {
        assert!(edited.text.contains(line.trim()), "{line}");
    }
}
