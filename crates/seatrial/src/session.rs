//! From the command line to what a trial runs on: which files, which platform file, which bounds.

use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use seatrial_argocd::Limits as ExpandLimits;
use seatrial_helm::Bounds;
use seatrial_platform::{IssueKind, Platform};
use seatrial_source::{
    Files, GitRepository, Limits, Memory, ReadError, ReadErrorKind, Snapshot, WorkTree, normalize,
};
use seatrial_trial::{Effort, Inputs, Options};

use crate::cli::{Global, InputArgs, LimitArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::place::in_file;
use crate::remote::Remote;
use crate::text::nearest;

/// Threads that run trials: deep values are walked on the stack.
const STACK: usize = 16 << 20;

/// What a command works on.
pub(crate) struct Session {
    /// For the trial.
    pub inputs: Inputs,
    /// The folder that paths of the snapshot are relative to; `None` when they are not on disk.
    pub root: Option<PathBuf>,
    /// Names of files (not folders) that were asked for.
    pub named: Vec<String>,
    /// The arguments again, to be shown in commands to run next: ` apps/`.
    pub arguments: String,
    /// Names of environments, in the order of the platform file.
    pub environments: Vec<String>,
    /// The folder of the platform file, or where one was looked for.
    pub home: PathBuf,
    remote: Option<Remote>,
}

impl Session {
    /// Opens what `args` names.
    pub(crate) fn open(args: &InputArgs, global: &Global, io: &mut Io<'_>) -> Result<Self, CliError> {
        Self::sharing(args, global, io, &Files::new())
    }

    /// The same, with names of files that other sessions use too.
    pub(crate) fn sharing(
        args: &InputArgs,
        global: &Global,
        io: &mut Io<'_>,
        files: &Arc<Files>,
    ) -> Result<Self, CliError> {
        let place = place(args, global, io, files)?;
        let mut platform = platform(global, io, &place.home, files)?;
        let home = platform_path(global, io, &place.home)?;
        let home = home.as_deref().and_then(Path::parent).unwrap_or(&place.home).to_owned();
        let remote = Remote::open(&home, global.fetch)?;
        if let (Some(remote), Some(platform)) = (&remote, Arc::get_mut(&mut platform)) {
            platform.remote = Some(Arc::clone(&remote.fetcher) as Arc<dyn seatrial_platform::Remote>);
        }
        let environments = platform.environments.iter().map(|e| e.name.value.clone()).collect();
        Ok(Self {
            inputs: Inputs {
                snapshot: place.snapshot,
                root: place.root.clone(),
                paths: place.paths,
                platform,
                options: trial_options(&global.limits),
            },
            root: place.root,
            named: place.named,
            arguments: arguments(args, global),
            environments,
            home,
            remote,
        })
    }

    /// Whether something may come from elsewhere than the files here.
    pub(crate) fn is_remote(&self) -> bool {
        self.remote.is_some()
    }

    /// Keeps what was fetched for the next run.
    pub(crate) fn keep_lock(&self) -> Result<(), CliError> {
        self.remote.as_ref().map_or(Ok(()), Remote::keep)
    }

    /// Refuses a run that would say nothing about what was asked for: a file that cannot be read, or no file.
    pub(crate) fn insist(&self, errors: &[ReadError], files: usize) -> Result<(), CliError> {
        if let Some(error) = errors.iter().find(|error| self.named.contains(&error.path)) {
            let path = format!("{}{}", self.inputs.snapshot.label(), error.path);
            let failed = CliError::new(format!("cannot read `{path}`: {}", error.kind));
            return Err(match error.kind {
                ReadErrorKind::TooLarge { .. } => failed.hint("`--max-file-bytes` raises the limit"),
                _ => failed,
            });
        }
        if files == 0 && errors.is_empty() {
            return Err(CliError::new(format!("no Argo CD objects were found in `{}`", self.looked_in()))
                .hint("name a file, a folder that holds Applications or ApplicationSets, or `-` for standard input"));
        }
        Ok(())
    }

    fn looked_in(&self) -> String {
        let label = self.inputs.snapshot.label();
        let folder = match self.inputs.paths.as_slice() {
            [] => label.to_owned(),
            paths => paths.iter().map(|p| format!("{label}{p}")).collect::<Vec<_>>().join("`, `"),
        };
        if folder.is_empty() { ".".to_owned() } else { folder.trim_end_matches('/').to_owned() }
    }
}

/// Runs `work` on as many threads as `--jobs` says, else on one for each core.
pub(crate) fn on_threads<T: Send>(global: &Global, work: impl FnOnce() -> T + Send) -> Result<T, CliError> {
    if global.jobs.is_some() { Ok(pool(global)?.install(work)) } else { here(0, work) }
}

/// Runs `work`, which is done before a second thread would have started, on this thread alone if `--jobs` does not say otherwise.
pub(crate) fn on_this_thread<T: Send>(
    global: &Global,
    work: impl FnOnce() -> T + Send,
) -> Result<T, CliError> {
    if global.jobs.is_some() { on_threads(global, work) } else { here(1, work) }
}

/// As many threads as `--jobs` says, else one for each core; the thread that asks is none of them.
pub(crate) fn pool(global: &Global) -> Result<rayon::ThreadPool, CliError> {
    if global.jobs == Some(0) {
        return Err(CliError::new("`--jobs` must be at least 1"));
    }
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(global.jobs.unwrap_or(0)).stack_size(STACK).build();
    pool.map_err(no_threads)
}

/// Runs `work` with this thread as the first of `threads` (0 is one for each core): to wait for another costs a short run more than its
/// work. Its own stack may be too small for templates that call one another, so that it is lent a larger one.
fn here<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, CliError> {
    if rayon::current_thread_index().is_some() {
        return Ok(stacker::grow(STACK, work));
    }
    let pool =
        rayon::ThreadPoolBuilder::new().num_threads(threads).stack_size(STACK).use_current_thread().build();
    let pool = pool.map_err(no_threads)?;
    Ok(stacker::grow(STACK, || pool.install(work)))
}

#[expect(clippy::needless_pass_by_value, reason = "called by `map_err`")]
fn no_threads(error: rayon::ThreadPoolBuildError) -> CliError {
    CliError::new(format!("cannot start threads: {error}"))
}

/// Whether a person is watching who may want to know that something takes long.
pub(crate) fn shows_progress(global: &Global, io: &Io<'_>) -> bool {
    io.terminal.error && global.quiet == 0
}

struct Place {
    snapshot: Arc<dyn Snapshot>,
    root: Option<PathBuf>,
    paths: Vec<String>,
    named: Vec<String>,
    /// Where the search for the platform file begins.
    home: PathBuf,
}

fn place(args: &InputArgs, global: &Global, io: &mut Io<'_>, files: &Arc<Files>) -> Result<Place, CliError> {
    let limits = source_limits(&global.limits);
    if args.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(args, limits, io, files);
    }
    match &args.rev {
        Some(revision) => at_revision(args, revision, limits, &io.cwd, files),
        None => on_disk(&args.paths, limits, &io.cwd, files),
    }
}

