//! The recorded answers of the real `sigs.k8s.io/yaml`, compared with ours.
//!
//! Each line of `recorded/*.jsonl` is a question and its answer. A difference fails the test unless the question (as JSON)
//! is listed in `recorded/known_differences.txt`; a listed question that no longer differs fails it too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use seatrial_yaml::{gojson, goyaml, parse};
use serde_json::Value;

struct Case {
    /// What names it in the list of differences.
    name: String,
    want: Result<String, String>,
    got: Result<String, String>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recorded")
}

fn read(text: &str) -> Result<String, String> {
    goyaml::to_json(text).map(|value| gojson::to_string(&value)).map_err(|error| error.message)
}

fn write(value: &Value) -> Result<String, String> {
    goyaml::to_yaml(value).map_err(|error| error.message)
}

fn case(file: &str, line: &Value) -> Option<Case> {
    let question = if line["text"].is_string() {
        &line["text"]
    } else if line.get("value").is_some() {
        &line["value"]
    } else {
        &line["data"]
    };
    let text = question.as_str().unwrap_or_default();
    let wanted = |key: &str| line.get(key).and_then(Value::as_str).map(str::to_owned);
    let (want, got) = match (file, line["mode"].as_str()) {
        ("read", _) => (wanted("want_json"), read(text)),
        ("strict", _) => {
            let got = goyaml::to_json_strict(text).map(|value| gojson::to_string(&value));
            (wanted("want_json"), got.map_err(|error| error.message))
        }
        ("write", _) => (wanted("want_yaml"), write(question)),
        (_, Some("yaml2json")) => (line["answer"]["output"].as_str().map(str::to_owned), read(text)),
        (_, Some("json2yaml")) => (line["answer"]["output"].as_str().map(str::to_owned), write(question)),
        _ => return None,
    };
    let want = match want {
        Some(output) => Ok(output),
        None => Err(wanted("want_error").or_else(|| line["answer"]["error"].as_str().map(str::to_owned))?),
    };
    Some(Case { name: format!("{file} {question}"), want, got })
}

fn cases() -> Vec<Case> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let file = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).unwrap();
        for (number, line) in text.split('\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            let line: Value =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{file}:{}: {error}", number + 1));
            cases.extend(case(&file, &line));
        }
    }
    cases
}

#[test]
fn answers_are_those_of_the_real_one() {
    let known = std::fs::read_to_string(folder().join("known_differences.txt")).unwrap();
    let known: BTreeSet<&str> =
        known.split('\n').filter(|line| !line.is_empty() && !line.starts_with('#')).collect();
    let mut unexplained = Vec::new();
    let mut seen = BTreeSet::new();
    let mut count = 0;
    for case in cases() {
        count += 1;
        if case.want == case.got {
            continue;
        }
        match known.get(case.name.as_str()) {
            Some(name) => {
                seen.insert(*name);
            }
            None => unexplained.push(format!("{}\n  real {:?}\n  ours {:?}", case.name, case.want, case.got)),
        }
    }
    assert!(count > 6000, "only {count} cases found");
    let shown: Vec<&String> = unexplained.iter().take(20).collect();
    assert!(unexplained.is_empty(), "{} of {count} differ:\n{shown:#?}", unexplained.len());
    let stale: Vec<&&str> = known.iter().filter(|name| !seen.contains(*name)).collect();
    assert!(stale.is_empty(), "listed, but equal: {stale:#?}");
}

#[test]
fn the_tolerant_reader_agrees_wherever_the_real_one_accepts() {
    for case in cases() {
        let Some(question) = case.name.strip_prefix("read ") else { continue };
        let Value::String(text) = serde_json::from_str(question).unwrap() else { continue };
        let Ok(want) = &case.want else { continue };
        let tree = parse(text.as_str());
        if tree.errors().is_empty() {
            let got = tree.root().map_or(Value::Null, |root| root.to_json());
            assert_eq!(&gojson::to_string(&got), want, "{text:?}");
        }
    }
}

#[test]
fn entries_that_are_not_wanted_are_checked_alike() {
    let wanted = |key: &str| key.len() % 2 == 1;
    let mut seen = 0;
    for line in std::fs::read_to_string(folder().join("read.jsonl")).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        let Some(text) = line["text"].as_str() else { continue };
        let mut whole = goyaml::to_json(text);
        if let Ok(Value::Object(entries)) = &mut whole {
            seen += entries.len();
            entries.retain(|key, _| wanted(key));
        }
        assert_eq!(goyaml::to_json_fields(text.as_bytes(), &wanted), whole, "{text}");
    }
    assert!(seen > 1000, "{seen} entries are few");
}
