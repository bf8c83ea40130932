//! Two rounds compared: not their texts, but what Argo CD would make of them and what the trials said.

mod lost;
mod objects;

use serde::Serialize;
use serde_json::Value;

pub use lost::{Lost, Vanished};
pub use objects::{Changed, Changes, FieldChange};

use crate::found::{Found, paired};
use crate::record::{Application, Constraint, Met, Round};

/// What changed from one round to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Comparison {
    /// The earlier round.
    pub from: u32,
    /// The later one.
    pub to: u32,
    /// Findings that are gone.
    pub fixed: Vec<Found>,
    /// Findings that are still there, as the later round has them.
    pub remaining: Vec<Found>,
    /// Findings that were not there, about something that was not so before.
    pub regressed: Vec<Found>,
    /// Findings that were not told before, about something that was so before: what stood in front of them is gone.
    pub revealed: Vec<Found>,
    /// What the earlier round had and the later one lost, though no fact asked for that.
    pub lost: Vec<Lost>,
    /// Constraints that are met now and were not.
    pub met: Vec<Constraint>,
    /// Constraints that were met and are not now.
    pub broken: Vec<Constraint>,
    /// What became of the Applications.
    pub applications: Changes,
    /// What became of the resources.
    pub resources: Changes,
    /// Why the pictures are not whole, so that more may have changed.
    pub unknown: Vec<String>,
}

impl Comparison {
    /// Whether something is worse than before.
    pub fn has_regressed(&self) -> bool {
        !self.regressed.is_empty() || !self.lost.is_empty() || !self.broken.is_empty()
    }
}

/// Compares two rounds.
pub fn compare(before: &Round, after: &Round) -> Comparison {
    let (old, new) = (Found::all(&before.findings), Found::all(&after.findings));
    let pairs = paired(&old, &new);
    let mut comparison = Comparison {
        from: before.number,
        to: after.number,
        fixed: Vec::new(),
        remaining: Vec::new(),
        regressed: Vec::new(),
        revealed: Vec::new(),
        lost: lost::between(before, after),
        met: turned(before, after, Met::Yes),
        broken: turned(after, before, Met::Yes),
        applications: objects::applications(&before.picture, &after.picture),
        resources: objects::resources(&before.picture, &after.picture),
        unknown: Vec::new(),
    };
    // What is broken now is told as it is now.
    for constraint in &mut comparison.broken {
        if let Some(now) = after.constraints.iter().find(|other| other.id == constraint.id) {
            *constraint = now.clone();
        }
    }
    for (index, found) in old.iter().enumerate() {
        if !pairs.contains(&Some(index)) {
            comparison.fixed.push(found.clone());
        }
    }
    for (found, pair) in new.into_iter().zip(pairs) {
        match pair {
            Some(_) => comparison.remaining.push(found),
            None if was_so(&found, before, after) => comparison.revealed.push(found),
            None => comparison.regressed.push(found),
        }
    }
    for (round, missing) in [(before, &before.picture.missing), (after, &after.picture.missing)] {
        comparison.unknown.extend(missing.iter().map(|why| format!("round {}: {why}", round.number)));
    }
    comparison
}

/// Constraints that `after` meets and `before` did not: broken, or not known to be met.
fn turned(before: &Round, after: &Round, met: Met) -> Vec<Constraint> {
    let was = |id: &str| before.constraints.iter().find(|other| other.id == id).map(|other| other.met);
    let of = |constraint: &&Constraint| {
        constraint.met == met
            && match was(&constraint.id) {
                Some(was) => was == Met::No,
                None => false,
            }
    };
    after.constraints.iter().filter(of).cloned().collect()
}

/// Whether what a finding is about was the same before; also where nothing could be seen before.
fn was_so(found: &Found, before: &Round, after: &Round) -> bool {
    let named = |round: &Round| -> Vec<Application> {
        let all = &round.picture.applications;
        let by_name = all.iter().filter(|a| found.applications.contains(&a.name));
        let by_name: Vec<Application> = by_name.cloned().collect();
        if !by_name.is_empty() {
            return by_name;
        }
        let there = |a: &&Application| a.environment.as_ref().is_some_and(|e| found.environments.contains(e));
        all.iter().filter(there).cloned().collect()
    };
    // A list is one thing here: which of its elements a finding names says nothing of another round's.
    let path = found.path().map(|path| path.split('[').next().unwrap_or_default().to_owned());
    let (Some(path), old, new) = (path.filter(|path| !path.is_empty()), named(before), named(after)) else {
        return old_text(found, before, after);
    };
    if old.is_empty() {
        return true;
    }
    let leaves = |applications: &[Application]| -> Vec<Value> {
        let below = |key: &str| {
            key.strip_prefix(path.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let mut leaves: Vec<Value> = applications
            .iter()
            .flat_map(|a| a.fields.iter().filter(|(key, _)| below(key)).map(|(_, value)| value.clone()))
            .collect();
        leaves.sort_by_key(Value::to_string);
        leaves.dedup();
        leaves
    };
    let (old, new) = (leaves(&old), leaves(&new));
    if old.is_empty() && new.is_empty() {
        return old_text(found, before, after);
    }
    old == new
}

/// For a finding that is about no field: whether its line stood in the earlier round too.
fn old_text(found: &Found, before: &Round, after: &Round) -> bool {
    let line = |round: &Round| {
        let file = round.result.iter().find(|file| file.path == found.file)?;
        let index = usize::try_from(found.line).ok()?.checked_sub(1)?;
        file.text.lines().nth(index).map(|line| line.trim().to_owned())
    };
    let Some(now) = line(after) else { return false };
    before.result.iter().any(|file| file.text.lines().any(|line| line.trim() == now))
}
