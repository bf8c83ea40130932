//! `seatrial check`: what is wrong, and the exit code that gates on it.

mod hook;

use std::collections::HashSet;
use std::path::Path;

use seatrial_trial::rule::Rule;
use seatrial_trial::{Report, check};
use serde_json::{Value, json};

use super::{catalogue, known_rule};
use crate::cli::{CheckArgs, Global};
use crate::error::CliError;
use crate::formats::{self, Format, Shown};
use crate::io::Io;
use crate::look::Look;
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};

pub(super) fn run(args: &CheckArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    if let Some(host) = args.hook {
        return hook::run(host, args, global, io);
    }
    let rules = chosen(&args.rules)?;
    let mut session = Session::open(&args.input, global, io)?;
    if let Some(path) = args.baseline.as_deref().filter(|_| !args.write_baseline) {
        session.inputs.options.baseline = read_baseline(&io.cwd.join(path), path)?;
    }
    let inputs = &session.inputs;
    let report = progress::during("checking", shows_progress(global, io), || {
        on_threads(global, || check(inputs, &rules))
    })?;
    session.insist(&report.read_errors, report.summary.files)?;
    session.keep_lock()?;
    if args.write_baseline {
        let path = args.baseline.as_deref().unwrap_or(Path::new("seatrial-baseline.json"));
        return write_baseline(path, &report, io);
    }
    let look = if args.output.is_some() { Look::PLAIN } else { io.look(global.color) };
    let metas = catalogue();
    let shown = Shown {
        report: &report,
        rules: &metas,
        environments: &session.environments,
        platform: session.inputs.platform.path(),
        fail_on: args.fail_on,
        look,
        verbosity: verbosity(global),
        arguments: &session.arguments,
    };
    if global.quiet < 2 || args.output.is_some() || !matches!(args.format, Format::Text | Format::Concise) {
        let text = formats::render(args.format, &shown);
        match &args.output {
            Some(path) => std::fs::write(io.cwd.join(path), text)
                .map_err(|error| CliError::new(format!("cannot write `{}`: {error}", path.display())))?,
            None => io.print(&text)?,
        }
    }
    let found = report.findings.iter().any(|finding| args.fail_on.fails(finding.severity));
    let unknown = !report.unknown.is_empty() || !report.read_errors.is_empty();
    Ok(u8::from(found || (args.strict && unknown)))
}

pub(super) fn verbosity(global: &Global) -> i8 {
    i8::try_from(global.verbose).unwrap_or(i8::MAX) - i8::try_from(global.quiet).unwrap_or(i8::MAX)
}

/// The rules named, or all of them.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<&'static dyn Rule>, CliError> {
    for name in names {
        known_rule(name)?;
        if seatrial_rules::find(name).is_none() {
            return Err(CliError::new(format!("`{name}` is a rule of skills, not of manifests"))
                .hint("`seatrial skill lint` judges by it"));
        }
    }
    let wanted =
        |rule: &&'static dyn Rule| names.is_empty() || names.iter().any(|name| name == rule.meta().name);
    Ok(seatrial_rules::all().iter().copied().filter(wanted).collect())
}

/// The fingerprints that a baseline file knows.
fn read_baseline(path: &Path, shown: &Path) -> Result<HashSet<String>, CliError> {
    let shown = shown.display();
    let text = std::fs::read_to_string(path).map_err(|error| {
        CliError::new(format!("cannot read the baseline `{shown}`: {error}"))
            .hint("`--write-baseline` makes one of what is found now")
    })?;
    let value: Value = serde_json::from_str(&text)
        .map_err(|error| CliError::new(format!("the baseline `{shown}` is not JSON: {error}")))?;
    let entries = value
        .get("findings")
        .and_then(Value::as_array)
        .ok_or_else(|| CliError::new(format!("the baseline `{shown}` has no list `findings`")))?;
    Ok(entries.iter().filter_map(|e| e.get("fingerprint")?.as_str()).map(str::to_owned).collect())
}

fn write_baseline(path: &Path, report: &Report, io: &mut Io<'_>) -> Result<u8, CliError> {
    let findings: Vec<Value> = report
        .findings
        .iter()
        .map(|finding| {
            let file = report.file(finding.span.file).map(|file| file.path.to_string());
            json!({"rule": finding.rule, "file": file, "message": finding.message, "fingerprint": finding.fingerprint})
        })
        .collect();
    let count = findings.len();
    let text = format!("{:#}\n", json!({"version": 1, "findings": findings}));
    std::fs::write(io.cwd.join(path), text)
        .map_err(|error| CliError::new(format!("cannot write `{}`: {error}", path.display())))?;
    io.say(&format!("{} written to {}\n", crate::text::count(count, "finding"), path.display()));
    Ok(0)
}
