//! `seatrial skill eval`: what came of tasks with the skill and without it, judged as any manifest is.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_models::Model as _;
use seatrial_platform::Platform;
use seatrial_source::{Overlay, Snapshot as _, WorkTree, write};
use seatrial_trial::{Severity, check, expand};
use serde::{Deserialize, Serialize};

use super::asked;
use crate::cli::{Global, InputArgs, SkillEvalArgs, SkillFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, DIM, GREEN, Look, RED};
use crate::model;
use crate::session::{Session, on_threads};
use crate::text::{count, printable};

/// The largest file of tasks, and the largest answer.
const MAX_BYTES: u64 = 4 << 20;

/// What an answer is called where it is judged.
const ANSWER: &str = "answer.yaml";

/// `evals/evals.json`, as far as it is read.
#[derive(Debug, Deserialize)]
struct Evals {
    evals: Vec<Task>,
}

/// A task.
#[derive(Debug, Deserialize)]
pub(super) struct Task {
    id: serde_json::Value,
    pub(super) prompt: String,
    /// Files that belong to it: among them the platform file that its answers are judged by.
    #[serde(default)]
    pub(super) files: Vec<String>,
}

/// What `seatrial skill eval --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial skill eval", deny_unknown_fields))]
pub(crate) struct EvalOutput {
    /// Every task.
    evals: Vec<TaskOutput>,
    /// With the skill.
    with_skill: RateOutput,
    /// Without it.
    without_skill: RateOutput,
    /// Tasks of which an answer is missing.
    unanswered: usize,
}

/// A task, and what came of it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct TaskOutput {
    /// Its name.
    id: String,
    /// What was asked.
    prompt: String,
    /// With the skill; `null` when there is no answer.
    with_skill: Option<JudgedOutput>,
    /// Without it.
    without_skill: Option<JudgedOutput>,
}

/// An answer, judged.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct JudgedOutput {
    /// Whether nothing is wrong with it, and something is generated.
    passed: bool,
    /// How many Applications it comes to.
    applications: usize,
    /// The rules that it breaks, errors only.
    broken: Vec<&'static str>,
    /// How many things could not be judged.
    unknown: usize,
}

/// How many passed.
#[derive(Debug, Default, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct RateOutput {
    /// Answers that passed.
    passed: usize,
    /// Answers that there are.
    total: usize,
}