fn standard_input(
    args: &InputArgs,
    limits: Limits,
    io: &mut Io<'_>,
    files: &Arc<Files>,
) -> Result<Place, CliError> {
    if args.paths.len() > 1 || args.rev.is_some() {
        return Err(CliError::new("`-` reads standard input, and stands alone")
            .hint("leave out the other paths and `--rev`, or write the text to a file"));
    }
    if io.terminal.input {
        io.say("Reading from standard input; Ctrl-D ends it.\n");
    }
    let most = limits.max_file_bytes;
    let mut bytes = Vec::new();
    io.stdin
        .take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::new(format!("cannot read standard input: {error}")))?;
    if bytes.len() as u64 > most {
        return Err(CliError::new(format!("standard input is larger than the limit of {most} bytes"))
            .hint("`--max-file-bytes` raises it"));
    }
    let mut memory = Memory::sharing(Arc::clone(files));
    memory.insert_bytes(&args.stdin_name, bytes);
    Ok(Place {
        snapshot: Arc::new(memory),
        root: None,
        paths: vec![args.stdin_name.clone()],
        named: vec![args.stdin_name.clone()],
        home: io.cwd.clone(),
    })
}

fn on_disk(paths: &[PathBuf], limits: Limits, cwd: &Path, files: &Arc<Files>) -> Result<Place, CliError> {
    // Each path as the folder it is or lies in, and the name in it.
    let mut found: Vec<(PathBuf, Option<String>)> = Vec::new();
    for path in paths {
        let full = cwd.join(path);
        let metadata = full.metadata().map_err(|error| not_there(path, &full, &error))?;
        if metadata.is_dir() {
            found.push((canonical(&full, path)?, None));
        } else {
            let name = full.file_name().and_then(|name| name.to_str());
            let name =
                name.ok_or_else(|| CliError::new(format!("`{}`: the name is not Unicode", path.display())))?;
            let parent = full.parent().unwrap_or(Path::new("/"));
            found.push((canonical(parent, path)?, Some(name.to_owned())));
        }
    }
    let root =
        found.iter().map(|(folder, _)| folder.clone()).reduce(|a, b| common(&a, &b)).unwrap_or_default();
    let label = label(&root, cwd, paths);
    let tree = WorkTree::open(&root)
        .map_err(|error| CliError::new(format!("cannot read `{}`: {}", root.display(), error.kind)))?
        .sharing(Arc::clone(files))
        .with_label(label)
        .with_limits(limits);
    let mut names = Vec::new();
    let mut named = Vec::new();
    for (folder, name) in &found {
        let folder = folder.strip_prefix(&root).unwrap_or(Path::new("")).to_string_lossy().into_owned();
        match name {
            Some(name) if folder.is_empty() => named.push(name.clone()),
            Some(name) => named.push(format!("{folder}/{name}")),
            None => names.push(folder),
        }
    }
    let whole = names.iter().any(String::is_empty);
    names.extend(named.iter().cloned());
    let paths = if whole && named.is_empty() { Vec::new() } else { names };
    Ok(Place { snapshot: Arc::new(tree), root: Some(root.clone()), paths, named, home: root })
}

