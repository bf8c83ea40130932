//! `seatrial round decide`: what people decide is recorded; what they say of the platform thereby becomes facts.

use seatrial_gate::Redactor;
use seatrial_learn::edit::{self, Edited};
use seatrial_learn::{Question, Reading};
use seatrial_rounds::{Decision, Found, Round};

use super::{DecideOutput, chosen, failed, json, now, open};
use crate::cli::{Global, RoundDecideArgs, RoundFormat};
use crate::commands::learn::target::{Consent, Target};
use crate::error::CliError;
use crate::io::Io;
use crate::look::{CYAN, DIM, Look, YELLOW};
use crate::text::printable;

/// How large a decision may be.
const MOST: u64 = 64 << 10;

pub(super) fn run(args: &RoundDecideArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let mut store = open(global, io)?;
    let text = text(args, io)?;
    let target = Target::open(global, io)?;
    let mut redactor = Redactor::of(&target.platform);
    // What is a secret in it is neither recorded nor learned.
    let text = redactor.text(&text);
    let round = chosen(&store, Some(args.number))?;
    let finding = args.finding.as_deref().map(|beginning| finding(round, beginning)).transpose()?;
    let question = args.question.as_deref().map(|id| question(round, id)).transpose()?;
    let who = format!("round {}, {}", round.number, args.by);
    let none = Question { key: None, text: String::new(), quotes: Vec::new(), proposals: Vec::new() };
    let (reading, edited) =
        edit::reply(target.text(), &target.platform, question.as_ref().unwrap_or(&none), &text, &who);
    let decision = Decision {
        round: round.number,
        by: args.by.clone(),
        text,
        finding,
        question: args.question.clone(),
        time: now(io),
    };
    store.decide(&decision, &mut redactor).map_err(|error| failed(&error))?;
    let kept = store.decisions().last().cloned().unwrap_or_default();
    let consent = Consent { yes: args.yes, dry_run: false, tell: args.format == RoundFormat::Text };
    match args.format {
        RoundFormat::Json => {
            let written = target.settle(&edited.text, consent, global, io)?;
            let open = reading.questions.iter().chain(&edited.questions);
            let open = open.map(|question| question.text.clone()).collect();
            io.print(&json(&DecideOutput { decision: kept, facts: edited.stated, open, written }))?;
        }
        RoundFormat::Text => {
            if global.quiet < 2 {
                let look = io.look(global.color);
                io.print(&shown(&kept, &reading, &edited, look))?;
                io.print(&target.diff(&edited.text, io, global))?;
            }
            target.settle(&edited.text, consent, global, io)?;
        }
    }
    Ok(0)
}

/// What was decided: as given, or from standard input.
fn text(args: &RoundDecideArgs, io: &mut Io<'_>) -> Result<String, CliError> {
    let text = if args.text == "-" {
        super::add::bounded(&mut *io.stdin, "standard input", MOST)?
    } else {
        args.text.clone()
    };
    match text.trim() {
        "" => Err(CliError::new("nothing was decided: the text is empty")),
        text => Ok(text.to_owned()),
    }
}

/// What was understood of the platform, and what it leaves open.
fn shown(kept: &Decision, reading: &Reading, edited: &Edited, look: Look) -> String {
    let mut out = format!("Recorded for round {}: {}\n", kept.round, look.wrapped(&printable(&kept.text), 2));
    for key in &edited.stated {
        out.push_str(&format!("  {}\n", look.paint(CYAN, &printable(key))));
    }
    for question in reading.questions.iter().chain(&edited.questions) {
        let mark = look.paint(YELLOW, "?");
        out.push_str(&format!("  {mark} {}\n", look.wrapped(&printable(&question.text), 4)));
    }
    if edited.stated.is_empty() {
        let note =
            "It states no fact that is not known: it stays in the record, and the next prompt tells it.";
        out.push_str(&format!("  {}\n", look.paint(DIM, note)));
    }
    out
}

/// The question of a round that is answered.
fn question(round: &Round, id: &str) -> Result<Question, CliError> {
    let asked = &round.proposal.questions;
    let Some(question) = asked.iter().find(|question| question.id == id) else {
        let known: Vec<&str> = asked.iter().map(|q| q.id.as_str()).collect();
        let error = CliError::new(format!("round {} has no question `{id}`", round.number));
        return Err(if known.is_empty() {
            error
        } else {
            error.hint(format!("it has {}", known.join(", ")))
        });
    };
    Ok(Question {
        key: Some(question.key.clone()),
        text: question.text.clone(),
        quotes: Vec::new(),
        proposals: Vec::new(),
    })
}

/// The fingerprint of a round's finding that begins like this.
fn finding(round: &Round, beginning: &str) -> Result<String, CliError> {
    let all = Found::all(&round.findings);
    let mut fitting =
        all.iter().filter(|found| !beginning.is_empty() && found.fingerprint.starts_with(beginning));
    match (fitting.next(), fitting.next()) {
        (Some(one), None) => Ok(one.fingerprint.clone()),
        (Some(_), Some(_)) => {
            Err(CliError::new(format!("several findings of round {} begin with `{beginning}`", round.number))
                .hint("give more of the fingerprint"))
        }
        _ => Err(CliError::new(format!("round {} has no finding `{beginning}`", round.number))
            .hint(format!("`seatrial round show {}` shows their fingerprints", round.number))),
    }
}
