//! Lists the kinds that Argo CD assesses the health of by a script of its own (`crates/rules/data/health.txt`), each with
//! the releases that have it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

/// Fetches the modules through the Go module proxy and writes the data file below `root`.
pub(crate) fn run(root: &Path) -> Result<PathBuf> {
    let mut kinds: BTreeMap<String, u32> = BTreeMap::new();
    for (index, release) in super::RELEASES.iter().enumerate() {
        let module = super::module(&format!("github.com/argoproj/argo-cd/v3@v{release}"))?;
        for group in folders(&module.join("resource_customizations"))? {
            for kind in folders(&group)? {
                if kind.join("health.lua").is_file() {
                    let name = |path: &Path| {
                        path.file_name().map(|n| n.to_string_lossy().replace('_', "*")).unwrap_or_default()
                    };
                    *kinds.entry(format!("{}/{}", name(&group), name(&kind))).or_default() |= 1 << index;
                }
            }
        }
    }
    ensure!(!kinds.is_empty(), "no health scripts found");
    let mut out = format!(
        "# Made by `cargo xtask schemas` from the health scripts of Argo CD {}.\n",
        super::RELEASES.join(", ")
    );
    for (kind, releases) in kinds {
        writeln!(out, "{kind} {releases:x}")?;
    }
    let path = root.join("crates/rules/data/health.txt");
    std::fs::create_dir_all(root.join("crates/rules/data"))?;
    std::fs::write(&path, out)?;
    Ok(path)
}

fn folders(of: &Path) -> Result<Vec<PathBuf>> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(of).with_context(|| of.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            out.push(path);
        }
    }
    Ok(out)
}
