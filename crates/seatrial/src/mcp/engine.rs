//! What calls share: the root, the limits, the threads.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rayon::ThreadPool;
use seatrial_platform::Platform;
use seatrial_source::{Files, Overlay};
use seatrial_trial::{Report, Stop, Warm};

use super::world;
use crate::cli::{Global, InputArgs};
use crate::commands::commands::{self, CommandsOutput};
use crate::error::CliError;
use crate::io::{Io, Terminal};
use crate::session::{self, Session, lexical};

/// How many files a call may hand over, and how large they may be together.
const MAX_PROPOSED: (usize, usize) = (64, 4 << 20);

/// Of how many different paths what was found out is kept.
const MAX_WARM: usize = 4;

/// How many names of proposed files are kept.
const MAX_NAMES: usize = 10_000;

/// The engine behind every tool, resource and prompt. Its clones share their threads, and what earlier calls found out.
#[derive(Clone)]
pub(crate) struct Engine {
    root: PathBuf,
    global: Global,
    pool: Arc<ThreadPool>,
    past: Arc<Mutex<Past>>,
    stop: Stop,
    pub(super) allow_write: bool,
}

/// What calls leave behind for later ones.
#[derive(Default)]
struct Past {
    files: Arc<Files>,
    /// By the paths that were looked at, the latest first.
    warm: Vec<(Vec<String>, Arc<Warm>)>,
    /// How many files were proposed since names are kept.
    proposed: usize,
}

