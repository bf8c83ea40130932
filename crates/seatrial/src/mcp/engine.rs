//! What calls share: the root, the limits, the threads.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::ThreadPool;
use seatrial_platform::Platform;
use seatrial_source::{Files, Overlay};

use crate::cli::{Global, InputArgs};
use crate::error::CliError;
use crate::io::{Io, Terminal};
use crate::session::{self, Session, lexical};

/// How many files a call may hand over, and how large they may be together.
const MAX_PROPOSED: (usize, usize) = (64, 4 << 20);

/// The engine behind every tool, resource and prompt.
pub(crate) struct Engine {
    root: PathBuf,
    global: Global,
    pool: ThreadPool,
    pub(super) allow_write: bool,
}

/// A file that is proposed, but not written.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProposedFile {
    /// Where it would be written, relative to the root.
    pub path: String,
    /// Its whole text.
    pub text: String,
}

impl Engine {
    /// An engine that looks into `root` and nowhere else.
    pub(crate) fn open(root: &Path, global: &Global, allow_write: bool) -> Result<Self, CliError> {
        let real = root
            .canonicalize()
            .map_err(|error| CliError::new(format!("cannot serve `{}`: {error}", root.display())))?;
        if !real.is_dir() {
            return Err(CliError::new(format!("cannot serve `{}`: it is not a folder", root.display())));
        }
        // Nobody watches: nothing is asked, painted or told while it runs.
        let global = Global { quiet: 2, ..global.clone() };
        Ok(Self { root: real, pool: session::pool(&global)?, global, allow_write })
    }

    /// The folder that is served.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs `work` on the threads of trials, whose stacks are deep.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Opens the files and folders of `paths`; none means the whole root.
    pub(super) fn session(&self, paths: &[String]) -> Result<Session, CliError> {
        let mut inside: Vec<PathBuf> =
            paths.iter().map(|path| self.confined(path)).collect::<Result<_, _>>()?;
        if inside.is_empty() {
            inside.push(PathBuf::from("."));
        }
        let input = InputArgs { paths: inside, rev: None, stdin_name: String::new() };
        self.with_io(|io| Session::open(&input, &self.global, io))
    }

    /// The same with `proposed` laid over the files, which alone are looked at then.
    pub(super) fn session_over(&self, proposed: &[ProposedFile]) -> Result<Session, CliError> {
        let bytes: usize = proposed.iter().map(|file| file.text.len()).sum();
        if proposed.is_empty() {
            return Err(CliError::new("no file was proposed")
                .hint("`files` takes objects with `path` and `text`, one for each file"));
        }
        if proposed.len() > MAX_PROPOSED.0 || bytes > MAX_PROPOSED.1 {
            return Err(CliError::new(format!(
                "too much at once: {} files with {bytes} bytes, where {} files with {} bytes are the most",
                proposed.len(),
                MAX_PROPOSED.0,
                MAX_PROPOSED.1
            )));
        }
        let mut session = self.session(&[])?;
        let mut overlay = Overlay::new(Arc::clone(&session.inputs.snapshot));
        let mut paths = Vec::new();
        for file in proposed {
            let path = self.confined(&file.path)?;
            let name = path.to_str().filter(|name| !name.is_empty() && *name != ".");
            let name = name.ok_or_else(|| CliError::new(format!("`{}` is no name of a file", file.path)))?;
            overlay.set(name, file.text.as_str());
            paths.push(name.to_owned());
        }
        session.named.clone_from(&paths);
        session.inputs.paths = paths;
        session.inputs.snapshot = Arc::new(overlay);
        Ok(session)
    }

    /// The platform file in force; an error when there is none.
    pub(super) fn platform(&self) -> Result<Arc<Platform>, CliError> {
        let platform = self.with_io(|io| session::platform(&self.global, io, &self.root, &Files::new()))?;
        if !platform.is_present() {
            return Err(CliError::new("there is no platform file in the root or above it")
                .hint("`seatrial init` makes a first one; `seatrial learn` reads facts from prose; ask a person to do so"));
        }
        Ok(platform)
    }

