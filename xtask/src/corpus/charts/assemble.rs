//! Charts of a corpus with the dependencies that are at hand: those that the corpus itself has.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::Value;

/// Every chart below `dir` that is not part of another, copied to `into` with its dependencies beside it, by name.
pub(crate) fn charts(dir: &Path, into: &Path, only: Option<&str>) -> Result<Vec<(String, PathBuf)>> {
    let _ = fs::remove_dir_all(into);
    let mut found = Vec::new();
    find(dir, &mut found)?;
    found.sort();
    let mut known = Known { dir, by_name: BTreeMap::new() };
    for chart in &found {
        let Some(metadata) = metadata(chart, "Chart.yaml") else { continue };
        if let (Some(name), Some(version)) = (text(&metadata, "name"), text(&metadata, "version")) {
            known.by_name.entry(name).or_default().push((chart.clone(), version));
        }
    }
    let mut out = Vec::new();
    for chart in &found {
        let name = chart.strip_prefix(dir)?.to_string_lossy().into_owned();
        if only.is_some_and(|only| !name.contains(only)) {
            continue;
        }
        let target = into.join(&name);
        assemble(chart, &target, &known, 0)?;
        out.push((name, target));
    }
    Ok(out)
}

/// The charts of the corpus by name, each with its version.
struct Known<'d> {
    dir: &'d Path,
    by_name: BTreeMap<String, Vec<(PathBuf, String)>>,
}

impl Known<'_> {
    /// The chart of that name: of the same repository, else the newest.
    fn find(&self, name: &str, wanted_by: &Path) -> Option<PathBuf> {
        let repository =
            |path: &Path| Some(path.strip_prefix(self.dir).ok()?.components().next()?.as_os_str().to_owned());
        let numbers = |version: &str| -> Vec<u64> {
            version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0)).collect()
        };
        let all = self.by_name.get(name)?;
        let home = repository(wanted_by);
        let near = all.iter().find(|(path, _)| home.is_some() && repository(path) == home);
        let (path, _) = near.or_else(|| all.iter().max_by_key(|(_, version)| numbers(version)))?;
        Some(path.clone())
    }
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

fn assemble(chart: &Path, target: &Path, known: &Known<'_>, depth: usize) -> Result<()> {
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
        let Some(from) = local.filter(|path| path.is_dir()).or_else(|| known.find(&name, chart)) else {
            continue;
        };
        assemble(&from, &home, known, depth + 1)?;
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
