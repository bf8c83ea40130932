//! The charts of `crates/helm/tests/charts` as the three real Helms render them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::helm;

/// Renders every chart again. With `check` nothing is written; answers the number of differences.
pub(super) fn record(tests: &Path, check: bool) -> Result<usize> {
    let mut different = 0;
    for known in helm::HELMS {
        let version = known.version;
        let binary = helm::install(known, false)?;
        for chart in fs::read_dir(tests.join("charts"))? {
            let chart = chart?.path();
            let name = chart.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let output = Command::new(&binary)
                .args(["template", "judged"])
                .arg(&chart)
                .args(["--namespace", "tests", "--include-crds"])
                .output()?;
            let answer = if output.status.success() { output.stdout } else { error(&output.stderr) };
            let file = tests.join("recorded").join(format!("{name}.{version}.txt"));
            if check && fs::read(&file).ok().as_ref() != Some(&answer) {
                println!("{}: differs", file.display());
                different += 1;
            } else if !check {
                fs::write(&file, answer)?;
            }
        }
    }
    Ok(different)
}

/// Standard error without what Helm logs.
fn error(text: &[u8]) -> Vec<u8> {
    let logged = |line: &&[u8]| line.starts_with(b"level=") || line.starts_with(b"manifest_sorter");
    text.split_inclusive(|byte| *byte == b'\n').filter(|line| !logged(line)).flatten().copied().collect()
}
