//! Charts of a corpus with the dependencies that are at hand: those that the corpus itself has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// Every chart below `dir` that is not part of another, copied to `into` with its dependencies beside it, by name.
pub(in crate::corpus) fn charts(
    dir: &Path,
    into: &Path,
    only: Option<&str>,
) -> Result<Vec<(String, PathBuf)>> {
    let _ = fs::remove_dir_all(into);
    let mut found = Vec::new();
    find(dir, &mut found)?;
    found.sort();
    let mut by_name: BTreeMap<String, PathBuf> = BTreeMap::new();
    for chart in &found {
        if let Some(name) = metadata(chart, "Chart.yaml").and_then(|m| text(&m, "name")) {
            by_name.entry(name).or_insert_with(|| chart.clone());
        }
    }
    let mut out = Vec::new();
    for chart in &found {
        let name = chart.strip_prefix(dir)?.to_string_lossy().into_owned();
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let target = into.join(&name);
        assemble(chart, &target, &by_name, 0)?;
        out.push((name, target));
    }
    Ok(out)
}

fn find(dir: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    if dir.join("Chart.yaml").is_file() {
        found.push(dir.to_owned());
    }
    for entry in fs::read_dir(dir).with_context(|| dir.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name();
        let part = name == "charts" && dir.join("Chart.yaml").is_file();
        if entry.file_type()?.is_dir() && name != ".git" && !part {
            find(&entry.path(), found)?;
        }
    }
    Ok(())
}

fn assemble(chart: &Path, target: &Path, by_name: &BTreeMap<String, PathBuf>, depth: usize) -> Result<()> {
    copy(chart, target)?;
    let mut wanted = Vec::new();
    for file in ["Chart.yaml", "requirements.yaml"] {
        let list = metadata(chart, file).and_then(|m| m.get("dependencies").cloned());
        wanted.extend(list.as_ref().and_then(Value::as_array).cloned().unwrap_or_default());
    }
    for dependency in wanted {
        let Some(name) = text(&dependency, "name") else { continue };
        let home = target.join("charts").join(&name);
        if home.exists() || depth > 8 {
            continue;
        }
        let local = text(&dependency, "repository")
            .and_then(|repository| repository.strip_prefix("file://").map(|path| chart.join(path)));
        let Some(from) = local.filter(|path| path.is_dir()).or_else(|| by_name.get(&name).cloned()) else {
            continue;
        };
        assemble(&from, &home, by_name, depth + 1)?;
        if let Some(version) = text(&dependency, "version") {
            pretend(&home.join("Chart.yaml"), &lowest(&version))?;
        }
    }
    Ok(())
}

/// A version that a constraint like `~1.2`, `8.5.*` or `>=1.0.0 <2` allows.
fn lowest(constraint: &str) -> String {
    let first = constraint.split([' ', ',', '|']).find(|part| part.contains(|c: char| c.is_ascii_digit()));
    let first = first.unwrap_or("0").trim_start_matches(['^', '~', '=', '>', '<', 'v', ' ']);
    let mut parts: Vec<&str> = first.splitn(3, '.').collect();
    parts.resize(3, "0");
    parts
        .iter()
        .map(|part| if matches!(*part, "x" | "X" | "*") { "0" } else { part })
        .collect::<Vec<_>>()
        .join(".")
}

/// The corpus has one version of each chart; it stands for whichever is asked for.
fn pretend(file: &Path, version: &str) -> Result<()> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let line = |line: &str| {
        if line.starts_with("version:") { format!("version: \"{version}\"") } else { line.to_owned() }
    };
    Ok(fs::write(file, text.lines().map(line).collect::<Vec<_>>().join("\n"))?)
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if metadata.is_dir() {
            copy(&path, &target)?;
        } else {
            fs::copy(&path, &target)?;
        }
    }
    Ok(())
}

fn metadata(chart: &Path, file: &str) -> Option<Value> {
    seatrial_yaml::goyaml::to_json(&fs::read_to_string(chart.join(file)).ok()?).ok()
}

fn text(value: &Value, key: &str) -> Option<String> {
    Some(value.get(key)?.as_str()?.to_owned())
}
