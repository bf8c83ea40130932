//! `cargo xtask score`: the judgement set. Every marked fault must be found at its line, and nothing beside it.
//!
//! `tests/judgement/README.md` tells the format.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::{paths, tool};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only cases whose name holds this
    filter: Option<String>,
}

/// A place where a rule must, or may, find something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Mark {
    file: String,
    line: u64,
    rule: String,
}

#[derive(Debug, Default)]
struct Case {
    name: String,
    /// Path and text of every file, the marks taken out.
    files: Vec<(String, String)>,
    must: Vec<Mark>,
    may: Vec<Mark>,
}

#[derive(Default)]
struct Row {
    must: usize,
    found: usize,
    false_alarms: usize,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let dir = paths::root().join("tests/judgement");
    let platform = fs::read_to_string(dir.join("seatrial.yaml"))?;
    let binary = tool::build(false)?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let (mut faulty, mut clean, mut wrong) = (0, 0, Vec::new());
    for file in paths::files(&dir, "md")?.into_iter().filter(|f| !f.ends_with("README.md")) {
        let shown = file.strip_prefix(&dir)?.display().to_string();
        for case in cases(&shown, &fs::read_to_string(&file)?) {
            if args.filter.as_ref().is_some_and(|f| !case.name.contains(f.as_str())) {
                continue;
            }
            if case.must.is_empty() {
                clean += 1
            } else {
                faulty += 1
            }
            let got = judge(&binary, &case, &platform).with_context(|| case.name.clone())?;
            compare(&case, got, &mut rows, &mut wrong);
        }
    }
    println!(
        "{:<44} {:>6} {:>6} {:>7} {:>6} {:>9}",
        "rule", "faults", "found", "recall", "false", "precision"
    );
    let mut total = Row::default();
    for (rule, row) in &rows {
        print_row(rule, row);
        total.must += row.must;
        total.found += row.found;
        total.false_alarms += row.false_alarms;
    }
    print_row("all", &total);
    println!("{faulty} faulty and {clean} clean manifests, {} rules", rows.len());
    for line in &wrong {
        println!("{line}");
    }
    ensure!(wrong.is_empty(), "{} faults missed or false alarms", wrong.len());
    ensure!(faulty > 0, "no cases");
    Ok(())
}

fn print_row(name: &str, row: &Row) {
    let percent =
        |part: usize, whole: usize| if whole == 0 { 100.0 } else { part as f64 * 100.0 / whole as f64 };
    println!(
        "{name:<44} {:>6} {:>6} {:>6.1}% {:>6} {:>8.1}%",
        row.must,
        row.found,
        percent(row.found, row.must),
        row.false_alarms,
        percent(row.found, row.found + row.false_alarms)
    );
}

/// Counts what was found; each mark asks for at least one finding of its rule on its line.
fn compare(case: &Case, got: Vec<Mark>, rows: &mut BTreeMap<String, Row>, wrong: &mut Vec<String>) {
    for mark in &case.must {
        let row = rows.entry(mark.rule.clone()).or_default();
        row.must += 1;
        if got.contains(mark) {
            row.found += 1;
        } else {
            wrong.push(format!("missed  {}: {} at {}:{}", case.name, mark.rule, mark.file, mark.line));
        }
    }
    for mark in got.into_iter().filter(|m| !case.must.contains(m) && !case.may.contains(m)) {
        rows.entry(mark.rule.clone()).or_default().false_alarms += 1;
        wrong.push(format!("false   {}: {} at {}:{}", case.name, mark.rule, mark.file, mark.line));
    }
}

/// Runs the real program on the files of a case.
fn judge(binary: &Path, case: &Case, platform: &str) -> Result<Vec<Mark>> {
    let dir = tempfile::tempdir()?;
    if !case.files.iter().any(|(path, _)| path == "seatrial.yaml") {
        fs::write(dir.path().join("seatrial.yaml"), platform)?;
    }
    for (path, text) in &case.files {
        let path: PathBuf = dir.path().join(path);
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, text)?;
    }
    let report = tool::check(binary, dir.path(), &[])?.report;
    let finding = |f: &Value| Mark {
        file: f["file"].as_str().unwrap_or_default().to_owned(),
        line: f["line"].as_u64().unwrap_or_default(),
        rule: f["rule"].as_str().unwrap_or_default().to_owned(),
    };
    let mut got: Vec<Mark> = report["findings"].as_array().into_iter().flatten().map(finding).collect();
    got.sort();
    got.dedup();
    Ok(got)
}

/// The cases of one file: headings, each with its fenced blocks.
fn cases(shown: &str, text: &str) -> Vec<Case> {
    let mut all: Vec<Case> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(title) = line.strip_prefix("## ") {
            all.push(Case { name: format!("{shown}: {}", title.trim()), ..Case::default() });
        }
        // A fence may be longer than three, so that cases can hold fences themselves.
        let ticks = line.chars().take_while(|c| *c == '`').count();
        let Some(case) = all.last_mut().filter(|_| ticks >= 3) else { continue };
        let fence = "`".repeat(ticks);
        let mut words = line[ticks..].split_whitespace();
        let language = words.next().unwrap_or("yaml");
        let extension = if language == "json" { "json" } else { "yaml" };
        let path = words.next().map_or_else(|| format!("manifest.{extension}"), str::to_owned);
        let body: Vec<&str> = lines.by_ref().take_while(|l| l.trim_end() != fence).collect();
        block(case, path, &body);
    }
    all.retain(|c| !c.files.is_empty());
    all
}

/// Takes the marks out of a block and keeps them.
fn block(case: &mut Case, path: String, body: &[&str]) {
    let mut text = String::new();
    for (i, line) in body.iter().enumerate() {
        let (kept, marks) =
            line.split_once("#~").map_or((*line, ""), |(kept, marks)| (kept.trim_end(), marks));
        let (list, marks) = match marks.strip_prefix('?') {
            Some(rest) => (&mut case.may, rest),
            None => (&mut case.must, marks),
        };
        let line = i as u64 + 1;
        list.extend(marks.split_whitespace().map(|rule| Mark {
            file: path.clone(),
            line,
            rule: rule.to_owned(),
        }));
        text.push_str(kept);
        text.push('\n');
    }
    case.files.push((path, text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_keep_their_marks() {
        let text = "# t\n## one\n```yaml\na: b  #~ x y\nc: d #~? z\n```\n```yaml seatrial.yaml\ne: f\n```\n## two\n````\n```yaml #~ q\n````\n";
        let all = cases("f.md", text);
        assert_eq!(all.len(), 2);
        assert_eq!(all[0].files[0], ("manifest.yaml".into(), "a: b\nc: d\n".into()));
        assert_eq!(all[0].files[1].0, "seatrial.yaml");
        assert_eq!(all[0].must.iter().map(|m| m.rule.as_str()).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!((all[0].may[0].line, all[0].may[0].rule.as_str()), (2, "z"));
        assert_eq!(all[1].files[0].1, "```yaml\n");
    }
}
