//! Generated YAML (`cargo xtask generate-cases yaml`) against the answers of `sigs.k8s.io/yaml`.

use std::fs;
use std::path::Path;

use seatrial_yaml::{gojson, goyaml};
use serde_json::Value;

/// What the judge would answer: output or error.
fn ours(line: &Value) -> (&'static str, String) {
    let text = line["text"].as_str().unwrap_or_default();
    let read = |result: Result<Value, goyaml::GoYamlError>| match result {
        Ok(value) => ("output", gojson::to_string(&value)),
        Err(error) => ("error", error.message),
    };
    match line["mode"].as_str() {
        Some("yaml2json") => read(goyaml::to_json(text)),
        Some("yaml2json-strict") => read(goyaml::to_json_strict(text)),
        _ => match goyaml::to_yaml(&line["data"]) {
            Ok(out) => ("output", out),
            Err(error) => ("error", error.message),
        },
    }
}

#[test]
fn as_go_yaml_answers() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let text = fs::read_to_string(folder.join("recorded/generated.jsonl")).unwrap();
    let (mut count, mut different) = (0, Vec::new());
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let (key, got) = ours(&line);
        let answer = &line["answer"];
        let expected = if answer.get("error").is_some() { "error" } else { "output" };
        count += 1;
        let wanted = answer[expected].as_str().unwrap_or_default();
        if key != expected || got != wanted {
            let asked = line.get("text").unwrap_or(&line["data"]);
            different.push(format!(
                "{} {asked}\n  go   {expected} {wanted:?}\n  ours {key} {got:?}",
                line["mode"]
            ));
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}
