//! `seatrial practice`: a manifest with faults, your concerns, and what they are worth.

mod done;
mod good;
mod output;

use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use seatrial_practice::{Exercise, Found, exercise, score};
use seatrial_source::{Overlay, Snapshot};
use seatrial_trial::{Inputs, Options, Severity, check};

use crate::cli::{Global, PracticeArgs, PracticeFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::progress;
use crate::session::{on_threads, shows_progress};
use done::Done;
use good::Good;
#[cfg(test)]
pub(crate) use output::PracticeOutput;

/// What the exercise is called in findings.
const NAME: &str = "exercise.yaml";
/// How large answers may be.
const MAX_BYTES: u64 = 1 << 20;
/// How many numbers are tried for an exercise that was not there yet.
const TRIES: u64 = 50;

pub(super) fn run(args: &PracticeArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let good = Good::make(global, io)?;
    let mut done = Done::open(&good.folder, io)?;
    let level = args.level.unwrap_or_else(|| done.level());
    let made = progress::during("making an exercise", shows_progress(global, io), || {
        on_threads(global, || chosen(args, level, &good, &done))
    })?;
    let (seed, exercise) = made.ok_or_else(|| {
        CliError::new(format!("no exercise of level {level} is left"))
            .hint("`--level` asks for another level, `--seed` for one that was there")
    })?;
    let concerns = concerns(args, global, &exercise, seed, level, &good, io)?;
    let scored = concerns.as_ref().map(|concerns| score(&exercise.key, concerns));
    if let Some(scored) = &scored {
        done.add(&exercise, seed, level, scored)?;
    }
    let output = output::made(&exercise, seed, level, scored.as_ref(), &good);
    let text = match args.format {
        PracticeFormat::Json => format!("{:#}\n", serde_json::to_value(&output).unwrap_or_default()),
        PracticeFormat::Text => output.text(io.look(global.color)),
    };
    io.print(&text)?;
    Ok(0)
}

/// The exercise of the number given, or the first that was not there yet.
fn chosen(args: &PracticeArgs, level: u8, good: &Good, done: &Done) -> Option<(u64, Exercise)> {
    let mut judge = |text: &str| judged(text, good);
    let mut make = |seed| exercise(&good.text, seed, level, &mut judge).map(|exercise| (seed, exercise));
    match args.seed {
        Some(seed) => make(seed),
        None => {
            (0..TRIES).map(|n| done.next() + n).filter_map(&mut make).find(|(_, made)| !done.knows(&made.id))
        }
    }
}

/// What a trial finds in a text.
fn judged(text: &str, good: &Good) -> Vec<Found> {
    let inputs = &good.session.inputs;
    let mut overlay = Overlay::new(Arc::clone(&inputs.snapshot));
    overlay.set(NAME, text);
    let snapshot: Arc<dyn Snapshot> = Arc::new(overlay);
    let options = Options { skip_fixes: true, ..inputs.options.clone() };
    let inputs = Inputs { snapshot, paths: vec![NAME.to_owned()], options, ..inputs.clone() };
    let report = check(&inputs, seatrial_rules::all());
    let findings = report.findings.iter().filter(|finding| finding.severity > Severity::Note);
    let found = findings.map(|finding| Found {
        rule: finding.rule.to_owned(),
        group: finding.group.as_str().to_owned(),
        check: finding.group.check(),
        error: finding.severity == Severity::Error,
        line: crate::place::place(&report, finding.span)
            .filter(|place| &*place.file == NAME)
            .map_or(0, |place| place.line),
        message: finding.message.clone(),
        help: finding.help.clone(),
        environments: finding.environments.clone(),
        fault: 0,
    });
    let mut found: Vec<Found> = found.collect();
    found.sort_by(|a, b| (a.line, &a.rule, &a.message).cmp(&(b.line, &b.rule, &b.message)));
    found
}

/// The concerns: of a file, or of a person at a terminal, who sees the manifest first; `None` when neither is there.
fn concerns(
    args: &PracticeArgs,
    global: &Global,
    exercise: &Exercise,
    seed: u64,
    level: u8,
    good: &Good,
    io: &mut Io<'_>,
) -> Result<Option<Vec<String>>, CliError> {
    if let Some(path) = &args.answers {
        return read(path, io).map(|text| Some(text.lines().map(str::to_owned).collect()));
    }
    if !io.terminal.input || !io.terminal.error || args.format == PracticeFormat::Json {
        return Ok(None);
    }
    let look = io.error_look(global.color);
    io.say(&output::made(exercise, seed, level, None, good).question(look));
    let mut concerns = Vec::new();
    while let Some(concern) =
        io.ask(&format!("concern {}: ", concerns.len() + 1)).filter(|line| !line.is_empty())
    {
        concerns.push(concern);
    }
    Ok(Some(concerns))
}

fn read(path: &Path, io: &mut Io<'_>) -> Result<String, CliError> {
    let shown = path.display().to_string();
    let mut bytes = Vec::new();
    let result = if shown == "-" {
        (&mut *io.stdin).take(MAX_BYTES).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(io.cwd.join(path)).and_then(|file| file.take(MAX_BYTES).read_to_end(&mut bytes))
    };
    result.map_err(|error| CliError::new(format!("cannot read `{shown}`: {error}")))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
