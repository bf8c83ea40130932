//! The tasks of `bench/author`, given to the built-in author; `bench/author/README.md` tells the format.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Setup;
use crate::{paths, tool};

/// Classes of checks, in the order in which they are shown.
const CLASSES: [&str; 3] = ["intent", "environment", "safety"];

/// A task, as its file has it.
#[derive(Default)]
struct Task {
    name: String,
    intent: String,
    /// Files of the platform, by path.
    files: Vec<(String, String)>,
    /// Folders of `bench/author/charts` that are at hand.
    charts: Vec<String>,
    checks: Vec<String>,
}

/// What is right of what was checked.
#[derive(Clone, Copy, Default)]
struct Tally {
    right: usize,
    all: usize,
}

impl Tally {
    fn add(&mut self, right: bool) {
        self.all += 1;
        self.right += usize::from(right);
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>3}/{:<3}", self.right, self.all)
    }
}

pub(super) fn tasks(setup: &Setup) -> Result<()> {
    let home = paths::root().join("bench/author");
    println!("{:<10} {:>7}   intent  environment  safety   asked", "split", "right");
    let mut wrong = Vec::new();
    for split in ["tuning", "held-out"] {
        let (mut tasks, mut asked) = (Tally::default(), 0);
        let mut classes: BTreeMap<&str, Tally> = BTreeMap::new();
        for file in paths::files(&home.join(split), "task")? {
            let task = read(&file).with_context(|| file.display().to_string())?;
            let done = run(&setup.binary, &home, &task).with_context(|| task.name.clone())?;
            asked += usize::from(done.asked);
            tasks.add(done.failed.is_empty());
            for (class, right) in done.checks {
                classes.entry(class).or_default().add(right);
            }
            wrong.extend(done.failed.into_iter().map(|failed| format!("{split}/{}: {failed}", task.name)));
        }
        let class = |name: &str| classes.get(name).copied().unwrap_or_default();
        let [intent, environment, safety] = CLASSES.map(class);
        println!("{split:<10} {tasks:>7}  {intent}      {environment} {safety}   {asked:>3}");
    }
    for failed in &wrong {
        println!("  wrong: {failed}");
    }
    Ok(())
}

/// What an author made of a task.
#[derive(Default)]
struct Done {
    checks: Vec<(&'static str, bool)>,
    failed: Vec<String>,
    /// Whether a person had to be asked.
    asked: bool,
}

fn run(binary: &Path, home: &Path, task: &Task) -> Result<Done> {
    let place = tempfile::tempdir()?;
    let dir = place.path();
    for (path, text) in &task.files {
        write(&dir.join(path), text)?;
    }
    for chart in &task.charts {
        copy(&home.join("charts").join(chart), &dir.join("charts").join(chart))?;
    }
    let answer = output(
        binary,
        dir,
        &["generate", &task.intent, "--out", "set.yaml", "--yes", "--no-ask", "--format", "json"],
    )?;
    let mut done = Done { asked: answer["outcome"] != "clean", ..Done::default() };
    let mut made = None;
    for check in &task.checks {
        let (class, rest) = check.split_once(": ").with_context(|| format!("no check: `{check}`"))?;
        match class {
            "asks" => {
                let asked = answer["questions"].as_array().into_iter().flatten().any(|q| q["id"] == rest);
                if !asked || answer["outcome"] == "clean" {
                    done.failed.push(format!("{check}: it was not"));
                }
            }
            "later" => {
                change(&dir.join("seatrial.yaml"), rest)?;
                made = None;
            }
            class => {
                let class = CLASSES.into_iter().find(|known| *known == class);
                let class = class.with_context(|| format!("no class of checks: `{check}`"))?;
                let made = match &made {
                    Some(made) => made,
                    None => made.insert(Made::of(binary, dir)?),
                };
                let wrong = made.check(rest).with_context(|| check.clone())?;
                done.checks.push((class, wrong.is_none()));
                done.failed.extend(wrong.map(|wrong| format!("{check}: {wrong}")));
            }
        }
    }
    let asks = task.checks.iter().any(|check| check.starts_with("asks: "));
    if done.asked && !asks {
        let questions = answer["questions"].as_array().into_iter().flatten();
        let open = questions.filter(|q| q["assumed"].is_null()).map(|q| q["question"].to_string());
        let findings = answer["report"]["findings"].as_array().into_iter().flatten();
        let errors = findings.filter(|f| f["severity"] == "error").map(|f| f["message"].to_string());
        let why: Vec<String> = open.chain(errors).collect();
        done.failed.push(format!("a person was asked: {}", why.join("; ")));
    }
    Ok(done)
}

/// What Argo CD would make of the manifest.
struct Made {
    applications: Vec<(Value, Vec<Value>)>,
}

impl Made {
    fn of(binary: &Path, dir: &Path) -> Result<Self> {
        if !dir.join("set.yaml").exists() {
            return Ok(Self { applications: Vec::new() });
        }
        let expanded = output(binary, dir, &["expand", "set.yaml", "--format", "json"])?;
        let rendered = output(binary, dir, &["render", "set.yaml", "--format", "json"])?;
        let resources = |name: &Value| {
            let found =
                rendered["applications"].as_array().into_iter().flatten().find(|a| a["name"] == *name);
            found.and_then(|a| a["resources"].as_array().cloned()).unwrap_or_default()
        };
        let applications = expanded["applications"].as_array().cloned().unwrap_or_default();
        let with = |application: Value| {
            let own = resources(&application["metadata"]["name"]);
            (application, own)
        };
        Ok(Self { applications: applications.into_iter().map(with).collect() })
    }

