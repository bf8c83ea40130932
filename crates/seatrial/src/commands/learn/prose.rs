//! Learning from a text.

use std::io::Read as _;
use std::path::Path;

use seatrial_gate::Redactor;
use seatrial_learn::edit::{self, Origin};
use seatrial_learn::{Claim, Question, Unread};
use seatrial_models::Model as _;
use seatrial_refine::{Listened, listen, reading};
use serde_json::Value;

use super::json;
use super::target::Target;
use crate::cli::{Global, LearnArgs, LearnFormat};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, Look, YELLOW};
use crate::model::{self, Recording};
use crate::progress;
use crate::session::{self, source_limits};
use crate::text::{count, printable};

/// The exit code where a model could not be asked, as of `generate`.
const MODEL_ERROR: u8 = 5;

/// A text that was learned from, and what came of it.
pub(super) struct Lesson<'l> {
    pub(super) name: String,
    pub(super) heard: &'l Listened,
    /// Questions that came up in writing.
    pub(super) refused: Vec<Question>,
    /// The platform file's new text.
    pub(super) new: String,
}

pub(super) fn run(
    args: &LearnArgs,
    global: &Global,
    io: &mut Io<'_>,
    target: &Target,
) -> Result<u8, CliError> {
    let (name, text) = input(args.file.as_deref(), global, io)?;
    let client = model::client(&args.model, "the text is read by rules alone", &target.platform, global, io)?;
    if let (Some(model), true) = (&client, args.model.show_prompt) {
        let text = Redactor::of(&target.platform).text(&text);
        io.print(&format!("{:#}\n", model.body(&reading(&text, &target.platform))))?;
        return Ok(0);
    }
    let listened = match &client {
        None => Listened::by_rules(&text, &target.platform),
        Some(model) => match heard(&text, model, args, global, io, target)? {
            Ok(listened) => listened,
            Err(failed) => {
                io.say(&failed.render(io.error_look(global.color)));
                return Ok(MODEL_ERROR);
            }
        },
    };
    let edited = edit::apply(target.text(), &listened.reading, Origin::Text(&name));
    let mut lesson = Lesson { name, heard: &listened, refused: edited.questions, new: edited.text };
    let person = io.terminal.input && io.terminal.error && !args.yes && !args.dry_run;
    if args.format == LearnFormat::Json {
        let written = target.settle(&lesson.new, super::consent(args), global, io)?;
        io.print(&format!("{:#}\n", json::lesson(&lesson, &target.shown, written)))?;
        return Ok(0);
    }
    if global.quiet < 2 {
        let look = io.look(global.color);
        io.print(&shown(&lesson, look))?;
    }
    if person {
        let questions: Vec<Question> =
            lesson.heard.reading.questions.iter().chain(&lesson.refused).cloned().collect();
        (lesson.new, _) = super::ask::ask(lesson.new, &questions, super::WHO, global, io);
    }
    if global.quiet < 2 {
        let diff = target.diff(&lesson.new, io, global);
        let text = if diff.is_empty() { format!("{} says all of it already.\n", target.shown) } else { diff };
        io.print(&text)?;
    }
    target.settle(&lesson.new, super::consent(args), global, io)?;
    Ok(0)
}

/// What a model makes of a text, and what that cost.
fn heard(
    text: &str,
    model: &Recording,
    args: &LearnArgs,
    global: &Global,
    io: &mut Io<'_>,
    target: &Target,
) -> Result<Result<Listened, CliError>, CliError> {
    let mut redactor = Redactor::of(&target.platform);
    let came = progress::during("a model reads it", session::shows_progress(global, io), || {
        listen(text, &target.platform, model, &mut redactor, &mut |_| {})
    });
    model.keep(&args.model, &io.cwd)?;
    if let (Ok(listened), 0) = (&came, global.quiet) {
        let usage = &listened.usage;
        let cost = listened.cost_usd.map(|cost| format!(", ${cost:.4}")).unwrap_or_default();
        io.say(&format!(
            "{}: {} tokens in, {} out{cost}\n",
            printable(&model.name()),
            usage.prompt(),
            usage.output
        ));
    }
    Ok(came.map_err(|error| model::failed(&error)))
}

