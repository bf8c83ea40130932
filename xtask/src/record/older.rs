//! What older versions of Argo CD answer in another way: `recorded/older/VERSION.jsonl`, each against the next version's.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{TRIES, kept, questions};
use crate::judge;

/// The older versions, newest first.
const OLDER: [&str; 3] = ["3.5.7", "3.4.13", "3.3.19"];

/// Asks the judge of one older version, given as `VERSION=BINARY`, all written cases.
pub(super) fn record(tests: &Path, which: &str) -> Result<()> {
    let (version, binary) = which.split_once('=').context("not VERSION=BINARY")?;
    let binary = PathBuf::from(binary).canonicalize().with_context(|| binary.to_owned())?;
    let newer = OLDER.iter().position(|older| *older == version);
    let newer = newer.with_context(|| format!("{version} is none of {}", OLDER.join(", ")))?;
    let next = answers(tests, &OLDER[..newer])?;
    // The deletion of sets has a judge of the newest version only.
    let questions: Vec<Value> = questions(tests)?.into_iter().filter(|q| q["reconciles"].is_null()).collect();
    let same = |question: &Value| {
        let id = question["id"].as_str().unwrap_or_default();
        next.get(id).with_context(|| format!("{id}: record the newer versions first"))
    };
    let mut different: BTreeMap<String, String> = BTreeMap::new();
    let mut asked = questions.clone();
    // Go's order of maps may make a difference that is none: who differs is asked again while that changes anything.
    for _ in 0..TRIES {
        let mut still = BTreeMap::new();
        let answers = judge::ask_binary(tests, &binary, asked.clone())?;
        for (question, answer) in asked.iter().zip(answers) {
            let line = kept(timeless(answer));
            if !same(question)?.contains(&line) {
                still.insert(question["id"].to_string(), line + "\n");
            }
        }
        let settled = still.len() == asked.len();
        different = still;
        if settled {
            break;
        }
        asked.retain(|question| different.contains_key(&question["id"].to_string()));
    }
    let path = tests.join(format!("recorded/older/{version}.jsonl"));
    fs::write(&path, different.values().map(String::as_str).collect::<String>())?;
    println!(
        "{}: {} of {} answers differ from the next version's",
        path.display(),
        different.len(),
        questions.len()
    );
    Ok(())
}

/// The answer with the time since when an Application is being deleted as the newest judge tells it: never the same otherwise.
fn timeless(mut answer: Value) -> Value {
    let live = answer.get_mut("live").and_then(Value::as_array_mut);
    for since in live.into_iter().flatten().filter_map(|app| app.pointer_mut("/metadata/deletionTimestamp")) {
        *since = Value::from("1970-01-01T00:00:00Z");
    }
    answer
}

/// The recorded lines by case, of the newest version and, over them, of these older ones.
fn answers(tests: &Path, older: &[&str]) -> Result<BTreeMap<String, BTreeSet<String>>> {
    let mut all: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let files = older.iter().map(|version| format!("older/{version}.jsonl"));
    for file in ["expand.jsonl".to_owned()].into_iter().chain(files) {
        let text = fs::read_to_string(tests.join("recorded").join(&file)).with_context(|| file.clone())?;
        let mut one: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in text.lines() {
            let answer: Value = serde_json::from_str(line).with_context(|| file.clone())?;
            let id = answer["id"].as_str().unwrap_or_default().to_owned();
            ensure!(!id.is_empty(), "{file}: an answer without an id");
            one.entry(id).or_default().insert(line.to_owned());
        }
        all.extend(one);
    }
    Ok(all)
}