    /// A path of a caller, relative to the root. Links are followed before it is decided whether it lies inside.
    fn confined(&self, given: &str) -> Result<PathBuf, CliError> {
        let outside = || {
            CliError::new(format!("`{given}` is outside of the folder that is served"))
                .hint("name files and folders relative to the root, such as `apps/agent.yaml`")
        };
        if given.contains('\0') || given == "-" {
            return Err(outside());
        }
        let full = lexical(&self.root.join(given));
        let mut exists = full.as_path();
        let real = loop {
            match exists.canonicalize() {
                Ok(real) => break real,
                // A link that leads nowhere, or that may not be followed, is not looked behind.
                Err(_) if exists.symlink_metadata().is_ok() => return Err(outside()),
                Err(_) => exists = exists.parent().ok_or_else(outside)?,
            }
        };
        let rest = full.strip_prefix(exists).map_err(|_| outside())?;
        let inside = real.strip_prefix(&self.root).map_err(|_| outside())?;
        // Part by part: an empty rest would add a slash.
        let inside: PathBuf = inside.components().chain(rest.components()).collect();
        Ok(if inside.as_os_str().is_empty() { PathBuf::from(".") } else { inside })
    }

    fn with_io<T>(&self, work: impl FnOnce(&mut Io<'_>) -> T) -> T {
        let env = |_: &str| -> Option<OsString> { None };
        work(&mut Io {
            stdin: &mut std::io::empty(),
            out: &mut std::io::sink(),
            err: &mut std::io::sink(),
            terminal: Terminal::default(),
            cwd: self.root.clone(),
            env: &env,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use clap::Parser;
    use tempfile::TempDir;

    use super::{Engine, ProposedFile};
    use crate::cli::Cli;

    fn engine(root: &Path) -> Engine {
        let cli = Cli::try_parse_from(["seatrial", "--jobs", "1", "mcp"]).unwrap();
        Engine::open(root, &cli.global, false).unwrap()
    }

    #[test]
    fn no_path_leads_out() {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("root");
        fs::create_dir_all(root.join("apps")).unwrap();
        fs::write(dir.path().join("secret.yaml"), "a: 1").unwrap();
        fs::write(root.join("apps/a.yaml"), "a: 1").unwrap();
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(dir.path(), root.join("up")).unwrap();
            std::os::unix::fs::symlink(dir.path().join("secret.yaml"), root.join("link.yaml")).unwrap();
            std::os::unix::fs::symlink(dir.path().join("new.yaml"), root.join("dangling.yaml")).unwrap();
        }
        let engine = engine(&root);
        let out = [
            "../secret.yaml",
            "..",
            "/etc/passwd",
            "apps/../../secret.yaml",
            "up",
            "up/secret.yaml",
            "up/new.yaml",
            "link.yaml",
            "dangling.yaml",
            "-",
            "a\0b",
            "apps/../..//root/../secret.yaml",
        ];
        for path in out {
            let refused = engine.confined(path).unwrap_err();
            assert!(refused.message.contains("outside"), "{path}: {refused}");
            let file = ProposedFile { path: path.to_owned(), text: "a: 1".to_owned() };
            assert!(engine.session_over(&[file]).is_err(), "{path}");
        }
        let absolute = root.canonicalize().unwrap().join("apps/a.yaml");
        for (path, inside) in [
            ("", "."),
            (".", "."),
            ("apps", "apps"),
            ("apps/../apps/a.yaml", "apps/a.yaml"),
            ("new/folder/b.yaml", "new/folder/b.yaml"),
            (absolute.to_str().unwrap(), "apps/a.yaml"),
        ] {
            assert_eq!(engine.confined(path).unwrap(), Path::new(inside), "{path}");
        }
    }
}
