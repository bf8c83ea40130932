//! Charts of our own, linted as the real Helm 4.3.1 lints them (`tests/lint/cases.json`, made by `cargo xtask record helm`).

use std::fs;

use seatrial_helm::lint::{Severity, lint};
use seatrial_helm::load::LoadOptions;
use seatrial_helm::values::{ValueSources, merge_files_and_sets};
use seatrial_helm::{HelmVersion, Options};
use serde_json::Value;

/// What is printed of a case, and whether it fails.
fn linted(case: &Value) -> (String, bool) {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in case["files"].as_object().unwrap() {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text.as_str().unwrap()).unwrap();
    }
    let root = folder.path().canonicalize().unwrap();
    let args: Vec<&str> = case["args"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let after = |flag: &str| args.iter().position(|arg| *arg == flag).map(|at| args[at + 1].to_owned());
    let has = |flag: &str| args.contains(&flag);
    let sources = ValueSources { set: after("--set").into_iter().collect(), ..ValueSources::default() };
    let user = merge_files_and_sets(&sources, HelmVersion::V4_3, &|_| Err(String::new())).unwrap();
    let options = Options { skip_schema_validation: has("--skip-schema-validation"), ..Options::default() };
    let found = lint(&root, &user, &options, &LoadOptions::default()).unwrap();
    let least = if has("--strict") { Severity::Warning } else { Severity::Error };
    let fails = found.messages.iter().any(|message| message.severity >= least);
    let lines = found.messages.iter().map(|m| format!("[{}] {}: {}\n", m.severity.name(), m.path, m.text));
    let summary = if fails { String::new() } else { "1 chart(s) linted, 0 chart(s) failed\n".to_owned() };
    let text = format!("==> Linting .\n{}\n{summary}", lines.collect::<String>());
    (text.replace(&*root.to_string_lossy(), "DIR"), fails)
}

#[test]
fn as_helm_lints() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("lint/cases.json")).unwrap();
    assert!(cases.len() > 60);
    let mut different = Vec::new();
    for case in &cases {
        let (says, fails) = linted(case);
        let answer = &case["answer"];
        if answer["says"] != says || answer["fails"] != fails {
            different.push(format!(
                "## {}\nHelm:\n{}ours:\n{says}",
                case["name"],
                answer["says"].as_str().unwrap()
            ));
        }
    }
    assert!(different.is_empty(), "{} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
fn what_is_no_chart() {
    let folder = tempfile::tempdir().unwrap();
    let found =
        lint(folder.path(), &seatrial_helm::Values::new(), &Options::default(), &LoadOptions::default());
    let words = found.err().map(|error| error.message).unwrap_or_default();
    assert!(words.starts_with("unable to check Chart.yaml file in chart: stat "), "{words}");
    assert!(words.ends_with("Chart.yaml: no such file or directory"), "{words}");
}
