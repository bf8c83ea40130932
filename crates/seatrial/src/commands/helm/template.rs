//! `seatrial helm template`: what `helm template` prints, without Helm.

use std::cell::RefCell;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_gotemplate::{Clock, Env, Random, Template, Value, sprig};
use seatrial_helm::load::LoadOptions;
use seatrial_helm::values::{ValueSources, ValuesFile, merge_files_and_sets};
use seatrial_helm::{
    Bounds, Chart, Error, HelmVersion, KubeVersion, Options, Prepared, Release, load, release, render,
};
use seatrial_platform::Surroundings;

use crate::cli::{Global, Helm, HelmTemplateArgs, HelmValueArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::remote::Remote;
use crate::session::{chart_bounds, on_this_thread, on_threads, platform, platform_path};

/// Renders as Helm does: what it prints goes to standard output, its error to standard error with exit code 1.
pub(super) fn run(args: &HelmTemplateArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let version = version(args.helm_version, global, io)?;
    // Helm's warnings and errors are not ours to paint.
    let prepared = {
        let stdin = RefCell::new(&mut io.stdin);
        let bounds = chart_bounds(&global.limits);
        let read = |name: &str| read_file(name, &io.cwd, &stdin, bounds.chart_bytes);
        prepare(args, version, &bounds, &io.cwd, io.env, &read)
    };
    let remote = match &prepared {
        Ok(_) if args.dependency_update => Some(at_hand(global, io)?),
        _ => None,
    };
    let outcome = match prepared {
        Ok(mut job) => {
            let (repositories, remote) = remote.unzip();
            job.repositories = repositories;
            let outcome = if is_small(&job.chart) {
                on_this_thread(global, || job.run())?
            } else {
                on_threads(global, || job.run())?
            };
            remote.flatten().map_or(Ok(()), |remote| remote.keep())?;
            outcome
        }
        Err(error) => Outcome { error: Some(error), ..Outcome::default() },
    };
    for warning in &outcome.warnings {
        io.say(&format!("{warning}\n"));
    }
    io.print_bytes(&outcome.out)?;
    for (path, text) in &outcome.written {
        write_file(path, text)?;
        io.print(&format!("wrote {}\n", path.display()))?;
    }
    match outcome.error {
        None => Ok(0),
        Some(error) => {
            io.say(&format!("Error: {}\n", error.message));
            Ok(1)
        }
    }
}

/// The Helm asked for, else that of the platform's Argo CD, else the newest.
pub(super) fn version(asked: Option<Helm>, global: &Global, io: &Io<'_>) -> Result<HelmVersion, CliError> {
    if let Some(helm) = asked {
        return Ok(match helm {
            Helm::V3 => HelmVersion::V3_19,
            Helm::V42 => HelmVersion::V4_2,
            Helm::V43 => HelmVersion::V4_3,
        });
    }
    if platform_path(global, io, &io.cwd)?.is_none() {
        return Ok(HelmVersion::default());
    }
    let platform = platform(global, io, &io.cwd, &seatrial_source::Files::new())?;
    Ok(seatrial_argocd::render::helm_version(platform.version()))
}

/// What stands for repositories: what the platform file says, and what may be fetched.
fn at_hand(global: &Global, io: &Io<'_>) -> Result<(Surroundings, Option<Remote>), CliError> {
    let mut platform = platform(global, io, &io.cwd, &seatrial_source::Files::new())?;
    let home = platform_path(global, io, &io.cwd)?;
    let remote = Remote::open(home.as_deref().and_then(Path::parent).unwrap_or(&io.cwd), global.fetch)?;
    if let (Some(remote), Some(platform)) = (&remote, Arc::get_mut(&mut platform)) {
        platform.remote = Some(Arc::clone(&remote.fetcher) as Arc<dyn seatrial_platform::Remote>);
    }
    Ok((platform.surroundings([], None), remote))
}

/// All that a render needs but the chart, read.
struct Job {
    /// The folder or the archive.
    chart: PathBuf,
    load: LoadOptions,
    /// Where the dependencies that it lacks are looked for.
    repositories: Option<Surroundings>,
    values: seatrial_helm::Values,
    options: Options,
    debug: bool,
    show_only: Vec<String>,
    output_dir: Option<PathBuf>,
}

/// What came of it.
#[derive(Default)]
struct Outcome {
    out: Vec<u8>,
    warnings: Vec<String>,
    error: Option<Error>,
    written: Vec<(PathBuf, Vec<u8>)>,
}

type Reader<'r> = &'r dyn Fn(&str) -> Result<Vec<u8>, String>;

fn prepare(
    args: &HelmTemplateArgs,
    version: HelmVersion,
    bounds: &Bounds,
    cwd: &Path,
    env: &dyn Fn(&str) -> Option<std::ffi::OsString>,
    read: Reader<'_>,
) -> Result<Job, Error> {
    refuse(args)?;
    let kube_version = match &args.kube_version {
        Some(text) => Some(KubeVersion::parse(text, version)?),
        None => None,
    };
    let (name, chart) = name_and_chart(args)?;
    let chart = locate(chart, cwd)?;
    let values = merge_files_and_sets(&sources(&args.given), version, &|name: &str| read(name))?;
    let namespace = args.namespace.clone().filter(|namespace| !namespace.is_empty());
    let from_env =
        || env("HELM_NAMESPACE").and_then(|text| text.into_string().ok()).filter(|t| !t.is_empty());
    let (clock, random) = if args.deterministic {
        (Clock::Fixed(0, 0), Random::Seeded(0))
    } else {
        (Clock::System, Random::System)
    };
    let options = Options {
        version,
        release_name: name.clone(),
        namespace: namespace.or_else(from_env).unwrap_or_else(|| "default".to_owned()),
        is_upgrade: args.is_upgrade,
        kube_version,
        api_versions: args.api_versions.clone(),
        include_crds: args.include_crds,
        skip_tests: args.skip_tests,
        no_hooks: args.no_hooks,
        skip_schema_validation: args.skip_schema_validation,
        clock,
        random,
        limits: bounds.templates,
        ..Options::default()
    };
    let output_dir = args.output_dir.as_ref().map(|dir| {
        let dir = cwd.join(dir);
        if args.release_name { dir.join(&name) } else { dir }
    });
    Ok(Job {
        chart,
        load: bounds.load(version),
        repositories: None,
        values,
        options,
        debug: args.debug,
        show_only: args.show_only.clone(),
        output_dir,
    })
}

impl Job {
    fn run(self) -> Outcome {
        let version = self.options.version;
        let chart = match self.loaded() {
            Ok(chart) => chart,
            Err(error) => return Outcome { error: Some(error), ..Outcome::default() },
        };
        let mut outcome = Outcome::default();
        outcome.warnings.extend(chart.warnings.iter().cloned());
        if chart.metadata.deprecated {
            outcome.warnings.push("WARNING: this chart is deprecated".to_owned());
        }
        let prepared = Prepared::new(Arc::new(chart), version);
        let shown = render(&prepared, self.values, &self.options).and_then(|release| {
            outcome.warnings.extend(release.warnings.iter().map(|warning| format!("WARNING: {warning}")));
            show(&release, &self.options, &self.show_only, self.output_dir.as_deref())
        });
        // The process ends soon: giving every node of every template back would be a tenth of the time.
        std::mem::forget(prepared);
        match shown {
            Ok((out, written)) => (outcome.out, outcome.written) = (out, written),
            Err(mut error) => {
                if error.in_release && self.debug {
                    match partial(&error, &self.show_only, version) {
                        Ok(out) => outcome.out = out,
                        // Helm keeps to the first error since 4.3.
                        Err(other) if version != HelmVersion::V4_3 => error = other,
                        Err(_) => {}
                    }
                } else if error.in_release {
                    error.message.push_str("\n\nUse --debug flag to render out invalid YAML");
                }
                outcome.error = Some(error);
            }
        }
        outcome
    }

    fn loaded(&self) -> Result<Chart, Error> {
        let mut chart = load::path(&self.chart, &self.load)?;
        if let Some(repositories) = &self.repositories {
            super::dependencies::add(&mut chart, &self.chart, &self.load, repositories.repositories())?;
        }
        Ok(chart)
    }
}

/// Whether a chart is rendered before a second thread could help: an archive of a few kilobytes, a folder of a few files
/// without charts of its own.
fn is_small(chart: &Path) -> bool {
    const BYTES: u64 = 8 << 10;
    const ENTRIES: usize = 16;
    let few = |dir: &Path| fs::read_dir(dir).is_ok_and(|entries| entries.take(ENTRIES).count() < ENTRIES);
    match fs::metadata(chart) {
        Ok(found) if found.is_file() => found.len() <= BYTES,
        Ok(_) => few(chart) && few(&chart.join("templates")) && !chart.join("charts").exists(),
        Err(_) => false,
    }
}

/// What Helm prints of a release that failed.
fn partial(error: &Error, show_only: &[String], version: HelmVersion) -> Result<Vec<u8>, Error> {
    let mut text = error.rendered.as_deref().unwrap_or_default().trim_ascii().to_vec();
    text.push(b'\n');
    if show_only.is_empty() {
        return Ok(text);
    }
    release::show_only(&text, show_only, version)
}

type Shown = (Vec<u8>, Vec<(PathBuf, Vec<u8>)>);

fn show(
    release: &Release,
    options: &Options,
    show_only: &[String],
    output_dir: Option<&Path>,
) -> Result<Shown, Error> {
    if let Some(dir) = output_dir {
        let files = release.to_files(options).into_iter().map(|(path, text)| (dir.join(path), text));
        // Helm prints what is left of the manifest: a line.
        return Ok((b"\n".to_vec(), files.collect()));
    }
    let text = release.to_text(options);
    if show_only.is_empty() {
        return Ok((text, Vec::new()));
    }
    Ok((release::show_only(&text, show_only, options.version)?, Vec::new()))
}

/// What needs a cluster, a network or a DNS.
fn refuse(args: &HelmTemplateArgs) -> Result<(), Error> {
    let server = args.dry_run.as_deref().is_some_and(|to| !matches!(to, "client" | "unset" | "true"));
    if args.validate || server {
        return Err(Error::new(
            "--validate and --dry-run=server ask a cluster; seatrial renders without one. `seatrial check` judges what is \
             rendered by the schemas of the cluster's Kubernetes version",
        ));
    }
    let refused = if args.verify {
        "--verify: signatures of charts are not looked at here; `helm verify` does it"
    } else if args.repo.is_some() {
        "--repo: charts of repositories are not fetched here; pull it first, and name the folder or the archive"
    } else if args.post_renderer.is_some() || !args.post_renderer_args.is_empty() {
        "--post-renderer: no other program is run; pipe what is printed into it"
    } else {
        ""
    };
    if !refused.is_empty() {
        return Err(Error::new(refused));
    }
    if args.enable_dns {
        return Err(Error::new("--enable-dns: what a DNS answers is not reproducible, so it is not asked"));
    }
    Ok(())
}

/// What a user gives, as the engine takes it.
pub(super) fn sources(args: &HelmValueArgs) -> ValueSources {
    let file = |name: &String| ValuesFile { name: Arc::from(name.as_str()), data: None };
    ValueSources {
        files: args.values.iter().map(file).collect(),
        json: args.set_json.clone(),
        set: args.set.clone(),
        string: args.set_string.clone(),
        file: args.set_file.clone(),
        literal: args.set_literal.clone(),
    }
}

fn name_and_chart(args: &HelmTemplateArgs) -> Result<(String, &str), Error> {
    match args.arguments.as_slice() {
        [name, chart] => {
            let clash = if args.generate_name {
                "--generate-name"
            } else if args.name_template.is_some() {
                "--name-template"
            } else {
                return Ok((name.clone(), chart));
            };
            Err(Error::new(format!("cannot set {clash} and also specify a name")))
        }
        [chart] => match &args.name_template {
            Some(template) if !template.is_empty() => Ok((named(template)?, chart)),
            _ => Ok(("release-name".to_owned(), chart)),
        },
        [_, _, more @ ..] => Err(Error::new(format!(
            "expected at most two arguments, unexpected arguments: {}",
            more.join(", ")
        ))),
        [] => Err(Error::new("\"helm template\" requires at least 1 argument")),
    }
}

/// A name from a template, as `--name-template` has it.
fn named(template: &str) -> Result<String, Error> {
    let failed = |error: seatrial_gotemplate::template::Error| Error::new(error.to_string());
    let template = Template::parse("name-template", template, &sprig::generic()).map_err(failed)?;
    let text = template.execute(&Value::Nil, &Env::default()).map_err(failed)?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn locate(name: &str, cwd: &Path) -> Result<PathBuf, Error> {
    let name = name.trim();
    let path = cwd.join(name);
    if path.exists() {
        return Ok(path);
    }
    if Path::new(name).is_absolute() || name.starts_with('.') {
        return Err(Error::new(format!("path {name:?} not found")));
    }
    let remote = name.starts_with("oci://") || name.contains("://");
    Err(Error::new(if remote {
        format!("{name}: charts are not fetched here; pull it first, or name a folder or an archive")
    } else {
        format!(
            "{name}: no such folder or archive; charts of repositories are not fetched here, pull it first"
        )
    }))
}

/// A file that holds values, or standard input; it may be as large as a chart.
pub(super) fn read_file(
    name: &str,
    cwd: &Path,
    stdin: &RefCell<impl Read>,
    limit: u64,
) -> Result<Vec<u8>, String> {
    let bounded = |from: &mut dyn Read| {
        let mut bytes = Vec::new();
        from.take(limit.saturating_add(1)).read_to_end(&mut bytes).map(|_| bytes)
    };
    let checked = |bytes: Vec<u8>| {
        if bytes.len() as u64 > limit {
            return Err(format!(
                "{name} is larger than {limit} bytes (`--max-chart-bytes` raises this limit)"
            ));
        }
        Ok(bytes)
    };
    if name.trim() == "-" {
        return bounded(&mut *stdin.borrow_mut()).map_err(|error| error.to_string()).and_then(checked);
    }
    if name.starts_with("http://") || name.starts_with("https://") {
        return Err(format!("{name}: values are not fetched here; save the file and name it"));
    }
    let read = fs::File::open(cwd.join(name)).and_then(|mut file| bounded(&mut file));
    read.map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => format!("open {name}: no such file or directory"),
        std::io::ErrorKind::PermissionDenied => format!("open {name}: permission denied"),
        std::io::ErrorKind::IsADirectory => format!("read {name}: is a directory"),
        _ => format!("open {name}: {error}"),
    })
    .and_then(checked)
}

fn write_file(path: &Path, text: &[u8]) -> Result<(), CliError> {
    let failed =
        |error: &dyn std::fmt::Display| CliError::new(format!("cannot write `{}`: {error}", path.display()));
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|error| failed(&error))?;
    }
    fs::write(path, text).map_err(|error| failed(&error))
}
