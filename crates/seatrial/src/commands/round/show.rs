//! Rounds for people.

use seatrial_rounds::{Changes, Comparison, Constraint, Found, Met, Round, Store};
use serde_json::Value;

use super::output::{AddOutput, ReplayOutput, RoundSummary, summary};
use crate::look::{ADDED, BOLD, DIM, GREEN, Look, RED, REMOVED, YELLOW};
use crate::text::{count, printable};

/// How many lines of one kind are shown; `--format json` has them all.
const MOST: usize = 40;

pub(super) fn list(store: &Store, look: Look) -> String {
    if store.rounds().is_empty() {
        return "There are no rounds yet. `seatrial round add FILE` records what a model answered.\n"
            .to_owned();
    }
    store.rounds().iter().map(|round| line(&summary(round), look)).collect()
}

fn line(round: &RoundSummary, look: Look) -> String {
    let author = if round.author.name.is_empty() { round.author.kind.as_str() } else { &round.author.name };
    let outcome = round.outcome.map(|outcome| format!(", {}", outcome.as_str())).unwrap_or_default();
    format!(
        "{} {}  {}  {}: {}{outcome}\n",
        look.paint(BOLD, &format!("round {}", round.number)),
        look.paint(DIM, &printable(&round.time)),
        printable(&round.piece),
        printable(author),
        judgement(round, look),
    )
}

fn judgement(round: &RoundSummary, look: Look) -> String {
    let verdict = match round.verdict.as_str() {
        "ready" => look.paint(GREEN, "ready"),
        "not-ready" => look.paint(RED, "not ready"),
        _ => look.paint(YELLOW, "unknown"),
    };
    let met = if round.constraints > 0 {
        format!(", {} of {} met", round.met, count(round.constraints, "constraint"))
    } else {
        String::new()
    };
    format!(
        "{verdict}, {}, {}, {}{met}",
        count(round.applications, "Application"),
        count(round.errors, "error"),
        count(round.warnings, "warning"),
    )
}

pub(super) fn round(store: &Store, round: &Round, look: Look) -> String {
    let mut out = line(&summary(round), look);
    if !round.request.intent.is_empty() {
        out.push_str(&format!("wanted: {}\n", look.wrapped(&printable(&round.request.intent), 8)));
    }
    let fixed =
        round.fixed.iter().map(|fix| format!("{}:{}: [{}] {}", fix.file, fix.line, fix.rule, fix.title));
    section(&mut out, "Mended by safe fixes", fixed.map(plain), look);
    section(&mut out, "Refused", round.refused.iter().cloned().map(plain), look);
    section(&mut out, "Found", Found::all(&round.findings).iter().map(|found| finding(found, look)), look);
    let unknown = round.unknown.iter().map(|unknown| format!("{}: {}", unknown.what, unknown.needs));
    section(&mut out, "Could not be judged", unknown.map(plain), look);
    section(&mut out, "Constraints", round.constraints.iter().map(|c| constraint(c, look)), look);
    let questions = round.proposal.questions.iter().map(|question| {
        let answers = store.decisions().iter().rev();
        let answer =
            answers.filter(|d| d.round == round.number).find(|d| d.question.as_ref() == Some(&question.id));
        let answer = answer.map(|d| d.text.as_str()).or(question.answer.as_deref());
        let answer = answer.map_or_else(|| "not answered".to_owned(), |answer| format!("answered: {answer}"));
        let options = question.options.iter().map(|option| match option.tradeoff.as_str() {
            "" => format!("; or {}", option.text),
            tradeoff => format!("; or {}: {tradeoff}", option.text),
        });
        format!("{}: {}{} ({answer})", question.id, question.text, options.collect::<String>())
    });
    section(&mut out, "Asked", questions.map(plain), look);
    let notes = round.proposal.notes.lines().filter(|line| !line.trim().is_empty());
    section(&mut out, "Said besides", notes.map(|line| plain(line.to_owned())), look);
    let decisions = store.decisions().iter().filter(|decision| decision.round == round.number);
    let decisions = decisions.map(|decision| {
        let about = decision.finding.as_ref().or(decision.question.as_ref());
        let about = about.map(|about| format!(" (about {about})")).unwrap_or_default();
        format!("{} {}: {}{about}", decision.time, decision.by, decision.text)
    });
    section(&mut out, "Decided", decisions.map(plain), look);
    for file in &round.result {
        out.push_str(&look.paint(BOLD, &format!("{}\n", printable(&file.path))));
        for text in file.text.lines() {
            out.push_str(&format!("  {}\n", printable(text)));
        }
    }
    out
}

fn finding(found: &Found, look: Look) -> String {
    let colour = if found.severity == "error" { RED } else { YELLOW };
    let head = look.paint(colour, &printable(&format!("{}[{}]", found.severity, found.rule)));
    let short: String = found.fingerprint.chars().take(8).collect();
    format!(
        "{}: {head} {} {}",
        printable(&found.place()),
        printable(&found.message),
        look.paint(DIM, &printable(&short))
    )
}

