//! `seatrial helm lint`: what `helm lint` says of charts, and what Kubernetes would say to what they give.

mod objects;
mod values;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_gotemplate::{Clock, Random};
use seatrial_helm::lint::{Lint, Message, Severity, lint};
use seatrial_helm::load::LoadOptions;
use seatrial_helm::provenance::{Traced, trace};
use seatrial_helm::values::merge_files_and_sets;
use seatrial_helm::{Chart, Error, KubeVersion, Options, Prepared, Values, load};

use super::template::{read_file, sources, version};
use crate::cli::{Global, HelmLintArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::session::{chart_bounds, on_threads};

/// Prints as Helm does, and ends with its exit codes.
pub(super) fn run(args: &HelmLintArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let version = version(args.helm_version, global, io)?;
    let env = (io.env)("HELM_NAMESPACE").and_then(|text| text.into_string().ok()).filter(|t| !t.is_empty());
    let job = {
        let stdin = RefCell::new(&mut io.stdin);
        Job::new(args, version, env, &|name: &str| {
            read_file(name, &io.cwd, &stdin, chart_bounds(&global.limits).chart_bytes)
        })
    };
    let job = match job {
        Ok(job) => job,
        Err(error) => {
            io.say(&format!("Error: {}\n", error.message));
            return Ok(1);
        }
    };
    let paths = paths(args, &io.cwd);
    let linted: Vec<Linted> =
        on_threads(global, || paths.iter().map(|(shown, path)| job.lint(shown, path, args)).collect())?;
    let quiet = global.quiet > 0;
    let mut out = String::new();
    for linted in &linted {
        linted.print(quiet, &mut out);
    }
    let failed = linted.iter().filter(|linted| linted.fails(args.strict)).count();
    let summary = format!("{} chart(s) linted, {failed} chart(s) failed\n", linted.len());
    io.print(&out)?;
    if failed > 0 {
        io.say(&format!("Error: {summary}"));
        return Ok(1);
    }
    if !quiet || linted.iter().any(Linted::has_problems) {
        io.print(&summary)?;
    }
    Ok(0)
}

/// The charts to lint, each as it is shown and where it lies.
fn paths(args: &HelmLintArgs, cwd: &Path) -> Vec<(String, PathBuf)> {
    let mut found: Vec<(String, PathBuf)> =
        args.paths.iter().map(|path| (path.clone(), cwd.join(path))).collect();
    if !args.with_subcharts {
        return found;
    }
    for path in &args.paths {
        let mut open = vec![Path::new(path).join("charts")];
        while let Some(shown) = open.pop() {
            let Ok(entries) = cwd.join(&shown).read_dir() else { continue };
            let mut below: Vec<PathBuf> = entries.flatten().map(|e| shown.join(e.file_name())).collect();
            below.sort();
            for path in &below {
                let name = path.to_string_lossy();
                if path.file_name().is_some_and(|name| name == "Chart.yaml") {
                    found.push((shown.to_string_lossy().into_owned(), cwd.join(&shown)));
                } else if name.ends_with(".tgz") || name.ends_with(".tar.gz") {
                    found.push((name.clone().into_owned(), cwd.join(path)));
                }
            }
            // Links are not followed: they can make circles.
            let folder = |path: &PathBuf| cwd.join(path).symlink_metadata().is_ok_and(|found| found.is_dir());
            open.extend(below.into_iter().rev().filter(folder));
        }
    }
    found
}

/// What holds for every chart.
struct Job {
    user: Values,
    options: Options,
    load: LoadOptions,
}

impl Job {
    fn new(
        args: &HelmLintArgs,
        version: seatrial_helm::HelmVersion,
        namespace: Option<String>,
        read: &dyn Fn(&str) -> Result<Vec<u8>, String>,
    ) -> Result<Self, Error> {
        let kube_version = match &args.kube_version {
            Some(text) => Some(KubeVersion::parse(text, version)?),
            None => None,
        };
        let given = args.namespace.clone().filter(|namespace| !namespace.is_empty());
        Ok(Self {
            user: merge_files_and_sets(&sources(&args.given), version, read)?,
            options: Options {
                version,
                namespace: given.or(namespace).unwrap_or_else(|| "default".to_owned()),
                kube_version,
                skip_schema_validation: args.skip_schema_validation,
                // What is said of a chart is to be the same each time.
                clock: Clock::Fixed(0, 0),
                random: Random::Seeded(0),
                ..Options::default()
            },
            load: LoadOptions { version, ..LoadOptions::default() },
        })
    }

    fn lint(&self, shown: &str, path: &Path, args: &HelmLintArgs) -> Linted {
        let mut linted = match lint(path, &self.user, &self.options, &self.load) {
            Ok(Lint { messages, .. }) => Linted { shown: shown.to_owned(), messages, refused: None },
            Err(error) => {
                return Linted {
                    shown: shown.to_owned(),
                    messages: Vec::new(),
                    refused: Some(error.message),
                };
            }
        };
        if !args.helm_only
            && let Ok(chart) = load::path(path, &self.load)
        {
            let chart = Arc::new(chart);
            linted.messages.extend(dependencies(&chart));
            let version = args.kube_version.as_deref().and_then(seatrial_kubernetes::Version::parse);
            if let Some(traced) = self.traced(&chart, version, &mut linted) {
                objects::judge(&chart, &traced, version, &mut linted.messages);
                values::judge(&chart, &traced, &self.user, &mut linted.messages);
            }
        }
        linted
    }

    /// The chart rendered in earnest; `None` where that fails, which is said where Helm's linter has not said it.
    fn traced(
        &self,
        chart: &Arc<Chart>,
        version: Option<seatrial_kubernetes::Version>,
        linted: &mut Linted,
    ) -> Option<Traced> {
        if chart.metadata.kind == "library" {
            return None;
        }
        let prepared = Prepared::new(Arc::clone(chart), self.options.version);
        // Helm's default knows fewer APIs than any cluster serves, and charts fall back to what is gone.
        let served = seatrial_kubernetes::kinds(version.unwrap_or(seatrial_kubernetes::Version::NEWEST));
        let api_versions = served
            .flat_map(|kind| [kind.api_version(), format!("{}/{}", kind.api_version(), kind.kind)])
            .collect();
        let options = Options { api_versions, ..self.options.clone() };
        match trace(&prepared, self.user.clone(), &options) {
            Ok(traced) => Some(traced),
            Err(error) => {
                if !linted.fails(false) {
                    let text = format!("not judged with these values, it does not render: {}", error.message);
                    linted.messages.push(own(Severity::Info, "templates/", text));
                }
                None
            }
        }
    }
}

/// A message of our own.
fn own(severity: Severity, path: &str, text: impl Into<String>) -> Message {
    Message { severity, path: path.to_owned(), text: text.into(), place: None }
}

/// Dependencies that the lock file does not have as `Chart.yaml` asks for them.
fn dependencies(chart: &Chart) -> Vec<Message> {
    use seatrial_gotemplate::semver::{Constraints, Version};
    let Some(lock) = &chart.lock else { return Vec::new() };
    let file = if chart.metadata.api_version == "v1" { "requirements.lock" } else { "Chart.lock" };
    let fault = |dependency: &seatrial_helm::Dependency| {
        let Some(locked) = lock.dependencies.iter().find(|locked| locked.name == dependency.name) else {
            return Some(format!("dependency `{}` is not locked", dependency.name));
        };
        let wanted = Constraints::parse(dependency.version.as_bytes()).ok()?;
        let version = Version::parse(locked.version.as_bytes()).ok()?;
        (!wanted.check(&version)).then(|| {
            format!(
                "dependency `{}` is locked at {}, which {} does not allow",
                dependency.name, locked.version, dependency.version
            )
        })
    };
    let faults = chart.metadata.dependencies.iter().filter_map(fault);
    faults.map(|fault| own(Severity::Warning, file, fault)).collect()
}

/// A chart, linted.
struct Linted {
    shown: String,
    messages: Vec<Message>,
    /// Why it is no chart at all.
    refused: Option<String>,
}

impl Linted {
    fn fails(&self, strict: bool) -> bool {
        let least = if strict { Severity::Warning } else { Severity::Error };
        self.refused.is_some() || self.messages.iter().any(|message| message.severity >= least)
    }

    fn has_problems(&self) -> bool {
        self.fails(true)
    }

    fn print(&self, quiet: bool, out: &mut String) {
        if quiet && !self.has_problems() {
            return;
        }
        out.push_str(&format!("==> Linting {}\n", self.shown));
        if let Some(why) = &self.refused {
            out.push_str(&format!("Error {why}\n"));
        }
        for message in &self.messages {
            if !quiet || message.severity > Severity::Info {
                let Message { severity, path, text, .. } = message;
                out.push_str(&format!("[{}] {path}: {text}\n", severity.name()));
            }
        }
        out.push('\n');
    }
}
