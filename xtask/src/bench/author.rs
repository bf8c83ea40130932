//! The tasks of `bench/author`, given to an author; `bench/author/README.md` tells the format.

mod writer;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::Setup;
use crate::{paths, tool};

pub(super) use writer::Who;

/// Classes of checks, in the order in which they are shown.
const CLASSES: [&str; 3] = ["intent", "environment", "safety"];

/// A task, as its file has it.
#[derive(Default)]
pub(super) struct Task {
    pub(super) name: String,
    pub(super) intent: String,
    /// Files of the platform, by path.
    files: Vec<(String, String)>,
    /// Folders of `bench/author/charts` that are at hand, and where.
    charts: Vec<(String, String)>,
    checks: Vec<String>,
    /// Clusters and constraints that the platform has besides.
    more: (usize, usize),
}

/// What is right of what was checked.
#[derive(Clone, Copy, Default)]
pub(super) struct Tally {
    pub(super) right: usize,
    pub(super) all: usize,
}

impl Tally {
    pub(super) fn add(&mut self, right: bool) {
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
    println!("{:<10} {:>7}   intent  environment  safety   asked  rounds   tokens  cost", "split", "right");
    let mut wrong = Vec::new();
    let mut all = Tally::default();
    for split in ["tuning", "held-out"] {
        let (mut tasks, mut asked, mut spent) = (Tally::default(), 0, Spent::default());
        let mut classes: BTreeMap<&str, Tally> = BTreeMap::new();
        for file in paths::files(&home.join(split), "task")? {
            let task = read(&home, &file).with_context(|| file.display().to_string())?;
            if !setup.author.does(&home, &task.name) {
                continue;
            }
            let done = run(setup, &home, &task).with_context(|| task.name.clone())?;
            asked += usize::from(done.asked);
            spent.add(&done.spent);
            tasks.add(done.failed.is_empty());
            all.add(done.failed.is_empty());
            for (class, right) in done.checks {
                classes.entry(class).or_default().add(right);
            }
            wrong.extend(done.failed.into_iter().map(|failed| format!("{split}/{}: {failed}", task.name)));
        }
        let class = |name: &str| classes.get(name).copied().unwrap_or_default();
        let [intent, environment, safety] = CLASSES.map(class);
        println!("{split:<10} {tasks:>7}  {intent}      {environment} {safety}   {asked:>3}  {spent}");
    }
    for failed in &wrong {
        println!("  wrong: {failed}");
    }
    // What a model does is measured; what is ours must hold.
    let least = match setup.author {
        Who::Builtin => 95,
        Who::Replay => 80,
        _ => 0,
    };
    ensure!(all.right * 100 >= all.all * least, "less than {least} of a hundred tasks are right");
    Ok(())
}

/// What the work of a model took.
#[derive(Clone, Default)]
struct Spent {
    rounds: u64,
    tokens: u64,
    /// US dollars; `None` where a price is not known.
    cost: Option<f64>,
}

impl Spent {
    /// As `seatrial generate` says.
    fn of(answer: &Value) -> Self {
        let usage = &answer["usage"];
        let tokens = |key: &str| usage[key].as_u64().unwrap_or_default();
        Self {
            rounds: answer["rounds"].as_array().map_or(0, |rounds| rounds.len() as u64),
            tokens: tokens("inputTokens") + tokens("outputTokens"),
            cost: usage["costUsd"].as_f64(),
        }
    }

    fn add(&mut self, other: &Self) {
        self.rounds += other.rounds;
        self.tokens += other.tokens;
        self.cost = match (self.cost, other.cost) {
            (Some(a), Some(b)) => Some(a + b),
            (a, b) => a.or(b),
        };
    }
}

impl std::fmt::Display for Spent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:>6}  {:>7}", self.rounds, self.tokens)?;
        match self.cost {
            Some(cost) => write!(f, "  ${cost:.2}"),
            None => write!(f, "  -"),
        }
    }
}

