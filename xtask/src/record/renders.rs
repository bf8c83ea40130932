//! The Applications of `tests/render/cases.jsonl`, rendered by the real repo server.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Args;
use crate::judge;

/// What is kept of an answer.
const KEPT: &[&str] = &["id", "manifests", "error", "reason", "sourceTypes", "commands", "revisions"];

/// Asks all cases, over the repositories that `render/repos.json` names, and writes or compares `render/recorded.jsonl`.
pub(super) fn record(tests: &Path, args: &Args) -> Result<usize> {
    let folder = tests.join("render");
    let read = |name: &str| fs::read_to_string(folder.join(name)).with_context(|| name.to_owned());
    let repos: Value = serde_json::from_str(&read("repos.json")?)?;
    let mut questions = Vec::new();
    for line in read("cases.jsonl")?.lines().filter(|line| !line.is_empty()) {
        let mut question: Value = serde_json::from_str(line).with_context(|| line.to_owned())?;
        question["repos"] = repos.clone();
        questions.push(question);
    }
    let path = folder.join("recorded.jsonl");
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let step = args.sample.map_or(1, |n| questions.len().div_ceil(n.max(1)).max(1));
    let picked: Vec<Value> = questions.into_iter().skip(args.seed % step).step_by(step).collect();
    let mut different = 0;
    let mut now = String::new();
    let asked = picked.len();
    for mut answer in judge::ask_in(tests, judge::RENDER, picked)? {
        if let Some(map) = answer.as_object_mut() {
            map.retain(|key, _| KEPT.contains(&key.as_str()));
        }
        settle(&mut answer);
        let line = answer.to_string();
        if args.check && !recorded.lines().any(|known| known == line) {
            different += 1;
            println!("{}: not recorded so: {line}", path.display());
        }
        now.push_str(&line);
        now.push('\n');
    }
    if args.check {
        println!("{}: {asked} cases asked, {different} different", path.display());
    } else {
        fs::write(&path, now)?;
        println!("{}: {asked} answers written", path.display());
    }
    Ok(different)
}

/// Puts what Argo CD leaves to chance in order: the `--set` flags of a command.
fn settle(answer: &mut Value) {
    // In an error the command stands between a backquote and its failure, which another may stand before.
    let error = answer["error"].as_str().unwrap_or_default();
    if let Some((before, rest)) = error.split_once('`')
        && let Some((command, after)) = rest.split_once(" failed exit status")
    {
        let plain = command.strip_suffix('`').unwrap_or(command);
        let quote = if plain.len() < command.len() { "`" } else { "" };
        let text = format!("{before}`{}{quote} failed exit status{after}", settled(plain));
        answer["error"] = json!(text);
    }
    for command in answer["commands"].as_array_mut().into_iter().flatten() {
        for command in command.as_array_mut().into_iter().flatten() {
            *command = json!(settled(command.as_str().unwrap_or_default()));
        }
    }
}

fn settled(text: &str) -> String {
    /// What may follow the last flag.
    const REMOVED: &str = " <api versions removed>";
    let whole: Vec<&str> = text.split(" --").collect();
    let mut parts: Vec<&str> = whole.iter().map(|part| part.strip_suffix(REMOVED).unwrap_or(part)).collect();
    for flag in ["set ", "set-string ", "set-file "] {
        let mut sets: Vec<&str> = parts.iter().copied().filter(|part| part.starts_with(flag)).collect();
        sets.sort_by_key(|part| part[flag.len()..].trim_start_matches('"').split('=').next());
        let mut sets = sets.into_iter();
        for part in parts.iter_mut().filter(|part| part.starts_with(flag)) {
            *part = sets.next().unwrap_or(part);
        }
    }
    let ends = whole.iter().map(|part| if part.ends_with(REMOVED) { REMOVED } else { "" });
    let parts: Vec<String> = parts.iter().zip(ends).map(|(part, end)| format!("{part}{end}")).collect();
    parts.join(" --")
}

#[cfg(test)]
mod tests {
    #[test]
    fn flags_are_put_in_order() {
        assert_eq!(
            super::settled("helm --set b=1 --set a=2 --values c"),
            "helm --set a=2 --set b=1 --values c"
        );
    }
}
