//! The charts of `crates/helm/tests/lint/cases.json` as the real Helm lints them.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::helm;

/// Lints every chart again. With `check` nothing is written; answers the number of differences.
pub(super) fn record(file: &Path, check: bool) -> Result<usize> {
    let binary = helm::install(helm::HELMS[0], false)?;
    let mut cases: Vec<Value> = serde_json::from_str(&fs::read_to_string(file)?)?;
    let mut different = 0;
    for case in &mut cases {
        let folder = tempfile::tempdir()?;
        for (path, text) in case["files"].as_object().context("a case has files")? {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().context("a file lies in a folder")?)?;
            fs::write(path, text.as_str().unwrap_or_default())?;
        }
        let more = case["args"].as_array().into_iter().flatten().filter_map(Value::as_str);
        let output =
            Command::new(&binary).args(["lint", "."]).args(more).current_dir(folder.path()).output()?;
        let real = folder.path().canonicalize()?;
        let says = String::from_utf8_lossy(&output.stdout).replace(&*real.to_string_lossy(), "DIR");
        let answer = json!({"says": says, "fails": !output.status.success()});
        if check && case["answer"] != answer {
            println!("{}: {} differs", file.display(), case["name"]);
            different += 1;
        }
        case["answer"] = answer;
    }
    if !check {
        fs::write(file, format!("{:#}\n", Value::Array(cases)))?;
    }
    Ok(different)
}
