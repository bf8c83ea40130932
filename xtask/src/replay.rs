//! `cargo xtask replay`: a piece of work from the first request to a clean set, as people have it: a scripted model answers without knowing the
//! platform, a person answers its question and corrects it in prose, the loop goes on until nothing is left. Then the real Argo CD
//! says what the set generates and renders to. The same prose is given to Seatrial's own author, which has one round.

mod demanded;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, ensure};
use seatrial_cli::{Io, Terminal};
use seatrial_model_mock::{Asked, KEY, Mock, Reply};
use serde_json::{Value, json};

use crate::paths;

#[derive(clap::Args)]
pub(crate) struct Args {
    /// Other texts: a folder with request.md, constraints.md, specifics.md, first.yaml, second.yaml, demanded.json and, where
    /// something is left open, answer.md
    #[arg(long, value_name = "DIR")]
    texts: Option<PathBuf>,
}

/// What is said, by whom.
struct Texts {
    request: String,
    constraints: String,
    specifics: String,
    /// What a person says to what is still open.
    answer: Option<String>,
    /// The model's first answers.
    answers: [String; 2],
    demanded: Value,
}

/// The file that is worked on.
const FILE: &str = "agent.yaml";

pub(crate) fn run(args: &Args) -> Result<()> {
    let texts = Texts::read(args.texts.as_deref())?;
    let place = Place::new()?;
    with_a_model(&place, &texts)?;
    demanded::check(&place.read(FILE)?, place.path(), &texts.demanded)?;
    println!("a model: clean after 3 rounds, and Argo CD makes of it what was demanded");
    let place = Place::new()?;
    by_itself(&place, &texts)?;
    demanded::check(&place.read(FILE)?, place.path(), &texts.demanded)?;
    println!("no model: clean at once, and Argo CD makes of it what was demanded");
    Ok(())
}

impl Texts {
    fn read(folder: Option<&Path>) -> Result<Self> {
        let own = paths::root().join("tests/replay");
        let read = |name: &str| {
            let path = folder.unwrap_or(&own).join(name);
            fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        let example =
            |name: &str| fs::read_to_string(paths::root().join("examples/fastapi-agent").join(name));
        let answers = match folder {
            Some(_) => [read("first.yaml")?, read("second.yaml")?],
            None => [example("round-1.yaml")?, example("round-3.yaml")?],
        };
        Ok(Self {
            request: read("request.md")?,
            constraints: read("constraints.md")?,
            specifics: read("specifics.md")?,
            answer: read("answer.md").ok(),
            answers,
            demanded: serde_json::from_str(&read("demanded.json")?)?,
        })
    }
}

/// A folder that holds a chart and nothing else.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Result<Self> {
        let place = Self(tempfile::tempdir()?);
        let example = paths::root().join("examples/fastapi-agent");
        for extension in ["yaml", "tpl", "txt"] {
            for file in paths::files(&example.join("charts"), extension)? {
                let to = place.path().join(file.strip_prefix(&example)?);
                fs::create_dir_all(to.parent().context("no folder")?)?;
                fs::copy(&file, &to)?;
            }
        }
        Ok(place)
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, name: &str, text: &str) -> Result<()> {
        Ok(fs::write(self.path().join(name), text)?)
    }

    fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path().join(name)).with_context(|| name.to_owned())
    }

    /// Runs the command line and gives what it says to programs. It has to end with this code.
    fn seatrial(&self, code: u8, args: &[&str], stdin: &str, url: &str) -> Result<Value> {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let env = |name: &str| match name {
            "ANTHROPIC_API_KEY" => Some(KEY.into()),
            "ANTHROPIC_BASE_URL" => Some(url.into()),
            _ => None,
        };
        let mut io = Io {
            stdin: &mut stdin.as_bytes(),
            out: &mut out,
            err: &mut err,
            terminal: Terminal::default(),
            cwd: self.path().to_owned(),
            env: &env,
        };
        let all = ["seatrial"].iter().chain(args).chain(&["--format", "json"]);
        let ended = seatrial_cli::run(all.copied(), &mut io);
        let said = String::from_utf8_lossy(&err);
        let out = String::from_utf8_lossy(&out);
        ensure!(ended == code, "{args:?} ended with {ended}, not {code}\n{said}\n{out}");
        serde_json::from_str(&out).with_context(|| format!("{args:?}\n{said}\n{out}"))
    }
}

