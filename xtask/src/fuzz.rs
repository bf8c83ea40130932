//! `cargo xtask fuzz`: every target of `fuzz/` for a while, from its committed corpus.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result};

use crate::oracle::run_in;
use crate::paths;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Only this target
    target: Option<String>,
    /// Seconds for each target
    #[arg(long, default_value_t = 60)]
    seconds: u64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if Command::new("cargo").args(["fuzz", "--version"]).output().is_ok_and(|o| !o.status.success()) {
        run_in(Command::new("cargo").args(["install", "--locked", "cargo-fuzz@0.13.2"]))?;
    }
    let dir = paths::root().join("fuzz");
    for target in targets()? {
        if args.target.as_ref().is_some_and(|t| *t != target) {
            continue;
        }
        // New inputs go to the first folder, which git ignores; the second holds the committed seeds.
        let found = dir.join("artifacts").join("corpus").join(&target);
        fs::create_dir_all(&found)?;
        let seeds = dir.join("corpus").join(&target);
        println!("== {target}");
        run_in(
            Command::new("cargo")
                .args(["+nightly", "fuzz", "run", &target])
                .arg(&found)
                .arg(&seeds)
                .args(["--", "-timeout=20", "-rss_limit_mb=3072", "-max_len=16384", "-print_final_stats=1"])
                .arg(format!("-dict={}", dir.join("dictionaries").join(format!("{target}.dict")).display()))
                .arg(format!("-max_total_time={}", args.seconds))
                .current_dir(paths::root()),
        )?;
    }
    Ok(())
}

/// The fuzz targets by the names of their files.
fn targets() -> Result<Vec<String>> {
    paths::files(&paths::root().join("fuzz/fuzz_targets"), "rs")?
        .iter()
        .map(|f| Ok(f.file_stem().context("no name")?.to_string_lossy().into_owned()))
        .collect()
}
