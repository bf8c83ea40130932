//! Charts: the program against the real Helm as whole processes, the engine against Helm's own in a process, and many
//! Applications of one chart.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{Setup, measure, show};
use crate::corpus::charts::assemble;
use crate::{helm, paths, tool};

/// Those of public repositories that are measured when `--charts` names a folder of clones.
const LARGE: [(&str, &str); 2] = [
    ("kube-prometheus-stack", "prometheus-community+helm-charts/charts/kube-prometheus-stack"),
    ("argo-cd", "argoproj+argo-helm/charts/argo-cd"),
];

/// A chart to measure.
struct Subject {
    name: String,
    path: PathBuf,
    runs: usize,
}

/// The charts that are at hand; the folder keeps those that are made.
fn subjects(setup: &Setup, made: &Path) -> Result<Vec<Subject>> {
    let small = paths::root().join("examples/fastapi-agent/charts/fastapi-agent");
    let middle = made.join("shop");
    write_shop(&middle)?;
    let mut all = vec![
        Subject { name: "small (examples/fastapi-agent)".to_owned(), path: small, runs: 31 },
        Subject { name: "middle (crates/helm/benches)".to_owned(), path: middle, runs: 15 },
    ];
    for (name, place) in LARGE {
        let Some(dir) = &setup.charts else {
            println!("{name}: skipped, as `--charts` names no folder of clones");
            continue;
        };
        let found = assemble::charts(dir, &made.join(name), Some(place)).unwrap_or_default();
        match found.into_iter().next() {
            Some((_, path)) => all.push(Subject { name: name.to_owned(), path, runs: 9 }),
            None => println!("{name}: skipped, as {} has no {place}", dir.display()),
        }
    }
    Ok(all)
}

/// The chart of `crates/helm/benches`, on disk.
fn write_shop(dir: &Path) -> Result<()> {
    let source = paths::root().join("crates/helm/benches/chart");
    let templates = dir.join("templates");
    fs::create_dir_all(&templates)?;
    fs::write(dir.join("Chart.yaml"), "apiVersion: v2\nname: shop\nversion: 1.4.2\nappVersion: \"2.0\"\n")?;
    fs::copy(source.join("values.yaml"), dir.join("values.yaml"))?;
    fs::copy(source.join("helpers.tpl"), templates.join("_helpers.tpl"))?;
    let workload = fs::read_to_string(source.join("workload.yaml"))?;
    for i in 0..40 {
        let text = workload.replace("NAME", &format!("part-{i}"));
        fs::write(templates.join(format!("workload-{i}.yaml")), text)?;
    }
    Ok(())
}

/// What the runs of a program came to.
#[derive(Default)]
struct Runs {
    times: Vec<Duration>,
    /// Processor time of all runs.
    spent: Duration,
    peak: f64,
}

impl Runs {
    fn run(&mut self, binary: &Path, args: &[&str]) -> Result<Vec<u8>> {
        let before = children();
        let (code, out, time, peak) = tool::run(binary, paths::root(), args)?;
        ensure!(code == Some(0), "{} {args:?} ended with {code:?}", binary.display());
        self.spent += children().saturating_sub(before);
        self.times.push(time);
        self.peak = self.peak.max(peak);
        Ok(out)
    }

    fn median(&self) -> Duration {
        let mut times = self.times.clone();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }

    fn best(&self) -> Duration {
        self.times.iter().min().copied().unwrap_or_default()
    }
}

/// Processor time of the children that have ended, as Linux counts it: in hundredths of a second.
fn children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // What follows the name, which may hold anything, in parentheses.
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}

