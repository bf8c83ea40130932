//! A folder of files, and the command line run in it in process.
#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::ffi::OsString;
use std::fmt;
use std::path::Path;

use seatrial_cli::{Io, Terminal};
use tempfile::TempDir;

/// A temporary folder.
pub(crate) struct Place {
    dir: TempDir,
}

/// What a run came to.
pub(crate) struct Run {
    pub(crate) code: u8,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl fmt::Display for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "exit {}\n--- out\n{}--- err\n{}", self.code, self.out, self.err)
    }
}

impl Place {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let place = Self { dir: TempDir::new().unwrap() };
        for (path, text) in files {
            place.write(path, text);
        }
        place
    }

    /// The example's platform file and chart, and these files of it besides.
    pub(crate) fn example(more: &[&str]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fastapi-agent");
        let place = Self::new(&[]);
        let own = [
            "seatrial.yaml",
            "charts/fastapi-agent/Chart.yaml",
            "charts/fastapi-agent/values.yaml",
            "charts/fastapi-agent/templates/deployment.yaml",
            "charts/fastapi-agent/templates/service.yaml",
            "charts/fastapi-agent/templates/ingress.yaml",
        ];
        for path in own.iter().chain(more) {
            place.write(path, &std::fs::read_to_string(root.join(path)).unwrap());
        }
        place
    }

    pub(crate) fn path(&self) -> &Path {
        self.dir.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let full = self.path().join(path);
        std::fs::create_dir_all(full.parent().unwrap()).unwrap();
        std::fs::write(full, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Run {
        self.run_with(args, "", Terminal::default())
    }

    pub(crate) fn run_with(&self, args: &[&str], stdin: &str, terminal: Terminal) -> Run {
        self.run_in(args, stdin, terminal, &[])
    }

    /// The same with these environment variables and no others.
    pub(crate) fn run_in(&self, args: &[&str], stdin: &str, terminal: Terminal, set: &[(&str, &str)]) -> Run {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let mut stdin = stdin.as_bytes();
        // The home of whoever runs the tests is nobody's business.
        let env =
            |name: &str| set.iter().find(|(own, _)| *own == name).map(|(_, value)| OsString::from(value));
        let mut io = Io {
            stdin: &mut stdin,
            out: &mut out,
            err: &mut err,
            terminal,
            cwd: self.path().to_owned(),
            env: &env,
        };
        let code = seatrial_cli::run(std::iter::once("seatrial").chain(args.iter().copied()), &mut io);
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Run { code, out: text(out), err: text(err) }
    }
}
