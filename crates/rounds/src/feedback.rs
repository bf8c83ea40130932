//! What is sent back to an author: what was fixed, what is left and why, and what must not get worse. The wording is stable, so
//! that the same state gives the same message.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::compare::compare;
use crate::found::Found;
use crate::record::{Met, Round};

/// How many findings, places of one, and other lines are told: the rest follows once these are mended.
const MAX_CAUSES: usize = 40;
const MAX_PLACES: usize = 6;
const MAX_LINES: usize = 20;

/// The message that follows a round, for a model or a chat window.
pub fn feedback(previous: Option<&Round>, now: &Round) -> String {
    let mut out = String::new();
    let comparison = previous.map(|previous| compare(previous, now));
    let found: Vec<Found> =
        Found::all(&now.findings).into_iter().filter(|found| found.severity != "note").collect();
    if found.is_empty() && now.refused.is_empty() {
        out.push_str("The manifest passed its trial: nothing is left to mend.\n");
    } else {
        let _ = writeln!(
            out,
            "The manifest was tried against the platform. {}",
            left(found.len(), now.refused.len())
        );
    }
    if !now.refused.is_empty() {
        out.push_str("\nRefused, and not looked at further:\n");
        list(&mut out, now.refused.iter().cloned());
    }
    let mut causes: BTreeMap<(u8, &str, &str, &str), Vec<&Found>> = BTreeMap::new();
    for one in &found {
        let rank = u8::from(one.severity != "error");
        causes.entry((rank, &one.rule, &one.message, &one.help)).or_default().push(one);
    }
    for (title, rank) in [("Must be mended", 0), ("Should be mended", 1)] {
        let of_rank: Vec<_> = causes.iter().filter(|(key, _)| key.0 == rank).collect();
        if of_rank.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n{title}:");
        for ((_, rule, message, help), places) in of_rank.iter().take(MAX_CAUSES) {
            let mut at: Vec<String> = places.iter().map(|one| one.place()).collect();
            at.dedup();
            let more = at.len().saturating_sub(MAX_PLACES);
            at.truncate(MAX_PLACES);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let _ = writeln!(out, "- {}{more} [{rule}] {message}", at.join(", "));
            let environments: Vec<&str> =
                places.iter().flat_map(|one| one.environments.iter().map(String::as_str)).collect();
            let environments: std::collections::BTreeSet<&str> = environments.into_iter().collect();
            if !environments.is_empty() {
                let _ = writeln!(out, "  in: {}", environments.into_iter().collect::<Vec<_>>().join(", "));
            }
            if !help.is_empty() {
                let _ = writeln!(out, "  {help}");
            }
            let sentence = places.iter().find_map(|one| sentence(one, now));
            if let Some(sentence) = sentence {
                let _ = writeln!(out, "  because: “{sentence}”");
            }
        }
        if of_rank.len() > MAX_CAUSES {
            let _ = writeln!(out, "- and {} more", of_rank.len() - MAX_CAUSES);
        }
    }
    if let Some(comparison) = &comparison {
        let worse =
            comparison.regressed.iter().map(|f| format!("{} [{}] was not so before", f.place(), f.rule));
        let lost =
            comparison.lost.iter().map(|lost| format!("{}. Put it back, or say why not", lost.sentence()));
        let broken = comparison.broken.iter().map(|c| format!("was met before: “{}”", c.sentence));
        let worse: Vec<String> = worse.chain(lost).chain(broken).collect();
        if !worse.is_empty() {
            let _ = writeln!(out, "\nWorse than in round {}:", comparison.from);
            list(&mut out, worse.into_iter());
        }
        if !comparison.fixed.is_empty() {
            let rules = rules(comparison.fixed.iter());
            let _ = writeln!(out, "\nMended since round {}, and to be kept so: {rules}.", comparison.from);
        }
    }
    if !now.fixed.is_empty() {
        out.push_str(
            "\nMended already, each the only way that keeps the meaning; write it so from now on:\n",
        );
        list(
            &mut out,
            now.fixed.iter().map(|fix| format!("{}:{} [{}] {}", fix.file, fix.line, fix.rule, fix.title)),
        );
    }
    let answered = now.proposal.questions.iter();
    let answered: Vec<String> =
        answered.filter_map(|q| Some(format!("{} {}", q.text, q.answer.as_deref()?))).collect();
    if !answered.is_empty() {
        out.push_str("\nYour questions:\n");
        list(&mut out, answered.into_iter());
    }
    let met: Vec<String> =
        now.constraints.iter().filter(|c| c.met == Met::Yes).map(|c| c.sentence.clone()).collect();
    if !met.is_empty() {
        out.push_str("\nMet, and to be kept so:\n");
        list(&mut out, met.into_iter());
    }
    if !now.unknown.is_empty() {
        out.push_str("\nCould not be judged:\n");
        list(&mut out, now.unknown.iter().map(|unknown| format!("{}: {}", unknown.what, unknown.needs)));
    }
    out
}

fn left(findings: usize, refused: usize) -> String {
    let mut parts = Vec::new();
    if findings > 0 {
        parts.push(if findings == 1 {
            "1 finding is left".to_owned()
        } else {
            format!("{findings} findings are left")
        });
    }
    if refused > 0 {
        parts.push(format!("{refused} refused"));
    }
    format!("{}.", parts.join(", "))
}

/// The sentence behind the fact or constraint that a finding breaks; facts that nobody worded have none of their own.
fn sentence<'r>(found: &Found, round: &'r Round) -> Option<&'r str> {
    let fact = found.fact.as_deref()?;
    let id = fact.strip_prefix("constraints.").unwrap_or(fact);
    let constraint = round.constraints.iter().find(|constraint| constraint.id == id)?;
    let said = constraint.is_worded() && !found.message.contains(&constraint.sentence);
    said.then_some(constraint.sentence.as_str())
}

fn rules<'f>(found: impl Iterator<Item = &'f Found>) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for one in found {
        *counts.entry(&one.rule).or_default() += 1;
    }
    let shown = |(rule, n): (&str, usize)| if n == 1 { rule.to_owned() } else { format!("{rule} ({n})") };
    counts.into_iter().map(shown).collect::<Vec<_>>().join(", ")
}

fn list(out: &mut String, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    for line in lines.iter().take(MAX_LINES) {
        let _ = writeln!(out, "- {line}");
    }
    if lines.len() > MAX_LINES {
        let _ = writeln!(out, "- and {} more", lines.len() - MAX_LINES);
    }
}
