//! From a reading to a changed platform file: comments and order stay, every fact keeps its sentence, and a statement
//! that the file would not bear is asked about instead of written.

mod answer;
mod constraints;
mod file;
mod mined;
mod origin;

use std::sync::Arc;

use seatrial_platform::{Modality, Platform};
use seatrial_source::{FileId, SourceFile};
use serde_json::{Value, json};

use crate::claim::{Claim, Place, What};
use crate::reading::{Question, Reading};
pub use answer::{answer, reply, understood};
use file::Draft;
pub use mined::apply_mined;

/// The platform file, changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Edited {
    /// Its new text.
    pub text: String,
    /// Keys that the edit states, in the order of the reading.
    pub stated: Vec<String>,
    /// Statements that the file would not bear, as questions.
    pub questions: Vec<Question>,
}

/// Where facts come from: what is written beside them.
#[derive(Clone, Copy, Debug)]
pub enum Origin<'o> {
    /// A text of this name; facts cite its lines.
    Text(&'o str),
    /// Somebody's answer.
    Answer(&'o str),
}

/// The platform file `old` (empty: there is none yet) with everything a reading states. The new file has no issue that the
/// old one did not have; a statement that would bring one is left out and becomes a question.
pub fn apply(old: &str, reading: &Reading, origin: Origin<'_>) -> Edited {
    let mut claims: Vec<&Claim> = reading.facts.iter().collect();
    claims.sort_by_key(|claim| rank(claim));
    borne(old, claims, &|claims| write(old, claims, reading, origin), &keys, &refused)
}

/// The file with as many of these statements as it bears: all, if it has no new issue with them; else they are halved until
/// those that it does not bear are found, and these become questions.
fn borne<T>(
    old: &str,
    all: Vec<&T>,
    write: &dyn Fn(&[&T]) -> Option<String>,
    keys: &dyn Fn(&[&T]) -> Vec<String>,
    refused: &dyn Fn(&T, &str) -> Question,
) -> Edited {
    let before = issues(old);
    if let Some(text) = write(&all).filter(|text| fresh(text, &before).is_none()) {
        return Edited { text, stated: keys(&all), questions: Vec::new() };
    }
    let mut kept: Vec<&T> = Vec::new();
    let mut text = old.to_owned();
    let mut questions = Vec::new();
    let mut batches = vec![all];
    while let Some(mut batch) = batches.pop() {
        let mut tried = kept.clone();
        tried.extend(&batch);
        let new = write(&tried);
        let why = match &new {
            Some(new) => fresh(new, &before),
            None => Some("the platform file is written in a way that cannot be edited here".to_owned()),
        };
        match (why, new, batch.as_slice()) {
            (None, Some(new), _) => {
                text = new;
                kept = tried;
            }
            (why, _, [one]) => questions.push(refused(one, &why.unwrap_or_default())),
            _ => {
                let second = batch.split_off(batch.len() / 2);
                batches.push(second);
                batches.push(batch);
            }
        }
        batches.retain(|batch| !batch.is_empty());
    }
    Edited { text, stated: keys(&kept), questions }
}

fn keys(claims: &[&Claim]) -> Vec<String> {
    claims.iter().map(|claim| claim.key()).collect()
}

fn refused(claim: &Claim, issue: &str) -> Question {
    Question {
        key: Some(claim.path()),
        text: format!(
            "\u{201c}{}\u{201d} would make {} {}: {issue}. What holds?",
            claim.sentence(),
            claim.key(),
            claim.what.value()
        ),
        quotes: claim.quotes.clone(),
        proposals: vec![claim.what.value()],
    }
}

/// Messages of all issues of a platform file.
fn issues(text: &str) -> Vec<String> {
    let platform = Platform::parse(Arc::new(SourceFile::new(FileId(0), "seatrial.yaml", text)));
    platform.issues().iter().map(|issue| issue.message.clone()).collect()
}

/// An issue that was not there before.
fn fresh(text: &str, before: &[String]) -> Option<String> {
    issues(text).into_iter().find(|issue| !before.contains(issue))
}

/// Sections in the order of a platform file, then as said.
fn rank(claim: &Claim) -> (usize, usize) {
    let place = match claim.place {
        Place::ArgoCd => 0,
        Place::Cluster(_) => 1,
        Place::Environment(_) => 2,
        Place::Registry(_) => 3,
        Place::Conventions => 4,
        Place::Applications(_) => 5,
    };
    let what = match claim.what {
        What::Server(_) | What::Registries(_) => 0,
        What::EnvironmentOf(_) | What::PullSecret(_) => 1,
        What::Kind(_) | What::Automated(_) => 2,
        What::Prune(_) => 3,
        What::SelfHeal(_) => 4,
        What::Replicas(..) => 5,
        _ => 6,
    };
    (place, what)
}

/// Whether a statement is one that only a constraint can express: permission to sync automatically is no fact.
fn only_permits(claim: &Claim) -> bool {
    claim.level == Modality::May
        && matches!(claim.what, What::Automated(_) | What::Prune(_) | What::SelfHeal(_))
}

fn write(old: &str, claims: &[&Claim], reading: &Reading, origin: Origin<'_>) -> Option<String> {
    let mut draft = Draft::new(old);
    declare_environments(&mut draft, claims)?;
    for claim in claims {
        if matches!(claim.place, Place::Applications(_)) || only_permits(claim) {
            continue;
        }
        state(&mut draft, claim)?;
    }
    constraints::write(&mut draft, claims, reading, origin)?;
    origin::write(&mut draft, claims, reading, origin)?;
    Some(draft.text)
}

/// An environment that clusters belong to is declared, whether or not anything else is said of it.
fn declare_environments(draft: &mut Draft, claims: &[&Claim]) -> Option<()> {
    for claim in claims {
        let What::EnvironmentOf(name) = &claim.what else { continue };
        let path = ["environments".to_owned(), name.clone()];
        if !draft.has(&path)
            && !claims
                .iter()
                .any(|other| other.place == Place::Environment(name.clone()) && !only_permits(other))
        {
            draft.set(&path, &json!({}))?;
        }
    }
    Some(())
}

fn state(draft: &mut Draft, claim: &Claim) -> Option<()> {
    let path = claim.path();
    let value = claim.what.value();
    if let Some(parent) = path.len().checked_sub(1).and_then(|last| path.get(..last)) {
        draft.spell_out(parent)?;
    }
    let adds = claim.what.is_one_of_many() || claim.adds;
    match (&value, draft.value(&path)) {
        (Value::Array(items), Some(Value::Array(_))) if adds => {
            for item in items {
                draft.add_item(&path, item)?;
            }
            Some(())
        }
        (Value::Object(map), Some(Value::Object(_)))
            if map.is_empty() && matches!(claim.what, What::Namespace(_)) =>
        {
            Some(())
        }
        (Value::Array(items), Some(Value::String(one))) if adds => {
            let mut list = vec![Value::String(one)];
            list.extend(items.iter().filter(|item| list.first() != Some(item)).cloned().collect::<Vec<_>>());
            draft.set(&path, &Value::Array(list))
        }
        _ => draft.set(&path, &value),
    }
}