impl Past {
    /// What is known of earlier trials of these paths.
    fn warm(&mut self, paths: &[String]) -> Arc<Warm> {
        let at = self.warm.iter().position(|(of, _)| of == paths);
        let entry = match at {
            Some(at) => self.warm.remove(at),
            None => (paths.to_vec(), Arc::new(Warm::new())),
        };
        let warm = Arc::clone(&entry.1);
        self.warm.insert(0, entry);
        self.warm.truncate(MAX_WARM);
        warm
    }
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
        let pool = Arc::new(session::pool(&global)?);
        Ok(Self { root: real, global, pool, past: Arc::default(), stop: Stop::default(), allow_write })
    }

    /// The same for one call, whose trials are given up when `stop` is asked for.
    pub(super) fn stopped_by(&self, stop: &Stop) -> Self {
        Self { stop: stop.clone(), ..self.clone() }
    }

    /// The folder that is served.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Runs `work` on the threads of trials, whose stacks are deep.
    pub(super) fn on_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.pool.install(work)
    }

    /// Judges by all rules. What an earlier call found out, and still holds, is not found out again.
    pub(super) fn judged(&self, session: &Session) -> Report {
        let warm = self.past().warm(&session.inputs.paths);
        self.on_threads(|| {
            warm.check(&session.inputs, seatrial_rules::all(), |files| world::digest(session, files))
        })
    }

    fn past(&self) -> MutexGuard<'_, Past> {
        self.past.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the files and folders of `paths`; none means the whole root.
    pub(super) fn session(&self, paths: &[String]) -> Result<Session, CliError> {
        let mut inside: Vec<PathBuf> =
            paths.iter().map(|path| self.confined(path)).collect::<Result<_, _>>()?;
        if inside.is_empty() {
            inside.push(PathBuf::from("."));
        }
        let input = InputArgs { paths: inside, rev: None, stdin_name: String::new() };
        let files = Arc::clone(&self.past().files);
        let mut session = self.with_io(|io| Session::sharing(&input, &self.global, io, &files))?;
        session.inputs.options.stop = self.stop.clone();
        Ok(session)
    }

    /// The proposed files over those on disk; where there is none, the files and folders of `paths`.
    pub(super) fn session_of(
        &self,
        paths: &[String],
        proposed: &[ProposedFile],
    ) -> Result<Session, CliError> {
        if proposed.is_empty() { self.session(paths) } else { self.session_over(proposed) }
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
        self.count(proposed.len());
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

    /// Counts proposed files: names that are never met again are not kept for ever.
    fn count(&self, proposed: usize) {
        let mut past = self.past();
        past.proposed += proposed;
        if past.proposed > MAX_NAMES {
            *past = Past::default();
        }
    }

    /// The commands to run for the manifests of a session.
    pub(super) fn commands(&self, session: &Session) -> Result<CommandsOutput, CliError> {
        self.with_io(|io| commands::of_manifests(session, &self.global, io))
    }

    /// What is known of the platform: nothing, where there is no platform file or it cannot be read.
    pub(super) fn known(&self) -> Arc<Platform> {
        self.platform().unwrap_or_else(|_| Arc::new(Platform::none()))
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

    use seatrial_trial::{Report, Stop, check};

    use super::{Engine, ProposedFile};
    use crate::cli::Cli;
    use crate::guard::guarded;
    use crate::session::Session;

    fn engine(root: &Path) -> Engine {
        let cli = Cli::try_parse_from(["seatrial", "--jobs", "1", "mcp"]).unwrap();
        Engine::open(root, &cli.global, false).unwrap()
    }

    const PLATFORM: &str = "\
argocd: {version: \"3.6\", runsIn: hub}
clusters: {hub: {server: https://kubernetes.default.svc, environment: dev}}
environments: {dev: {registries: [registry.example.com], replicas: 3}}
repositories: {https://git.example.com/a.git: {path: .}, https://git.example.com/b.git: {path: ../other}}
";

    fn application(name: &str, repository: &str, path: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: {name}, namespace: argocd}}\nspec:\n  \
             project: default\n  source: {{repoURL: https://git.example.com/{repository}.git, path: {path}, targetRevision: v1}}\n  \
             destination: {{server: https://kubernetes.default.svc, namespace: web}}\n"
        )
    }

    const DEPLOYMENT: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec: {containers: [{name: c, image: registry.example.com/web:1}]}
";

    /// What a trial that knows of the last one answers is what one that knows of none does, whatever was changed between.
    #[test]
    fn nothing_that_no_longer_holds_is_taken_over() {
        let dir = TempDir::new().unwrap();
        let root = dir.path().join("root");
        let write = |path: &str, text: &str| {
            let full = root.join(path);
            fs::create_dir_all(full.parent().unwrap()).unwrap();
            fs::write(full, text).unwrap();
        };
        let project = "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: default, namespace: argocd}\nspec: {sourceRepos: [], destinations: []}\n";
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s, namespace: argocd}\nspec:\n  goTemplate: true\n  generators: [{git: {repoURL: https://git.example.com/a.git, revision: v1, directories: [{path: \"apps/*\"}]}}]\n  template:\n    metadata: {name: '{{ .path.basename }}'}\n    spec: {project: default, source: {repoURL: https://git.example.com/a.git, path: chart, targetRevision: v1}, destination: {server: https://kubernetes.default.svc, namespace: web}}\n";
        let chart = "apiVersion: v2\nname: chart\nversion: 1.0.0\n";
        let edits: Vec<(&str, String)> = vec![
            ("seatrial.yaml", PLATFORM.to_owned()),
            ("chart/Chart.yaml", chart.to_owned()),
            ("chart/values.yaml", "replicas: 2\n".to_owned()),
            ("chart/templates/d.yaml", DEPLOYMENT.to_owned()),
            ("apps/one.yaml", application("one", "a", "chart")),
            ("apps/two.yaml", application("two", "a", "chart")),
            ("apps/three.yaml", application("three", "b", "plain")),
            ("apps/two.yaml", application("two", "a", "nowhere")),
            ("chart/values.yaml", "replicas: 3\n".to_owned()),
            ("chart/values.yaml", "replicas: 4\n".to_owned()),
            ("../other/plain/d.yaml", DEPLOYMENT.replace("{{ .Values.replicas }}", "3")),
            ("../other/plain/d.yaml", DEPLOYMENT.replace("{{ .Values.replicas }}", "1")),
            ("nowhere/Chart.yaml", chart.to_owned()),
            ("seatrial.yaml", PLATFORM.replace("replicas: 3", "replicas: 4")),
            ("apps/project.yaml", project.to_owned()),
            ("apps/project.yaml", project.replace("sourceRepos: []", "sourceRepos: ['*']")),
            ("apps/set.yaml", set.to_owned()),
            ("apps/new/x.yaml", "a: 1\n".to_owned()),
            ("apps/one.yaml", application("two", "a", "chart")),
            ("apps/one.yaml", application("one", "a", "chart")),
            ("chart/templates/d.yaml", DEPLOYMENT.replace("registry.example.com", "docker.io")),
            ("apps/two.yaml", "# seatrial: ignore[missing-path]\nkind: {{\n".to_owned()),
        ];
        fs::create_dir_all(&root).unwrap();
        let warm = engine(&root);
        let mut different = std::collections::HashSet::new();
        for (number, (path, text)) in edits.iter().enumerate() {
            write(path, text);
            // Twice: after the edit, and with nothing changed.
            for _ in 0..2 {
                let session = warm.session(&[]).unwrap();
                let known = told(&session, &warm.judged(&session));
                let cold = engine(&root);
                let session = cold.session(&[]).unwrap();
                let afresh = told(&session, &check(&session.inputs, seatrial_rules::all()));
                assert_eq!(known, afresh, "edit {number}: {path}");
                different.insert(known);
            }
        }
        assert!(different.len() > edits.len() / 2, "{} answers", different.len());
    }

    #[test]
    fn a_call_that_is_called_off_does_not_concern_others() {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join("one.yaml"), application("one", "a", "chart")).unwrap();
        let shared = engine(dir.path());
        let stop = Stop::default();
        let judge = |engine: &Engine| {
            guarded(|| engine.session(&[]).map(|session| engine.judged(&session).summary.applications))
        };
        let called_off = shared.stopped_by(&stop);
        assert_eq!(judge(&called_off).unwrap(), 1);
        stop.ask();
        assert_eq!(judge(&called_off).unwrap_err().message, "the trial was called off");
        assert_eq!(judge(&shared.stopped_by(&Stop::default())).unwrap(), 1);
    }

    fn told(session: &Session, report: &Report) -> String {
        let metas = crate::commands::catalogue();
        let shown = crate::formats::Shown {
            report,
            rules: &metas,
            environments: &session.environments,
            platform: session.inputs.platform.path(),
            fail_on: crate::formats::FailOn::Error,
            look: crate::look::Look::PLAIN,
            verbosity: 0,
            arguments: "",
        };
        crate::formats::render(crate::formats::Format::Json, &shown)
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
