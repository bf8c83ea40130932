//! `cargo xtask record`: the answers recorded in `crates/*/tests/recorded/*.jsonl`, made again or checked live.
//!
//! Each line is one question with its answer, in one of a few forms. A question with `mode` is for the judge `lang`, any
//! other for `argocd`; `note` is for people.

mod charts;
mod forms;
mod lint;
mod objects;
mod older;
mod renders;
mod values;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::{judge, paths};
use forms::Form;
pub(crate) use forms::question;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this room (a folder of `crates/`)
    room: Option<String>,
    /// Ask the live judges and fail on any difference instead of writing
    #[arg(long)]
    check: bool,
    /// Check at most this many lines of each file, spread over it
    #[arg(long, value_name = "N", requires = "check")]
    sample: Option<usize>,
    /// Which of the possible samples
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: usize,
    /// Ask a judge of an older Argo CD (`oracle/README.md`) and write what it answers in another way than the next version
    #[arg(long, value_name = "VERSION=BINARY", conflicts_with = "check")]
    older: Option<String>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let Some(which) = &args.older {
        return older::record(&paths::root().join("crates/argocd/tests"), which);
    }
    let mut different = 0;
    for room in rooms(args.room.as_deref())? {
        let tests = paths::root().join("crates").join(room).join("tests");
        if tests.join("values/answers.jsonl").is_file() {
            different += values::record(&tests.join("values/answers.jsonl"), args)?;
        }
        for file in paths::files(&tests.join("answers"), "jsonl")? {
            different += objects::record(&file, args)?;
        }
        // Most rooms have nothing recorded.
        if !tests.join("recorded").is_dir() {
            continue;
        }
        for file in paths::files(&tests.join("recorded"), "jsonl")? {
            different += one(&file, args)?;
        }
        if tests.join("cases").is_dir() {
            different += cases(&tests, args)?;
        }
        if tests.join("charts").is_dir() {
            different += charts::record(&tests, args.check)?;
        }
        if tests.join("lint/cases.json").is_file() {
            different += lint::record(&tests.join("lint/cases.json"), args.check)?;
        }
        if tests.join("render/cases.jsonl").is_file() {
            different += renders::record(&tests, args)?;
        }
    }
    ensure!(different == 0, "{different} answers are not what the judges say now");
    Ok(())
}

