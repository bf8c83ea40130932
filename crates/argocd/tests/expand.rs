//! Expansions compared with what Argo CD 3.6.1 answered.
//!
//! Cases are `cases/*.jsonl`, the answers `recorded/*.jsonl`. To record anew, name the judge:
//! `SEATRIAL_ORACLE=… cargo test -p seatrial-argocd --test expand record -- --ignored`.

mod support;

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use seatrial_argocd::{Expansion, Limits, Version, World, expand};
use serde_json::{Value, json};
use support::{Folders, cases, fixtures, flags, id, known_differences, namespace, recorded, root, state};

fn run(case: &Value) -> Expansion {
    let (state, fixtures, folders) = (state(case), fixtures(case), Folders::new(case));
    let world = World {
        namespace: namespace(case),
        version: Version::NEWEST,
        flags: flags(case),
        state: &state,
        repositories: &folders,
        fixtures: &fixtures,
        clusters_known: true,
        projects_known: true,
    };
    let set = match &case["applicationSet"] {
        Value::String(text) => seatrial_yaml::goyaml::to_json(text).unwrap_or(Value::Null),
        object => object.clone(),
    };
    expand(&set, &world, &Limits::default())
}

/// Our answer in the shape of the recorded one.
fn answer(case: &Value) -> Value {
    let got = run(case);
    let (reason, error) = got.reported().map(|(r, e)| (r.to_owned(), e.to_owned())).unwrap_or_default();
    let stopped = got.conditions.is_empty()
        || got.conditions.iter().any(|c| c.kind == "ParametersGenerated" && !c.status);
    let mut applications: Vec<Value> = Vec::new();
    if !stopped {
        applications = got.generated.iter().map(|g| Value::clone(&g.application)).collect();
    }
    applications
        .sort_by_key(|a| (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string()));
    let mut created: Vec<&str> = got.generated.iter().filter(|g| g.created).map(|g| g.name()).collect();
    created.sort_unstable();
    json!({"applications": applications, "created": created, "reason": reason, "error": error, "unknown": got.unknown.iter().map(|u| u.needs.clone()).collect::<Vec<_>>()})
}

fn expected(recorded: &Value) -> Value {
    let mut applications = recorded["applications"].as_array().cloned().unwrap_or_default();
    applications
        .sort_by_key(|a| (a["metadata"]["name"].as_str().unwrap_or_default().to_owned(), a.to_string()));
    json!({"applications": applications, "created": recorded["created"], "reason": recorded["reason"], "error": recorded["error"], "unknown": []})
}

#[test]
fn as_argo_cd_answered() {
    let recorded = recorded();
    let known = known_differences();
    let (mut different, mut count) = (Vec::new(), 0);
    for case in cases() {
        let id = id(&case);
        let Some(answered) = recorded.get(&id) else {
            different.push(format!("{id}: not recorded"));
            continue;
        };
        // The API server's judgement of the set itself is the schema's business.
        if answered["reason"] == "AdmissionError" {
            continue;
        }
        // What the judge has no fixture for is unknown to us.
        if answered["reason"] == "NoFixture" {
            if run(&case).unknown.is_empty() {
                different.push(format!("{id}: should be unknown"));
            }
            continue;
        }
        count += 1;
        let (ours, theirs) = (answer(&case), expected(answered));
        if (ours != theirs) != known.contains(&id) {
            let mut text = format!("{id}:");
            for key in ["reason", "error", "created", "applications", "unknown"] {
                if ours[key] != theirs[key] {
                    text.push_str(&format!(
                        "\n  {key}\n    ours   {}\n    theirs {}",
                        ours[key], theirs[key]
                    ));
                }
            }
            different.push(text);
        }
    }
    assert!(different.is_empty(), "{} of {count} differ:\n{}", different.len(), different.join("\n"));
}

#[test]
#[ignore = "needs the judge, a program linking Argo CD 3.6.1, named by SEATRIAL_ORACLE"]
fn record() {
    let oracle = std::env::var("SEATRIAL_ORACLE").expect("SEATRIAL_ORACLE names the judge");
    let mut input = String::new();
    for case in cases() {
        input.push_str(&format!("{case}\n"));
    }
    let mut judge = Command::new(oracle)
        .args(["expand", "--batch"])
        .current_dir(root())
        // `slugify` keeps its settings in globals: one case at a time.
        .env("ORACLE_JOBS", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the judge starts");
    let mut stdin = judge.stdin.take().unwrap();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = judge.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    let mut answers = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let full: Value = serde_json::from_str(line).unwrap();
        let mut kept = serde_json::Map::new();
        for key in
            ["id", "applications", "created", "reason", "error", "refused", "refusedApps", "unknownFields"]
        {
            if let Some(value) = full.get(key) {
                kept.insert(key.to_owned(), value.clone());
            }
        }
        answers.insert(id(&full), Value::Object(kept));
    }
    let mut text = String::new();
    for answer in answers.values() {
        text.push_str(&format!("{answer}\n"));
    }
    std::fs::write(root().join("recorded").join("expand.jsonl"), text).unwrap();
}
