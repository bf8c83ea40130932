//! Which constraint was met in which round.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::record::{Met, Round};

/// A constraint over the rounds of a piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Covered {
    /// Its name, or the fact's key.
    pub id: String,
    /// How binding it is.
    pub level: String,
    /// Its sentence, as it was last.
    pub sentence: String,
    /// Whether each round met it, by number; a round that did not know of it is not among them.
    pub rounds: BTreeMap<u32, Met>,
    /// Where the last round that knew of it met or broke it.
    #[serde(rename = "where")]
    pub places: Vec<String>,
}

/// Every constraint of these rounds, in the order they were first known.
pub fn covered(rounds: &[&Round]) -> Vec<Covered> {
    let mut out: Vec<Covered> = Vec::new();
    for round in rounds {
        for constraint in &round.constraints {
            let at = out.iter().position(|known| known.id == constraint.id).unwrap_or_else(|| {
                out.push(Covered {
                    id: constraint.id.clone(),
                    level: String::new(),
                    sentence: String::new(),
                    rounds: BTreeMap::new(),
                    places: Vec::new(),
                });
                out.len() - 1
            });
            if let Some(known) = out.get_mut(at) {
                known.level.clone_from(&constraint.level);
                known.sentence.clone_from(&constraint.sentence);
                known.places.clone_from(&constraint.places);
                known.rounds.insert(round.number, constraint.met);
            }
        }
    }
    out
}
