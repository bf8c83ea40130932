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
    let questions = questions(tests)?;
    let same = |question: &Value| {
        let id = question["id"].as_str().unwrap_or_default();
        next.get(id).with_context(|| format!("{id}: record the newer versions first"))
    };
    let mut different = Vec::new();
    for (question, answer) in questions.iter().zip(judge::ask_binary(tests, &binary, questions.clone())?) {
        let line = kept(answer);
        if !same(question)?.contains(&line) {
            different.push((question, line));
        }
    }
    // Go's order of maps may make a difference that is none.
    let again = different.iter().flat_map(|(question, _)| vec![(*question).clone(); TRIES]).collect();
    let again: Vec<String> = judge::ask_binary(tests, &binary, again)?.into_iter().map(kept).collect();
    let mut lines = BTreeMap::new();
    for ((question, line), tries) in different.into_iter().zip(again.chunks(TRIES)) {
        if !tries.iter().any(|line| same(question).is_ok_and(|same| same.contains(line))) {
            lines.insert(question["id"].to_string(), line + "\n");
        }
    }
    let path = tests.join(format!("recorded/older/{version}.jsonl"));
    fs::write(&path, lines.values().map(String::as_str).collect::<String>())?;
    println!(
        "{}: {} of {} answers differ from the next version's",
        path.display(),
        lines.len(),
        questions.len()
    );
    Ok(())
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