/// One room or all of them.
fn rooms(room: Option<&str>) -> Result<Vec<String>> {
    let mut rooms: Vec<String> = match room {
        Some(room) => vec![room.to_owned()],
        None => fs::read_dir(paths::root().join("crates"))?
            .map(|e| Ok(e?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?,
    };
    rooms.sort();
    Ok(rooms)
}

/// How often a question is asked again before its answer counts as different: Go's map order shows in some.
const TRIES: usize = 12;

/// What is kept of an answer to a written case.
const KEPT: &[&str] = &[
    "id",
    "applications",
    "conditions",
    "created",
    "reason",
    "error",
    "live",
    "refused",
    "refusedApps",
    "rollout",
    "turns",
    "unknownFields",
];

/// The conditions that are kept: of the others, the reason and the error say what they say.
const CONDITIONS: [&str; 2] = ["InvalidRolloutConfig", "RolloutProgressing"];

/// The written cases `cases/*.jsonl`.
fn questions(tests: &Path) -> Result<Vec<Value>> {
    let mut questions = Vec::new();
    for file in paths::files(&tests.join("cases"), "jsonl")? {
        for line in fs::read_to_string(&file)?.lines().filter(|l| !l.is_empty()) {
            questions.push(serde_json::from_str::<Value>(line).with_context(|| file.display().to_string())?);
        }
    }
    Ok(questions)
}

/// The line that is recorded of an answer to one of them.
fn kept(mut answer: Value) -> String {
    if let Some(map) = answer.as_object_mut() {
        map.retain(|k, _| KEPT.contains(&k.as_str()));
        if let Some(list) = map.get_mut("conditions").and_then(Value::as_array_mut) {
            list.retain(|c| c["type"].as_str().is_some_and(|kind| CONDITIONS.contains(&kind)));
        }
        map.retain(|k, v| k != "conditions" || v.as_array().is_some_and(|list| !list.is_empty()));
    }
    answer.to_string()
}

/// The written cases, whose answers are lines of `recorded/expand.jsonl`, found by `id`.
fn cases(tests: &Path, args: &Args) -> Result<usize> {
    let questions = questions(tests)?;
    let answers = judge::ask_in(tests, "argocd", questions.clone())?;
    let mut lines: Vec<(String, String)> = answers
        .into_iter()
        .map(|answer| (answer["id"].as_str().unwrap_or_default().to_owned(), kept(answer)))
        .collect();
    lines.sort();
    let path = tests.join("recorded/expand.jsonl");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let recorded: BTreeSet<&str> = text.lines().collect();
    if !args.check {
        // Where the judge has several answers (Go's map order), all that are recorded stay if it still gives one of them.
        let mut kept: BTreeSet<(String, String)> = BTreeSet::new();
        for (id, line) in lines {
            if recorded.contains(line.as_str()) {
                for old in &recorded {
                    if serde_json::from_str::<Value>(old).is_ok_and(|old| old["id"] == *id) {
                        kept.insert((id.clone(), (*old).to_owned()));
                    }
                }
            }
            kept.insert((id, line));
        }
        let written: Vec<String> = kept.into_iter().map(|(_, line)| line).collect();
        fs::write(&path, written.join("\n") + "\n")?;
        println!("{}: {} answers written", path.display(), written.len());
        return Ok(0);
    }
    let now: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    let mut different: Vec<&String> = now.iter().filter(|l| !recorded.contains(l.as_str())).collect();
    for question in &questions {
        let id = format!("\"id\":{}", question["id"]);
        if let Some(at) = different.iter().position(|l| l.contains(&id)) {
            let again = judge::ask_in(tests, "argocd", vec![question.clone(); TRIES])?;
            if again.into_iter().any(|a| recorded.contains(kept(a).as_str())) {
                different.swap_remove(at);
            }
        }
    }
    for line in &different {
        println!("{}: not recorded so: {line}", path.display());
    }
    println!("{}: {} cases asked, {} different", path.display(), now.len(), different.len());
    Ok(different.len())
}

/// Which of so many lines are asked: all, or a sample spread over them.
fn picked(lines: usize, args: &Args) -> Vec<usize> {
    let step = args.sample.map_or(1, |n| lines.div_ceil(n.max(1)).max(1));
    (0..lines).skip(args.seed % step).step_by(step).collect()
}

/// Asks and compares, or writes, one recorded file.
fn one(file: &Path, args: &Args) -> Result<usize> {
    let shown = file.strip_prefix(paths::root()).unwrap_or(file).display().to_string();
    let text = fs::read_to_string(file).with_context(|| shown.clone())?;
    let mut lines: Vec<Map<String, Value>> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        lines.push(serde_json::from_str(line).with_context(|| format!("{shown}:{}", i + 1))?);
    }
    let form = Form::of(file);
    if matches!(form, Form::Question) && lines.iter().any(|l| !l.contains_key("answer")) {
        return Ok(0); // answers alone; their questions are in `cases`
    }
    let head = usize::from(form.has_head());
    let shared = if head == 1 { lines.first().cloned().unwrap_or_default() } else { worlds(file)? };
    let asked = lines.len().saturating_sub(head);
    let picked: Vec<usize> = picked(asked, args).into_iter().map(|i| i + head).collect();
    let mut questions = Vec::new();
    for &i in &picked {
        questions.push(form.question(&lines[i], &shared).with_context(|| format!("{shown}:{}", i + 1))?);
    }
    let mut answers = vec![Value::Null; questions.len()];
    for judge in ["lang", "argocd"] {
        let mine: Vec<usize> = (0..questions.len()).filter(|&i| judge_of(&questions[i]) == judge).collect();
        if mine.is_empty() {
            continue;
        }
        let asked = mine.iter().map(|&i| questions[i].clone()).collect();
        for (&i, answer) in mine.iter().zip(judge::ask(judge, asked)?) {
            answers[i] = plain(answer);
        }
    }
    let mut different = 0;
    for ((&i, question), answer) in picked.iter().zip(&questions).zip(answers) {
        let fresh = form.answered(&lines[i], answer);
        if fresh == lines[i] || said_again(form, &lines[i], question)? {
            continue;
        }
        different += 1;
        if args.check {
            println!(
                "{shown}: line {}\n  recorded {}\n  live     {}",
                i + 1,
                Value::Object(lines[i].clone()),
                Value::Object(fresh)
            );
        } else {
            lines[i] = fresh;
        }
    }
    println!("{shown}: {} of {asked} lines asked, {different} different", picked.len());
    if args.check {
        return Ok(different);
    }
    let out: String = lines.into_iter().map(|line| Value::Object(line).to_string() + "\n").collect();
    if out != text {
        fs::write(file, out)?;
        println!("{shown}: written");
    }
    Ok(0)
}

/// Whether one of a few more tries gives the recorded answer.
fn said_again(form: Form, line: &Map<String, Value>, question: &Value) -> Result<bool> {
    let answers = judge::ask(judge_of(question), vec![question.clone(); TRIES])?;
    Ok(answers.into_iter().any(|a| form.answered(line, plain(a)) == *line))
}

/// The judge that answers a question.
pub(crate) fn judge_of(question: &Value) -> &'static str {
    if question.get("mode").is_some() { "lang" } else { "argocd" }
}

/// The named worlds beside a recorded file.
pub(crate) fn worlds(file: &Path) -> Result<Map<String, Value>> {
    let path = file.with_file_name("worlds.json");
    if !path.exists() {
        return Ok(Map::new());
    }
    serde_json::from_str(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())
}

/// An answer without what differs from run to run.
pub(crate) fn plain(mut answer: Value) -> Value {
    if let Some(map) = answer.as_object_mut() {
        map.remove("ms");
        map.remove("id");
    }
    answer
}