fn at_revision(
    args: &InputArgs,
    revision: &str,
    limits: Limits,
    cwd: &Path,
    files: &Arc<Files>,
) -> Result<Place, CliError> {
    let repository = GitRepository::discover(cwd).map_err(|error| {
        CliError::new(error.to_string()).hint("`--rev` needs a Git repository around the current folder")
    })?;
    let snapshot = repository.snapshot(revision).map_err(|error| CliError::new(error.to_string()))?;
    let snapshot = snapshot.sharing(Arc::clone(files)).with_limits(limits);
    let top = repository.work_tree().unwrap_or(cwd);
    let top = top.canonicalize().unwrap_or_else(|_| top.to_owned());
    let here = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let mut paths = Vec::new();
    let mut named = Vec::new();
    for path in &args.paths {
        let full = lexical(&here.join(path));
        let name = full.strip_prefix(&top).ok().and_then(Path::to_str).and_then(normalize);
        let name =
            name.ok_or_else(|| CliError::new(format!("`{}` is outside of the repository", path.display())))?;
        if name.is_empty() {
            continue;
        }
        if !snapshot.is_dir(&name) {
            if !snapshot.exists(&name) {
                return Err(CliError::new(format!("`{}` is not in revision `{revision}`", path.display())));
            }
            named.push(name.clone());
        }
        paths.push(name);
    }
    Ok(Place { snapshot: Arc::new(snapshot), root: None, paths, named, home: here })
}

fn not_there(path: &Path, full: &Path, error: &std::io::Error) -> CliError {
    let shown = path.display();
    if error.kind() != std::io::ErrorKind::NotFound {
        return CliError::new(format!("cannot read `{shown}`: {error}"));
    }
    let error = CliError::new(format!("no such file or folder: `{shown}`"));
    let name = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let beside: Vec<String> = full
        .parent()
        .and_then(|folder| folder.read_dir().ok())
        .map(|entries| entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect())
        .unwrap_or_default();
    match nearest(&name, beside.iter().map(String::as_str)) {
        Some(near) => error.hint(format!("did you mean `{}`?", path.with_file_name(near).display())),
        None => error,
    }
}

fn canonical(full: &Path, shown: &Path) -> Result<PathBuf, CliError> {
    full.canonicalize().map_err(|error| CliError::new(format!("cannot read `{}`: {error}", shown.display())))
}

fn common(a: &Path, b: &Path) -> PathBuf {
    a.components().zip(b.components()).take_while(|(a, b)| a == b).map(|(a, _)| a).collect()
}

/// What stands before the names of files below `root`: nothing in the current folder, the way down from it, else
/// the folder as the user wrote it, else in full.
fn label(root: &Path, cwd: &Path, paths: &[PathBuf]) -> String {
    let here = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let shown = match (root.strip_prefix(&here), paths) {
        (Ok(below), _) => below.to_path_buf(),
        (Err(_), [path]) if path.is_relative() => {
            if cwd.join(path).is_dir() {
                path.clone()
            } else {
                path.parent().unwrap_or(path).to_owned()
            }
        }
        _ => root.to_owned(),
    };
    let mut text = shown.to_string_lossy().into_owned();
    if !text.is_empty() && !text.ends_with('/') {
        text.push('/');
    }
    text
}

/// The path without `.` and `..`, by its letters alone: it need not exist.
pub(crate) fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

fn arguments(args: &InputArgs, global: &Global) -> String {
    let mut out = String::new();
    if let Some(file) = &global.platform {
        out.push_str(&format!(" --platform {}", quoted(file)));
    }
    for path in &args.paths {
        if path.as_os_str() != "." {
            out.push(' ');
            out.push_str(&quoted(path));
        }
    }
    out
}

