//! `cargo xtask charts`: generated charts, rendered by `seatrial helm template` and by the code of all three Helms: equal
//! bytes, or the same error.

mod generate;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use seatrial_cli::{Io, Terminal};
use serde_json::{Value, json};

use crate::generate::rng::Rng;
use crate::{helm, judge, paths};
use generate::Case;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// How many charts; each is rendered by all three
    #[arg(long, default_value_t = 2000)]
    count: usize,
    /// The seed
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many of them the real programs render as well, for what is printed beside
    #[arg(long, value_name = "N", default_value_t = 0)]
    real: usize,
    /// Keep the charts in this folder
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

/// How often a question is asked again: Go's map order shows in which of several errors is met first.
const TRIES: usize = 20;
/// How many differences are shown.
const SHOWN: usize = 8;

pub(crate) fn run(args: &Args) -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let root = match &args.keep {
        Some(dir) => std::path::absolute(dir)?,
        None => temporary.path().to_owned(),
    };
    let mut rng = Rng::new(args.seed);
    let cases: Vec<Case> = (0..args.count).map(|_| generate::case(&mut rng)).collect();
    for (index, case) in cases.iter().enumerate() {
        write(&root.join(index.to_string()), case)?;
    }
    let mut different = 0;
    for helm in helm::HELMS {
        different += compare(&root, &cases, helm.version)?;
        different += real(&root, &cases, args.real, helm)?;
    }
    ensure!(different == 0, "{different} renders differ");
    Ok(())
}