pub(super) fn run(args: &SkillEvalArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let skill = io.cwd.join(&args.dir);
    let tasks = tasks(&skill.join("evals/evals.json"))?;
    let answers = args.answers.as_ref().map_or_else(|| skill.join("evals/answers"), |dir| io.cwd.join(dir));
    let client = model::client(&args.model, "answers are read from files", &Platform::none(), global, io)?;
    if let (Some(model), Some(task), true) = (&client, tasks.first(), args.model.show_prompt) {
        io.print(&format!("{:#}\n", model.body(&asked::request(&skill, task, true)?)))?;
        return Ok(0);
    }
    let mut evals = Vec::new();
    for task in &tasks {
        let id = match &task.id {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        if id.is_empty() || id.contains(['/', '\\']) || id.contains("..") {
            return Err(
                CliError::new(format!("`{id}` is no name of a task")).hint("it is part of a file's name")
            );
        }
        let mut judged = |kind: &str| -> Result<Option<JudgedOutput>, CliError> {
            let file = answers.join(format!("{id}.{kind}.md"));
            let answer = match &client {
                Some(model) => {
                    let answer = asked::answer(model, &skill, task, kind == "with", global, io);
                    model.keep(&args.model, &io.cwd)?;
                    let answer = answer?;
                    if args.answers.is_some() {
                        kept(&file, &answer)?;
                    }
                    Some(answer)
                }
                None => text(&file)?,
            };
            answer.map(|answer| judge(&skill, task, &answer, global, io)).transpose()
        };
        let (with_skill, without_skill) = (judged("with")?, judged("without")?);
        evals.push(TaskOutput { id, prompt: task.prompt.clone(), with_skill, without_skill });
    }
    let output = EvalOutput {
        with_skill: rate(evals.iter().map(|task| &task.with_skill)),
        without_skill: rate(evals.iter().map(|task| &task.without_skill)),
        unanswered: evals.iter().filter(|t| t.with_skill.is_none() || t.without_skill.is_none()).count(),
        evals,
    };
    if output.with_skill.total + output.without_skill.total == 0 {
        return Err(CliError::new(format!("there are no answers in `{}`", answers.display())).hint(
            "give each task's prompt to an agent with the skill and to one without it, and keep what they answer as `ID.with.md` and `ID.without.md`",
        ));
    }
    let text = match args.format {
        SkillFormat::Json => format!("{}\n", serde_json::to_string_pretty(&output).unwrap_or_default()),
        SkillFormat::Text => shown(&output, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(output.with_skill.passed < output.with_skill.total || output.unanswered > 0))
}

/// Keeps what a model answered.
fn kept(path: &Path, answer: &str) -> Result<(), CliError> {
    let folder = path.parent().unwrap_or(Path::new("/"));
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    match WorkTree::open(folder).ok().and_then(|tree| tree.read(name).ok()) {
        Some(old) => write::replace(path, &old, answer),
        None => write::create(path, answer),
    }
    .map_err(|error| CliError::new(error.to_string()))
}

fn tasks(path: &Path) -> Result<Vec<Task>, CliError> {
    let shown = path.display();
    let text = text(path)?.ok_or_else(|| {
        CliError::new(format!("there is no `{shown}`"))
            .hint("it lists the tasks: `{\"skill_name\": …, \"evals\": [{\"id\": …, \"prompt\": …, \"files\": [\"evals/platform/seatrial.yaml\"]}]}`")
    })?;
    let evals: Evals = serde_json::from_str(&text)
        .map_err(|error| CliError::new(format!("`{shown}` cannot be read: {error}")))?;
    Ok(evals.evals)
}

/// A file's text; `None` when it is not there.
pub(super) fn text(path: &Path) -> Result<Option<String>, CliError> {
    let failed =
        |error: &dyn std::fmt::Display| CliError::new(format!("cannot read `{}`: {error}", path.display()));
    match path.metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
        Ok(metadata) if metadata.len() > MAX_BYTES => return Err(failed(&"it is too large")),
        Ok(_) => {}
    }
    std::fs::read_to_string(path).map(Some).map_err(|error| failed(&error))
}

/// Judges an answer by the platform file of its task, in that file's folder.
fn judge(
    skill: &Path,
    task: &Task,
    text: &str,
    global: &Global,
    io: &mut Io<'_>,
) -> Result<JudgedOutput, CliError> {
    let platform =
        task.files.iter().map(|file| skill.join(file)).find(|file| file.ends_with("seatrial.yaml"));
    let global = Global { platform: platform.clone().or_else(|| global.platform.clone()), ..global.clone() };
    let folder =
        global.platform.as_deref().and_then(Path::parent).map_or_else(|| PathBuf::from("."), Path::to_owned);
    let input = InputArgs { paths: vec![folder], rev: None, stdin_name: String::new() };
    let mut session = Session::open(&input, &global, io)?;
    let mut overlay = Overlay::new(Arc::clone(&session.inputs.snapshot));
    overlay.set(ANSWER, text);
    session.inputs.snapshot = Arc::new(overlay);
    session.inputs.paths = vec![ANSWER.to_owned()];
    let inputs = &session.inputs;
    let (report, expanded) = on_threads(&global, || (check(inputs, seatrial_rules::all()), expand(inputs)))?;
    let errors = report.findings.iter().filter(|finding| finding.severity == Severity::Error);
    let mut broken: Vec<&'static str> = errors.map(|finding| finding.rule).collect();
    broken.sort_unstable();
    broken.dedup();
    let applications = expanded.applications.len();
    Ok(JudgedOutput {
        passed: broken.is_empty() && report.summary.applications > 0,
        applications: applications.max(report.summary.applications),
        broken,
        unknown: report.unknown.len() + report.read_errors.len(),
    })
}

fn rate<'a>(answers: impl Iterator<Item = &'a Option<JudgedOutput>>) -> RateOutput {
    answers.flatten().fold(RateOutput::default(), |rate, answer| RateOutput {
        passed: rate.passed + usize::from(answer.passed),
        total: rate.total + 1,
    })
}

fn shown(output: &EvalOutput, look: Look) -> String {
    let mut out = String::new();
    for task in &output.evals {
        out.push_str(&format!(
            "{}  {}\n",
            look.paint(BOLD, &printable(&task.id)),
            look.paint(DIM, &first_line(&task.prompt))
        ));
        for (kind, answer) in [("with", &task.with_skill), ("without", &task.without_skill)] {
            let said = match answer {
                None => "no answer".to_owned(),
                Some(answer) if answer.passed => {
                    let passed = look.paint(GREEN, "passed");
                    format!("{passed}, {}", count(answer.applications, "Application"))
                }
                Some(answer) if answer.broken.is_empty() => {
                    format!("{}: nothing is generated", look.paint(RED, "failed"))
                }
                Some(answer) => format!("{}: {}", look.paint(RED, "failed"), answer.broken.join(", ")),
            };
            out.push_str(&format!("  {kind:<8} {said}\n"));
        }
    }
    for (kind, rate) in [("with the skill", output.with_skill), ("without it", output.without_skill)] {
        out.push_str(&format!("{kind}: {} of {} passed\n", rate.passed, rate.total));
    }
    if output.unanswered > 0 {
        out.push_str(&format!("{} without an answer of both kinds\n", count(output.unanswered, "task")));
    }
    out
}

fn first_line(text: &str) -> String {
    printable(text.lines().next().unwrap_or_default()).into_owned()
}
