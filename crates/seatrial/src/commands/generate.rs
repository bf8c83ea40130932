//! `seatrial generate`: from an intent and the platform's facts to a manifest that passed its trial.

mod ask;
mod facts;
mod intent;
mod show;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_author::{Charts, Intent, Proposal, Question, Vocabulary, propose};
use seatrial_platform::RepositorySet;
use seatrial_source::{Overlay, Snapshot, SourceFile, write};
use seatrial_trial::{FixOptions, Fixed, Inputs, fix};

use crate::cli::{GenerateArgs, GenerateFormat, Global, InputArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::progress;
use crate::session::{Session, on_threads, shown, shows_progress};
use crate::text::count;
use facts::Facts;

#[cfg(test)]
pub(crate) use show::GenerateOutput;

/// What came of it.
struct Outcome {
    questions: Vec<Question>,
    /// Where it is, or would be, written; as shown to people.
    file: String,
    written: bool,
    trial: Option<Trial>,
    /// What the intent says of the platform itself.
    facts: Option<Facts>,
}

/// A manifest and what its trial said.
struct Trial {
    text: String,
    fixed: Fixed,
    applications: Vec<(String, Option<String>)>,
}

pub(super) fn run(args: &GenerateArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let text = intent::text(args, io)?;
    let home = home(args, io);
    let input = InputArgs { paths: vec![home.clone()], rev: None, stdin_name: String::new() };
    let mut session = Session::open(&input, global, io)?;
    let facts = match &text {
        Some(text) => {
            let name = facts::name(args.intent.as_deref(), &io.cwd);
            Some(facts::learn(text, &name, &io.cwd.join(&home), args, &mut session, global, io)?)
        }
        None => None,
    };
    let platform = Arc::clone(&session.inputs.platform);
    if !platform.is_present() {
        return Err(CliError::new("no platform file was found: without facts there is nothing to write by")
            .hint("`seatrial init` makes a first one; `seatrial learn` reads facts from prose; `--platform` names one"));
    }
    let checked = session.root.as_deref().map(|root| (root, Arc::clone(&session.inputs.snapshot)));
    let repositories = platform.repository_set(checked);
    let charts = Charts::of(&platform, &repositories);
    let vocabulary = Vocabulary::of(&platform, &charts.known);
    let mut wanted = intent::wanted(args, text.as_deref(), &vocabulary)?;
    let proposal = proposed(&mut wanted, &session, &repositories, args, global, io)?;
    let name = if proposal.name.is_empty() { "app" } else { &proposal.name };
    let target = args.out.clone().unwrap_or_else(|| home.join(format!("applicationset-{name}.yaml")));
    let full = io.cwd.join(&target);
    let trial = match &proposal.text {
        Some(text) => Some(tried(&session, &full, text, global, io)?),
        None => None,
    };
    session.keep_lock()?;
    let file = shown(&full, &io.cwd);
    let mut outcome = Outcome { questions: proposal.questions, file, written: false, trial, facts };
    let look = io.error_look(global.color);
    let needs_person = outcome.needs_person(args);
    if args.format == GenerateFormat::Text && global.quiet == 0 {
        io.say(&show::summary(&outcome, &session, args, look));
    }
    if let Some(trial) = &outcome.trial {
        let text = trial.text.clone();
        outcome.written = written(args, &full, &text, &outcome, io)?;
    }
    match args.format {
        GenerateFormat::Json => io.print(&show::json(&outcome, &session, args))?,
        GenerateFormat::Text => {
            if let Some(trial) = outcome.trial.as_ref().filter(|_| !outcome.written) {
                io.print(&trial.text)?;
            }
        }
    }
    if outcome.written && args.format == GenerateFormat::Text && global.quiet < 2 {
        io.print(&format!("Wrote {}{}.\n", outcome.file, outcome.also()))?;
    }
    Ok(u8::from(needs_person))
}

/// The folder of the manifest: that of `--out`, else the intent's own, where it is a file.
fn home(args: &GenerateArgs, io: &Io<'_>) -> PathBuf {
    let beside =
        |path: &Path| path.parent().filter(|parent| !parent.as_os_str().is_empty()).map(Path::to_path_buf);
    let of_intent = || {
        let path = args.intent.as_deref().filter(|given| facts::is_file(given, &io.cwd)).map(Path::new)?;
        beside(path)
    };
    let chosen = match &args.out {
        Some(out) => beside(out),
        None => of_intent(),
    };
    chosen.unwrap_or_else(|| PathBuf::from("."))
}

impl Outcome {
    /// Whether something is left that only a person can settle.
    fn needs_person(&self, args: &GenerateArgs) -> bool {
        let open = self.questions.iter().any(|question| question.assumed.is_none());
        let disputed = self.facts.as_ref().is_some_and(|facts| !facts.reading.contradictions.is_empty());
        let failing = self.trial.as_ref().is_none_or(|trial| {
            trial.fixed.remaining.findings.iter().any(|finding| args.fail_on.fails(finding.severity))
        });
        open || disputed || failing
    }

    /// What is written besides the manifest, for messages.
    fn also(&self) -> String {
        let facts = self.facts.as_ref().filter(|facts| facts.new.is_some());
        facts.map(|facts| format!(", and the facts into {}", facts.shown)).unwrap_or_default()
    }
}

/// Proposes, asks what is missing where a person can answer, and proposes again.
fn proposed(
    intent: &mut Intent,
    session: &Session,
    repositories: &RepositorySet,
    args: &GenerateArgs,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Proposal, CliError> {
    let platform = Arc::clone(&session.inputs.platform);
    let can_ask = !args.no_ask && !args.yes && io.terminal.input && io.terminal.error;
    let mut asked: Vec<Question> = Vec::new();
    loop {
        let proposal = progress::during("trying the chart's values", shows_progress(global, io), || {
            on_threads(global, || propose(intent, &platform, repositories))
        })?;
        let next = proposal.questions.iter().find(|q| can_ask && ask::is_askable(q) && !asked.contains(q));
        let Some(question) = next.cloned() else { return Ok(proposal) };
        let look = io.error_look(global.color);
        ask::ask(&question, intent, io, look);
        asked.push(question);
    }
}

/// Tries the manifest where it would be written, with the safe fixes applied that its trial offers.
fn tried(
    session: &Session,
    full: &Path,
    text: &str,
    global: &Global,
    io: &Io<'_>,
) -> Result<Trial, CliError> {
    let name = full.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| CliError::new(format!("`{}` is no name of a file", full.display())))?;
    let folder = full.parent().and_then(|parent| parent.canonicalize().ok());
    let path = match (&session.root, &folder) {
        (Some(root), Some(folder)) => folder.join(name).strip_prefix(root).ok().map(Path::to_path_buf),
        _ => None,
    };
    let path = path.and_then(|path| path.to_str().map(str::to_owned));
    let path =
        path.ok_or_else(|| CliError::new(format!("the folder of `{}` does not exist", full.display())))?;
    let mut overlay = Overlay::new(Arc::clone(&session.inputs.snapshot));
    overlay.set(&path, text);
    let snapshot: Arc<dyn Snapshot> = Arc::new(overlay);
    let inputs =
        Inputs { snapshot: Arc::clone(&snapshot), paths: vec![path.clone()], ..session.inputs.clone() };
    let fixed = progress::during("trying it", shows_progress(global, io), || {
        on_threads(global, || fix(&inputs, seatrial_rules::all(), &FixOptions::default()))
    })?;
    let text = fixed.files.iter().find(|file| file.path == path).map_or(text, |file| &file.after).to_owned();
    let mut overlay = Overlay::new(Arc::clone(&session.inputs.snapshot));
    overlay.set(&path, text.as_str());
    let inputs = Inputs { snapshot: Arc::new(overlay), ..inputs };
    let expanded = seatrial_trial::expand(&inputs);
    let applications = show::applications(&expanded, &session.inputs.platform);
    Ok(Trial { text, fixed, applications })
}

/// Writes it when that was asked for, or a person says so.
fn written(
    args: &GenerateArgs,
    full: &Path,
    text: &str,
    outcome: &Outcome,
    io: &mut Io<'_>,
) -> Result<bool, CliError> {
    let shown = &outcome.file;
    let exists = full.symlink_metadata().is_ok();
    let can_ask = io.terminal.input && io.terminal.error && !args.no_ask;
    let agreed = args.yes || (args.out.is_some() && !exists);
    if !agreed {
        if !can_ask {
            if exists && args.out.is_some() {
                return Err(CliError::new(format!("`{shown}` exists already"))
                    .hint("`--yes` writes over it; without `--out` the manifest is printed"));
            }
            return Ok(false);
        }
        io.say(text);
        let verb = if exists { "Write over" } else { "Write" };
        let answer = io.ask(&format!("\n{verb} {shown}{}? [y/N] ", outcome.also())).unwrap_or_default();
        if !matches!(answer.to_lowercase().as_str(), "y" | "yes") {
            return Ok(false);
        }
    }
    // First: what the manifest rests on.
    if let Some(facts) = &outcome.facts {
        facts.write()?;
    }
    if exists {
        let old = read(full)?;
        write::replace(full, &old, text)
    } else {
        write::create(full, text)
    }
    .map_err(|error| CliError::new(error.to_string()))?;
    Ok(true)
}

/// A file as it is now, so that only that is written over.
fn read(full: &Path) -> Result<Arc<SourceFile>, CliError> {
    let failed =
        |error: &dyn std::fmt::Display| CliError::new(format!("cannot read `{}`: {error}", full.display()));
    let folder = full.parent().unwrap_or(Path::new("/"));
    let name = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let tree = seatrial_source::WorkTree::open(folder).map_err(|error| failed(&error.kind))?;
    tree.read(name).map_err(|error| failed(&error.kind))
}

/// `3 Applications`, for messages.
pub(super) fn of_applications(n: usize) -> String {
    count(n, "Application")
}
