//! What `generate` tells: for people beside the manifest, for programs as one object.

use seatrial_refine::Spent;
use seatrial_rounds::Outcome as Ended;
use seatrial_trial::{Foresight, Severity};
use serde::Serialize;
use serde_json::Value;

use super::{Outcome, of_applications};
use crate::cli::GenerateArgs;
use crate::formats::{self, Shown};
use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::session::Session;
use crate::text::{count, printable};

/// The Applications that the set generates, each with its environment.
pub(super) fn applications(foresight: &Foresight) -> Vec<(String, Option<String>)> {
    let created = foresight.applications.iter().filter(|application| application.created);
    created.map(|application| (application.name.clone(), application.environment.clone())).collect()
}

/// For people: what was written, what was assumed, what is to be asked, and what its trial said.
pub(super) fn summary(outcome: &Outcome, session: &Session, args: &GenerateArgs, look: Look) -> String {
    let mut out = facts(outcome, look);
    if let Some(trial) = &outcome.trial {
        let n = trial.applications.len();
        out.push_str(&look.paint(BOLD, &format!("{}: {}\n", outcome.file, of_applications(n))));
        for (name, environment) in &trial.applications {
            let environment = environment.as_deref().unwrap_or("no known environment");
            out.push_str(&format!(
                "  {} {}\n",
                printable(name),
                look.paint(DIM, &format!("({environment})"))
            ));
        }
    }
    let (assumed, open): (Vec<_>, Vec<_>) = outcome.questions.iter().partition(|q| q.assumed.is_some());
    if !open.is_empty() {
        out.push_str(&look.paint(YELLOW, "To be answered:\n"));
    }
    for question in open {
        out.push_str(&format!("  ? {}\n", look.wrapped(&printable(&question.text), 4)));
        out.push_str(&format!("    {}\n", look.paint(DIM, &printable(&question.answer))));
    }
    if !assumed.is_empty() {
        out.push_str("Assumed:\n");
    }
    for question in assumed {
        let text = question.assumed.as_deref().unwrap_or_default();
        out.push_str(&format!("  - {} {}\n", look.wrapped(&printable(&question.text), 4), printable(text)));
        out.push_str(&format!("    {}\n", look.paint(DIM, &printable(&question.answer))));
    }
    out.push_str(&verdict(outcome, session, args, look));
    out
}

/// What the intent says of the platform, each with its sentence, and what is open there.
fn facts(outcome: &Outcome, look: Look) -> String {
    let mut out = String::new();
    let facts = &outcome.facts;
    let reading = &facts.reading;
    if !reading.facts.is_empty() {
        let head =
            format!("{} that {} does not have yet:\n", count(reading.facts.len(), "fact"), facts.shown);
        out.push_str(&look.paint(BOLD, &head));
    }
    for claim in &reading.facts {
        let said = format!("{}: {}", claim.key(), claim.what.value());
        let sentence = claim.quotes.first().map(|quote| format!(" “{}”", quote.text)).unwrap_or_default();
        out.push_str(&format!("  {}{}\n", printable(&said), look.paint(DIM, &printable(&sentence))));
    }
    for question in &reading.questions {
        out.push_str(&format!(
            "  {} {}\n",
            look.paint(YELLOW, "?"),
            look.wrapped(&printable(&question.text), 4)
        ));
    }
    out
}

