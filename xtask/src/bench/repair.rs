//! Faults put into the right answers of the tasks: what `seatrial fix --unsafe` brings back without any model.

mod faults;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Setup;
use super::author::{self, Tally};
use crate::{paths, tool};
use faults::FAULTS;

/// What became of an answer that was not mended, beside it; no manifest by its name.
const FIXED: &str = "fixed.txt";

/// A right answer, in a folder of its own.
struct Answer {
    name: String,
    place: tempfile::TempDir,
    text: String,
    made: Outcome,
}

/// What Argo CD would create and sync.
#[derive(PartialEq)]
struct Outcome {
    /// Applications without what they give their charts: that is seen in what is rendered.
    applications: Vec<Value>,
    rendered: Vec<Value>,
}

/// How it ended.
enum End {
    Mended,
    Left,
    /// Worse than before.
    Worse(String),
}

pub(super) fn faults(setup: &Setup) -> Result<()> {
    let answers = answers(&setup.binary)?;
    println!("{} right answers", answers.len());
    let mut kinds: BTreeMap<&str, Tally> = BTreeMap::new();
    let (mut all, mut left, mut worse) = (Tally::default(), Vec::new(), Vec::new());
    for (turn, (kind, seed)) in FAULTS.iter().enumerate() {
        let mut done = 0;
        // Each kind begins with another answer, so that all are used.
        for at in 0..answers.len() {
            let answer = &answers[(at + turn * 7) % answers.len()];
            let Some(faulty) = seed(&answer.text).filter(|_| done < setup.each) else { continue };
            let Some(end) = mend(&setup.binary, answer, &faulty)? else { continue };
            if let (Some(keep), false) = (&setup.keep, matches!(end, End::Mended)) {
                kept(answer, &faulty, &keep.join(kind).join(&answer.name))?;
            }
            done += 1;
            let mended = matches!(end, End::Mended);
            kinds.entry(kind).or_default().add(mended);
            all.add(mended);
            match end {
                End::Mended => {}
                End::Left => left.push(format!("{kind}, {}", answer.name)),
                End::Worse(why) => worse.push(format!("{kind}, {}: {why}", answer.name)),
            }
        }
    }
    for (kind, tally) in &kinds {
        println!("{kind:<34} {tally}");
    }
    println!("{} kinds, mended {all}, worse than before {}", kinds.len(), worse.len());
    for what in &left {
        println!("  left: {what}");
    }
    for what in &worse {
        println!("  worse: {what}");
    }
    ensure!(worse.is_empty(), "a fix made something worse");
    ensure!(all.right * 100 >= all.all * 80, "less than 80 of a hundred are mended");
    Ok(())
}

fn answers(binary: &Path) -> Result<Vec<Answer>> {
    let home = paths::root().join("bench/author");
    let mut out = Vec::new();
    for split in ["tuning", "held-out"] {
        for file in paths::files(&home.join(split), "task")? {
            let (task, place) = author::prepared(&home, &file)?;
            if place.path().join("set.yaml").exists() || task.is_large() {
                continue;
            }
            let (code, ..) = tool::run(
                binary,
                place.path(),
                &["generate", &task.intent, "--out", "set.yaml", "--yes", "--no-ask"],
            )?;
            if code != Some(0) {
                continue;
            }
            let text = fs::read_to_string(place.path().join("set.yaml"))?;
            let made = outcome(binary, place.path())?.with_context(|| task.name.clone())?;
            out.push(Answer { name: task.name, place, text, made });
        }
    }
    Ok(out)
}

/// What the set comes to; `None` when nothing comes of it.
fn outcome(binary: &Path, dir: &Path) -> Result<Option<Outcome>> {
    let expanded = author::output(binary, dir, &["expand", "set.yaml", "--format", "json"])?;
    let rendered = author::output(binary, dir, &["render", "set.yaml", "--format", "json"])?;
    let mut applications = expanded["applications"].as_array().cloned().unwrap_or_default();
    if applications.is_empty() {
        return Ok(None);
    }
    for application in &mut applications {
        if let Some(source) = application.pointer_mut("/spec/source").and_then(Value::as_object_mut) {
            source.remove("helm");
        }
    }
    let resources = rendered["applications"].as_array().into_iter().flatten();
    let rendered = resources.map(|a| a["resources"].clone()).collect();
    Ok(Some(Outcome { applications, rendered }))
}

/// Puts a fault in and has it mended; `None` when the fault is none for this answer: nothing is different by it.
fn mend(binary: &Path, answer: &Answer, faulty: &str) -> Result<Option<End>> {
    let dir = answer.place.path();
    let file = dir.join("set.yaml");
    fs::write(&file, faulty)?;
    if outcome(binary, dir)?.as_ref() == Some(&answer.made) {
        return Ok(None);
    }
    let before = told(binary, dir)?;
    let (code, ..) = tool::run(binary, dir, &["fix", "--unsafe", "set.yaml"])?;
    ensure!(matches!(code, Some(0 | 1)), "fix ended with {code:?}");
    let now = outcome(binary, dir)?;
    if now.as_ref() == Some(&answer.made) {
        return Ok(Some(End::Mended));
    }
    // Faults that neither the fault nor the right answer has are the fix's own.
    let after = told(binary, dir)?;
    fs::rename(&file, dir.join(FIXED))?;
    fs::write(&file, &answer.text)?;
    let right = told(binary, dir)?;
    // What a rule told before may be told in other words once a part of it is mended.
    let known = |rule: &String| before.contains_key(rule) || right.contains_key(rule);
    if let Some((rule, message)) = after.iter().find(|(rule, _)| !known(rule)) {
        return Ok(Some(End::Worse(format!("{rule}: {message}"))));
    }
    Ok(Some(End::Left))
}

/// Keeps what was not mended, beside the task.
fn kept(answer: &Answer, faulty: &str, into: &Path) -> Result<()> {
    author::copy(answer.place.path(), into)?;
    author::write(&into.join("set.yaml"), faulty)?;
    author::write(&into.join("right.txt"), &answer.text)
}

/// The errors that are told of a set, one of each rule.
fn told(binary: &Path, dir: &Path) -> Result<BTreeMap<String, String>> {
    let checked = tool::check(binary, dir, &["set.yaml"])?;
    let findings = checked.report["findings"].as_array().cloned().unwrap_or_default();
    let errors = findings.into_iter().filter(|f| f["severity"] == "error");
    Ok(errors.map(|f| (f["rule"].to_string(), f["message"].to_string())).collect())
}