/// Whole processes, in turn.
pub(super) fn processes(setup: &Setup) -> Result<()> {
    let real = helm::install(helm::HELMS[0], false)?;
    let made = tempfile::tempdir()?;
    for subject in subjects(setup, made.path())? {
        let path = subject.path.to_string_lossy().into_owned();
        let (mut ours, mut theirs) = (Runs::default(), Runs::default());
        for _ in 0..subject.runs {
            let mine = ours.run(&setup.binary, &["helm", "template", "bench", &path])?;
            let real = theirs.run(&real, &["template", "bench", &path])?;
            ensure!(mine.len().abs_diff(real.len()) <= mine.len() / 100, "{}: other output", subject.name);
        }
        let ratio = |a: Duration, b: Duration| a.as_secs_f64() / b.as_secs_f64().max(1e-9);
        println!(
            "helm template {:<32} ours best {:>7.1?} median {:>7.1?} {:>4.0} MiB, Helm best {:>7.1?} median {:>7.1?} {:>4.0} MiB: \
             {:.1}× best, {:.1}× median, {:.1}× processor time",
            subject.name,
            ours.best(),
            ours.median(),
            ours.peak,
            theirs.best(),
            theirs.median(),
            theirs.peak,
            ratio(theirs.best(), ours.best()),
            ratio(theirs.median(), ours.median()),
            ratio(theirs.spent, ours.spent),
        );
    }
    Ok(())
}

/// One release after another in a process, the chart loaded.
pub(super) fn engine(setup: &Setup) -> Result<()> {
    let judge = helm::engine()?;
    let status = Command::new("cargo")
        .args(["build", "--quiet", "--release", "--package", "seatrial-helm", "--example", "measure"])
        .current_dir(paths::root())
        .status()?;
    ensure!(status.success(), "the example `measure` does not build");
    let measure = std::path::absolute(paths::target())?.join("release/examples/measure");
    let made = tempfile::tempdir()?;
    for subject in subjects(setup, made.path())? {
        let turns = (subject.runs * 3).to_string();
        let ask = |program: &Path| -> Result<Value> {
            let out = Command::new(program).arg(&subject.path).arg("").arg(&turns).output()?;
            ensure!(out.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&out.stderr));
            Ok(serde_json::from_slice(&out.stdout)?)
        };
        let (ours, go) = (ask(&measure)?, ask(&judge)?);
        let micros =
            |answer: &Value, what: &str| answer[what]["best"].as_f64().map_or(f64::NAN, |ns| ns / 1e3);
        let (later, first, theirs) =
            (micros(&ours, "release"), micros(&ours, "first"), micros(&go, "release"));
        println!(
            "a release of {:<32} ours {later:>8.0} µs (the first {first:>8.0} µs), Helm's engine {theirs:>8.0} µs: {:.1}× (the first {:.1}×)",
            subject.name,
            theirs / later,
            theirs / first
        );
    }
    Ok(())
}

/// Five hundred Applications of one chart, each with values of its own.
pub(super) fn applications(setup: &Setup) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let chart = paths::root().join("examples/fastapi-agent/charts/fastapi-agent");
    copy(&chart, &dir.path().join("charts/fastapi-agent"))?;
    let url = "https://git.example.org/acme/charts.git";
    fs::write(
        dir.path().join("seatrial.yaml"),
        json!({"argocd": {"version": "3.6"}, "repositories": {url: {"path": "."}}}).to_string(),
    )?;
    let elements: Vec<Value> = (0..500).map(|n| json!({"name": format!("app-{n}"), "n": n})).collect();
    let set = json!({"apiVersion": "argoproj.io/v1alpha1", "kind": "ApplicationSet", "metadata": {"name": "many", "namespace": "argocd"},
        "spec": {"goTemplate": true, "generators": [{"list": {"elements": elements}}],
            "template": {"metadata": {"name": "{{ .name }}"}, "spec": {"project": "default",
                "source": {"repoURL": url, "targetRevision": "main", "path": "charts/fastapi-agent",
                    "helm": {"values": "replicaCount: {{ add1 .n }}\nimage: {tag: v{{ .n }}}\n"}},
                "destination": {"server": "https://kubernetes.default.svc", "namespace": "{{ .name }}"}}}}});
    fs::write(dir.path().join("set.yaml"), set.to_string())?;
    let (code, out, ..) = tool::run(&setup.binary, dir.path(), &["render", "--format", "json", "set.yaml"])?;
    let answer: Value =
        serde_json::from_slice(&out).with_context(|| format!("render ended with {code:?}"))?;
    let rendered = answer["applications"].as_array().map_or(0, Vec::len);
    ensure!(rendered == 500, "{rendered} Applications were rendered: {}", answer["errors"]);
    let took = measure(&setup.binary, dir.path(), &["render", "--format", "json", "set.yaml"], 5)?;
    show("seatrial render, 500 Applications of one chart", took, "goal 1 s, 200 MB");
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)?;
        }
    }
    Ok(())
}
