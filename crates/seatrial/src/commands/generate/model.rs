//! A model as the author: what it may cost, and what came of its work.

use std::sync::Arc;
use std::time::{Duration, Instant};

use seatrial_author::{Intent, Proposal};
use seatrial_models::Model;
use seatrial_platform::Platform;
use seatrial_refine::{Budget, Candidate, Refined, Task, candidate, refine};
use seatrial_rounds::{By, Decision, File, Kind, Outcome, Round, Store, reflection};
use seatrial_trial::{Report, Severity};
use serde_json::Value;

use super::Trial;
use super::desk::Desk;
use super::facts::Facts;
use crate::cli::{GenerateArgs, Global};
use crate::commands::round;
use crate::error::CliError;
use crate::formats::{self, FailOn, Shown};
use crate::io::Io;
use crate::look::Look;
use crate::model::Recording;
use crate::session::{Session, on_threads};

/// How many characters of a decision are told.
const DECISION: usize = 400;

/// What is to be done, for whom.
pub(super) struct Job<'a> {
    pub(super) intent: &'a str,
    pub(super) wanted: &'a Intent,
    pub(super) name: &'a str,
    /// The file, relative to the root of the snapshot.
    pub(super) path: &'a str,
    /// What Seatrial's own author proposes.
    pub(super) proposal: Proposal,
}

/// Prints exactly what would be sent first.
pub(super) fn show_prompt(
    job: &Job<'_>,
    model: &dyn Model,
    args: &GenerateArgs,
    session: &Session,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<(), CliError> {
    let task = task(job, args, session, Vec::new());
    let request = on_threads(global, || task.request(&mut task.redactor()))?;
    io.print(&format!("{:#}\n", model.body(&request)))
}

/// What people decided about a piece of work, in short: what of it is a fact is told with the facts.
fn decided(store: &Store, piece: &str) -> Vec<String> {
    let of = |decision: &&Decision| store.round(decision.round).is_some_and(|round| round.piece == piece);
    let told = store.decisions().iter().filter(of).map(|decision| {
        let asked = decision.question.as_ref().and_then(|id| {
            let questions = &store.round(decision.round)?.proposal.questions;
            Some(format!("{} ", questions.iter().find(|question| question.id == *id)?.text))
        });
        let text = format!("{}{}", asked.unwrap_or_default(), decision.text);
        text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(DECISION).collect()
    });
    told.collect()
}

fn task<'a>(job: &Job<'a>, args: &GenerateArgs, session: &Session, lessons: Vec<String>) -> Task<'a> {
    let mut task = Task::new(
        session.inputs.clone(),
        job.name,
        job.intent,
        job.wanted,
        job.path,
        job.proposal.clone(),
        findings,
    );
    task.fail_on = args.fail_on.gate().unwrap_or(Severity::Error);
    task.lessons = lessons;
    task
}

/// Has the model work until it is done. Every round is recorded before the next begins.
pub(super) fn work(
    job: &Job<'_>,
    model: &Recording,
    args: &GenerateArgs,
    session: &Session,
    facts: &mut Facts,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Refined, CliError> {
    let store = round::open(global, io)?;
    let mut task = task(job, args, session, reflection(&store));
    task.decided = decided(&store, job.name);
    let budget = Budget {
        rounds: args.max_rounds,
        tokens: args.max_tokens,
        cost_usd: args.max_cost,
        until: args.timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
    };
    let refined = {
        let mut desk = Desk::new(store, session, facts, args, global, io);
        refine(&mut task, model, &budget, &mut desk)
    };
    model.keep(&args.model, &io.cwd)?;
    Ok(refined)
}

/// What Seatrial's own author proposes, judged as anybody's is; `None` when it proposes nothing yet.
pub(super) fn judged(job: &Job<'_>, args: &GenerateArgs, session: &Session) -> Option<Candidate> {
    let text = job.proposal.text.clone()?;
    let task = task(job, args, session, Vec::new());
    Some(candidate(&task, &[File { path: job.path.to_owned(), text }], &task.redactor()))
}

/// Records a set that Seatrial itself wrote, so that later rounds are compared with it.
pub(super) fn record_own(
    job: &Job<'_>,
    trial: &Trial,
    args: &GenerateArgs,
    session: &Session,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<(), CliError> {
    let task = task(job, args, session, Vec::new());
    let mut redactor = task.redactor();
    let mut round = Round {
        piece: job.name.to_owned(),
        author: By { kind: Kind::Builtin, name: "seatrial".into() },
        time: round::now(io),
        outcome: Some(if trial.candidate.is_clean(task.fail_on) {
            Outcome::Clean
        } else {
            Outcome::NeedsHuman
        }),
        ..Round::default()
    };
    job.intent.clone_into(&mut round.request.intent);
    let text = job.proposal.text.clone().unwrap_or_default();
    round.proposal.files = vec![File { path: job.path.to_owned(), text }];
    seatrial_refine::judged(&mut round, &task, &trial.candidate, &mut redactor);
    let mut store = round::open(global, io)?;
    store.append(&round, &mut redactor).map_err(|error| CliError::new(error.to_string()))?;
    Ok(())
}

/// The code that tells how work ended.
pub(super) fn exit_code(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Clean => 0,
        Outcome::NeedsHuman => 1,
        Outcome::Budget => 3,
        Outcome::Refused => 4,
        Outcome::ModelError => 5,
    }
}

/// Findings as `check --format json` has them.
fn findings(report: &Report) -> Vec<Value> {
    let metas = super::super::catalogue();
    let shown = Shown {
        report,
        rules: &metas,
        environments: &[],
        platform: None,
        fail_on: FailOn::Error,
        look: Look::PLAIN,
        verbosity: 0,
        arguments: "",
    };
    let output = serde_json::to_value(formats::json::output(&shown)).unwrap_or_default();
    output.get("findings").and_then(Value::as_array).cloned().unwrap_or_default()
}

/// The inputs of a session with another platform file.
pub(super) fn with_platform(session: &Session, platform: Platform) -> seatrial_trial::Inputs {
    seatrial_trial::Inputs { platform: Arc::new(platform), ..session.inputs.clone() }
}