/// What an author made of a task.
#[derive(Default)]
struct Done {
    checks: Vec<(&'static str, bool)>,
    failed: Vec<String>,
    /// Whether a person had to be asked.
    asked: bool,
    spent: Spent,
}

fn run(setup: &Setup, home: &Path, task: &Task) -> Result<Done> {
    let binary = setup.binary.as_path();
    let place = laid_out(home, task)?;
    let dir = place.path();
    let existing = fs::read_to_string(dir.join("set.yaml")).unwrap_or_default();
    let before = Made::of(binary, dir)?;
    let answer = writer::write(setup, home, dir, &task.name, &task.intent)?;
    let mut done = Done { asked: answer["outcome"] != "clean", spent: Spent::of(&answer), ..Done::default() };
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
            "says" => {
                if answer["outcome"] == "clean" || !answer.to_string().contains(rest) {
                    done.failed.push(format!("{check}: it does not"));
                }
            }
            "later" => {
                change(home, dir, rest)?;
                made = None;
            }
            class => {
                let class = CLASSES.into_iter().find(|known| *known == class);
                let class = class.with_context(|| format!("no class of checks: `{check}`"))?;
                let made = match &made {
                    Some(made) => made,
                    None => made.insert(Made::of(binary, dir)?),
                };
                let wrong = match rest.split_once(": ") {
                    Some(("kept", names)) => made.lost(&before, names),
                    Some(("lines", most)) => {
                        let now = fs::read_to_string(dir.join("set.yaml")).unwrap_or_default();
                        let changed = lines_changed(&existing, &now);
                        (changed > most.parse()?).then(|| format!("{changed} lines are different"))
                    }
                    _ => made.check(rest).with_context(|| check.clone())?,
                };
                done.checks.push((class, wrong.is_none()));
                done.failed.extend(wrong.map(|wrong| format!("{check}: {wrong}")));
            }
        }
    }
    let asks = task.checks.iter().any(|check| check.starts_with("asks: ") || check.starts_with("says: "));
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

/// A folder with what a task has at hand.
fn laid_out(home: &Path, task: &Task) -> Result<tempfile::TempDir> {
    let place = tempfile::tempdir()?;
    for (path, text) in &task.files {
        write(&place.path().join(path), text)?;
    }
    for (chart, at) in &task.charts {
        copy(&home.join("charts").join(chart), &place.path().join(at))?;
    }
    Ok(place)
}

/// A task, and a folder with what it has at hand.
pub(super) fn prepared(home: &Path, file: &Path) -> Result<(Task, tempfile::TempDir)> {
    let task = read(home, file).with_context(|| file.display().to_string())?;
    let place = laid_out(home, &task)?;
    Ok((task, place))
}

