//! `cargo xtask corpus`: the program over many repositories. `check`: no panic, how long, what it finds.
//! `sets`: every ApplicationSet expanded, against the real controller.
//! `charts`: every chart rendered, against the real Helm.

pub(crate) mod charts;
mod sets;
mod why;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::tool;

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Check every folder in DIR as a repository
    Check {
        /// The folder of repositories
        dir: PathBuf,
    },
    /// Render every chart below DIR, with its defaults and its `ci` values, and compare with the real Helm
    Charts(charts::Args),
    /// Expand every ApplicationSet below DIR, and compare with the real controller
    Sets(sets::Args),
    /// Change every value of every chart below DIR, and compare what changes with what `why` says
    Why(why::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let dir = match &args.action {
        Action::Check { dir } => dir,
        Action::Charts(args) => return charts::run(args),
        Action::Sets(args) => return sets::run(args),
        Action::Why(args) => return why::run(args),
    };
    let binary = tool::build(true)?;
    let mut repositories: Vec<PathBuf> =
        fs::read_dir(dir)?.filter_map(|e| Some(e.ok()?.path())).filter(|p| p.is_dir()).collect();
    repositories.sort();
    let mut rules: BTreeMap<String, usize> = BTreeMap::new();
    let (mut files, mut failed, mut total) = (0, 0, Duration::ZERO);
    for repository in &repositories {
        let name = repository.file_name().unwrap_or_default().to_string_lossy().into_owned();
        match tool::check(&binary, repository, &[]) {
            Err(error) => {
                failed += 1;
                println!("{name}: {error}");
            }
            Ok(checked) => {
                let found = checked.report["findings"].as_array().map_or(0, Vec::len);
                let read = checked.report["summary"]["files"].as_u64().unwrap_or_default();
                println!(
                    "{name}: {found} findings in {read} files, {:.0?}, {:.0} MiB",
                    checked.time, checked.peak_mib
                );
                files += read;
                total += checked.time;
                for finding in checked.report["findings"].as_array().into_iter().flatten() {
                    *rules.entry(finding["rule"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
                }
            }
        }
    }
    for (rule, count) in rules {
        println!("{count:>7} {rule}");
    }
    println!("{} repositories, {files} files, {total:.1?}, {failed} failed", repositories.len());
    ensure!(failed == 0, "{failed} repositories could not be checked");
    Ok(())
}
