//! The person's side of work with a model: progress, questions, the record.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use seatrial_gate::Redactor;
use seatrial_models::Event;
use seatrial_refine::{Answered, Host, Progress, Spent};
use seatrial_rounds::{Question, Round, Store};

use super::facts::Facts;
use super::model::with_platform;
use crate::cli::{GenerateArgs, Global};
use crate::commands::round;
use crate::io::Io;
use crate::look::{BOLD, CYAN, DIM, GREEN, Look, RED, YELLOW};
use crate::session::{Session, shows_progress};
use crate::text::{count, printable};

pub(super) struct Desk<'a, 'io> {
    store: Store,
    session: &'a Session,
    facts: &'a mut Facts,
    args: &'a GenerateArgs,
    global: &'a Global,
    io: &'a mut Io<'io>,
    look: Look,
    /// What is shown while a model answers, on a terminal.
    bar: Option<ProgressBar>,
    /// How much has come of the answer.
    come: usize,
}

impl<'a, 'io> Desk<'a, 'io> {
    pub(super) fn new(
        store: Store,
        session: &'a Session,
        facts: &'a mut Facts,
        args: &'a GenerateArgs,
        global: &'a Global,
        io: &'a mut Io<'io>,
    ) -> Self {
        let look = io.error_look(global.color);
        Self { store, session, facts, args, global, io, look, bar: None, come: 0 }
    }

    fn say(&mut self, text: &str) {
        if self.global.quiet == 0 {
            self.io.say(text);
        }
    }

    fn asking(&mut self, round: u32, model: &str) {
        let line = format!("round {round}: {} writes", printable(model));
        if !shows_progress(self.global, self.io) {
            self.say(&format!("{line}\n"));
            return;
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {prefix} {wide_msg}") {
            bar.set_style(style);
        }
        bar.set_prefix(line);
        bar.enable_steady_tick(Duration::from_millis(100));
        self.bar = Some(bar);
        self.come = 0;
    }

    fn came(&mut self, event: &Event<'_>) {
        match event {
            Event::Text(text) => {
                self.come += text.chars().count();
                if let Some(bar) = &self.bar {
                    // The last words, so that something is seen from the first one on.
                    let last: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
                    bar.set_message(format!("{} characters … {}", self.come, printable(last.trim())));
                }
            }
            Event::Thinking(_) => {
                if let Some(bar) = &self.bar {
                    bar.set_message("thinking");
                }
            }
            Event::Retry { after, why } => {
                self.come = 0;
                let text = format!("again in {:.1} s: {}", after.as_secs_f64(), printable(why));
                match &self.bar {
                    Some(bar) => bar.set_message(text),
                    None => self.say(&format!("  {text}\n")),
                }
            }
            Event::Usage(_) => {}
        }
    }

    fn finish_bar(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    fn judged(&mut self, round: &Round, spent: &Spent, best: bool) {
        self.finish_bar();
        let of = |severity: &str| {
            round
                .findings
                .iter()
                .filter(|f| f.get("severity").and_then(|s| s.as_str()) == Some(severity))
                .count()
        };
        let (errors, warnings) = (of("error"), of("warning"));
        let mut parts = Vec::new();
        if round.result.is_empty() {
            parts.push("no file".to_owned());
        } else {
            let colour = if errors > 0 {
                RED
            } else if warnings > 0 {
                YELLOW
            } else {
                GREEN
            };
            parts.push(
                self.look
                    .paint(colour, &format!("{}, {}", count(errors, "error"), count(warnings, "warning"))),
            );
        }
        if !round.fixed.is_empty() {
            parts.push(match round.fixed.len() {
                1 => "1 fix applied".to_owned(),
                n => format!("{n} fixes applied"),
            });
        }
        if !round.refused.is_empty() {
            parts.push(self.look.paint(RED, &format!("{} held back", round.refused.len())));
        }
        if !best {
            parts.push("worse than before".to_owned());
        }
        let usage = &round.usage;
        let mut cost = format!("{} tokens in", usage.input_tokens);
        if usage.cached_tokens > 0 {
            cost.push_str(&format!(" ({} cached)", usage.cached_tokens));
        }
        cost.push_str(&format!(", {} out", usage.output_tokens));
        if let Some(total) = spent.cost_usd {
            cost.push_str(&format!(", ${total:.4} so far"));
        }
        let head = self.look.paint(BOLD, &format!("round {}", spent.rounds));
        let line = format!("{head}: {} {}\n", parts.join("; "), self.look.paint(DIM, &format!("({cost})")));
        self.say(&line);
    }
}

impl Host for Desk<'_, '_> {
    fn told(&mut self, progress: Progress<'_>) {
        match progress {
            Progress::Asking { round, model } => self.asking(round, model),
            Progress::Model(event) => self.came(&event),
            Progress::Judged { round, spent, best } => self.judged(round, spent, best),
        }
    }

    fn answer(&mut self, question: &Question) -> Option<Answered> {
        self.finish_bar();
        let terminal = self.io.terminal;
        if self.args.no_ask || self.args.yes || !terminal.input || !terminal.error {
            return None;
        }
        let mark = self.look.paint(CYAN, "?");
        let mut shown = format!("{mark} {} ", self.look.wrapped(&printable(&question.text), 2));
        for option in &question.options {
            let line = printable(&format!("- {}: {}", option.text, option.tradeoff)).into_owned();
            shown.push_str(&format!("\n    {} ", self.look.wrapped(&line, 6)));
        }
        let text = self.io.ask(&shown).filter(|answer| !answer.is_empty())?;
        // What is a secret in it is neither learned nor sent.
        let text = Redactor::of(&self.session.inputs.platform).text(&text);
        let asked = seatrial_learn::Question {
            key: Some(question.key.clone()),
            text: question.text.clone(),
            quotes: Vec::new(),
            proposals: Vec::new(),
        };
        let taught = self.facts.add(&asked, &text, self.session);
        Some(Answered { text, inputs: taught.map(|platform| with_platform(self.session, platform)) })
    }

    fn keep(&mut self, round: &mut Round) -> Result<(), String> {
        self.finish_bar();
        round.time = round::now(self.io);
        let mut redactor = Redactor::of(&self.session.inputs.platform);
        let number = self.store.append(round, &mut redactor).map_err(|error| error.to_string())?;
        if let Some(kept) = self.store.round(number) {
            *round = kept.clone();
        }
        Ok(())
    }
}
