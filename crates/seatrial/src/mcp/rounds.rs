//! The rounds of a piece of work, as resources.

use seatrial_rounds::{Round, Store};
use serde_json::{Map, Value, json};

use super::{Engine, bounded};
use crate::commands::round::FOLDER;
use crate::error::CliError;

/// What tells a round in a list.
const TELLING: [&str; 6] = ["number", "piece", "time", "author", "verdict", "outcome"];

/// Every round in a few words; none is no error.
pub(super) fn list(engine: &Engine) -> Result<Value, CliError> {
    let store = store(engine)?;
    let rounds: Vec<Value> = store.rounds().iter().map(short).collect();
    let damage: Vec<String> = store.damage().iter().map(ToString::to_string).collect();
    Ok(json!({"rounds": rounds, "decisions": store.decisions(), "damage": damage}))
}

/// A round, its longest texts cut where it would be too much.
pub(super) fn one(engine: &Engine, number: u32) -> Result<Value, CliError> {
    let store = store(engine)?;
    let round = store.round(number).ok_or_else(|| CliError::new(format!("there is no round {number}")))?;
    let value = serde_json::to_value(round)
        .map_err(|error| CliError::new(format!("round {number} cannot be told: {error}")))?;
    Ok(bounded::fitting(value))
}

/// The numbers of the rounds that there are.
pub(super) fn numbers(engine: &Engine) -> Vec<String> {
    let Ok(store) = store(engine) else { return Vec::new() };
    store.rounds().iter().map(|round| round.number.to_string()).collect()
}

/// Only those that lie in the folder that is served.
fn store(engine: &Engine) -> Result<Store, CliError> {
    Store::open(&engine.root().join(FOLDER)).map_err(|error| CliError::new(error.to_string()))
}

fn short(round: &Round) -> Value {
    let Ok(Value::Object(all)) = serde_json::to_value(round) else { return Value::Null };
    let findings = all.get("findings").and_then(Value::as_array).map_or(0, Vec::len);
    let mut kept: Map<String, Value> =
        all.into_iter().filter(|(key, _)| TELLING.contains(&key.as_str())).collect();
    kept.insert("findings".to_owned(), json!(findings));
    Value::Object(kept)
}
