//! `cargo xtask bench`: the program as a whole against the clock and against Go, with figures for `docs/status.md`.

mod author;
mod helm;
mod repair;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{judge, paths, tool};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only benchmarks whose name holds this
    filter: Option<String>,
    /// A folder of cloned chart repositories, named `owner+name`, with the large charts that are measured too
    #[arg(long, value_name = "DIR")]
    charts: Option<PathBuf>,
    /// Measure this program, rather than building one
    #[arg(long, value_name = "FILE")]
    binary: Option<PathBuf>,
    /// Keep what `repair` leaves unmended in this folder: the task, the right answer, with its fault, and what became of it
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
    /// How many answers `repair` puts each kind of fault into
    #[arg(long, value_name = "N", default_value_t = 5)]
    each: usize,
    /// Who does the tasks of `author`: Seatrial's own author, recorded answers, or a provider's model
    #[arg(long, value_enum, default_value_t)]
    author: author::Who,
    /// The model that a provider is asked for
    #[arg(long, value_name = "NAME")]
    model: Option<String>,
}

/// What is measured.
struct Setup {
    /// The program.
    binary: PathBuf,
    /// Where chart repositories are.
    charts: Option<PathBuf>,
    /// Where what is not mended is kept.
    keep: Option<PathBuf>,
    /// How many answers a kind of fault is put into.
    each: usize,
    /// Who does the tasks.
    author: author::Who,
    /// The model that is asked.
    model: Option<String>,
}

type Bench = fn(&Setup) -> Result<()>;

const BENCHES: &[(&str, Bench)] = &[
    ("start", start),
    ("expansion", expansion),
    ("repository", repository),
    ("growth", growth),
    ("templates", templates),
    ("helm-process", helm::processes),
    ("helm-engine", helm::engine),
    ("helm-applications", helm::applications),
    ("author", author::tasks),
    ("repair", repair::faults),
];

pub(crate) fn run(args: &Args) -> Result<()> {
    let binary = match &args.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => tool::build(true)?,
    };
    let setup = Setup {
        binary,
        charts: args.charts.clone(),
        keep: args.keep.clone(),
        each: args.each,
        author: args.author,
        model: args.model.clone(),
    };
    for (name, bench) in BENCHES {
        if args.filter.as_ref().is_none_or(|f| name.contains(f.as_str())) {
            bench(&setup).with_context(|| (*name).to_owned())?;
        }
    }
    Ok(())
}

/// The best and the median of a few runs, and the highest peak of memory.
fn measure(binary: &Path, dir: &Path, args: &[&str], runs: usize) -> Result<(Duration, Duration, f64)> {
    let mut times = Vec::new();
    let mut peak = 0.0_f64;
    for _ in 0..runs {
        let (code, _, time, mib) = tool::run(binary, dir, args)?;
        ensure!(matches!(code, Some(0 | 1)), "seatrial {args:?} ended with {code:?}");
        times.push(time);
        peak = peak.max(mib);
    }
    times.sort();
    Ok((times[0], times[times.len() / 2], peak))
}

fn show(what: &str, (best, median, mib): (Duration, Duration, f64), goal: &str) {
    println!("{what:<58} best {best:>9.1?}  median {median:>9.1?}  {mib:>6.0} MiB  {goal}");
}

/// A cold process.
fn start(setup: &Setup) -> Result<()> {
    let binary = &setup.binary;
    let example = paths::root().join("examples/fastapi-agent");
    show("seatrial --version", measure(binary, &example, &["--version"], 21)?, "goal 5 ms");
    show("seatrial check, the example", measure(binary, &example, &["check"], 21)?, "goal 30 ms");
    Ok(())
}

fn set(elements: usize) -> Value {
    let list: Vec<Value> = (0..elements)
        .map(
            |i| json!({"name": format!("app-{i}"), "env": (if i % 2 == 0 { "dev" } else { "prod" }), "n": i}),
        )
        .collect();
    json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "many", "namespace": "argocd"},
        "spec": {"goTemplate": true, "goTemplateOptions": ["missingkey=error"], "generators": [{"list": {"elements": list}}],
            "template": {"metadata": {"name": "{{ .name }}-{{ .env }}", "labels": {"env": "{{ .env | upper | lower }}"}}, "spec": {"project": "default",
                "source": {"repoURL": "https://git.example.org/acme/platform.git", "targetRevision": "main", "path": "apps/{{ .name }}",
                    "helm": {"valueFiles": ["values-{{ .env }}.yaml"], "valuesObject": {"replicas": "{{ .n }}", "image": {"tag": "v{{ add1 .n }}"}}}},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "{{ .name }}"}}}}})
}