/// The text and what it is called.
fn input(file: Option<&Path>, global: &Global, io: &mut Io<'_>) -> Result<(String, String), CliError> {
    let limit = source_limits(&global.limits).max_file_bytes;
    let (name, bytes) = match file {
        Some(path) if path != Path::new("-") => {
            let full = io.cwd.join(path);
            let file = std::fs::File::open(&full)
                .map_err(|error| CliError::new(format!("cannot read `{}`: {error}", path.display())))?;
            let mut bytes = Vec::new();
            file.take(limit.saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(|error| CliError::new(format!("cannot read `{}`: {error}", path.display())))?;
            // The platform file is shared: it cites a text here by its path, one elsewhere by its name.
            let shown = session::shown(&full, &io.cwd);
            let name = if Path::new(&shown).is_absolute() || shown.starts_with("..") {
                path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or(shown)
            } else {
                shown
            };
            (name, bytes)
        }
        None if io.terminal.input => {
            return Err(CliError::new("there is nothing to learn from")
                .hint("name a text, `-` for standard input, or a repository with `--repo DIR`"));
        }
        _ => {
            let mut bytes = Vec::new();
            io.stdin
                .take(limit.saturating_add(1))
                .read_to_end(&mut bytes)
                .map_err(|error| CliError::new(format!("cannot read standard input: {error}")))?;
            ("stdin".to_owned(), bytes)
        }
    };
    if bytes.len() as u64 > limit {
        return Err(CliError::new(format!("`{name}` is larger than {limit} bytes"))
            .hint("`--max-file-bytes` raises the limit"));
    }
    Ok((name, String::from_utf8_lossy(&bytes).into_owned()))
}

/// What was understood, sentence by sentence; what it replaces, what is open, what was not understood.
fn shown(lesson: &Lesson<'_>, look: Look) -> String {
    let reading = &lesson.heard.reading;
    let mut out = String::new();
    let mut lines: Vec<(usize, &str, Vec<&Claim>)> = Vec::new();
    for claim in &reading.facts {
        let Some(quote) = claim.quotes.first() else { continue };
        match lines.iter_mut().find(|(line, text, _)| *line == quote.line && *text == quote.text) {
            Some((.., claims)) => claims.push(claim),
            None => lines.push((quote.line, &quote.text, vec![claim])),
        }
    }
    lines.sort_by_key(|(line, ..)| *line);
    out.push_str(&format!(
        "{}\n",
        look.paint(BOLD, &format!("Understood: {}", count(reading.facts.len(), "fact")))
    ));
    for (line, text, claims) in lines {
        out.push_str(&format!(
            "  {} {}\n",
            look.paint(DIM, &format!("{}:{line}", lesson.name)),
            quoted(text)
        ));
        for claim in claims {
            let level = if claim.binding { format!("   ({})", claim.level.as_str()) } else { String::new() };
            let fact = format!("{}: {}", claim.key(), value(&claim.what.value()));
            out.push_str(&format!(
                "    {}{}\n",
                look.paint(CYAN, &printable(&fact)),
                look.paint(DIM, &level)
            ));
        }
    }
    if !reading.known.is_empty() {
        out.push_str(&format!(
            "{}\n",
            look.paint(DIM, &format!("Known already: {}", count(reading.known.len(), "fact")))
        ));
    }
    if !reading.superseded.is_empty() {
        out.push_str(&format!("{}\n", look.paint(BOLD, "Supersedes")));
        for old in &reading.superseded {
            let new = reading.facts.get(old.by).map(|fact| value(&fact.what.value())).unwrap_or_default();
            let from = match (&old.from, &old.quote) {
                (Some(from), _) => from.clone(),
                (None, Some(quote)) => format!("{}:{}", lesson.name, quote.line),
                (None, None) => String::new(),
            };
            let said =
                old.quote.as_ref().map(|quote| format!(" {}", quoted(&quote.text))).unwrap_or_default();
            let change = format!("{}: {} -> {new}", old.key.join("."), value(&old.value));
            out.push_str(&format!("  {}\n    {}{said}\n", printable(&change), look.paint(DIM, &from)));
        }
    }
    questions(lesson, look, &mut out);
    unread(&reading.unread, &lesson.name, look, &mut out);
    unfounded(lesson.heard, look, &mut out);
    out.push('\n');
    out
}

fn questions(lesson: &Lesson<'_>, look: Look, out: &mut String) {
    let mut all = lesson.heard.reading.questions.iter().chain(&lesson.refused).peekable();
    if all.peek().is_none() {
        return;
    }
    out.push_str(&format!("{}\n", look.paint(BOLD, "Open")));
    for question in all {
        out.push_str(&format!("  {} {}\n", look.paint(YELLOW, "?"), printable(&question.text)));
        let place = question
            .quotes
            .first()
            .map(|quote| format!("{}:{} {}", lesson.name, quote.line, quoted(&quote.text)));
        if let Some(place) = place {
            out.push_str(&format!("    {}\n", look.paint(DIM, &place)));
        }
    }
}

fn unread(unread: &[Unread], name: &str, look: Look, out: &mut String) {
    if unread.is_empty() {
        return;
    }
    out.push_str(&format!("{}\n", look.paint(BOLD, "Not taken as facts")));
    for one in unread {
        let place = look.paint(DIM, &format!("{name}:{}", one.quote.line));
        out.push_str(&format!(
            "  {place} {} {}\n",
            quoted(&one.quote.text),
            look.paint(DIM, &format!("({})", one.why))
        ));
    }
}

/// What a model read and the text does not say.
fn unfounded(heard: &Listened, look: Look, out: &mut String) {
    if !heard.unfounded.is_empty() {
        out.push_str(&format!("{}\n", look.paint(BOLD, "Read by the model, and not taken")));
    }
    for one in &heard.unfounded {
        let fact = format!("{}: {}", one.heard.key.join("."), one.heard.value);
        out.push_str(&format!(
            "  {} {} {}\n",
            printable(&fact),
            quoted(&one.heard.quote),
            look.paint(DIM, &format!("({})", one.why))
        ));
    }
    for note in &heard.notes {
        out.push_str(&format!("{}\n", look.paint(YELLOW, &printable(note))));
    }
}

fn quoted(text: &str) -> String {
    format!("\u{201c}{}\u{201d}", printable(text.trim_start_matches('"').trim_end_matches('"')))
}

/// A value on one line, as one would write it.
pub(super) fn value(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(self::value).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entries: Vec<String> =
                map.iter().map(|(key, item)| format!("{key}: {}", self::value(item))).collect();
            format!("{{{}}}", entries.join(", "))
        }
        other => other.to_string(),
    }
}
