//! Secrets stay here, whatever a tool answers.

use seatrial_gate::{Redactor, has_placeholder};
use seatrial_platform::Platform;
use serde_json::{Map, Value};

use super::tools::Answer;
use crate::error::CliError;

/// What stands in the place of what a Secret holds, where it looks like none.
const MASKED: &str = "(masked)";

/// How much of the files that an answer quotes is looked at for secrets.
const MAX_QUOTED: usize = 16 << 20;

/// How deep objects are looked into.
const MAX_DEPTH: usize = 64;

/// The answer with a placeholder for every secret. A fix that would put a placeholder into a file is no longer offered.
///
/// # Errors
/// When more is quoted than can be looked through.
pub(super) fn answer(answer: Answer, platform: &Platform) -> Result<Answer, CliError> {
    let mut redactor = Redactor::of(platform);
    // A part of a file does not always tell what is a secret in it; the whole file does.
    if answer.quoted.iter().map(|file| file.text.len()).sum::<usize>() > MAX_QUOTED {
        return Err(CliError::new("the answer quotes more text than can be looked through for secrets")
            .hint("name fewer paths"));
    }
    for file in &answer.quoted {
        let _ = redactor.text(&file.text);
    }
    let before: usize = redactor.seen().values().sum();
    let mut structured = redactor.value(&answer.structured);
    objects(&mut structured, 0);
    let mut withheld = 0;
    for finding in structured.get_mut("findings").and_then(Value::as_array_mut).into_iter().flatten() {
        let Some(fix) = finding.get_mut("fix").filter(|fix| has_placeholder(&fix.to_string())) else {
            continue;
        };
        *fix = Value::Null;
        withheld += 1;
    }
    let mut text = redactor.text(&answer.text);
    let seen: usize = redactor.seen().values().sum();
    if seen > before || has_placeholder(&text) {
        text.push_str("Values that look like secrets are redacted here: write no text with a placeholder into a file.\n");
    }
    if withheld > 0 {
        let told = format!("{withheld} of the fixes, which hold secrets: `seatrial fix` applies them");
        let left_out = structured.pointer_mut("/page/leftOut").and_then(Value::as_array_mut);
        if let Some(list) = left_out {
            list.push(Value::String(told.clone()));
        }
        text.push_str(&format!("Not shown: {told}.\n"));
    }
    Ok(Answer::new(structured, text))
}

/// The same for a value alone.
pub(super) fn value(value: &Value, platform: &Platform) -> Value {
    let mut value = Redactor::of(platform).value(value);
    objects(&mut value, 0);
    value
}

/// The same for a text alone.
pub(super) fn text(text: &str, platform: &Platform) -> String {
    Redactor::of(platform).text(text)
}

/// Takes what is left in Secrets out of objects of Kubernetes.
fn objects(value: &mut Value, depth: usize) {
    if depth > MAX_DEPTH {
        *value = Value::String(MASKED.to_owned());
        return;
    }
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| objects(item, depth + 1)),
        Value::Object(map) => {
            if map.get("kind").and_then(Value::as_str) == Some("Secret") {
                secret(map);
            }
            map.values_mut().for_each(|item| objects(item, depth + 1));
        }
        _ => {}
    }
}

/// The keys stay, and annotations that repeat the object go.
fn secret(map: &mut Map<String, Value>) {
    let mask = |value: &mut Value| {
        if !value.as_str().is_some_and(has_placeholder) {
            *value = Value::String(MASKED.to_owned());
        }
    };
    for part in ["data", "stringData"] {
        match map.get_mut(part) {
            Some(Value::Object(values)) => values.values_mut().for_each(mask),
            Some(other) if !other.is_null() => *other = Value::String(MASKED.to_owned()),
            _ => {}
        }
    }
    let annotations = map.get_mut("metadata").and_then(|metadata| metadata.get_mut("annotations"));
    if let Some(Value::Object(annotations)) = annotations {
        annotations.remove("kubectl.kubernetes.io/last-applied-configuration");
    }
}