fn expansion(setup: &Setup) -> Result<()> {
    let binary = &setup.binary;
    for elements in [1, 1000] {
        let dir = tempfile::tempdir()?;
        fs::write(dir.path().join("set.yaml"), set(elements).to_string())?;
        let took = measure(binary, dir.path(), &["expand", "--format", "names", "set.yaml"], 7)?;
        show(
            &format!("seatrial expand, {elements} elements (process and all)"),
            took,
            "goal 50 ms for 1,000",
        );
    }
    Ok(())
}

/// Writes `files` YAML files in folders, `argo` of them Argo CD objects.
fn tree(dir: &Path, files: usize, argo: usize) -> Result<()> {
    for i in 0..files {
        let folder = dir.join(format!("team-{}", i / 100));
        if i % 100 == 0 {
            fs::create_dir_all(&folder)?;
        }
        let text = if i * argo / files != (i + 1) * argo / files {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: app-{i}\n  namespace: argocd\nspec:\n  project: default\n  source:\n    repoURL: https://git.example.org/acme/app-{i}.git\n    targetRevision: v1.2.3\n    path: chart\n  destination:\n    server: https://kubernetes.default.svc\n    namespace: team-{}\n",
                i / 100
            )
        } else {
            format!(
                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{i}\nspec:\n  replicas: 2\n  selector:\n    matchLabels: {{app: web-{i}}}\n  template:\n    metadata:\n      labels: {{app: web-{i}}}\n    spec:\n      containers:\n        - name: web\n          image: registry.example.org/web:1.{i}\n          resources:\n            limits: {{cpu: 500m, memory: 256Mi}}\n"
            )
        };
        fs::write(folder.join(format!("f-{i}.yaml")), text)?;
    }
    Ok(())
}

fn repository(setup: &Setup) -> Result<()> {
    let binary = &setup.binary;
    let dir = tempfile::tempdir()?;
    tree(dir.path(), 10_000, 300)?;
    let took = measure(binary, dir.path(), &["check", "."], 5)?;
    show("seatrial check, 10,000 files, 300 Argo CD objects", took, "goal 1 s, 150 MB");
    Ok(())
}

fn growth(setup: &Setup) -> Result<()> {
    let binary = &setup.binary;
    for files in [100, 1000, 10_000] {
        let dir = tempfile::tempdir()?;
        tree(dir.path(), files, files)?;
        let took = measure(binary, dir.path(), &["check", "."], 3)?;
        let each = took.0.as_secs_f64() * 1e6 / files as f64;
        show(
            &format!("seatrial check, {files} Applications in as many files"),
            took,
            &format!("{each:.0} µs each"),
        );
    }
    Ok(())
}

/// Ours and Go's, the same templates over the same data in the same run.
fn templates(_: &Setup) -> Result<()> {
    let file = fs::read(paths::root().join("crates/gotemplate/benches/templates.json"))?;
    let cases: Value = serde_json::from_slice(&file)?;
    let templates = cases["templates"].as_object().context("no templates")?;
    let question = |text: &Value| json!({"mode": "bench", "template": text, "data": cases["data"]});
    let go = judge::ask("lang", templates.values().map(question).collect())?;
    let mut child = Command::new("cargo")
        .args(["run", "--quiet", "--release", "--package", "seatrial-gotemplate", "--example", "evaluate"])
        .current_dir(paths::root())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut input = child.stdin.take().context("no stdin")?;
    for text in templates.values() {
        writeln!(input, "{}", json!({"mode": "argo", "template": text, "data": cases["data"], "repeat": 1}))?;
    }
    drop(input);
    let output = child.wait_with_output()?;
    let ours: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    ensure!(ours.len() == go.len(), "the evaluator answered {} of {}", ours.len(), go.len());
    for ((name, ours), go) in templates.keys().zip(ours).zip(go) {
        let ns = |v: &Value| v.as_f64().unwrap_or(f64::NAN);
        let (parse, execute) = (ns(&ours["ParseNs"]), ns(&ours["ExecNs"]));
        let (go_execute, replace) = (ns(&go["ns"]["execute"]), ns(&go["ns"]["replace"]));
        println!(
            "template {name:<12} execute: ours {execute:>7.0} ns, Go {go_execute:>7.0} ns, {:>5.1}×   \
             parse and execute: ours {:>7.0} ns, Argo CD {replace:>7.0} ns, {:>5.1}×",
            go_execute / execute,
            parse + execute,
            replace / (parse + execute)
        );
    }
    Ok(())
}
