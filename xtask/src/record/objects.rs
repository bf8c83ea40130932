//! The recorded answers of a real API server to creating objects: `answers/create-*.jsonl`, an object, what is said to it, and
//! whether that is a refusal known to be missed.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Args, picked};
use crate::judge;

/// Asks again; with `--check` nothing is written. Answers the number of differences.
pub(super) fn record(file: &Path, args: &Args) -> Result<usize> {
    let shown = file.display();
    let text = fs::read_to_string(file)?;
    let mut lines: Vec<Value> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        lines.push(serde_json::from_str(line).with_context(|| format!("{shown}:{}", number + 1))?);
    }
    let asked = picked(lines.len(), args);
    let questions = asked.iter().map(|&i| lines[i]["object"].clone()).collect();
    let mut different = 0;
    for (&i, answer) in asked.iter().zip(judge::ask("kubernetes", questions)?) {
        let (said, recorded) = (&answer["error"], &lines[i]["error"]);
        if words(said) == words(recorded) && answer["unjudged"].is_null() {
            continue;
        }
        different += 1;
        if args.check {
            println!("{shown}: line {}\n  recorded {recorded}\n  live     {answer}", i + 1);
        } else if let Some(line) = lines[i].as_object_mut() {
            match said.as_str() {
                Some(error) => drop(line.insert("error".into(), error.into())),
                // Nothing is missed where nothing is refused.
                None => line.retain(|key, _| key == "object"),
            }
        }
    }
    println!("{shown}: {} of {} objects asked, {different} answers different", asked.len(), lines.len());
    if args.check {
        return Ok(different);
    }
    let out = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    fs::write(file, out)?;
    Ok(0)
}

/// The words of a refusal, sorted: several faults come in a random order.
fn words(error: &Value) -> Vec<&str> {
    let mut words: Vec<&str> = error.as_str().unwrap_or_default().split([' ', ',', '[', ']']).collect();
    words.sort_unstable();
    words
}
