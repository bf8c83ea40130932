//! Every recorded answer of sprig 3.3.0 under Go's `text/template`, compared to the byte.
//!
//! `recorded/sprig.jsonl` holds the data on its first line, then one case a line: `t` the template, and of Go's answer
//! `o` the output, `x` the output in hexadecimal (where it is not UTF-8) or `e` the error.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use seatrial_gotemplate::{Env, Template, Value, sprig};
use serde_json::Value as Json;

/// Templates listed in `known_differences.md`, each between backticks at the start of an item.
fn known(folder: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join("known_differences.md")).unwrap_or_default();
    text.lines()
        .filter_map(|line| line.strip_prefix("- ``` "))
        .filter_map(|line| Some(line.split_once(" ```")?.0.to_owned()))
        .collect()
}

fn ours(template: &str, data: &Json) -> (char, String) {
    let result = Template::parse("t", template, &sprig::generic())
        .and_then(|parsed| parsed.execute(&Value::from_json(data), &Env::default()));
    match result {
        Err(error) => ('e', error.to_string()),
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\u{fffd}') => ('o', text),
            Ok(text) => ('x', hex(text.as_bytes())),
            Err(error) => ('x', hex(error.as_bytes())),
        },
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, b| {
        let _ = write!(out, "{b:02x}");
        out
    })
}

#[test]
fn sprig_answers_as_recorded() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = std::env::var("SPRIG_CASES")
        .map_or_else(|_| folder.join("tests/recorded/sprig.jsonl"), std::path::PathBuf::from);
    let text = fs::read_to_string(path).expect("recorded answers");
    let known = known(folder);
    let mut data = Json::Null;
    let (mut cases, mut different, mut excused) = (0, Vec::new(), 0);
    for line in text.lines() {
        let case: Json = serde_json::from_str(line).expect("a case is JSON");
        let template = case["t"].as_str().unwrap_or_default();
        if let Some(shared) = case.get("d") {
            data = shared.clone();
            continue;
        }
        cases += 1;
        let Some((kind, want)) =
            ['o', 'e', 'x'].into_iter().find_map(|kind| Some((kind, case.get(kind.to_string())?.as_str()?)))
        else {
            panic!("a case without an answer: {line}");
        };
        let got = ours(template, &data);
        if got == (kind, want.to_owned()) {
            continue;
        }
        if known.contains(template) {
            excused += 1;
            continue;
        }
        different.push(format!("{template}\n  go:   {kind} {want}\n  ours: {} {}", got.0, got.1));
    }
    assert!(
        different.is_empty(),
        "{} of {cases} cases differ ({excused} known):\n{}",
        different.len(),
        different.join("\n")
    );
    assert!(cases > 2_000, "only {cases} cases");
}
