//! A model as the author: which one, what it may cost, and what came of its work.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use seatrial_author::{Intent, Proposal};
use seatrial_models::{
    Answer, Config, ErrorKind, Event, Limits, Model, ModelError, Provider, Request, World, open,
};
use seatrial_platform::Platform;
use seatrial_refine::{Budget, Candidate, Refined, Task, candidate, refine};
use seatrial_rounds::{By, File, Kind, Outcome, Round, reflection};
use seatrial_source::write;
use seatrial_trial::{Report, Severity};
use serde_json::{Value, json};

use super::Trial;
use super::desk::Desk;
use super::facts::Facts;
use crate::cli::{Author, GenerateArgs, Global};
use crate::commands::round;
use crate::error::CliError;
use crate::formats::{self, FailOn, Shown};
use crate::io::Io;
use crate::look::{Look, YELLOW};
use crate::session::{Session, on_threads};
use crate::text::printable;

/// Who writes: what the command line says, else the platform file, else Seatrial itself.
pub(super) fn author(args: &GenerateArgs, platform: &Platform) -> Author {
    let stated = || match platform.authors.default.as_ref()?.value.as_str() {
        "anthropic" => Some(Author::Anthropic),
        "openai" => Some(Author::OpenAi),
        "bedrock" => Some(Author::Bedrock),
        _ => None,
    };
    args.author.or_else(stated).unwrap_or(Author::Builtin)
}

/// A client for the model; `None`, once that is said, when there is no key for it: then Seatrial writes itself.
pub(super) fn client(
    author: Author,
    args: &GenerateArgs,
    platform: &Platform,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Option<Box<dyn Model>>, CliError> {
    let provider = match author {
        Author::Builtin => return Ok(None),
        Author::Anthropic => Provider::Anthropic,
        Author::OpenAi => Provider::OpenAi,
        Author::Bedrock => Provider::Bedrock,
    };
    let mut config = Config::new(provider);
    let stated = platform.authors.models.iter().find(|(name, _)| name.value == author.name());
    config.model = args.model.clone().or_else(|| stated.map(|(_, model)| model.value.clone()));
    config.key_command =
        args.key_command.iter().flat_map(|line| line.split_whitespace().map(str::to_owned)).collect();
    config.show_thinking = false;
    // What would be sent can be looked at without a key: none is in it.
    let shown =
        |name: &str| args.show_prompt.then(|| name.contains("_KEY").then(|| "none".to_owned())).flatten();
    let env = |name: &str| (io.env)(name).and_then(|value| value.into_string().ok()).or_else(|| shown(name));
    match open(&config, &env, World::real()) {
        Ok(model) => Ok(Some(model)),
        Err(error) if error.kind == ErrorKind::Authentication => {
            let look = io.error_look(global.color);
            let head = look.paint(YELLOW, "warning:");
            io.say(&format!(
                "{head} {}: {}; Seatrial's own author writes instead\n",
                author.name(),
                printable(&error.to_string())
            ));
            Ok(None)
        }
        Err(error) => Err(failed(&error)),
    }
}

/// An error of a model as one of the command.
fn failed(error: &ModelError) -> CliError {
    let plain = ModelError { hint: None, ..error.clone() };
    let text = CliError::new(plain.to_string());
    match &error.hint {
        Some(hint) => text.hint(hint.clone()),
        None => text,
    }
}

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
    model: Box<dyn Model>,
    args: &GenerateArgs,
    session: &Session,
    facts: &mut Option<Facts>,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<Refined, CliError> {
    let store = round::open(global, io)?;
    let lessons = reflection(&store);
    let mut task = task(job, args, session, lessons);
    let budget = Budget {
        rounds: args.max_rounds,
        tokens: args.max_tokens,
        cost_usd: args.max_cost,
        until: args.timeout.map(|seconds| Instant::now() + Duration::from_secs(seconds)),
    };
    let model = Recording { inner: model, sent: Mutex::default() };
    let refined = {
        let mut desk = Desk::new(store, session, facts, args, global, io);
        refine(&mut task, &model, &budget, &mut desk)
    };
    if let Some(file) = &args.record {
        record(&io.cwd.join(file), &model.sent.into_inner().unwrap_or_default())?;
    }
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

/// Writes what was sent, one object a line.
fn record(full: &Path, sent: &[Value]) -> Result<(), CliError> {
    let text = sent.iter().fold(String::new(), |text, body| text + &format!("{body}\n"));
    let folder = full.parent().unwrap_or(Path::new("/"));
    let name = full.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let old = seatrial_source::WorkTree::open(folder).ok().and_then(|tree| {
        use seatrial_source::Snapshot as _;
        tree.read(name).ok()
    });
    match old {
        Some(old) => write::replace(full, &old, &text),
        None => write::create(full, &text),
    }
    .map_err(|error| CliError::new(error.to_string()))
}

/// A model, and all that it was sent.
struct Recording {
    inner: Box<dyn Model>,
    sent: Mutex<Vec<Value>>,
}

impl Model for Recording {
    fn name(&self) -> String {
        self.inner.name()
    }

    fn body(&self, request: &Request) -> Value {
        self.inner.body(request)
    }

    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError> {
        let body = self.inner.body(request);
        if let Ok(mut sent) = self.sent.lock() {
            sent.push(json!({"model": self.inner.name(), "body": body}));
        }
        self.inner.ask(request, watch)
    }

    fn count_tokens(&self, request: &Request) -> Result<Option<u64>, ModelError> {
        self.inner.count_tokens(request)
    }

    fn limits(&self) -> Result<Option<Limits>, ModelError> {
        self.inner.limits()
    }
}

/// The inputs of a session with another platform file.
pub(super) fn with_platform(session: &Session, platform: Platform) -> seatrial_trial::Inputs {
    seatrial_trial::Inputs { platform: Arc::new(platform), ..session.inputs.clone() }
}
