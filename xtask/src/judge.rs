//! Talking to a judge: JSON lines in, JSON lines out, in order.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::oracle;

/// Asks the judge `name` all questions at once and gives its answers in order.
pub(crate) fn ask(name: &str, questions: Vec<Value>) -> Result<Vec<Value>> {
    let mut child = start(name)?;
    let input = child.stdin.take().context("no stdin")?;
    let writer = std::thread::spawn({
        let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
        move || -> std::io::Result<()> {
            let mut out = BufWriter::new(input);
            for line in lines {
                writeln!(out, "{line}")?;
            }
            out.flush()
        }
    });
    let output = child.stdout.take().context("no stdout")?;
    let mut answers = Vec::with_capacity(questions.len());
    for line in BufReader::new(output).lines() {
        answers.push(serde_json::from_str(&line?)?);
    }
    let written = writer.join().map_err(|_| anyhow::anyhow!("the writer to judge `{name}` panicked"))?;
    let status = child.wait()?;
    ensure!(
        status.success() && written.is_ok() && answers.len() == questions.len(),
        "judge `{name}` ended with {status} after {} of {} answers",
        answers.len(),
        questions.len()
    );
    Ok(answers)
}

fn start(name: &str) -> Result<Child> {
    let binary = oracle::install(name, false)?;
    let mut command = Command::new(&binary);
    if name == "argocd" {
        command.args(["expand", "--batch"]);
    }
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .env("TZ", "UTC")
        .spawn()
        .with_context(|| binary.display().to_string())
}