fn verdict(outcome: &Outcome, session: &Session, args: &GenerateArgs, look: Look) -> String {
    let Some(trial) = &outcome.trial else {
        if let Some(work) = &outcome.work {
            return look.paint(
                RED,
                &format!("{}: {}.\n", work.refined.outcome.as_str(), printable(&work.refined.why)),
            );
        }
        return look.paint(YELLOW, "Nothing was written: the questions above come first.\n");
    };
    let report = &trial.candidate.report;
    let mut out = String::new();
    for finding in &report.findings {
        let at = crate::place::place(report, finding.span);
        let at = at.map_or_else(String::new, |at| format!("{}:{}:{}: ", at.file, at.line, at.column));
        let colour = if finding.severity == Severity::Error { RED } else { YELLOW };
        let head = look.paint(colour, &format!("{}[{}]", finding.severity, finding.rule));
        out.push_str(&format!("  {at}{head} {}\n", look.wrapped(&printable(&finding.message), 4)));
        if !finding.help.is_empty() {
            out.push_str(&format!("    {}\n", look.paint(DIM, &look.wrapped(&printable(&finding.help), 4))));
        }
    }
    for unknown in &report.unknown {
        let text = format!("unknown: {}: {}", unknown.what, unknown.needs);
        out.push_str(&format!("  {}\n", look.wrapped(&printable(&text), 4)));
    }
    for (title, held) in [("refused", &trial.refused), ("only a person can allow", &trial.privileges)] {
        for what in held {
            out.push_str(&format!(
                "  {} {}\n",
                look.paint(RED, &format!("{title}:")),
                look.wrapped(&printable(what), 4)
            ));
        }
    }
    if let Some(work) = outcome.work.as_ref().filter(|work| work.refined.outcome != Ended::Clean) {
        out.push_str(&look.paint(
            YELLOW,
            &format!("{}: {}.\n", work.refined.outcome.as_str(), printable(&work.refined.why)),
        ));
    }
    let n = report.findings.len();
    let platform = session.inputs.platform.path().unwrap_or_default();
    let line = if outcome.needs_person(args) {
        look.paint(
            RED,
            &format!("Tried against {platform}: {} left; a person has to decide.\n", count(n, "finding")),
        )
    } else if n > 0 || !report.unknown.is_empty() {
        let mut said = Vec::new();
        if n > 0 {
            said.push(format!("{}, none that stops it", count(n, "finding")));
        }
        match report.unknown.len() {
            0 => {}
            1 => said.push("1 thing could not be judged".to_owned()),
            n => said.push(format!("{n} things could not be judged")),
        }
        look.paint(GREEN, &format!("Tried against {platform}: {}.\n", said.join("; ")))
    } else {
        look.paint(GREEN, &format!("Tried against {platform}: clean.\n"))
    };
    out.push_str(&line);
    out
}

/// `generate --format json`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct GenerateOutput {
    /// `clean`, `needs-human`, `budget`, `refused` or `model-error`.
    pub(crate) outcome: &'static str,
    /// Why the work of a model ended so.
    pub(crate) why: Option<String>,
    /// Who wrote it: `builtin`, or provider and model.
    pub(crate) author: String,
    /// The recorded rounds of a model's work.
    pub(crate) rounds: Vec<u32>,
    /// What a model cost.
    pub(crate) usage: Option<Spending>,
    /// What the gate refuses, whoever wrote it.
    pub(crate) refused: Vec<String>,
    /// What goes beyond the facts and the state before, and only a person can allow.
    pub(crate) privileges: Vec<String>,
    /// Where it is, or would be, written.
    pub(crate) file: String,
    /// Whether it was.
    pub(crate) written: bool,
    /// The manifest; absent when a question has to be answered first.
    pub(crate) manifest: Option<String>,
    /// What the set generates.
    pub(crate) applications: Vec<GeneratedApplication>,
    /// What the intent says of the platform that the platform file does not have yet.
    pub(crate) facts: Vec<Learned>,
    /// What a person has to be asked.
    pub(crate) questions: Vec<Asked>,
    /// The trial's report, as `check --format json` has it.
    pub(crate) report: Option<Value>,
}

/// What a model cost.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Spending {
    /// Tokens sent.
    pub(crate) input_tokens: u64,
    /// Those of them that the provider had cached.
    pub(crate) cached_tokens: u64,
    /// Tokens received.
    pub(crate) output_tokens: u64,
    /// US dollars, where the model's price is known.
    pub(crate) cost_usd: Option<f64>,
}

