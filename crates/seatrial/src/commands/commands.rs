//! `seatrial commands`: the commands to run for a manifest, and what is wrong with those of a script or a page.

mod output;
mod planned;

use std::io::Read;
use std::path::Path;

use seatrial_commands::{Kind, Surroundings, Version, check, found};
use seatrial_platform::Platform;
use seatrial_source::{Files, SourceFile, Span};

use crate::cli::{CommandsArgs, CommandsFormat, Global, InputArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::session::{self, Session};
pub(crate) use output::CommandsOutput;
use output::{Checked, WrongCommand};

/// How large a script or page may be.
const MAX_BYTES: u64 = 4 << 20;

pub(super) fn run(args: &CommandsArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let output = if is_manifest(&args.path, io) {
        let input = InputArgs { paths: vec![args.path.clone()], rev: None, stdin_name: String::new() };
        let session = Session::open(&input, global, io)?;
        of_manifests(&session, global, io)?
    } else {
        let (name, text) = read(&args.path, io)?;
        let platform = session::platform(global, io, &io.cwd.clone(), &Files::new())?;
        of_text(&name, &text, &platform)
    };
    let text = match args.format {
        CommandsFormat::Json => format!("{:#}\n", serde_json::to_value(&output).unwrap_or_default()),
        CommandsFormat::Text => output.text(io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(output.checked.iter().flat_map(|checked| &checked.wrong).any(|wrong| wrong.fails)))
}

/// What to run for the manifests of a session.
pub(crate) fn of_manifests(
    session: &Session,
    global: &Global,
    io: &Io<'_>,
) -> Result<CommandsOutput, CliError> {
    Ok(CommandsOutput { plans: planned::plans(session, global, io)?, checked: None })
}

/// What is wrong with the commands of a script or a page, on this platform.
pub(crate) fn of_text(name: &str, text: &str, platform: &Platform) -> CommandsOutput {
    CommandsOutput { plans: Vec::new(), checked: Some(checked(name, text, &surroundings(platform))) }
}

/// Whether what is named is a folder, or a file with objects of Argo CD in it.
fn is_manifest(path: &Path, io: &Io<'_>) -> bool {
    let full = io.cwd.join(path);
    let is_yaml =
        full.extension().is_some_and(|extension| ["yaml", "yml", "json"].iter().any(|e| extension == *e));
    let speaks = || {
        let file = std::fs::File::open(&full).ok()?;
        let mut bytes = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut bytes).ok()?;
        Some(String::from_utf8_lossy(&bytes).contains("argoproj.io"))
    };
    full.is_dir() || (is_yaml && speaks().unwrap_or(false))
}

fn read(path: &Path, io: &mut Io<'_>) -> Result<(String, String), CliError> {
    let shown = path.display().to_string();
    let mut bytes = Vec::new();
    let result = if shown == "-" {
        (&mut *io.stdin).take(MAX_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(io.cwd.join(path))
            .and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes))
    };
    result.map_err(|error| CliError::new(format!("cannot read `{shown}`: {error}")))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(CliError::new(format!("`{shown}` is larger than {MAX_BYTES} bytes")));
    }
    let name = if shown == "-" { "<stdin>".to_owned() } else { shown };
    Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
}

/// What is wrong with the commands of a text.
fn checked(name: &str, text: &str, surroundings: &Surroundings) -> Checked {
    // Standard input has no name to go by.
    let kind = if name == "<stdin>" && text.contains("```") { Kind::Markdown } else { Kind::of(name) };
    let files = Files::new();
    let file = SourceFile::new(files.id(name), name, text);
    let commands = found(text, kind);
    let mut wrong: Vec<WrongCommand> = Vec::new();
    for one in commands.iter().flat_map(|command| check(command, surroundings)) {
        let place = crate::place::in_file(&file, Span::at(file.id, one.at.min(text.len())));
        wrong.push(WrongCommand {
            kind: one.kind,
            fails: one.fails,
            line: place.line,
            column: place.column,
            command: one.command,
            message: one.message,
            instead: one.instead,
        });
    }
    Checked { file: name.to_owned(), commands: commands.len(), wrong }
}

/// Where the platform's commands run.
fn surroundings(platform: &Platform) -> Surroundings {
    let argocd =
        platform.argocd.version.as_ref().and_then(|version| Version::parse(&version.value.to_string()));
    let of_clusters = platform.clusters.iter().filter_map(|cluster| cluster.facts.kubernetes.as_ref());
    let mut kubernetes: Vec<Version> =
        of_clusters.filter_map(|version| Version::parse(&version.value)).collect();
    kubernetes.sort_unstable();
    kubernetes.dedup();
    // A context that is not stated may be any: only where all are is another one wrong.
    let contexts: Option<Vec<(String, String)>> = platform
        .clusters
        .iter()
        .map(|cluster| Some((cluster.context.as_ref()?.value.clone(), cluster.name.value.clone())))
        .collect();
    Surroundings { argocd, kubernetes, contexts: contexts.unwrap_or_default() }
}
