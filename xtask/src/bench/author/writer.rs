//! Who does the tasks: Seatrial's own author, answers that were recorded, or a provider's model. The latter two go the same way,
//! through `seatrial generate` and its rounds; what was recorded is said by a stand-in for a provider.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use seatrial_model_mock::{KEY, Mock, Reply};
use serde_json::{Value, json};

use super::super::Setup;
use crate::tool;

/// Who does the tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Who {
    /// Seatrial itself
    #[default]
    Builtin,
    /// The answers in `bench/author/replay`
    Replay,
    /// Claude by its own API
    Anthropic,
    /// OpenAI's chat API, and all that speak it
    #[value(name = "openai")]
    OpenAi,
    /// Claude on Amazon Bedrock
    Bedrock,
}

impl Who {
    /// Whether a task is among those that are done.
    pub(super) fn does(self, home: &Path, task: &str) -> bool {
        self != Self::Replay || recorded(home, task).exists()
    }
}

/// Has a task done in its folder, the result in `set.yaml`: what `seatrial generate` says.
pub(super) fn write(setup: &Setup, home: &Path, dir: &Path, task: &str, intent: &str) -> Result<Value> {
    let mut args =
        vec!["generate", intent, "--out", "set.yaml", "--yes", "--no-ask", "--format", "json", "--author"];
    let mut env: Vec<(&str, String)> = Vec::new();
    let mut mock = None;
    match setup.author {
        Who::Builtin => args.push("builtin"),
        Who::Anthropic => args.push("anthropic"),
        Who::OpenAi => args.push("openai"),
        Who::Bedrock => args.push("bedrock"),
        Who::Replay => {
            let answers = answers(&recorded(home, task))?;
            let standing = Mock::start(move |asked| {
                // Who has nothing more to say says the same again.
                let answer = answers.get(asked.turns()).or_else(|| answers.last());
                Reply::text(answer.cloned().unwrap_or_default())
            })?;
            env.push(("OPENAI_API_KEY", KEY.to_owned()));
            env.push(("OPENAI_BASE_URL", format!("{}/v1", standing.url())));
            mock = Some(standing);
            args.extend(["openai", "--model", "recorded"]);
        }
    }
    if let Some(model) = &setup.model {
        args.extend(["--model", model]);
    }
    let (code, out, ..) = tool::run_with(&setup.binary, dir, &args, &env)?;
    if let Some(mock) = mock {
        ensure!(mock.refused().is_empty(), "the stand-in refused: {}", mock.refused().join("; "));
    }
    ensure!(
        code.is_some() && !out.is_empty(),
        "seatrial generate ended with {code:?}, and without an answer"
    );
    serde_json::from_slice(&out).context("what generate says is no JSON")
}

fn recorded(home: &Path, task: &str) -> std::path::PathBuf {
    home.join(format!("replay/{task}.replay"))
}

/// The answers of a file, in their order: each as it was said, or a manifest that was given in the form that is asked for.
fn answers(file: &Path) -> Result<Vec<String>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut answers: Vec<(bool, String)> = Vec::new();
    for line in text.lines() {
        match line {
            "-- said --" => answers.push((false, String::new())),
            "-- manifest --" => answers.push((true, String::new())),
            // What stands above the first answer says whom it imitates.
            _ => {
                if let Some((_, answer)) = answers.last_mut() {
                    answer.push_str(line);
                    answer.push('\n');
                }
            }
        }
    }
    ensure!(!answers.is_empty(), "{} has no answer", file.display());
    let proposal = |(formal, text): (bool, String)| {
        let files = json!([{"path": "set.yaml", "text": text}]);
        if formal { json!({"files": files, "questions": [], "notes": ""}).to_string() } else { text }
    };
    Ok(answers.into_iter().map(proposal).collect())
}
