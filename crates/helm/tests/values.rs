//! What the real Helms make of charts, values and `--set`: answers recorded in `values/answers.jsonl`, for each version.

use seatrial_helm::HelmVersion;
use serde_json::Value;

#[path = "support/answer.rs"]
mod answer;

/// Numbers are compared as floats: whole ones are written without a fraction.
fn plain(value: &Value) -> Value {
    match value {
        Value::Number(number) => Value::from(number.as_f64()),
        Value::Array(items) => items.iter().map(plain).collect(),
        Value::Object(entries) => {
            let kept = entries.iter().filter(|(key, _)| *key != "warnings");
            Value::Object(kept.map(|(key, value)| (key.clone(), plain(value))).collect())
        }
        other => other.clone(),
    }
}

/// The words of an error, sorted: Helm tells properties that do not fit a schema in random order.
fn words(answer: &Value) -> Vec<&str> {
    let mut words: Vec<_> = answer["error"].as_str().unwrap_or_default().split([' ', ',', '\n']).collect();
    words.sort_unstable();
    words
}

#[test]
fn recorded_answers() {
    let lines = include_str!("values/answers.jsonl").lines();
    let mut asked = 0;
    for line in lines {
        let record: Value = serde_json::from_str(line).unwrap();
        for version in HelmVersion::ALL {
            let ours = plain(&answer::answer(&record["question"], version));
            let theirs = plain(&record["answers"][version.text()]);
            if theirs["error"].is_string() {
                assert_eq!(words(&ours), words(&theirs), "{version}: {}", record["question"]);
            } else {
                assert_eq!(ours, theirs, "{version}: {}", record["question"]);
            }
            asked += 1;
        }
    }
    assert!(asked > 600, "{asked} answers");
}
