//! A labelled set of prose: what is claimed of each text, and what should be.

use std::fmt::Write as _;
use std::sync::Arc;

use seatrial_learn::{Reading, prose};
use seatrial_platform::Platform;
use seatrial_source::{FileId, SourceFile};

struct Case {
    title: String,
    text: String,
    facts: Vec<String>,
    questions: Vec<String>,
}

fn cases() -> Vec<Case> {
    let text = include_str!("prose/labelled.txt");
    let mut cases: Vec<Case> = Vec::new();
    let mut expecting = false;
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("=== ") {
            cases.push(Case {
                title: title.to_owned(),
                text: String::new(),
                facts: Vec::new(),
                questions: Vec::new(),
            });
            expecting = false;
        } else if line == "==>" {
            expecting = true;
        } else if let Some(case) = cases.last_mut() {
            match line.strip_prefix("? ") {
                Some(question) if expecting => case.questions.push(question.to_owned()),
                _ if expecting && line.is_empty() => {}
                _ if expecting => case.facts.push(line.to_owned()),
                _ => {
                    case.text.push_str(line);
                    case.text.push('\n');
                }
            }
        }
    }
    cases
}

fn platform(title: &str) -> Platform {
    if !title.ends_with('@') {
        return Platform::none();
    }
    Platform::parse(Arc::new(SourceFile::new(
        FileId(0),
        "seatrial.yaml",
        include_str!("prose/platform.yaml"),
    )))
}

fn claimed(reading: &Reading) -> Vec<String> {
    reading
        .facts
        .iter()
        .map(|claim| format!("{} = {} [{}]", claim.key(), claim.what.value(), claim.level.as_str()))
        .collect()
}

/// What a label demands of a claim: all of it, or all but the level.
fn meets(claim: &str, label: &str) -> bool {
    claim == label || claim.rsplit_once(" [").is_some_and(|(plain, _)| plain == label)
}

#[test]
#[allow(clippy::print_stdout, reason = "the figures are what one runs it for")]
fn precision_and_recall() {
    let cases = cases();
    assert!(cases.len() >= 80, "{} texts", cases.len());
    let (mut right, mut wrong, mut missed, mut asked, mut unasked) = (0, 0, 0, 0, 0);
    let mut report = String::new();
    for case in &cases {
        let reading = prose::read(&case.text, &platform(&case.title));
        let claims = claimed(&reading);
        for claim in &claims {
            if case.facts.iter().any(|label| meets(claim, label)) {
                right += 1;
            } else {
                wrong += 1;
                let _ = writeln!(report, "wrong   {}: {claim}", case.title);
            }
        }
        for label in &case.facts {
            if !claims.iter().any(|claim| meets(claim, label)) {
                missed += 1;
                let _ = writeln!(report, "missed  {}: {label}", case.title);
            }
        }
        for question in &case.questions {
            let found = reading.questions.iter().any(|known| {
                known.text.contains(question)
                    || known.key.as_ref().is_some_and(|key| key.join(".").contains(question.as_str()))
            });
            if found {
                asked += 1;
            } else {
                unasked += 1;
                let _ = writeln!(report, "unasked {}: {question}", case.title);
            }
        }
    }
    let precision = f64::from(right) / f64::from(right + wrong);
    let recall = f64::from(right) / f64::from(right + missed);
    println!(
        "{report}{} texts: {right} claims right, {wrong} wrong, {missed} missed; precision {precision:.3}, recall {recall:.3}; \
         questions {asked} asked, {unasked} not",
        cases.len()
    );
    assert!(precision >= 0.98, "precision {precision:.3}\n{report}");
    assert!(recall >= 0.9, "recall {recall:.3}\n{report}");
    assert_eq!(unasked, 0, "{report}");
}

/// Every sentence is quoted by a claim or a question, or listed as unread with a reason, or known already.
#[test]
fn nothing_is_dropped() {
    for case in cases() {
        let reading = prose::read(&case.text, &platform(&case.title));
        for claim in reading.facts.iter().chain(&reading.known) {
            assert_eq!(seatrial_learn::verify::claim(&case.text, claim), Ok(()), "{}", case.title);
        }
        let quoted = !reading.facts.is_empty()
            || !reading.questions.is_empty()
            || !reading.known.is_empty()
            || !reading.unread.is_empty();
        assert!(quoted, "{}", case.title);
    }
}