impl Task {
    /// Whether its platform is made large.
    pub(super) fn is_large(&self) -> bool {
        self.more != (0, 0)
    }
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
        let mut applications = expanded["applications"].as_array().cloned().unwrap_or_default();
        // Those that are written as such.
        let text = fs::read_to_string(dir.join("set.yaml"))?;
        let documents = text.split("\n---\n").filter_map(|text| seatrial_yaml::goyaml::to_json(text).ok());
        applications.extend(documents.filter(|document| document["kind"] == "Application"));
        let with = |application: Value| {
            let own = resources(&application["metadata"]["name"]);
            (application, own)
        };
        Ok(Self { applications: applications.into_iter().map(with).collect() })
    }

    /// The first of these Applications that is not what it was, with all that it renders.
    fn lost(&self, before: &Self, names: &str) -> Option<String> {
        let of = |made: &Self, name: &str| {
            made.applications.iter().find(|(a, _)| a["metadata"]["name"] == name).cloned()
        };
        let lost = names.split(", ").find(|name| {
            let was = of(before, name);
            was.is_none() || was != of(self, name)
        });
        lost.map(|name| format!("{name} is not what it was"))
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

/// How many lines were taken out or put in, whichever is more.
fn lines_changed(before: &str, after: &str) -> usize {
    let (old, new): (Vec<&str>, Vec<&str>) = (before.lines().collect(), after.lines().collect());
    let mut common = vec![vec![0_usize; new.len() + 1]; old.len() + 1];
    for (i, a) in old.iter().enumerate() {
        for (j, b) in new.iter().enumerate() {
            common[i + 1][j + 1] =
                if a == b { common[i][j] + 1 } else { common[i][j + 1].max(common[i + 1][j]) };
        }
    }
    let kept = common[old.len()][new.len()];
    old.len().max(new.len()) - kept
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

/// Changes the world: an entry more in a mapping of the platform file (`clusters.new = {…}`), a file (`repo/places/qa.json = {…}`), or a
/// folder that holds a chart (`repo/apps/api = chart web`).
fn change(home: &Path, dir: &Path, change: &str) -> Result<()> {
    let (key, value) = change.split_once(" = ").context("no change")?;
    if key.contains('/') {
        return match value.strip_prefix("chart ") {
            Some(chart) => copy(&home.join("charts").join(chart), &dir.join(key)),
            None => write(&dir.join(key), value),
        };
    }
    let (section, name) = key.split_once('.').context("no key")?;
    let platform = dir.join("seatrial.yaml");
    let text = fs::read_to_string(&platform)?;
    let head = format!("{section}:\n");
    ensure!(text.contains(&head), "the platform file has no `{section}`");
    write(&platform, &text.replacen(&head, &format!("{head}  {name}: {value}\n"), 1))
}

pub(super) fn output(binary: &Path, dir: &Path, args: &[&str]) -> Result<Value> {
    let (code, out, ..) = tool::run(binary, dir, args)?;
    ensure!(matches!(code, Some(0 | 1)), "seatrial {} ended with {code:?}", args.first().unwrap_or(&""));
    if out.is_empty() { Ok(json!({})) } else { Ok(serde_json::from_slice(&out)?) }
}

/// A platform with so many clusters and constraints more, each cluster in an environment of its own ten.
fn larger(platform: &str, (clusters, constraints): (usize, usize)) -> String {
    use std::fmt::Write as _;
    let (mut more, mut places, mut rules) = (String::new(), String::new(), String::new());
    for n in 0..clusters {
        let _ = writeln!(
            more,
            "  fleet-{n:03}: {{server: 'https://fleet-{n:03}.acme.dev', environment: region-{:02}}}",
            n / 10
        );
        if n % 10 == 0 {
            let _ = writeln!(
                places,
                "  region-{:02}: {{registries: [r{n}.acme.dev], pullSecret: pull-{n}}}",
                n / 10
            );
        }
    }
    for n in 0..constraints {
        let _ = writeln!(
            rules,
            "  - {{id: rule-{n:03}, level: must, environments: [region-{:02}], rule: sync.automated == null, source: 'Rule {n} of the fleet.'}}",
            n % clusters.div_ceil(10).max(1)
        );
    }
    [("clusters:\n", more), ("environments:\n", places), ("constraints:\n", rules)]
        .into_iter()
        .fold(platform.to_owned(), |text, (head, more)| text.replacen(head, &format!("{head}{more}"), 1))
}

fn read(home: &Path, file: &Path) -> Result<Task> {
    let text = fs::read_to_string(file)?;
    let mut task =
        Task { name: file.file_stem().unwrap_or_default().to_string_lossy().into_owned(), ..Task::default() };
    let mut checks = false;
    for line in text.lines() {
        let head = line.strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match head {
            Some("checks") => checks = true,
            Some(head) => match head.split_once(' ') {
                Some(("use", rest)) => {
                    let in_charts = || (rest.to_owned(), format!("charts/{rest}"));
                    let elsewhere =
                        rest.split_once(" at ").map(|(chart, at)| (chart.to_owned(), at.to_owned()));
                    task.charts.push(elsewhere.unwrap_or_else(in_charts));
                }
                Some(("platform", name)) => {
                    let text = fs::read_to_string(home.join(format!("platforms/{name}.yaml")))?;
                    task.files.push(("seatrial.yaml".to_owned(), text));
                }
                Some(("set", name)) => {
                    let text = fs::read_to_string(home.join(format!("sets/{name}.yaml")))?;
                    task.files.push(("set.yaml".to_owned(), text));
                }
                Some(("more", rest)) => {
                    let number = |what: &str| {
                        rest.split(", ").find_map(|part| part.strip_suffix(what)?.trim().parse().ok())
                    };
                    task.more = (number("clusters").unwrap_or(0), number("constraints").unwrap_or(0));
                }
                _ => task.files.push((head.to_owned(), String::new())),
            },
            None if checks => task.checks.push(line.trim().to_owned()),
            None => {
                let into = task.files.last_mut().map_or(&mut task.intent, |(_, text)| text);
                into.push_str(line);
                into.push('\n');
            }
        }
    }
    for (path, text) in &mut task.files {
        if path == "seatrial.yaml" && task.more != (0, 0) {
            *text = larger(text, task.more);
        }
    }
    task.checks.retain(|check| !check.is_empty());
    ensure!(!task.checks.is_empty(), "a task without checks proves nothing");
    Ok(task)
}

pub(super) fn write(path: &Path, text: &str) -> Result<()> {
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    fs::write(path, text).with_context(|| path.display().to_string())
}

pub(super) fn copy(from: &Path, to: &Path) -> Result<()> {
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
