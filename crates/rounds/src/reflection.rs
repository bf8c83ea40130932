//! What a piece of work taught: for the page at its end, and for the next prompt.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::compare::{Lost, compare};
use crate::counterfactual::{Counterfactual, counterfactual};
use crate::found::Found;
use crate::record::{Constraint, Decision, Met, Outcome, Round};
use crate::store::Store;

/// How many lessons the next prompt gets.
const MAX_LESSONS: usize = 12;

/// What a piece of work taught.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Reflection {
    /// The piece of work.
    pub piece: String,
    /// Its rounds.
    pub rounds: Vec<u32>,
    /// How it ended; `null` when it has not.
    pub outcome: Option<Outcome>,
    /// What the first proposal did not consider: the constraints that it broke.
    pub not_considered: Vec<Considered>,
    /// What the first proposal would have done.
    pub mistakes: Option<Counterfactual>,
    /// What was found in the most rounds.
    pub longest: Vec<Longest>,
    /// What was lost on the way, by the rounds it was lost in, and whether it was put back.
    pub lost: Vec<LostIn>,
    /// Constraints that were known at the end and not at the beginning.
    pub learned: Vec<Constraint>,
    /// What was decided.
    pub decisions: Vec<Decision>,
    /// What the next piece of work should know, a sentence each.
    pub lessons: Vec<String>,
}

/// A constraint that the first proposal broke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Considered {
    /// Its name.
    pub id: String,
    /// Its sentence.
    pub sentence: String,
    /// Whether that is somebody's own.
    pub worded: bool,
    /// The rounds that broke it.
    pub broken_in: Vec<u32>,
    /// The first round that met it, if one did.
    pub met_in: Option<u32>,
}

/// A finding that stayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Longest {
    /// The rule.
    pub rule: String,
    /// The rounds that broke it.
    pub rounds: Vec<u32>,
    /// What was said of it last.
    pub message: String,
    /// What to do about it.
    pub help: String,
}

/// Something that was lost on the way.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct LostIn {
    /// The round that lost it.
    pub by: u32,
    /// What.
    pub lost: Lost,
    /// Whether the last round has it again.
    pub restored: bool,
}

/// What the rounds of one piece of work, in their order, taught.
pub fn reflect(piece: &str, rounds: &[&Round], decisions: &[Decision]) -> Reflection {
    let numbers: Vec<u32> = rounds.iter().map(|round| round.number).collect();
    let mut reflection = Reflection {
        piece: piece.to_owned(),
        outcome: rounds.last().and_then(|round| round.outcome),
        not_considered: not_considered(rounds),
        mistakes: rounds.first().map(|first| counterfactual(first)),
        longest: longest(rounds),
        lost: lost(rounds),
        learned: learned(rounds),
        decisions: decisions.iter().filter(|decision| numbers.contains(&decision.round)).cloned().collect(),
        lessons: Vec::new(),
        rounds: numbers,
    };
    reflection.lessons = lessons(&reflection);
    reflection
}

/// The pieces of work in a store, by the round they began in, each with its rounds.
pub fn pieces(store: &Store) -> Vec<(&str, Vec<&Round>)> {
    let mut out: Vec<(&str, Vec<&Round>)> = Vec::new();
    for round in store.rounds() {
        match out.iter_mut().find(|(piece, _)| *piece == round.piece) {
            Some((_, rounds)) => rounds.push(round),
            None => out.push((&round.piece, vec![round])),
        }
    }
    out
}

/// What all pieces of work taught that are kept in a store, for the next prompt: the newest first, none twice.
pub fn reflection(store: &Store) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for (piece, rounds) in pieces(store).into_iter().rev() {
        for lesson in reflect(piece, &rounds, store.decisions()).lessons {
            if out.len() < MAX_LESSONS && seen.insert(lesson.clone()) {
                out.push(lesson);
            }
        }
    }
    out
}

