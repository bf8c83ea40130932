//! The real Helms that renders are compared with: built once from their Go modules and kept.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use sha2::{Digest, Sha256};

use crate::oracle::{cache, go, run_in};

/// A Helm that Argo CD ships.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Helm {
    /// `4.3.1`.
    pub(crate) version: &'static str,
    module: &'static str,
}

/// Those of Argo CD 3.3 to 3.6, newest first.
pub(crate) const HELMS: [Helm; 3] = [
    Helm { version: "4.3.1", module: "helm.sh/helm/v4" },
    Helm { version: "4.2.1", module: "helm.sh/helm/v4" },
    Helm { version: "3.19.4", module: "helm.sh/helm/v3" },
];

/// The Helm of this version.
pub(crate) fn helm(version: &str) -> Result<Helm> {
    let known = HELMS.into_iter().find(|helm| helm.version == version);
    known.with_context(|| format!("there is no judge for Helm {version}"))
}

/// Gives the path of a Helm, building it if the cache does not have it.
///
/// `SEATRIAL_HELM_DIR` names a folder that has them already, as `helm-4.3.1` and so on.
pub(crate) fn install(helm: Helm, force: bool) -> Result<PathBuf> {
    let name = format!("helm-{}", helm.version);
    let given = std::env::var_os("SEATRIAL_HELM_DIR").map(|dir| PathBuf::from(dir).join(&name));
    let binary = match given {
        Some(binary) => binary,
        None => std::path::absolute(cache())?.join(&name),
    };
    if force || !binary.exists() {
        eprintln!("building Helm {} (some minutes the first time)", helm.version);
        build(helm, &binary)?;
    }
    let out = Command::new(&binary).args(["version", "--template", "{{.Version}}"]).output();
    let out = out.with_context(|| binary.display().to_string())?;
    let says = String::from_utf8_lossy(&out.stdout).trim().to_owned();
    ensure!(says == format!("v{}", helm.version), "{} is Helm {says}", binary.display());
    Ok(binary)
}

/// Gives the path of the program that measures Helm's own engine (`oracle/helmbench`), building it if the cache does not have it.
pub(crate) fn engine() -> Result<PathBuf> {
    let source = crate::paths::root().join("oracle/helmbench");
    let mut hash = Sha256::new();
    for name in ["go.mod", "go.sum", "main.go"] {
        hash.update(fs::read(source.join(name)).with_context(|| name.to_owned())?);
    }
    let dir = std::path::absolute(cache())?.join(crate::paths::hex(&hash.finalize()[..8]));
    let binary = dir.join("helmbench");
    if !binary.exists() {
        fs::create_dir_all(&dir)?;
        eprintln!("building `helmbench` (some minutes the first time)");
        let mut command = Command::new(go()?);
        command
            .args(["build", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w", "-o"])
            .arg(&binary)
            .arg(".");
        command
            .current_dir(&source)
            .env_remove("GOROOT")
            .env("GOTOOLCHAIN", "local")
            .env("GOFLAGS", "-mod=readonly");
        run_in(&mut command)?;
    }
    Ok(binary)
}

/// Builds a Helm as its release is built: with its version written into it, which charts can see.
fn build(helm: Helm, binary: &std::path::Path) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let go = go()?;
    let command = |arguments: &[String]| {
        let mut command = Command::new(&go);
        command.args(arguments).current_dir(dir.path()).env_remove("GOROOT").env("GOTOOLCHAIN", "local");
        command
    };
    let Helm { version, module } = helm;
    run_in(&mut command(&["mod".into(), "init".into(), "judge".into()]))?;
    run_in(&mut command(&["get".into(), "-tool".into(), format!("{module}/cmd/helm@v{version}")]))?;
    let flags = format!("-s -w -X {module}/internal/version.version=v{version}");
    let fresh = binary.with_extension("new");
    if let Some(folder) = binary.parent() {
        fs::create_dir_all(folder)?;
    }
    let target = fresh.to_string_lossy().into_owned();
    let arguments = ["build", "-trimpath", "-ldflags", &flags, "-o", &target, &format!("{module}/cmd/helm")];
    run_in(&mut command(&arguments.map(str::to_owned)))?;
    fs::rename(&fresh, binary)?;
    Ok(())
}
