//! A model that says what it was told to say, on the example's platform.
#![allow(dead_code, unreachable_pub)]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use seatrial_author::{Charts, Intent, Vocabulary, intent, propose};
use seatrial_models::{Answer, Content, Event, Limits, Model, ModelError, Request, Role, Stop, Turn, Usage};
use seatrial_platform::Platform;
use seatrial_refine::{Answered, Budget, Host, Progress, Refined, Task, refine};
use seatrial_rounds::{Question, Round};
use seatrial_source::{Overlay, Snapshot, WorkTree};
use seatrial_trial::{Inputs, Options, Report};
use serde_json::{Value, json};

/// What a scripted model does in a round.
#[derive(Clone)]
pub enum Say {
    /// Answers with the file of the task.
    File(String),
    /// Answers with this text.
    Text(String),
    /// Answers with this JSON.
    Json(Value),
    /// Declines.
    Refuse,
    /// Is cut off.
    Cut(String),
    /// Fails.
    Fail(ModelError),
}

/// A model with a script. When the script is at its end it repeats the last line.
pub struct Script {
    lines: Vec<Say>,
    /// What its server counts in any prompt; `None` where it does not count.
    pub counts: Option<u64>,
    /// Every request, as it was asked.
    pub asked: Mutex<Vec<Request>>,
}

impl Script {
    pub fn new(lines: Vec<Say>) -> Self {
        Self { lines, counts: None, asked: Mutex::default() }
    }

    /// All text that was sent.
    pub fn sent(&self) -> String {
        format!("{:?}", self.asked.lock().unwrap())
    }
}

pub const TARGET: &str = "agent.yaml";

impl Model for Script {
    fn name(&self) -> String {
        "script/one".into()
    }

    fn body(&self, request: &Request) -> Value {
        json!(format!("{request:?}"))
    }

    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError> {
        let mut asked = self.asked.lock().unwrap();
        let line = self.lines.get(asked.len()).or(self.lines.last()).unwrap().clone();
        asked.push(request.clone());
        let (text, stop) = match line {
            Say::File(text) => (
                json!({"files": [{"path": TARGET, "text": text}], "questions": [], "notes": ""}).to_string(),
                Stop::End,
            ),
            Say::Text(text) => (text, Stop::End),
            Say::Json(value) => (value.to_string(), Stop::End),
            Say::Refuse => {
                (String::new(), Stop::Refusal { category: None, explanation: Some("not this".into()) })
            }
            Say::Cut(text) => (text, Stop::MaxTokens),
            Say::Fail(error) => return Err(error),
        };
        watch(Event::Text(&text));
        let usage = Usage { input: 1000, output: 500, ..Usage::default() };
        let turn = Turn { role: Role::Assistant, content: vec![Content::Text(text)] };
        Ok(Answer { turn, stop, usage, cost_usd: Some(0.01), model: "one".into(), request_id: None })
    }

    fn count_tokens(&self, _: &Request) -> Result<Option<u64>, ModelError> {
        Ok(self.counts)
    }

    fn limits(&self) -> Result<Option<Limits>, ModelError> {
        Ok(None)
    }
}

/// A host that keeps what it is told.
#[derive(Default)]
pub struct Desk {
    pub answers: Vec<(&'static str, &'static str)>,
    pub kept: Vec<Round>,
    pub fail_to_keep: bool,
}

impl Host for Desk {
    fn told(&mut self, _: Progress<'_>) {}

    fn answer(&mut self, question: &Question) -> Option<Answered> {
        let (_, text) = self.answers.iter().find(|(id, _)| *id == question.id)?;
        Some(Answered { text: (*text).to_owned(), inputs: None })
    }

    fn keep(&mut self, round: &mut Round) -> Result<(), String> {
        if self.fail_to_keep {
            return Err("the disk is full".into());
        }
        round.number = self.kept.len() as u32 + 1;
        self.kept.push(round.clone());
        Ok(())
    }
}

pub fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/fastapi-agent").canonicalize().unwrap()
}

/// The example with these files over it.
pub fn inputs(files: &[(&str, &str)]) -> Inputs {
    let root = example();
    let tree: Arc<dyn Snapshot> = Arc::new(WorkTree::open(&root).unwrap());
    let platform = Platform::load(&root.join("seatrial.yaml"), "seatrial.yaml", tree.files()).unwrap();
    let mut overlay = Overlay::new(tree);
    for (path, text) in files {
        overlay.set(path, *text);
    }
    Inputs {
        snapshot: Arc::new(overlay),
        root: Some(root),
        paths: Vec::new(),
        platform: Arc::new(platform),
        options: Options::default(),
    }
}

pub fn wanted(inputs: &Inputs, text: &str) -> Intent {
    let checked = inputs.root.as_deref().map(|root| (root, Arc::clone(&inputs.snapshot)));
    let repositories = inputs.platform.repository_set(checked);
    let charts = Charts::of(&inputs.platform, &repositories);
    intent::read(text, &Vocabulary::of(&inputs.platform, &charts.known)).intent
}

pub const INTENT: &str = "Deploy the FastAPI agent to dev, staging and prod, from tag v0.4.0 of the charts, in the AppProject 'agents'.\n\n- Dev: 256Mi memory\n- Staging: 512Mi memory\n- Prod: 1Gi memory\n";

pub fn findings(report: &Report) -> Vec<Value> {
    report
        .findings
        .iter()
        .map(|finding| {
            let file = report.file(finding.span.file);
            let line = file.map_or(0, |file| file.line_col(finding.span.start as usize).line);
            json!({
                "rule": finding.rule, "severity": finding.severity.as_str(), "message": finding.message, "help": finding.help,
                "file": file.map(|file| file.path.to_string()), "line": line, "fingerprint": finding.fingerprint,
                "applications": finding.applications, "environments": finding.environments,
            })
        })
        .collect()
}

/// Works on the example's intent with a script, over these files.
pub fn work(files: &[(&str, &str)], script: &Script, budget: &Budget, desk: &mut Desk) -> Refined {
    work_on(INTENT, files, script, budget, desk)
}

pub fn work_on(
    text: &str,
    files: &[(&str, &str)],
    script: &Script,
    budget: &Budget,
    desk: &mut Desk,
) -> Refined {
    let inputs = inputs(files);
    let wanted = wanted(&inputs, text);
    let mut task = task(inputs, text, &wanted);
    refine(&mut task, script, budget, desk)
}

/// The task of writing [`TARGET`].
pub fn task<'a>(inputs: Inputs, text: &'a str, wanted: &'a Intent) -> Task<'a> {
    let checked = inputs.root.as_deref().map(|root| (root, Arc::clone(&inputs.snapshot)));
    let proposal = propose(wanted, &inputs.platform, &inputs.platform.repository_set(checked));
    Task::new(inputs, "fastapi-agent", text, wanted, TARGET, proposal, findings)
}

/// The right answer: what the facts alone lead to.
pub fn draft() -> String {
    let inputs = inputs(&[]);
    let wanted = wanted(&inputs, INTENT);
    task(inputs, INTENT, &wanted).draft.unwrap()
}
