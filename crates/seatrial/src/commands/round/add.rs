//! `seatrial round add`: what was answered, tried and recorded.

use std::io::Read;
use std::path::{Path, PathBuf};

use seatrial_gate::Redactor;
use seatrial_rounds::{By, File, Kind, Message, Proposal, Request, Round, Store, compare, feedback};
use sha2::{Digest, Sha256};

use super::{answer, failed, home, judge, now, open, output, previous, show, tell_damage};
use crate::cli::{Global, RoundAddArgs, RoundFormat};
use crate::error::CliError;
use crate::io::Io;
use seatrial_trial::Severity;

/// How large an answer or a prompt may be.
const MAX_BYTES: u64 = 4 << 20;

pub(super) fn run(args: &RoundAddArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let mut store = open(global, io)?;
    let home = home(global, io)?;
    let text = text(&args.file, io)?;
    let prompt = args.prompt.as_deref().map(|path| text_of(&io.cwd.join(path), path)).transpose()?;
    let session = judge::session(&home, global, io)?;
    let root = session.root.clone().unwrap_or_else(|| home.clone());
    let path = path(args, &root, &io.cwd)?;
    let notes = answer::notes(&text);
    let author = match (&args.by, &args.model) {
        (Some(name), _) => By { kind: Kind::Person, name: name.clone() },
        (None, name) => By { kind: Kind::Model, name: name.clone().unwrap_or_else(|| "chat".to_owned()) },
    };
    let prompt_hash = prompt.as_deref().map(hash).unwrap_or_default();
    let messages = prompt.map(|text| Message { role: "user".to_owned(), text }).into_iter().collect();
    let proposed = vec![File { path, text }];
    let mut round = Round {
        time: now(io),
        author,
        request: Request { intent: args.intent.clone().unwrap_or_default(), messages, prompt_hash },
        proposal: Proposal { files: proposed.clone(), questions: answer::questions(&notes), notes },
        ..Round::default()
    };
    judge::judge(&session, &mut round, &proposed, global, io)?;
    session.keep_lock()?;
    round.piece = args.piece.clone().unwrap_or_else(|| piece(&round, &store));
    let mut redactor = Redactor::of(&session.inputs.platform);
    let number = store.append(&round, &mut redactor).map_err(|error| failed(&error))?;
    tell_damage(&store, global, io);
    // What is told is what was recorded: without secrets.
    let Some(round) = store.round(number) else {
        return Err(CliError::new(format!("round {number} cannot be read back")));
    };
    let before = previous(&store, &round.piece, number);
    let comparison = before.map(|before| compare(before, round));
    let message = feedback(before, round);
    let fails = round.findings.iter().any(|finding| {
        let severity = finding.get("severity").and_then(serde_json::Value::as_str);
        severity.and_then(Severity::parse).is_some_and(|severity| args.fail_on.fails(severity))
    });
    let added = output::AddOutput { round: output::summary(round), comparison, feedback: message };
    let text = match args.format {
        RoundFormat::Json => super::json(&added),
        RoundFormat::Text => show::added(&added, io.look(global.color)),
    };
    io.print(&text)?;
    Ok(u8::from(fails))
}

fn text(file: &Path, io: &mut Io<'_>) -> Result<String, CliError> {
    if file != Path::new("-") {
        return text_of(&io.cwd.join(file), file);
    }
    if io.terminal.input {
        io.say("Reading the answer from standard input; Ctrl-D ends it.\n");
    }
    bounded(&mut *io.stdin, "standard input", MAX_BYTES)
}

fn text_of(full: &Path, shown: &Path) -> Result<String, CliError> {
    let shown = shown.display().to_string();
    let file = std::fs::File::open(full)
        .map_err(|error| CliError::new(format!("cannot read `{shown}`: {error}")))?;
    bounded(&mut { file }, &shown, MAX_BYTES)
}

pub(super) fn bounded(from: &mut dyn Read, shown: &str, most: u64) -> Result<String, CliError> {
    let mut bytes = Vec::new();
    from.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| CliError::new(format!("cannot read `{shown}`: {error}")))?;
    if bytes.len() as u64 > most {
        return Err(CliError::new(format!("`{shown}` is larger than {most} bytes: no answer is")));
    }
    String::from_utf8(bytes).map_err(|_| CliError::new(format!("`{shown}` is no text in UTF-8")))
}

/// Where the answer is judged, relative to the root.
fn path(args: &RoundAddArgs, root: &Path, cwd: &Path) -> Result<String, CliError> {
    let below = |given: &Path| -> Option<String> {
        let full = cwd.join(given);
        let folder = full.parent()?.canonicalize().ok()?;
        let root = root.canonicalize().ok()?;
        let path: PathBuf = folder.strip_prefix(&root).ok()?.join(full.file_name()?);
        path.to_str().map(str::to_owned)
    };
    if let Some(given) = &args.path {
        return below(given).ok_or_else(|| {
            CliError::new(format!("`{}` is in no folder below `{}`", given.display(), root.display()))
        });
    }
    let own = if args.file == Path::new("-") { None } else { below(&args.file) };
    Ok(own.unwrap_or_else(|| "answer.yaml".to_owned()))
}

/// What the work is called: by the set or Application that is proposed, else as the last round.
fn piece(round: &Round, store: &Store) -> String {
    let names = round.result.iter().flat_map(|file| names(&file.text));
    let last = || store.rounds().last().map(|round| round.piece.clone());
    names.into_iter().next().or_else(last).unwrap_or_else(|| "work".to_owned())
}

/// The names of the objects in a manifest, as far as it can be read.
fn names(text: &str) -> Vec<String> {
    let tree = seatrial_yaml::parse(text);
    let name = |document: seatrial_yaml::Document<'_>| {
        let root = document.root();
        let kind = root.get("kind")?.as_str()?;
        let ours = matches!(kind.as_ref(), "ApplicationSet" | "Application");
        let name = root.get("metadata")?.get("name")?.as_str()?;
        (ours && !name.is_empty()).then(|| name.chars().filter(|c| !c.is_control()).take(100).collect())
    };
    tree.documents().filter_map(name).collect()
}

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}