fn spent(spent: &Spent) -> Spending {
    Spending {
        input_tokens: spent.usage.prompt(),
        cached_tokens: spent.usage.cache_read,
        output_tokens: spent.usage.output,
        cost_usd: spent.cost_usd,
    }
}

/// A generated Application.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct GeneratedApplication {
    /// `namespace/name`.
    pub(crate) name: String,
    /// The environment it is part of.
    pub(crate) environment: Option<String>,
}

/// A fact of the intent.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Learned {
    /// Its key in the platform file.
    pub(crate) key: String,
    /// What it says.
    pub(crate) value: Value,
    /// The sentence it rests on.
    pub(crate) sentence: String,
}

/// A question.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Asked {
    /// Its name, such as `revision`.
    pub(crate) id: &'static str,
    /// The question.
    pub(crate) question: String,
    /// How to answer it.
    pub(crate) answer: String,
    /// What is assumed meanwhile.
    pub(crate) assumed: Option<String>,
}

pub(super) fn json(outcome: &Outcome, session: &Session, args: &GenerateArgs) -> String {
    let metas = super::super::catalogue();
    let report = outcome.trial.as_ref().map(|trial| {
        let shown = Shown {
            report: &trial.candidate.report,
            rules: &metas,
            environments: &session.environments,
            platform: session.inputs.platform.path(),
            fail_on: args.fail_on,
            look: Look::PLAIN,
            verbosity: 0,
            arguments: &session.arguments,
        };
        serde_json::to_value(formats::json::output(&shown)).unwrap_or_default()
    });
    let applications = outcome.trial.iter().flat_map(|trial| &trial.applications);
    let output = GenerateOutput {
        outcome: match &outcome.work {
            Some(work) if work.refined.outcome != Ended::Clean => work.refined.outcome.as_str(),
            _ if outcome.needs_person(args) => "needs-human",
            _ => "clean",
        },
        why: outcome.work.as_ref().map(|work| work.refined.why.clone()),
        author: outcome.work.as_ref().map_or_else(|| "builtin".to_owned(), |work| work.author.clone()),
        rounds: outcome.work.iter().flat_map(|work| &work.refined.rounds).map(|round| round.number).collect(),
        usage: outcome.work.as_ref().map(|work| spent(&work.refined.spent)),
        refused: outcome.trial.iter().flat_map(|trial| trial.refused.clone()).collect(),
        privileges: outcome.trial.iter().flat_map(|trial| trial.privileges.clone()).collect(),
        file: outcome.file.clone(),
        written: outcome.written,
        manifest: outcome.trial.as_ref().map(|trial| trial.text.clone()),
        applications: applications
            .map(|(name, environment)| GeneratedApplication {
                name: name.clone(),
                environment: environment.clone(),
            })
            .collect(),
        facts: outcome.facts.reading.facts.iter().map(learned).collect(),
        questions: outcome.questions.iter().map(asked).chain(open_facts(outcome)).collect(),
        report,
    };
    format!("{:#}\n", serde_json::to_value(output).unwrap_or_default())
}

fn learned(claim: &seatrial_learn::Claim) -> Learned {
    let sentence = claim.quotes.first().map(|quote| quote.text.clone()).unwrap_or_default();
    Learned { key: claim.key(), value: claim.what.value(), sentence }
}

fn asked(question: &seatrial_author::Question) -> Asked {
    Asked {
        id: question.id,
        question: question.text.clone(),
        answer: question.answer.clone(),
        assumed: question.assumed.clone(),
    }
}

/// What the intent leaves open about the platform.
fn open_facts(outcome: &Outcome) -> impl Iterator<Item = Asked> + '_ {
    outcome.facts.reading.questions.iter().map(|question| Asked {
        id: "fact",
        question: question.text.clone(),
        answer: question.key.as_ref().map(|key| key.join(".")).unwrap_or_default(),
        assumed: None,
    })
}