/// A path as it is typed into a shell.
fn quoted(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./:@+,=~".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.into_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// How a trial runs, by the flags.
pub(crate) fn trial_options(args: &LimitArgs) -> Options {
    let usual = Effort::default();
    let effort = Effort {
        alike: args.max_findings.unwrap_or(usual.alike),
        trying: args.max_fix_bytes.unwrap_or(usual.trying),
    };
    Options { limits: expand_limits(args), charts: chart_bounds(args), effort, ..Options::default() }
}

pub(crate) fn source_limits(args: &LimitArgs) -> Limits {
    let mut limits = Limits::default();
    if let Some(bytes) = args.max_file_bytes {
        limits.max_file_bytes = bytes;
    }
    if let Some(files) = args.max_files {
        limits.max_files = files;
    }
    limits
}

fn expand_limits(args: &LimitArgs) -> ExpandLimits {
    let mut limits = ExpandLimits::default();
    if let Some(n) = args.max_parameter_sets {
        limits.parameter_sets = n;
    }
    if let Some(bytes) = args.max_output_bytes {
        limits.output_bytes = bytes;
    }
    if let Some(steps) = args.max_template_steps {
        limits.template_steps = steps;
    }
    limits
}

/// Bounds on charts: the default ones, or what was asked for.
pub(crate) fn chart_bounds(args: &LimitArgs) -> Bounds {
    let default = Bounds::default();
    let templates = default.templates;
    Bounds {
        templates: seatrial_gotemplate::Limits {
            depth: args.max_template_depth.unwrap_or(templates.depth),
            steps: args.max_template_steps.unwrap_or(templates.steps),
            output: args.max_output_bytes.map_or(templates.output, |bytes| bytes as u64),
            time: args
                .max_template_seconds
                .map_or(templates.time, |seconds| Some(Duration::from_secs(seconds))),
        },
        chart_bytes: args.max_chart_bytes.unwrap_or(default.chart_bytes),
        chart_files: args.max_chart_files.unwrap_or(default.chart_files),
        chart_depth: args.max_chart_depth.unwrap_or(default.chart_depth),
    }
}

/// The platform file in force: `--platform`, else the nearest `seatrial.yaml` from `home` upwards, else none.
pub(crate) fn platform_path(global: &Global, io: &Io<'_>, home: &Path) -> Result<Option<PathBuf>, CliError> {
    if let Some(path) = &global.platform {
        let full = io.cwd.join(path);
        return match full.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(Some(full)),
            Ok(_) => Err(CliError::new(format!("the platform file `{}` is not a file", path.display()))),
            Err(error) => {
                let error = not_there(path, &full, &error);
                Err(CliError {
                    message: format!("the platform file cannot be read: {}", error.message),
                    ..error
                })
            }
        };
    }
    Ok(Platform::find(home))
}

/// How a file is shown to a person in `cwd`.
pub(crate) fn shown(path: &Path, cwd: &Path) -> String {
    let here = cwd.canonicalize().unwrap_or_else(|_| cwd.to_owned());
    let full = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if let Ok(below) = full.strip_prefix(&here) {
        return below.to_string_lossy().into_owned();
    }
    // Up and down again, while that is short.
    let shared = common(&here, &full);
    let up = here.components().count() - shared.components().count();
    match full.strip_prefix(&shared) {
        Ok(down) if up <= 3 && shared.components().count() > 1 => {
            format!("{}{}", "../".repeat(up), down.display())
        }
        _ => full.to_string_lossy().into_owned(),
    }
}

/// The platform file in force, read; none is no error. One that is not YAML at all is: what it says cannot be
/// trusted, and what it does not say would be taken for unknown.
pub(crate) fn platform(
    global: &Global,
    io: &Io<'_>,
    home: &Path,
    files: &Arc<Files>,
) -> Result<Arc<Platform>, CliError> {
    let Some(path) = platform_path(global, io, home)? else {
        return Ok(Arc::new(Platform::none()));
    };
    let shown = shown(&path, &io.cwd);
    let platform = Platform::load(&path, &shown, files).map_err(|error| {
        CliError::new(format!("the platform file `{shown}` cannot be read: {}", error.kind))
    })?;
    let broken = platform.issues().iter().find(|issue| issue.kind == IssueKind::Syntax);
    match broken.and_then(|issue| Some((issue, platform.file()?))) {
        Some((issue, file)) if issue.span.file == file.id => {
            let at = in_file(file, issue.span);
            let place = format!("{}:{}:{}", at.file, at.line, at.column);
            let error =
                CliError::new(format!("the platform file cannot be used: {place}: {}", issue.message));
            Err(if issue.help.is_empty() { error } else { error.hint(issue.help.clone()) })
        }
        _ => Ok(Arc::new(platform)),
    }
}
