//! `seatrial fix`: applies what was verified, says what a person has to decide.

use seatrial_source::write::{Replacement, replace_all};
use seatrial_trial::{Finding, FixOptions, Fixed, fix};
use serde_json::{Value, json};

use super::{catalogue, check, known_rule};
use crate::cli::{FixArgs, FixFormat, Global};
use crate::diff;
use crate::error::CliError;
use crate::formats::{self, Shown};
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, GREEN, Look};
use crate::progress;
use crate::session::{Session, on_threads, shows_progress};
use crate::text::{count, list, printable};

pub(super) fn run(args: &FixArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    for name in &args.rules {
        known_rule(name)?;
    }
    let session = Session::open(&args.input, global, io)?;
    if session.root.is_none() && args.input.rev.is_some() && !args.dry_run {
        return Err(CliError::new("a revision cannot be changed")
            .hint("`--dry-run` shows the diff; without `--rev` the files on disk are mended"));
    }
    let options = FixOptions { unsafe_fixes: args.unsafe_fixes, rules: args.rules.clone() };
    let inputs = &session.inputs;
    let fixed = progress::during("trying fixes", shows_progress(global, io), || {
        on_threads(global, || fix(inputs, seatrial_rules::all(), &options))
    })?;
    session.insist(&fixed.remaining.read_errors, fixed.remaining.summary.files)?;
    session.keep_lock()?;
    let metas = catalogue();
    let look = io.look(global.color);
    let shown = Shown {
        report: &fixed.remaining,
        rules: &metas,
        environments: &session.environments,
        platform: session.inputs.platform.path(),
        fail_on: args.fail_on,
        look,
        verbosity: check::verbosity(global),
        arguments: &session.arguments,
    };
    let from_stdin = session.root.is_none();
    if !args.dry_run && !from_stdin {
        write(&session, &fixed)?;
    }
    let text = match args.format {
        FixFormat::Json => as_json(&session, &fixed, &shown, args),
        // What is piped in comes out mended, so that the command can stand in a pipe; the rest is said beside it.
        FixFormat::Text if from_stdin && !args.dry_run => {
            if global.quiet < 2 {
                let look = io.error_look(global.color);
                let said = as_text(&session, &fixed, &Shown { look, ..shown }, args);
                io.say(&said);
            }
            piped(&session, &fixed)
        }
        FixFormat::Text if global.quiet < 2 => as_text(&session, &fixed, &shown, args),
        FixFormat::Text => String::new(),
    };
    io.print(&text)?;
    Ok(u8::from(fixed.remaining.findings.iter().any(|finding| args.fail_on.fails(finding.severity))))
}

pub(crate) fn write(session: &Session, fixed: &Fixed) -> Result<(), CliError> {
    let Some(root) = &session.root else { return Ok(()) };
    let replacements: Vec<Replacement> = fixed
        .files
        .iter()
        .map(|file| Replacement {
            path: root.join(&file.path),
            read: file.before.clone(),
            text: file.after.to_string(),
        })
        .collect();
    replace_all(&replacements).map_err(|error| {
        CliError::new(error.to_string())
            .hint("nothing is written over a file that is not what was checked; run it again")
    })
}

/// The text that came in, mended.
fn piped(session: &Session, fixed: &Fixed) -> String {
    match fixed.files.first() {
        Some(file) => file.after.to_string(),
        None => {
            let read = session.named.first().and_then(|name| session.inputs.snapshot.read(name).ok());
            read.map(|file| file.text.to_string()).unwrap_or_default()
        }
    }
}

fn as_text(session: &Session, fixed: &Fixed, shown: &Shown<'_>, args: &FixArgs) -> String {
    let look = shown.look;
    let label = session.inputs.snapshot.label();
    let mut out = String::new();
    for file in &fixed.files {
        if args.dry_run {
            out.push_str(&diff::unified(
                &format!("{label}{}", file.path),
                &file.before.text,
                &file.after,
                look,
            ));
        }
    }
    if args.dry_run && !fixed.files.is_empty() {
        out.push('\n');
    }
    applied(fixed, args, look, &mut out);
    left(shown, args, look, &mut out);
    out
}

fn applied(fixed: &Fixed, args: &FixArgs, look: Look, out: &mut String) {
    if fixed.applied.is_empty() {
        let kind = if args.unsafe_fixes { "" } else { " safe" };
        out.push_str(&format!("No{kind} fix was found that helps; nothing was changed.\n"));
        return;
    }
    let verb = if args.dry_run { "Would fix" } else { "Fixed" };
    let files = count(fixed.files.len(), "file");
    let rounds = count(fixed.rounds, "round");
    out.push_str(&look.paint(
        BOLD,
        &format!("{verb} {} in {files}, {rounds} of trial:", count(fixed.applied.len(), "finding")),
    ));
    out.push('\n');
    for finding in &fixed.applied {
        let title = finding.fix.as_ref().map_or("", |fix| fix.title.as_str());
        let kind = finding.fix.as_ref().map_or("", |fix| fix.applicability.as_str());
        out.push_str(&format!(
            "  {} {} {}\n",
            look.paint(GREEN, &format!("[{}]", finding.rule)),
            printable(title),
            look.paint(DIM, &format!("({kind})"))
        ));
    }
}