fn not_considered(rounds: &[&Round]) -> Vec<Considered> {
    let Some(first) = rounds.first() else { return Vec::new() };
    let of = |id: &str, met: Met| -> Vec<u32> {
        let is = |round: &&&Round| round.constraints.iter().any(|c| c.id == id && c.met == met);
        rounds.iter().filter(is).map(|round| round.number).collect()
    };
    let broken = first.constraints.iter().filter(|constraint| constraint.met == Met::No);
    broken
        .map(|constraint| Considered {
            id: constraint.id.clone(),
            sentence: constraint.sentence.clone(),
            worded: constraint.is_worded(),
            broken_in: of(&constraint.id, Met::No),
            met_in: of(&constraint.id, Met::Yes).first().copied(),
        })
        .collect()
}

fn longest(rounds: &[&Round]) -> Vec<Longest> {
    let mut by_rule: BTreeMap<String, Longest> = BTreeMap::new();
    for round in rounds {
        for found in Found::all(&round.findings).into_iter().filter(|found| found.severity != "note") {
            let entry = by_rule.entry(found.rule.clone()).or_insert_with(|| Longest {
                rule: found.rule.clone(),
                rounds: Vec::new(),
                message: String::new(),
                help: String::new(),
            });
            if entry.rounds.last() != Some(&round.number) {
                entry.rounds.push(round.number);
            }
            (entry.message, entry.help) = (found.message, found.help);
        }
    }
    let mut out: Vec<Longest> = by_rule.into_values().filter(|entry| entry.rounds.len() > 1).collect();
    out.sort_by(|a, b| (b.rounds.len(), &a.rule).cmp(&(a.rounds.len(), &b.rule)));
    out.truncate(10);
    out
}

fn lost(rounds: &[&Round]) -> Vec<LostIn> {
    let mut out = Vec::new();
    let Some(last) = rounds.last() else { return out };
    for pair in rounds.windows(2) {
        let [before, after] = pair else { continue };
        let still: Vec<Lost> = compare(before, last).lost;
        for lost in compare(before, after).lost {
            // What is gone now may be more than was lost then.
            let covers = |other: &Lost| {
                let rest = lost.what.strip_prefix(other.what.as_str());
                other.kind == lost.kind
                    && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
            };
            let restored = !still.iter().any(covers);
            out.push(LostIn { by: after.number, lost, restored });
        }
    }
    out
}

fn learned(rounds: &[&Round]) -> Vec<Constraint> {
    let (Some(first), Some(last)) = (rounds.first(), rounds.last()) else { return Vec::new() };
    let is_new = |constraint: &&Constraint| !first.constraints.iter().any(|known| known.id == constraint.id);
    last.constraints.iter().filter(is_new).cloned().collect()
}

fn lessons(reflection: &Reflection) -> Vec<String> {
    let (worded, facts): (Vec<&Considered>, Vec<&Considered>) =
        reflection.not_considered.iter().partition(|one| one.worded);
    let considered = worded.into_iter().map(|one| {
        let rounds = listed(&one.broken_in);
        format!("Consider from the start: “{}” (broken in {rounds}).", one.sentence.trim_end_matches('.'))
    });
    let facts: Vec<&str> = facts.into_iter().map(|one| one.id.as_str()).collect();
    let facts = (!facts.is_empty()).then(|| format!("Look up before writing: {}.", facts.join(", ")));
    let lost = reflection.lost.iter().map(|one| format!("Do not lose on the way: {}.", one.lost.sentence()));
    let longest = reflection
        .longest
        .iter()
        .filter(|one| !one.help.is_empty())
        .map(|one| format!("`{}` stayed over {}: {}", one.rule, listed(&one.rounds), one.help));
    let decided = reflection.decisions.iter().map(|one| format!("Decided by {}: {}", one.by, one.text));
    decided.chain(considered).chain(facts).chain(lost).chain(longest).take(MAX_LESSONS).collect()
}

/// `round 1`, `rounds 1, 2 and 3`.
pub(crate) fn listed(rounds: &[u32]) -> String {
    let text: Vec<String> = rounds.iter().map(u32::to_string).collect();
    match text.as_slice() {
        [] => "no round".to_owned(),
        [one] => format!("round {one}"),
        [most @ .., last] => format!("rounds {} and {last}", most.join(", ")),
    }
}
