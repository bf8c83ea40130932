//! `seatrial check --hook`: the findings of a file, for the agent that has just edited it.

use std::io::Read;
use std::path::{Path, PathBuf};

use seatrial_platform::Platform;
use seatrial_trial::collect::NEEDLES;
use seatrial_trial::{Finding, Report, Unknown, check};
use serde_json::{Value, json};

use crate::cli::{CheckArgs, Global, Hook, InputArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::mcp;
use crate::session::{Session, on_threads, shown};

/// The longest event that is read: the text that was written is part of it.
const MAX_EVENT: u64 = 32 << 20;

/// Answers an event. A file that nothing is known of is none of our business: nothing is said, and the code is 0.
pub(super) fn run(host: Hook, args: &CheckArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let Hook::ClaudeCode = host;
    let Some(file) = edited(io)? else { return Ok(0) };
    let Some((paths, file)) = concerned(&file, global) else { return Ok(0) };
    let input = InputArgs { paths, rev: None, stdin_name: String::new() };
    let session = Session::open(&input, global, io)?;
    let report = on_threads(global, || check(&session.inputs, seatrial_rules::all()))?;
    session.keep_lock()?;
    let name = name(&session, &file, io);
    if !told(&report, &name) {
        return Ok(0);
    }
    let text = format!("Seatrial judged {name}:\n{}", mcp::told_of(&session, &report, &name)?);
    let fails = |finding: &Finding| args.fail_on.fails(finding.severity);
    let blocking = report.findings.iter().any(|finding| fails(finding) && is_in(&report, finding, &name));
    let answer = if blocking {
        let advice =
            "Mend this before going on. Take the fixes that it offers; ask a person where a fact is missing.";
        json!({"decision": "block", "reason": format!("{text}\n{advice}")})
    } else {
        json!({"hookSpecificOutput": {"hookEventName": "PostToolUse", "additionalContext": text}})
    };
    io.print(&format!("{answer}\n"))?;
    Ok(0)
}

/// The file that was edited, if the event is of one.
fn edited(io: &mut Io<'_>) -> Result<Option<PathBuf>, CliError> {
    let failed = |why: String| {
        CliError::new(format!("cannot read the event on standard input: {why}"))
            .hint("`--hook` is run by an agent's host, which writes a JSON object there")
    };
    let mut bytes = Vec::new();
    io.stdin.take(MAX_EVENT).read_to_end(&mut bytes).map_err(|error| failed(error.to_string()))?;
    let event: Value = serde_json::from_slice(&bytes).map_err(|error| failed(error.to_string()))?;
    let text = |pointer: &str| event.pointer(pointer).and_then(Value::as_str);
    let Some(path) = text("/tool_input/file_path") else { return Ok(None) };
    let folder = text("/cwd").map_or_else(|| io.cwd.clone(), PathBuf::from);
    let full = folder.join(path);
    Ok(full.is_file().then_some(full))
}

/// What to look at for a file: itself, if it is a manifest; the folder of the platform file, if it may be something that
/// manifests there are rendered from, or the platform file itself.
fn concerned(file: &Path, global: &Global) -> Option<(Vec<PathBuf>, PathBuf)> {
    let real = file.canonicalize().ok()?;
    let extension = real.extension()?.to_str()?;
    if !matches!(extension, "yaml" | "yml" | "json" | "tpl") {
        return None;
    }
    let platform = match &global.platform {
        Some(path) => path.canonicalize().ok(),
        None => Platform::find(real.parent()?).and_then(|path| path.canonicalize().ok()),
    };
    let bytes = std::fs::read(&real).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    if platform.as_ref() != Some(&real) && NEEDLES.iter().any(|needle| text.contains(needle)) {
        return Some((vec![real.clone()], real));
    }
    let home = platform?.parent()?.to_owned();
    real.starts_with(&home).then(|| (vec![home], real))
}

/// What a file is called in the session's reports.
fn name(session: &Session, file: &Path, io: &Io<'_>) -> String {
    let is_platform = session
        .inputs
        .platform
        .path()
        .is_some_and(|path| io.cwd.join(path).canonicalize().is_ok_and(|platform| platform == *file));
    let below = session.root.as_deref().and_then(|root| file.strip_prefix(root).ok()).and_then(Path::to_str);
    match below.filter(|_| !is_platform) {
        Some(below) => format!("{}{below}", session.inputs.snapshot.label()),
        None => shown(file, &io.cwd),
    }
}

/// Whether there is anything to say of a file.
fn told(report: &Report, name: &str) -> bool {
    let unread = report.read_errors.iter().any(|error| name.ends_with(&error.path));
    let unknown = |unknown: &Unknown| {
        unknown.span.and_then(|span| report.file(span.file)).is_some_and(|file| &*file.path == name)
    };
    unread
        || report.findings.iter().any(|finding| is_in(report, finding, name))
        || report.unknown.iter().any(unknown)
}

fn is_in(report: &Report, finding: &Finding, name: &str) -> bool {
    report.file(finding.span.file).is_some_and(|file| &*file.path == name)
}