fn constraint(constraint: &Constraint, look: Look) -> String {
    let met = match constraint.met {
        Met::Yes => look.paint(GREEN, "met"),
        Met::No => look.paint(RED, "broken"),
        Met::Unknown => look.paint(YELLOW, "unknown"),
    };
    let places = constraint.places.join(", ");
    let places =
        if places.is_empty() { places } else { look.paint(DIM, &format!(" ({})", printable(&places))) };
    format!("{met} {}: “{}”{places}", printable(&constraint.id), printable(&constraint.sentence))
}

/// A text that may hold anything, as it may be shown.
fn plain(text: String) -> String {
    printable(&text).into_owned()
}

/// A heading and its lines, made printable before; nothing when there are none.
fn section(out: &mut String, title: &str, lines: impl Iterator<Item = String>, look: Look) {
    let lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        return;
    }
    out.push_str(&look.paint(BOLD, &format!("{title}:\n")));
    for line in lines.iter().take(MOST) {
        out.push_str(&format!("  {}\n", look.wrapped(line, 4)));
    }
    if lines.len() > MOST {
        out.push_str(&format!("  and {} more\n", lines.len() - MOST));
    }
}

pub(super) fn comparison(comparison: &Comparison, look: Look) -> String {
    let mut out = look.paint(BOLD, &format!("From round {} to round {}\n", comparison.from, comparison.to));
    let found = |all: &[Found]| all.iter().map(|one| finding(one, look)).collect::<Vec<_>>().into_iter();
    section(&mut out, "Fixed", found(&comparison.fixed), look);
    section(&mut out, "Remaining", found(&comparison.remaining), look);
    section(&mut out, "Regressed", found(&comparison.regressed), look);
    section(&mut out, "Came to light", found(&comparison.revealed), look);
    section(
        &mut out,
        "Lost on the way",
        comparison.lost.iter().map(|lost| printable(&lost.sentence()).into_owned()),
        look,
    );
    section(&mut out, "Now met", comparison.met.iter().map(|c| constraint(c, look)), look);
    section(&mut out, "No longer met", comparison.broken.iter().map(|c| constraint(c, look)), look);
    changes(&mut out, "Applications", &comparison.applications, look);
    changes(&mut out, "Resources", &comparison.resources, look);
    section(&mut out, "Not known", comparison.unknown.iter().map(|why| printable(why).into_owned()), look);
    if out.lines().count() == 1 {
        out.push_str("  nothing changed\n");
    }
    out
}

fn changes(out: &mut String, title: &str, changes: &Changes, look: Look) {
    let mut lines: Vec<String> = Vec::new();
    let paint = |style, mark: &str, name: &str| look.paint(style, &format!("{mark} {}", printable(name)));
    lines.extend(changes.removed.iter().map(|name| paint(REMOVED, "-", name)));
    lines.extend(changes.added.iter().map(|name| paint(ADDED, "+", name)));
    for changed in &changes.changed {
        let was = changed.was.as_ref().map(|was| format!(" (was {was})")).unwrap_or_default();
        lines.push(format!("~ {}", printable(&format!("{}{was}", changed.name))));
        for field in changed.fields.iter().take(MOST) {
            let value =
                |value: &Value| if value.is_null() { "nothing".to_owned() } else { value.to_string() };
            let line = format!("    {}: {} → {}", field.path, value(&field.old), value(&field.new));
            lines.push(printable(&line).into_owned());
        }
        let more = changed.fields.len().saturating_sub(MOST) + changed.more;
        if more > 0 {
            lines.push(format!("    and {} more", count(more, "field")));
        }
    }
    if lines.is_empty() {
        return;
    }
    out.push_str(&look.paint(BOLD, &format!("{title}:\n")));
    for line in lines.iter().take(MOST * 4) {
        out.push_str(&format!("  {line}\n"));
    }
    if lines.len() > MOST * 4 {
        out.push_str(&format!("  and {} more lines\n", lines.len() - MOST * 4));
    }
}

pub(super) fn added(added: &AddOutput, look: Look) -> String {
    let mut out = line(&added.round, look);
    if let Some(comparison) = &added.comparison {
        let lights = comparison.revealed.len();
        let mut parts = vec![
            format!("{} fixed", comparison.fixed.len()),
            format!("{} remaining", comparison.remaining.len()),
            format!("{} regressed", comparison.regressed.len()),
        ];
        if lights > 0 {
            parts.push(format!("{lights} came to light"));
        }
        if !comparison.lost.is_empty() {
            parts.push(look.paint(RED, &format!("{} lost on the way", comparison.lost.len())));
        }
        out.push_str(&format!("since round {}: {}\n", comparison.from, parts.join(", ")));
    }
    out.push_str(&look.paint(BOLD, "To answer:\n"));
    out.push('\n');
    for line in added.feedback.lines() {
        out.push_str(&format!("{}\n", printable(line)));
    }
    out
}

pub(super) fn replayed(replay: &ReplayOutput, look: Look) -> String {
    let mut out =
        format!("then: {}\nnow:  {}\n", judgement(&replay.round, look), judgement(&replay.now, look));
    if replay.differs {
        // Both are the same round.
        let changes = comparison(&replay.comparison, look);
        out.push_str(changes.split_once('\n').map_or("", |(_, rest)| rest));
    } else {
        out.push_str("The judgement is the same.\n");
    }
    out
}