/// What is left for a person.
fn left(shown: &Shown<'_>, args: &FixArgs, look: Look, out: &mut String) {
    let report = shown.report;
    if report.findings.is_empty() && report.unknown.is_empty() {
        out.push_str(&look.paint(GREEN, "Nothing is left: ready."));
        out.push('\n');
        return;
    }
    let (waiting, deciding): (Vec<&Finding>, Vec<&Finding>) = report
        .findings
        .iter()
        .partition(|f| !args.unsafe_fixes && f.fix.as_ref().is_some_and(|fix| fix.verified));
    if !waiting.is_empty() {
        out.push_str(&format!(
            "\n{} can be fixed in a way that changes what is deployed: read it, then {}.\n",
            count(waiting.len(), "finding"),
            look.paint(CYAN, &format!("`seatrial fix --unsafe{}`", shown.arguments))
        ));
    }
    if !deciding.is_empty() {
        out.push_str(
            &look
                .paint(BOLD, &format!("\nA person has to decide on {}:\n", count(deciding.len(), "finding"))),
        );
        for finding in deciding {
            let at = crate::place::place(report, finding.span);
            let at = at.map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
            let whom = if finding.environments.is_empty() {
                String::new()
            } else {
                format!(" (in {})", list(&finding.environments))
            };
            let text = format!("{at}{}[{}] {}{whom}", finding.severity, finding.rule, finding.message);
            out.push_str(&format!("  - {}\n", look.wrapped(&printable(&text), 4)));
            if !finding.help.is_empty() {
                out.push_str(&format!(
                    "    {}\n",
                    look.paint(DIM, &look.wrapped(&printable(&finding.help), 4))
                ));
            }
        }
    }
    for unknown in &report.unknown {
        let text = format!("unknown: {}: {}", unknown.what, unknown.needs);
        out.push_str(&format!("  - {}\n", look.wrapped(&printable(&text), 4)));
    }
}

fn as_json(session: &Session, fixed: &Fixed, shown: &Shown<'_>, args: &FixArgs) -> String {
    let label = session.inputs.snapshot.label();
    let files: Vec<Value> = fixed
        .files
        .iter()
        .map(|file| {
            let path = format!("{label}{}", file.path);
            let diff = diff::unified(&path, &file.before.text, &file.after, Look::PLAIN);
            json!({"file": path, "diff": diff, "after": &*file.after})
        })
        .collect();
    let applied: Vec<Value> = fixed
        .applied
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule,
                "message": finding.message,
                "title": finding.fix.as_ref().map(|fix| fix.title.clone()),
                "applicability": finding.fix.as_ref().map(|fix| fix.applicability.as_str()),
                "fingerprint": finding.fingerprint,
            })
        })
        .collect();
    let remaining = serde_json::to_value(formats::json::output(shown)).unwrap_or_default();
    let written = !args.dry_run && session.root.is_some();
    let all = json!({
        "files": files, "applied": applied, "rounds": fixed.rounds, "written": written, "remaining": remaining,
    });
    format!("{all:#}\n")
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use clap::Parser as _;
    use seatrial_trial::{FixOptions, fix};
    use tempfile::TempDir;

    use super::write;
    use crate::cli::{Cli, Command};
    use crate::io::{Io, Terminal};
    use crate::session::Session;

    /// An Application whose namespace a fix can write.
    const FAULTY: &str = "\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: a
spec:
  project: default
  source: {repoURL: https://example.com/a.git, path: a, targetRevision: v1}
  destination: {server: https://kubernetes.default.svc, namespace: a}
";

    #[test]
    fn a_file_that_changed_after_it_was_read_is_left_alone() {
        let dir = TempDir::new().unwrap();
        let path = dir.path().join("app.yaml");
        fs::write(&path, FAULTY).unwrap();
        let env = |_: &str| -> Option<OsString> { None };
        let (mut stdin, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
        let cwd = dir.path().to_owned();
        let terminal = Terminal::default();
        let mut io = Io { stdin: &mut stdin, out: &mut out, err: &mut err, terminal, cwd, env: &env };
        let cli = Cli::try_parse_from(["seatrial", "fix", "--unsafe", "app.yaml"]).unwrap();
        let Command::Fix(args) = &cli.command else { panic!("another command") };
        let session = Session::open(&args.input, &cli.global, &mut io).unwrap();
        let options = FixOptions { unsafe_fixes: true, rules: Vec::new() };
        let fixed = fix(&session.inputs, seatrial_rules::all(), &options);
        assert!(!fixed.files.is_empty(), "there is something to write");

        let changed = format!("# by someone else\n{FAULTY}");
        fs::write(&path, &changed).unwrap();
        let refused = write(&session, &fixed).unwrap_err();
        assert!(refused.to_string().contains("changed since it was read"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), changed);
        assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 1, "no other file is left behind");

        // What is as it was read is written.
        fs::write(&path, FAULTY).unwrap();
        write(&session, &fixed).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), *fixed.files[0].after);
    }
}