/// Three rounds: a first answer and a question, a second answer that forgets what the first had, and one that listens.
fn with_a_model(place: &Place, texts: &Texts) -> Result<()> {
    let answers = texts.answers.clone();
    let asked = AtomicUsize::new(0);
    let mock = Mock::start(move |request| {
        let round = asked.fetch_add(1, Ordering::Relaxed);
        let question = json!({
            "id": "platform", "text": "Which clusters, registries and pull secrets are there, and what may sync by itself?",
            "options": [{"text": "a private registry everywhere", "tradeoff": "one more to run for dev"}], "key": [],
        });
        let questions = if round == 0 { vec![question] } else { Vec::new() };
        let text = answers.get(round).cloned().or_else(|| draft(request)).unwrap_or_default();
        let notes = "Production keeps five replicas for availability.";
        let answer = json!({"files": [{"path": FILE, "text": text}], "questions": questions, "notes": notes});
        Reply::text(answer.to_string())
    })?;
    let url = mock.url();
    place.write("request.md", &texts.request)?;
    place.write("specifics.md", &texts.specifics)?;
    let generate =
        ["generate", "request.md", "--out", FILE, "--author", "anthropic", "--max-rounds", "1", "--yes"];
    // It ends for want of rounds, with nothing written: the first answer leads to places that nobody named.
    let first = place.seatrial(3, &generate, "", url)?;
    ensure!(first["written"] == false && !place.path().join(FILE).exists(), "{first:#}");
    let decide = ["round", "decide", "1", "-", "--question", "platform", "--by", "ann", "--yes"];
    let decided = place.seatrial(0, &decide, &texts.constraints, url)?;
    ensure!(
        decided["written"] == true && has(&decided["facts"], "clusters.staging-eks.environment"),
        "{decided:#}"
    );
    place.seatrial(3, &generate, "", url)?;
    place.seatrial(0, &["learn", "specifics.md", "--yes"], "", url)?;
    if let Some(answer) = &texts.answer {
        place.seatrial(0, &["learn", "-", "--yes"], answer, url)?;
    }
    let last = place.seatrial(0, &generate, "", url)?;
    ensure!(last["outcome"] == "clean" && last["written"] == true, "{last:#}");
    ensure!(mock.refused().is_empty(), "{:?}", mock.refused());
    record(place, url)
}

fn has(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|entry| entry == text))
}

/// The set in the prompt that Seatrial's own author wrote: what a model answers that listens.
fn draft(request: &Asked) -> Option<String> {
    let text = request.first_text();
    let from = text.split_once("# A draft")?.1.split_once("<data>\n")?.1;
    Some(from.split_once("</data>")?.0.to_owned())
}

/// The record tells each constraint with its sentence and the round that met it, what was lost, and what the first answer would have done.
fn record(place: &Place, url: &str) -> Result<()> {
    let report = place.seatrial(0, &["round", "report"], "", url)?;
    let piece = &report["pieces"][0];
    let outcomes: Vec<&Value> = list(&piece["rounds"]).iter().map(|round| &round["outcome"]).collect();
    ensure!(outcomes.len() == 3 && *outcomes[2] == "clean", "{report:#}");
    let coverage = list(&piece["coverage"]);
    let manual = coverage.iter().find(|one| one["id"] == "prod-is-manual").context("prod-is-manual")?;
    let sentence = manual["sentence"].as_str().unwrap_or_default().to_lowercase();
    ensure!(sentence.contains("prod must"), "{manual:#}");
    for one in coverage.iter().filter(|one| one["level"] == "must") {
        ensure!(!one["sentence"].as_str().unwrap_or_default().is_empty(), "no sentence: {one:#}");
        ensure!(one["rounds"]["3"] == "yes", "not met in the last round: {one:#}");
    }
    let lost = list(&piece["reflection"]["lost"]);
    ensure!(
        lost.iter().any(|one| one.to_string().contains("ingress")),
        "the ingress was lost unseen: {lost:#?}"
    );
    ensure!(!piece["reflection"]["mistakes"].is_null(), "what the first answer would have done is not told");
    let shown = place.seatrial(0, &["round", "show", "1"], "", url)?;
    let question = &shown["round"]["proposal"]["questions"][0];
    ensure!(question["options"][0]["tradeoff"] == "one more to run for dev", "{question:#}");
    ensure!(shown["decisions"][0]["question"] == "platform", "{shown:#}");
    println!("the record: {} constraints, each with its sentence and the rounds that met it", coverage.len());
    Ok(())
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// The same prose, and no model.
fn by_itself(place: &Place, texts: &Texts) -> Result<()> {
    let mut said = vec![texts.request.as_str(), &texts.constraints, &texts.specifics];
    said.extend(texts.answer.as_deref());
    place.write("intent.md", &said.join("\n"))?;
    let done = place.seatrial(0, &["generate", "intent.md", "--out", FILE, "--yes"], "", "")?;
    ensure!(done["outcome"] == "clean" && done["author"] == "builtin", "{done:#}");
    let list = place.seatrial(0, &["round", "list"], "", "")?;
    ensure!(list["rounds"].as_array().is_some_and(|rounds| rounds.len() == 1), "{list:#}");
    Ok(())
}