    /// What is wrong, by a check without its class; `None` when it holds.
    fn check(&self, text: &str) -> Result<Option<String>> {
        let name =
            |application: &Value| application["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        if let Some(expected) = text.strip_prefix("applications are ") {
            let mut names: Vec<String> = self.applications.iter().map(|(a, _)| name(a)).collect();
            names.sort();
            let given = names.join(", ");
            return Ok((given != expected).then(|| format!("they are {given}")));
        }
        let mut parts = text.splitn(4, ' ');
        let (Some(of), Some(kind), Some(path), Some(rest)) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            bail!("no check");
        };
        let mut seen = false;
        for (application, resources) in &self.applications {
            if of != "*" && name(application) != of {
                continue;
            }
            let objects: Vec<&Value> = match kind {
                "Application" => vec![application],
                kind => resources.iter().filter(|r| r["kind"] == kind).collect(),
            };
            if path == "count" {
                let wanted: usize = rest.strip_prefix("is ").context("a count is")?.parse()?;
                seen = true;
                if objects.len() != wanted {
                    return Ok(Some(format!("{} has {}", name(application), objects.len())));
                }
                continue;
            }
            for object in objects {
                seen = true;
                let given = path_of(path)
                    .map_or(Value::Null, |path| path.lookup(object).cloned().unwrap_or(Value::Null));
                if !holds(&given, rest)? {
                    return Ok(Some(format!("{} has {given}", name(application))));
                }
            }
        }
        Ok((!seen).then(|| "there is none".to_owned()))
    }
}

fn path_of(text: &str) -> Option<seatrial_yaml::Path> {
    seatrial_yaml::Path::parse(text)
}

fn holds(given: &Value, rest: &str) -> Result<bool> {
    let value = |text: &str| seatrial_yaml::goyaml::to_json(text).map_err(|error| anyhow::anyhow!("{error}"));
    if let Some(list) = rest.strip_prefix("is one of ") {
        let list = value(list)?;
        return Ok(list.as_array().context("no list")?.iter().any(|wanted| same(given, wanted)));
    }
    if let Some(text) = rest.strip_prefix("begins with ") {
        return Ok(given.as_str().is_some_and(|given| given.starts_with(text)));
    }
    Ok(same(given, &value(rest.strip_prefix("is ").context("no comparison")?)?))
}

/// Equal, numbers by their value.
fn same(a: &Value, b: &Value) -> bool {
    match (a.as_f64(), b.as_f64()) {
        (Some(a), Some(b)) => (a - b).abs() < f64::EPSILON,
        _ => a == b,
    }
}

/// Adds an entry to a mapping of the platform file: `clusters.new = {…}`.
fn change(platform: &Path, change: &str) -> Result<()> {
    let (key, value) = change.split_once(" = ").context("no change")?;
    let (section, name) = key.split_once('.').context("no key")?;
    let text = fs::read_to_string(platform)?;
    let head = format!("{section}:\n");
    ensure!(text.contains(&head), "the platform file has no `{section}`");
    write(platform, &text.replacen(&head, &format!("{head}  {name}: {value}\n"), 1))
}

fn output(binary: &Path, dir: &Path, args: &[&str]) -> Result<Value> {
    let (code, out, ..) = tool::run(binary, dir, args)?;
    ensure!(matches!(code, Some(0 | 1)), "seatrial {} ended with {code:?}", args.first().unwrap_or(&""));
    if out.is_empty() { Ok(json!({})) } else { Ok(serde_json::from_slice(&out)?) }
}

fn read(file: &Path) -> Result<Task> {
    let text = fs::read_to_string(file)?;
    let mut task =
        Task { name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), ..Task::default() };
    let mut checks = false;
    for line in text.lines() {
        let head = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match head {
            Some("checks") => checks = true,
            Some(head) => match head.strip_prefix("use ") {
                Some(chart) => task.charts.push(chart.to_owned()),
                None => task.files.push((head.to_owned(), String::new())),
            },
            None if checks => task.checks.push(line.trim().to_owned()),
            None => {
                let into = task.files.last_mut().map_or(&mut task.intent, |(_, text)| text);
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    task.checks.retain(|check| !check.is_empty());
    ensure!(!task.checks.is_empty(), "a task without checks proves nothing");
    Ok(task)
}

fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text).with_context(|| path.display().to_string())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    let entries: Vec<PathBuf> = fs::read_dir(from)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    for entry in entries {
        let target = to.join(entry.file_name().unwrap_or_default());
        if entry.is_dir() {
            copy(&entry, &target)?;
        } else {
            write(&target, &fs::read_to_string(&entry)?)?;
        }
    }
    Ok(())
}
