//! What was learned, for programs.

use seatrial_learn::repo::{Mined, Seen};
use seatrial_learn::{Claim, Question, Quote, Unfounded};
use serde_json::{Value, json};

use super::prose::Lesson;

pub(super) fn lesson(lesson: &Lesson<'_>, platform: &str, written: bool) -> Value {
    let reading = &lesson.heard.reading;
    let questions: Vec<Value> =
        reading.questions.iter().chain(&lesson.refused).map(|one| question(one, &lesson.name)).collect();
    let superseded: Vec<Value> = reading
        .superseded
        .iter()
        .map(|old| {
            json!({
                "key": old.key.join("."),
                "value": old.value,
                "by": reading.facts.get(old.by).map(|fact| fact.what.value()),
                "from": old.from,
                "quote": old.quote.as_ref().map(|one| &one.text),
            })
        })
        .collect();
    let unread: Vec<Value> = reading
        .unread
        .iter()
        .map(|one| json!({"quote": quote(&one.quote, &lesson.name), "why": one.why}))
        .collect();
    json!({
        "facts": reading.facts.iter().map(|one| claim(one, &lesson.name)).collect::<Vec<_>>(),
        "known": reading.known.iter().map(|one| claim(one, &lesson.name)).collect::<Vec<_>>(),
        "superseded": superseded,
        "questions": questions,
        "unread": unread,
        "unfounded": lesson.heard.unfounded.iter().map(unfounded).collect::<Vec<_>>(),
        "notes": lesson.heard.notes,
        "platform": platform,
        "text": lesson.new,
        "written": written,
    })
}

/// What a repository shows.
pub(super) fn mined(
    mined: &Mined,
    questions: &[Question],
    new: &str,
    platform: &str,
    written: bool,
) -> Value {
    let unknown: Vec<Value> =
        mined.unknown.iter().map(|(why, n)| json!({"why": why, "applications": n})).collect();
    json!({
        "facts": mined.facts.iter().map(seen).collect::<Vec<_>>(),
        "known": mined.known.iter().map(seen).collect::<Vec<_>>(),
        "questions": questions.iter().map(|one| question(one, "")).collect::<Vec<_>>(),
        "unknown": unknown,
        "applications": mined.applications,
        "rendered": mined.rendered,
        "platform": platform,
        "text": new,
        "written": written,
    })
}

fn seen(fact: &Seen) -> Value {
    json!({
        "key": fact.path.join("."),
        "value": fact.value,
        "support": fact.support,
        "of": fact.of,
        "evidence": fact.evidence,
        "exceptions": fact.exceptions,
    })
}

fn claim(claim: &Claim, name: &str) -> Value {
    json!({
        "key": claim.key(),
        "value": claim.what.value(),
        "level": claim.level.as_str(),
        "binding": claim.binding,
        "quotes": claim.quotes.iter().map(|one| quote(one, name)).collect::<Vec<_>>(),
    })
}

fn unfounded(one: &Unfounded) -> Value {
    json!({"key": one.heard.key, "value": one.heard.value, "quote": one.heard.quote, "why": one.why})
}

fn question(question: &Question, name: &str) -> Value {
    json!({
        "key": question.key.as_ref().map(|key| key.join(".")),
        "question": question.text,
        "proposals": question.proposals,
        "quotes": question.quotes.iter().map(|one| quote(one, name)).collect::<Vec<_>>(),
    })
}

fn quote(quote: &Quote, name: &str) -> Value {
    json!({"file": name, "line": quote.line, "start": quote.span.start, "end": quote.span.end, "text": quote.text})
}