/// A case's folder: the chart in `chart`, files for flags beside it.
fn write(dir: &Path, case: &Case) -> Result<()> {
    let chart = case.files.iter().map(|(name, text)| (dir.join("chart").join(name), text));
    let beside = case.beside.iter().map(|(name, text)| (dir.join(name), text));
    for (path, text) in chart.chain(beside) {
        fs::create_dir_all(path.parent().context("no folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}

/// The command line after `template`, with the files of flags in their folder.
fn arguments(dir: &Path, case: &Case) -> Vec<String> {
    let mut out: Vec<String> = vec!["judged".into(), dir.join("chart").display().to_string()];
    out.extend(["--namespace".into(), "tests".into()]);
    for (flag, value) in &case.flags {
        out.extend([format!("--{flag}"), in_folder(dir, flag, value)]);
    }
    out.extend(case.switches.iter().map(|switch| format!("--{switch}")));
    out
}

/// The value of a flag, with the file that it names as it lies on disk.
fn in_folder(dir: &Path, flag: &str, value: &str) -> String {
    match flag {
        "values" => dir.join(value).display().to_string(),
        "set-file" => value.replace("=text", &format!("={}", dir.join("text").display())),
        _ => value.to_owned(),
    }
}

/// The same as a question to the judge.
fn question(dir: &Path, case: &Case) -> Value {
    let of = |name: &str| -> Vec<String> {
        let flags = case.flags.iter().filter(|(flag, _)| *flag == name);
        flags.map(|(flag, value)| in_folder(dir, flag, value)).collect()
    };
    let has = |name: &str| case.switches.contains(&name);
    let versions: Vec<String> =
        of("api-versions").iter().flat_map(|list| list.split(',').map(str::to_owned)).collect();
    json!({
        "valueFiles": of("values"), "set": of("set"), "setString": of("set-string"), "setJson": of("set-json"),
        "setFile": of("set-file"), "setLiteral": of("set-literal"), "skipSchema": has("skip-schema-validation"),
        "template": {
            "chart": dir.join("chart"), "release": "judged", "namespace": "tests",
            "kubeVersion": of("kube-version").first(), "apiVersions": versions, "includeCrds": has("include-crds"),
            "noHooks": has("no-hooks"), "skipTests": has("skip-tests"), "isUpgrade": has("is-upgrade"),
        },
    })
}

/// Standard output, and the error without what stands before it.
fn ours(dir: &Path, case: &Case, version: &str) -> (String, String) {
    let mut command: Vec<String> = ["seatrial", "helm", "template"].map(str::to_owned).to_vec();
    command.extend(arguments(dir, case));
    command.extend(["--helm-version".into(), version.into()]);
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut io = Io {
        stdin: &mut std::io::empty(),
        out: &mut out,
        err: &mut err,
        terminal: Terminal::default(),
        cwd: dir.to_owned(),
        env: &|_| None,
    };
    seatrial_cli::run(command, &mut io);
    (String::from_utf8_lossy(&out).into_owned(), error(&String::from_utf8_lossy(&err)))
}

/// What follows `Error: `.
fn error(text: &str) -> String {
    let at = if text.starts_with("Error: ") { Some(0) } else { text.find("\nError: ").map(|at| at + 1) };
    at.map_or(String::new(), |at| text[at + "Error: ".len()..].trim_end().to_owned())
}

fn theirs(answer: &Value) -> (String, String) {
    let text = |key: &str| answer[key].as_str().unwrap_or_default();
    (text("output").to_owned(), text("error").trim_end().to_owned())
}

/// What is said of values that contain themselves.
const KNOT: &str = "values contain themselves";

fn compare(root: &Path, cases: &[Case], version: &str) -> Result<usize> {
    let dirs: Vec<PathBuf> = (0..cases.len()).map(|index| root.join(index.to_string())).collect();
    // Not by a pool: a thread of one that waits for the program's own would meanwhile take up another case, and so on.
    let mut mine = vec![(String::new(), String::new()); cases.len()];
    let threads = std::thread::available_parallelism().map_or(2, std::num::NonZero::get);
    let share = cases.len().div_ceil(threads).max(1);
    std::thread::scope(|scope| -> Result<()> {
        for ((mine, cases), dirs) in mine.chunks_mut(share).zip(cases.chunks(share)).zip(dirs.chunks(share)) {
            // As much as a program's first thread has, and then some: nothing here is optimised.
            std::thread::Builder::new().stack_size(64 << 20).spawn_scoped(scope, move || {
                for ((mine, case), dir) in mine.iter_mut().zip(cases).zip(dirs) {
                    *mine = ours(dir, case, version);
                }
            })?;
        }
        Ok(())
    })?;
    let name = format!("helm-{version}");
    // A knot of values fills the stack of the real Helm, which no program survives.
    let asked: Vec<usize> = (0..cases.len()).filter(|index| !mine[*index].1.contains(KNOT)).collect();
    let questions = asked.iter().map(|index| question(&dirs[*index], &cases[*index])).collect();
    let answers = judge::ask(&name, questions)?;
    let (mut errors, mut different) = (0, 0);
    for (index, answer) in asked.iter().copied().zip(answers) {
        let mine = &mine[index];
        let answer = theirs(&answer);
        errors += usize::from(!answer.1.is_empty());
        if *mine == answer {
            continue;
        }
        // An error may be another one the next time, and so may what is warned of; the output may not.
        let again = judge::ask(&name, vec![question(&dirs[index], &cases[index]); TRIES])?;
        if again.iter().any(|again| theirs(again) == *mine) {
            continue;
        }
        different += 1;
        if different <= SHOWN {
            println!("case {index}, {version}: {}", arguments(&dirs[index], &cases[index]).join(" "));
            show(mine, &answer);
        }
    }
    println!(
        "Helm {version}: {} generated charts, {errors} of them with an error, {different} different, {} that Helm would not survive",
        asked.len(),
        cases.len() - asked.len()
    );
    Ok(different)
}

/// The first lines that differ.
fn show(mine: &(String, String), theirs: &(String, String)) {
    for (what, mine, theirs) in [("output", &mine.0, &theirs.0), ("error", &mine.1, &theirs.1)] {
        let pairs = mine
            .lines()
            .map(Some)
            .chain(std::iter::repeat(None))
            .zip(theirs.lines().map(Some).chain(std::iter::repeat(None)));
        let first = pairs.take_while(|(a, b)| a.is_some() || b.is_some()).find(|(a, b)| a != b);
        if let Some((mine, theirs)) = first {
            println!(
                "  {what}: ours   {}\n          theirs {}",
                mine.unwrap_or("(ends)"),
                theirs.unwrap_or("(ends)")
            );
        }
    }
}

/// Renders some of the cases with the real program, and compares both streams.
fn real(root: &Path, cases: &[Case], count: usize, known: helm::Helm) -> Result<usize> {
    if count == 0 {
        return Ok(0);
    }
    let binary = helm::install(known, false)?;
    let step = cases.len().div_ceil(count).max(1);
    let picked: Vec<usize> = (0..cases.len()).step_by(step).collect();
    let differ = |index: &usize| -> Result<bool> {
        let dir = root.join(index.to_string());
        let mine = ours(&dir, &cases[*index], known.version);
        for _ in 0..TRIES {
            let out = Command::new(&binary)
                .arg("template")
                .args(arguments(&dir, &cases[*index]))
                .env("HOME", paths::target())
                .output()
                .with_context(|| binary.display().to_string())?;
            let theirs = (
                String::from_utf8_lossy(&out.stdout).into_owned(),
                error(&String::from_utf8_lossy(&out.stderr)),
            );
            if mine == theirs {
                return Ok(false);
            }
            // What the judge below it would not show is the command's own.
            if mine.1.is_empty() && theirs.1.is_empty() {
                break;
            }
        }
        println!("case {index}: the program of Helm {} prints something else", known.version);
        Ok(true)
    };
    let different =
        picked.iter().map(differ).collect::<Result<Vec<bool>>>()?.into_iter().filter(|d| *d).count();
    println!("the program of Helm {}: {} of them, {different} different", known.version, picked.len());
    Ok(different)
}
