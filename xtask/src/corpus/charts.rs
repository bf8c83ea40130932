//! `cargo xtask corpus charts DIR`: every chart below a folder of cloned repositories, rendered by `seatrial helm template`
//! and by the real Helm: equal bytes, equal errors, and how long each took.

pub(crate) mod assemble;
mod compare;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use rayon::prelude::*;

use crate::{helm, paths, tool};
use compare::{Outcome, Rendered};

#[derive(clap::Args)]
pub(crate) struct Args {
    /// The folder of repositories
    dir: PathBuf,
    /// Which Helm to compare with
    #[arg(long, default_value = "4.3.1")]
    helm: String,
    /// Only charts whose path contains this
    #[arg(long)]
    only: Option<String>,
    /// Use this program in place of a fresh build
    #[arg(long)]
    binary: Option<PathBuf>,
}

/// One render to compare: a chart, and values on top of its own.
struct Case {
    chart: PathBuf,
    values: Option<PathBuf>,
    name: String,
}

/// What came of one.
struct Verdict {
    name: String,
    outcome: Outcome,
    ours: Duration,
    theirs: Duration,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let real = helm::install(helm::helm(&args.helm)?, false)?;
    let binary = match &args.binary {
        Some(binary) => std::path::absolute(binary)?,
        None => tool::build(true)?,
    };
    let work = std::path::absolute(paths::target())?.join("corpus");
    let diffs = work.join(format!("diffs-{}", args.helm));
    let _ = fs::remove_dir_all(&diffs);
    fs::create_dir_all(&diffs)?;
    let charts = assemble::charts(&args.dir, &work.join("charts"), args.only.as_deref())?;
    let mut cases = Vec::new();
    for (name, chart) in charts {
        cases.push(Case { chart: chart.clone(), values: None, name: name.clone() });
        let mut values: Vec<PathBuf> = fs::read_dir(chart.join("ci"))
            .map(|entries| entries.flatten().map(|entry| entry.path()).collect())
            .unwrap_or_default();
        values.retain(|path| path.extension().is_some_and(|e| e == "yaml" || e == "yml"));
        values.sort();
        for file in values {
            let stem = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            cases.push(Case { chart: chart.clone(), values: Some(file), name: format!("{name}+{stem}") });
        }
    }
    ensure!(!cases.is_empty(), "no chart below {}", args.dir.display());
    let verdicts: Result<Vec<Verdict>> =
        cases.par_iter().map(|case| judge(case, &binary, &real, &args.helm, &diffs)).collect();
    report(&verdicts?, &diffs)
}

fn judge(case: &Case, binary: &Path, real: &Path, version: &str, diffs: &Path) -> Result<Verdict> {
    let mut arguments = vec!["template".into(), "judged".into(), case.chart.clone().into_os_string()];
    for argument in ["--namespace", "corpus", "--include-crds"] {
        arguments.push(argument.into());
    }
    if let Some(values) = &case.values {
        arguments.push("--values".into());
        arguments.push(values.clone().into_os_string());
    }
    let mut ours = Command::new(binary);
    ours.arg("helm").args(&arguments).args(["--helm-version", version]);
    // Twice, before and after: what differs between the two is random, or tells the time, and compared by its length alone.
    let theirs = render(Command::new(real).args(&arguments))?;
    let ours = render(&mut ours)?;
    let again = render(Command::new(real).args(&arguments))?;
    let (outcome, diff) = compare::compare(&ours.0, &theirs.0, &again.0);
    if !diff.is_empty() {
        fs::write(diffs.join(format!("{}.diff", case.name.replace('/', "_"))), diff)?;
    }
    Ok(Verdict { name: case.name.clone(), outcome, ours: ours.1, theirs: theirs.1.min(again.1) })
}

fn render(command: &mut Command) -> Result<(Rendered, Duration)> {
    let start = Instant::now();
    let out = command
        .stdin(Stdio::null())
        .env_remove("KUBECONFIG")
        .output()
        .with_context(|| format!("{command:?}"))?;
    let rendered = Rendered {
        ok: out.status.success(),
        out: String::from_utf8_lossy(&out.stdout).into_owned(),
        error: String::from_utf8_lossy(&out.stderr).into_owned(),
        code: out.status.code(),
    };
    Ok((rendered, start.elapsed()))
}

fn report(verdicts: &[Verdict], diffs: &Path) -> Result<()> {
    let mut failed = 0;
    let count = |outcome: Outcome| verdicts.iter().filter(|v| v.outcome == outcome).count();
    for verdict in verdicts.iter().filter(|v| !v.outcome.good()) {
        println!("{:<22} {}", verdict.outcome.text(), verdict.name);
        failed += usize::from(verdict.outcome != Outcome::OtherWords);
    }
    println!();
    for outcome in Outcome::ALL {
        println!("{:>6} {}", count(outcome), outcome.text());
    }
    let sum = |time: fn(&Verdict) -> Duration| verdicts.iter().map(time).sum::<Duration>();
    let (ours, theirs) = (sum(|v| v.ours), sum(|v| v.theirs));
    println!(
        "{:>6} renders: seatrial {ours:.1?}, helm {theirs:.1?}, {:.1} times",
        verdicts.len(),
        theirs.as_secs_f64() / ours.as_secs_f64().max(f64::EPSILON)
    );
    ensure!(failed == 0, "{failed} renders differ; see {}", diffs.display());
    Ok(())
}
