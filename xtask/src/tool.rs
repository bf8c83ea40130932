//! The program itself, built and run as a user would.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::oracle::run_in;
use crate::paths;

/// One run of `seatrial check`.
pub(crate) struct Checked {
    pub(crate) report: Value,
    pub(crate) time: Duration,
    pub(crate) peak_mib: f64,
}

/// Builds the program and gives its path.
pub(crate) fn build(release: bool) -> Result<PathBuf> {
    let mut command = Command::new("cargo");
    command.args(["build", "--quiet", "--package", "seatrial"]).current_dir(paths::root());
    if release {
        command.arg("--release");
    }
    run_in(&mut command)?;
    let folder = if release { "release" } else { "debug" };
    Ok(std::path::absolute(paths::target())?.join(folder).join("seatrial"))
}

/// Runs `seatrial check --format json` in a folder; exit codes 0 and 1 are answers.
pub(crate) fn check(binary: &Path, dir: &Path, args: &[&str]) -> Result<Checked> {
    let mut all = vec!["check", "--format", "json"];
    all.extend(args);
    let (code, out, time, peak_mib) = run(binary, dir, &all)?;
    ensure!(matches!(code, Some(0 | 1)), "seatrial ended with {code:?}");
    let report = serde_json::from_slice(&out).context("the report is no JSON")?;
    Ok(Checked { report, time, peak_mib })
}

/// Runs the program, giving its exit code, output, wall time and peak memory.
pub(crate) fn run(binary: &Path, dir: &Path, args: &[&str]) -> Result<(Option<i32>, Vec<u8>, Duration, f64)> {
    run_with(binary, dir, args, &[])
}

/// The same with more in its environment.
pub(crate) fn run_with(
    binary: &Path,
    dir: &Path,
    args: &[&str],
    env: &[(&str, String)],
) -> Result<(Option<i32>, Vec<u8>, Duration, f64)> {
    let start = Instant::now();
    let child = Command::new(binary)
        .args(args)
        .envs(env.iter().map(|(key, value)| (*key, value)))
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| binary.display().to_string())?;
    let status = PathBuf::from(format!("/proc/{}/status", child.id()));
    // Peak memory only grows, so the last reading before the end is close to it.
    let watch = std::thread::spawn(move || {
        let mut peak = 0.0_f64;
        while let Ok(text) = std::fs::read_to_string(&status) {
            let Some(line) = text.lines().find(|l| l.starts_with("VmHWM:")) else { break };
            let kib: f64 = line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).unwrap_or_default();
            peak = peak.max(kib / 1024.0);
            std::thread::sleep(Duration::from_millis(2));
        }
        peak
    });
    let output = child.wait_with_output()?;
    let time = start.elapsed();
    let peak = watch.join().unwrap_or_default();
    Ok((output.status.code(), output.stdout, time, peak))
}
