//! Makes the compact schemas of Argo CD's objects (`crates/argocd/data/schemas.txt`) from the CRDs of several releases:
//! facts only (fields, types, formats, enums, what is required), merged, with the releases each fact holds in.

pub(crate) mod health;
pub(crate) mod kubernetes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use seatrial_yaml::goyaml;
use serde_json::Value;

/// The releases, oldest first; a fact's mask has one bit for each, the oldest lowest.
const RELEASES: [&str; 4] = ["3.3.19", "3.4.13", "3.5.7", "3.6.1"];
const KINDS: [&str; 3] = ["Application", "ApplicationSet", "AppProject"];

/// Fetches the CRDs through the Go module proxy (`go` must be on the path) and writes the data file below `root`.
pub(crate) fn run(root: &Path) -> Result<PathBuf> {
    let mut folders = Vec::new();
    for release in RELEASES {
        let module = module(&format!("github.com/argoproj/argo-cd/v3@v{release}"))?;
        folders.push(module.join("manifests").join("crds"));
    }
    let mut nodes = Nodes::default();
    let mut out =
        format!("# Made by `cargo xtask schemas` from the CRDs of Argo CD {}.\n", RELEASES.join(", "));
    for kind in KINDS {
        let mut versions = Vec::new();
        for (index, folder) in folders.iter().enumerate() {
            let path = folder.join(format!("{}-crd.yaml", kind.to_lowercase()));
            let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
            let crd = goyaml::to_json(&text).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
            let schema = crd.pointer("/spec/versions/0/schema/openAPIV3Schema").context("no schema")?.clone();
            versions.push((index, schema));
        }
        let views: Vec<(usize, &Value)> = versions.iter().map(|(i, s)| (*i, s)).collect();
        let root = nodes.merge(&views);
        writeln!(out, "{kind} {root}")?;
    }
    for line in &nodes.lines {
        writeln!(out, ":{line}")?;
    }
    let path = root.join("crates/argocd/data/schemas.txt");
    std::fs::write(&path, out)?;
    Ok(path)
}

/// The folder of a Go module, downloaded if need be.
fn module(name: &str) -> Result<PathBuf> {
    let output = Command::new("go")
        .args(["mod", "download", "-json", name])
        .current_dir(std::env::temp_dir())
        .output()?;
    let answer: Value =
        serde_json::from_slice(&output.stdout).with_context(|| format!("go mod download {name}"))?;
    match answer.get("Dir").and_then(Value::as_str) {
        Some(folder) => Ok(PathBuf::from(folder)),
        None => bail!("go mod download {name}: {answer}"),
    }
}

/// Distinct nodes, in the order they were first needed.
#[derive(Default)]
struct Nodes {
    lines: Vec<String>,
    ids: HashMap<String, usize>,
}

impl Nodes {
    fn intern(&mut self, line: String) -> usize {
        if let Some(id) = self.ids.get(&line) {
            return *id;
        }
        self.lines.push(line.clone());
        self.ids.insert(line, self.lines.len() - 1);
        self.lines.len() - 1
    }

    /// One node for a place, from its schema in each release that has it.
    fn merge(&mut self, versions: &[(usize, &Value)]) -> usize {
        let newest = versions.last().map_or(&Value::Null, |(_, schema)| *schema);
        let line = if newest.get("x-kubernetes-int-or-string") == Some(&Value::Bool(true)) {
            "x".to_owned()
        } else {
            match newest.get("type").and_then(Value::as_str) {
                Some("string") => text(newest, versions),
                Some("boolean") => "b".to_owned(),
                Some("integer") => "i".to_owned(),
                Some("number") => "n".to_owned(),
                Some("array") => {
                    let items = below(versions, "items");
                    format!("a {}", self.merge(&items))
                }
                Some("object") if newest.get("additionalProperties").is_some_and(Value::is_object) => {
                    let values = below(versions, "additionalProperties");
                    format!("m {}", self.merge(&values))
                }
                Some("object") => self.object(newest, versions),
                _ => "*".to_owned(),
            }
        };
        self.intern(line)
    }

    fn object(&mut self, newest: &Value, versions: &[(usize, &Value)]) -> String {
        let open = newest.get("x-kubernetes-preserve-unknown-fields") == Some(&Value::Bool(true));
        let all = versions.iter().fold(0_u32, |mask, (index, _)| mask | 1 << index);
        let mut fields: BTreeMap<&str, Vec<(usize, &Value)>> = BTreeMap::new();
        let mut required: BTreeMap<&str, u32> = BTreeMap::new();
        for (index, schema) in versions {
            for (name, field) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
                fields.entry(name).or_default().push((*index, field));
            }
            for name in schema
                .get("required")
                .and_then(Value::as_array)
                .into_iter()
                .flatten()
                .filter_map(Value::as_str)
            {
                *required.entry(name).or_default() |= 1 << index;
            }
        }
        let mut line = if open { "o*".to_owned() } else { "o".to_owned() };
        for (name, versions) in fields {
            let node = self.merge(&versions);
            let mask = versions.iter().fold(0_u32, |mask, (index, _)| mask | 1 << index);
            write!(line, " {name}>{node}").unwrap_or_default();
            if mask != all {
                write!(line, ":{mask:x}").unwrap_or_default();
            }
            if let Some(mask) = required.get(name) {
                write!(line, "!{mask:x}").unwrap_or_default();
            }
            let deprecated = versions.last().and_then(|(_, s)| s.get("description")).and_then(Value::as_str);
            if deprecated.is_some_and(|d| d.contains("Deprecated:") || d.contains("DEPRECATED:")) {
                line.push('%');
            }
        }
        line
    }
}

fn below<'v>(versions: &[(usize, &'v Value)], key: &str) -> Vec<(usize, &'v Value)> {
    versions.iter().filter_map(|(index, schema)| Some((*index, schema.get(key)?))).collect()
}

fn text(newest: &Value, versions: &[(usize, &Value)]) -> String {
    if newest.get("format").and_then(Value::as_str) == Some("date-time") {
        return "d".to_owned();
    }
    let mut line = "s".to_owned();
    for (key, short) in [("minLength", "min"), ("maxLength", "max")] {
        if let Some(number) = newest.get(key).and_then(Value::as_u64) {
            write!(line, " {short}={number}").unwrap_or_default();
        }
    }
    let mut allowed: Vec<&str> = Vec::new();
    let mut seen = BTreeSet::new();
    for (_, schema) in versions {
        for value in
            schema.get("enum").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
        {
            if seen.insert(value) {
                allowed.push(value);
            }
        }
    }
    if !allowed.is_empty() {
        write!(line, " enum={}", allowed.join("|")).unwrap_or_default();
    }
    if let Some(pattern) = newest.get("pattern").and_then(Value::as_str) {
        write!(line, " pattern={pattern}").unwrap_or_default();
    }
    line
}
