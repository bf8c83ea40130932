//! `cargo xtask record`: the answers recorded in `crates/*/tests/recorded/*.jsonl`, made again or checked live.
//!
//! Each line is one question with its `answer`. A line with `mode` is for the judge `lang`, any other for `argocd`;
//! `world` names an entry of `worlds.json` beside the file whose keys are added to the question; `note` is for people.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::{Map, Value};

use crate::{judge, paths};

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
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut different = 0;
    for file in recorded(args.room.as_deref())? {
        different += one(&file, args)?;
    }
    ensure!(different == 0, "{different} answers are not what the judges say now");
    Ok(())
}

/// All recorded files, of one room or of all.
fn recorded(room: Option<&str>) -> Result<Vec<PathBuf>> {
    let crates = paths::root().join("crates");
    let mut rooms: Vec<String> = match room {
        Some(room) => vec![room.to_owned()],
        None => fs::read_dir(&crates)?
            .map(|e| Ok(e?.file_name().to_string_lossy().into_owned()))
            .collect::<Result<_>>()?,
    };
    rooms.sort();
    let mut files = Vec::new();
    for room in rooms {
        files.extend(paths::files(&crates.join(room).join("tests/recorded"), "jsonl")?);
    }
    Ok(files)
}

fn one(file: &Path, args: &Args) -> Result<usize> {
    let shown = file.strip_prefix(paths::root()).unwrap_or(file).display().to_string();
    let text = fs::read_to_string(file).with_context(|| shown.clone())?;
    let worlds = worlds(file)?;
    let mut lines: Vec<Map<String, Value>> = Vec::new();
    for (i, line) in text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty()) {
        lines.push(serde_json::from_str(line).with_context(|| format!("{shown}:{}", i + 1))?);
    }
    let step = args.sample.map_or(1, |n| lines.len().div_ceil(n.max(1)).max(1));
    let picked: Vec<usize> = (0..lines.len()).skip(args.seed % step).step_by(step).collect();
    let mut answers = vec![Value::Null; lines.len()];
    for judge in ["lang", "argocd"] {
        let mine: Vec<usize> = picked.iter().copied().filter(|&i| judge_of(&lines[i]) == judge).collect();
        if mine.is_empty() {
            continue;
        }
        let questions = mine
            .iter()
            .map(|&i| question(&lines[i], &worlds))
            .collect::<Result<_>>()
            .with_context(|| shown.clone())?;
        for (&i, answer) in mine.iter().zip(judge::ask(judge, questions)?) {
            answers[i] = plain(answer);
        }
    }
    if args.check {
        let mut different = 0;
        for &i in &picked {
            if lines[i].get("answer") != Some(&answers[i]) {
                different += 1;
                println!(
                    "{shown}: line {}\n  recorded {}\n  live     {}",
                    i + 1,
                    lines[i].get("answer").unwrap_or(&Value::Null),
                    answers[i]
                );
            }
        }
        println!("{shown}: {} of {} lines asked, {different} different", picked.len(), lines.len());
        return Ok(different);
    }
    let mut out = String::new();
    for (mut line, answer) in lines.into_iter().zip(answers) {
        line.insert("answer".to_owned(), answer);
        out.push_str(&Value::Object(line).to_string());
        out.push('\n');
    }
    if out != text {
        fs::write(file, out)?;
        println!("{shown}: written");
    } else {
        println!("{shown}: unchanged");
    }
    Ok(0)
}

/// The judge that answers a line.
pub(crate) fn judge_of(line: &Map<String, Value>) -> &'static str {
    if line.contains_key("mode") { "lang" } else { "argocd" }
}

/// The named worlds beside a recorded file.
pub(crate) fn worlds(file: &Path) -> Result<Map<String, Value>> {
    let path = file.with_file_name("worlds.json");
    if !path.exists() {
        return Ok(Map::new());
    }
    serde_json::from_str(&fs::read_to_string(&path)?).with_context(|| path.display().to_string())
}

/// A line as the judge is asked: its world's keys and its own, without what is only ours.
pub(crate) fn question(line: &Map<String, Value>, worlds: &Map<String, Value>) -> Result<Value> {
    let mut out = Map::new();
    if let Some(name) = line.get("world").and_then(Value::as_str) {
        let world =
            worlds.get(name).and_then(Value::as_object).with_context(|| format!("no world `{name}`"))?;
        out.extend(world.clone());
    }
    out.extend(
        line.iter()
            .filter(|(k, _)| !["answer", "world", "note", "id"].contains(&k.as_str()))
            .map(|(k, v)| (k.clone(), v.clone())),
    );
    Ok(Value::Object(out))
}

/// An answer without what differs from run to run.
pub(crate) fn plain(mut answer: Value) -> Value {
    if let Some(map) = answer.as_object_mut() {
        map.remove("ms");
        map.remove("id");
    }
    answer
}
