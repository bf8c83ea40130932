//! The recorded answers of the three Helms to questions about values: `values/answers.jsonl`, a question and its answers by
//! version in each line.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use super::{Args, TRIES, picked};
use crate::{helm, judge};

/// Asks again; with `--check` nothing is written. Answers the number of differences.
pub(super) fn record(file: &Path, args: &Args) -> Result<usize> {
    let shown = file.display();
    let text = fs::read_to_string(file)?;
    let mut lines: Vec<Value> = Vec::new();
    for (number, line) in text.lines().enumerate() {
        lines.push(serde_json::from_str(line).with_context(|| format!("{shown}:{}", number + 1))?);
    }
    let asked = picked(lines.len(), args);
    let mut different = 0;
    for helm in helm::HELMS {
        let name = format!("helm-{}", helm.version);
        let questions = asked.iter().map(|&i| lines[i]["question"].clone()).collect();
        for (&i, answer) in asked.iter().zip(judge::ask(&name, questions)?) {
            let recorded = lines[i]["answers"][helm.version].clone();
            let answer = kept(answer);
            if answer == recorded {
                continue;
            }
            let again = judge::ask(&name, vec![lines[i]["question"].clone(); TRIES])?;
            if again.into_iter().any(|again| kept(again) == recorded) {
                continue;
            }
            different += 1;
            if args.check {
                println!("{shown}: line {} {name}\n  recorded {recorded}\n  live     {answer}", i + 1);
            } else {
                lines[i]["answers"][helm.version] = answer;
            }
        }
    }
    println!("{shown}: {} of {} questions asked, {different} answers different", asked.len(), lines.len());
    if args.check {
        return Ok(different);
    }
    let out = lines.iter().map(|line| format!("{line}\n")).collect::<Vec<_>>().concat();
    if out != text {
        fs::write(file, out)?;
        println!("{shown}: written");
    }
    Ok(0)
}

/// An answer as it is recorded. What is logged beside it comes in a random order, or not at all.
fn kept(mut answer: Value) -> Value {
    if let Some(map) = answer.as_object_mut() {
        map.retain(|key, _| !matches!(key.as_str(), "id" | "warnings"));
    }
    answer
}
