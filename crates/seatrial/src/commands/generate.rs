//! `seatrial generate`: from an intent and the platform's facts to a manifest that passed its trial.

mod ask;
mod desk;
mod facts;
mod intent;
mod model;
mod show;
mod triage;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_author::{Charts, Intent, Proposal, Question, Vocabulary, edit, propose};
use seatrial_models::Model as _;
use seatrial_platform::RepositorySet;
use seatrial_refine::{Candidate, Refined};
use seatrial_source::{Snapshot, SourceFile, write};
use seatrial_trial::Severity;

use crate::cli::{Colour, GenerateArgs, GenerateFormat, Global, InputArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::progress;
use crate::session::{Session, on_threads, shown, shows_progress};
use crate::text::count;
use facts::Facts;
use model::Job;

#[cfg(test)]
pub(crate) use show::GenerateOutput;
#[cfg(test)]
pub(crate) use triage::TriageOutput;

/// What came of it.
struct Outcome {
    questions: Vec<Question>,
    /// Where it is, or would be, written; as shown to people.
    file: String,
    written: bool,
    trial: Option<Trial>,
    /// What the intent, and answers, say of the platform itself.
    facts: Facts,
    /// What a model did, where one wrote.
    work: Option<Work>,
}

/// The work of a model, without its candidate.
struct Work {
    author: String,
    refined: Refined,
}

/// A manifest and what its trial said.
struct Trial {
    text: String,
    applications: Vec<(String, Option<String>)>,
    /// What the gate refuses.
    refused: Vec<String>,
    /// What only a person can allow.
    privileges: Vec<String>,
    candidate: Candidate,
}

pub(super) fn run(args: &GenerateArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let text = intent::text(args, io)?;
    let home = home(args, io);
    let input = InputArgs { paths: vec![home.clone()], rev: None, stdin_name: String::new() };
    let mut session = Session::open(&input, global, io)?;
    let name = facts::name(args.intent.as_deref(), &io.cwd);
    let mut facts =
        facts::learn(text.as_deref(), &name, &io.cwd.join(&home), args, &mut session, global, io)?;
    let person = !args.no_ask && !args.yes && io.terminal.input && io.terminal.error;
    if person && !args.model.show_prompt && !args.triage {
        facts.ask(&mut session, global, io)?;
    }
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
    if args.triage {
        return triaged(&wanted, &facts, &session, &repositories, &home, args, global, io);
    }
    let client = crate::model::client(&args.model, "Seatrial's own author writes", &platform, global, io)?;
    let can_ask = client.is_none() && person;
    let proposal = match edited(&wanted, &session, &charts, &home, args, global, io)? {
        Some(proposal) => proposal,
        None => proposed(&mut wanted, &session, &repositories, can_ask, global, io)?,
    };
    let name = Some(proposal.name.clone()).filter(|name| !name.is_empty());
    let name = name.unwrap_or_else(|| meant(&wanted, &charts).unwrap_or("app").to_owned());
    let target = target(args, &home, &name);
    let full = io.cwd.join(&target);
    let path = path_in(&session, &full)?;
    let said = text.clone().unwrap_or_else(|| intent::sentence(&wanted));
    let job = Job { intent: &said, wanted: &wanted, name: &name, path: &path, proposal };
    if let (Some(model), true) = (&client, args.model.show_prompt) {
        model::show_prompt(&job, model, args, &session, global, io)?;
        return Ok(0);
    }
    let (mut candidate, work, questions) = match client {
        Some(model) => {
            let author = model.name();
            let mut refined = model::work(&job, &model, args, &session, &mut facts, global, io)?;
            let candidate = refined.best.take();
            let questions = refined.questions.iter().map(of_model).collect();
            (candidate, Some(Work { author, refined }), questions)
        }
        None => {
            let candidate = progress::during("trying it", shows_progress(global, io), || {
                on_threads(global, || model::judged(&job, args, &session))
            })?;
            (candidate, None, job.proposal.questions.clone())
        }
    };
    session.keep_lock()?;
    let file = shown(&full, &io.cwd);
    let trial = candidate.take().and_then(|candidate| trial(candidate, &path));
    let mut outcome = Outcome { questions, file, written: false, trial, facts, work };
    let look = io.error_look(global.color);
    let needs_person = outcome.needs_person(args);
    if args.format == GenerateFormat::Text && global.quiet == 0 {
        io.say(&show::summary(&outcome, &session, args, look));
    }
    if let Some(trial) = &outcome.trial {
        let text = trial.text.clone();
        outcome.written = written(args, &full, &text, &outcome, global.color, io)?;
        if outcome.written && outcome.work.is_none() {
            model::record_own(&job, trial, args, &session, global, io)?;
        }
    }
    if !outcome.written && outcome.facts.answered && person {
        keep_answers(&outcome.facts, global.color, io)?;
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
    let ended = outcome.work.as_ref().map_or(0, |work| model::exit_code(work.refined.outcome));
    Ok(if ended == 0 { u8::from(needs_person) } else { ended })
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
        let unsettled = !self.facts.reading.questions.is_empty();
        let failing = self.trial.as_ref().is_none_or(|trial| {
            let findings = &trial.candidate.report.findings;
            findings.iter().any(|finding| args.fail_on.fails(finding.severity))
        });
        let held = self.trial.as_ref().is_some_and(|t| !t.refused.is_empty() || !t.privileges.is_empty());
        open || unsettled || failing || held
    }

    /// What is written besides the manifest, for messages.
    fn also(&self) -> String {
        let facts = Some(&self.facts).filter(|facts| facts.new.is_some());
        facts.map(|facts| format!(", and the facts into {}", facts.shown)).unwrap_or_default()
    }
}

/// Says whether a model is worth asking. Nothing is asked, sent or written.
#[allow(clippy::too_many_arguments, reason = "all that the command has found out")]
fn triaged(
    wanted: &Intent,
    facts: &Facts,
    session: &Session,
    repositories: &RepositorySet,
    home: &Path,
    args: &GenerateArgs,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<u8, CliError> {
    let platform = &session.inputs.platform;
    let charts = Charts::of(platform, repositories);
    let proposal = match edited(wanted, session, &charts, home, args, global, io)? {
        Some(proposal) => proposal,
        None => on_threads(global, || propose(wanted, platform, repositories))?,
    };
    let name = meant(wanted, &charts).unwrap_or("app").to_owned();
    let path = path_in(session, &io.cwd.join(target(args, home, &name)))?;
    let job = Job { intent: "", wanted, name: &name, path: &path, proposal };
    let candidate = on_threads(global, || model::judged(&job, args, session))?;
    let fail_on = args.fail_on.gate().unwrap_or(Severity::Error);
    let triage = triage::triage(platform, wanted, facts, &job.proposal, candidate.as_ref(), fail_on);
    let text = match args.format {
        GenerateFormat::Json => {
            format!("{:#}\n", serde_json::to_value(&triage).unwrap_or_default())
        }
        GenerateFormat::Text => triage::shown(&triage, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(0)
}

/// What the application is called, as far as the intent tells.
fn meant<'i>(intent: &'i Intent, charts: &'i Charts<'_>) -> Option<&'i str> {
    intent.app.as_deref().or_else(|| Some(charts.meant(intent)?.name.as_str()))
}

/// Where the manifest is, or would be.
fn target(args: &GenerateArgs, home: &Path, name: &str) -> PathBuf {
    args.out.clone().unwrap_or_else(|| home.join(format!("applicationset-{name}.yaml")))
}

/// The file that has the application already, edited; `None` where there is none.
fn edited(
    intent: &Intent,
    session: &Session,
    charts: &Charts<'_>,
    home: &Path,
    args: &GenerateArgs,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Option<Proposal>, CliError> {
    let name = meant(intent, charts).unwrap_or_default();
    let path = path_in(session, &io.cwd.join(target(args, home, name)))?;
    if !session.inputs.snapshot.exists(&path) {
        return Ok(None);
    }
    let platform = &session.inputs.platform;
    progress::during("trying edits", shows_progress(global, io), || {
        on_threads(global, || edit(intent, platform, charts, &session.inputs, &path))
    })
}

/// Proposes, asks what is missing where a person can answer, and proposes again.
fn proposed(
    intent: &mut Intent,
    session: &Session,
    repositories: &RepositorySet,
    can_ask: bool,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Proposal, CliError> {
    let platform = Arc::clone(&session.inputs.platform);
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

/// The path of the manifest from the root of what is under trial.
fn path_in(session: &Session, full: &Path) -> Result<String, CliError> {
    let name = full.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| CliError::new(format!("`{}` is no name of a file", full.display())))?;
    let folder = full.parent().and_then(|parent| parent.canonicalize().ok());
    let path = match (&session.root, &folder) {
        (Some(root), Some(folder)) => folder.join(name).strip_prefix(root).ok().map(Path::to_path_buf),
        _ => None,
    };
    let path = path.and_then(|path| path.to_str().map(str::to_owned));
    path.ok_or_else(|| CliError::new(format!("the folder of `{}` does not exist", full.display())))
}

/// What was tried, as it is shown and written; `None` when the gate let no file through.
fn trial(candidate: Candidate, path: &str) -> Option<Trial> {
    let text = candidate.files.iter().find(|file| file.path == path)?.text.clone();
    let applications = show::applications(&candidate.foresight);
    let held = candidate.refused.iter().map(ToString::to_string);
    let asks = candidate.privileges.iter().map(|privilege| match privilege.application.as_str() {
        "" => privilege.what.clone(),
        name => format!("{name}: {}", privilege.what),
    });
    Some(Trial { text, applications, refused: held.collect(), privileges: asks.collect(), candidate })
}

/// A model's question as one of this command.
fn of_model(question: &seatrial_rounds::Question) -> Question {
    Question {
        id: "model",
        text: question.text.clone(),
        answer: "say it in the intent".into(),
        assumed: question.answer.clone(),
    }
}

/// Writes it when that was asked for, or a person says so.
fn written(
    args: &GenerateArgs,
    full: &Path,
    text: &str,
    outcome: &Outcome,
    color: Colour,
    io: &mut Io<'_>,
) -> Result<bool, CliError> {
    let shown = &outcome.file;
    let exists = full.symlink_metadata().is_ok();
    let can_ask = io.terminal.input && io.terminal.error && !args.no_ask;
    let held = outcome.trial.as_ref().is_some_and(|t| !t.refused.is_empty() || !t.privileges.is_empty());
    if outcome.trial.as_ref().is_some_and(|trial| !trial.refused.is_empty()) || held && !can_ask {
        // What the gate refuses is never written, and rights are given by a person, not by a flag.
        return Ok(false);
    }
    let agreed = !held && (args.yes || (args.out.is_some() && !exists));
    if !agreed {
        if !can_ask {
            if exists && args.out.is_some() {
                return Err(CliError::new(format!("`{shown}` exists already"))
                    .hint("`--yes` writes over it; without `--out` the manifest is printed"));
            }
            return Ok(false);
        }
        io.say(text);
        io.say(&outcome.facts.diff(io.error_look(color)));
        let verb = if exists { "Write over" } else { "Write" };
        let answer = io.ask(&format!("\n{verb} {shown}{}? [y/N] ", outcome.also())).unwrap_or_default();
        if !matches!(answer.to_lowercase().as_str(), "y" | "yes") {
            return Ok(false);
        }
    }
    // First: what the manifest rests on.
    outcome.facts.write()?;
    if exists {
        let old = read(full)?;
        write::replace(full, &old, text)
    } else {
        write::create(full, text)
    }
    .map_err(|error| CliError::new(error.to_string()))?;
    Ok(true)
}

/// Offers to keep what a person answered, where the manifest itself is not written.
fn keep_answers(facts: &Facts, color: Colour, io: &mut Io<'_>) -> Result<(), CliError> {
    io.say(&facts.diff(io.error_look(color)));
    let answer = io.ask(&format!("\nWrite the facts into {}? [y/N] ", facts.shown)).unwrap_or_default();
    if matches!(answer.to_lowercase().as_str(), "y" | "yes") {
        facts.write()?;
        io.say(&format!("Wrote {}.\n", facts.shown));
    }
    Ok(())
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
