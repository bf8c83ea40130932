//! Talking to a judge: JSON lines in, JSON lines out, in order.

use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::{helm, oracle, paths};

/// The judge that renders Applications.
pub(crate) const RENDER: &str = "argocd-render";

/// Asks the judge `name` all questions and gives its answers in order. A question that brings the judge down
/// (a template that prints itself overflows Go's stack) is answered `{"fatal": …}` and the judge started anew.
pub(crate) fn ask(name: &str, questions: Vec<Value>) -> Result<Vec<Value>> {
    ask_in(paths::root(), name, questions)
}

/// The same with paths in questions relative to `dir`.
pub(crate) fn ask_in(dir: &Path, name: &str, questions: Vec<Value>) -> Result<Vec<Value>> {
    ask_command(dir, name, || command(name), questions)
}

/// The same of a judge for expansions that lies somewhere else.
pub(crate) fn ask_binary(dir: &Path, binary: &Path, questions: Vec<Value>) -> Result<Vec<Value>> {
    let command = || {
        let mut command = Command::new(binary);
        command.args(["expand", "--batch"]);
        Ok(command)
    };
    ask_command(dir, &binary.display().to_string(), command, questions)
}

fn ask_command(
    dir: &Path,
    name: &str,
    command: impl Fn() -> Result<Command>,
    questions: Vec<Value>,
) -> Result<Vec<Value>> {
    let mut answers = Vec::with_capacity(questions.len());
    let mut falls = 0;
    loop {
        let rest = &questions[answers.len()..];
        if rest.is_empty() {
            return Ok(answers);
        }
        let status = ask_until_it_falls(dir, command()?, rest, &mut answers)?;
        if answers.len() < questions.len() {
            falls += 1;
            ensure!(falls < 50, "judge `{name}` ended {falls} times with {status}");
            answers.push(json!({"fatal": status.to_string()}));
        }
    }
}

fn ask_until_it_falls(
    dir: &Path,
    mut command: Command,
    questions: &[Value],
    answers: &mut Vec<Value>,
) -> Result<ExitStatus> {
    let program = command.get_program().to_string_lossy().into_owned();
    let command = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .current_dir(dir)
        .env("TZ", "UTC");
    let mut child = command.spawn().context(program)?;
    let input = child.stdin.take().context("no stdin")?;
    let lines: Vec<String> = questions.iter().map(Value::to_string).collect();
    let writer = std::thread::spawn(move || -> std::io::Result<()> {
        let mut out = BufWriter::new(input);
        for line in lines {
            writeln!(out, "{line}")?;
        }
        out.flush()
    });
    let output = child.stdout.take().context("no stdout")?;
    for line in BufReader::new(output).lines() {
        answers.push(serde_json::from_str(&line?)?);
    }
    // A broken pipe is what a fall looks like from here; the status tells.
    let _ = writer.join();
    Ok(child.wait()?)
}

fn command(name: &str) -> Result<Command> {
    // `render` is another question to the same judge, which then needs a Helm.
    let renders = name == RENDER;
    let mut command = Command::new(oracle::install(if renders { "argocd" } else { name }, false)?);
    if renders {
        command.args(["render", "--batch"]);
        command.env("ORACLE_HELM", helm::install(helm::helm("4.3.1")?, false)?);
    } else if name == "argocd" {
        command.args(["expand", "--batch"]);
    }
    Ok(command)
}
