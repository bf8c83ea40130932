//! What is written beside a fact: its sentence, where it stands, what it replaced.

use serde_json::{Map, Value, json};

use super::file::Draft;
use super::{Origin, only_permits};
use crate::claim::{Claim, Place, Quote};
use crate::reading::Reading;

/// Where a quote stands, as `constraints.txt:8`.
pub(super) fn from(quote: Option<&Quote>, origin: Origin<'_>) -> String {
    match (origin, quote) {
        (Origin::Text(name), Some(quote)) => format!("{name}:{}", quote.line),
        (Origin::Text(name), None) => name.to_owned(),
        (Origin::Answer(who), _) => who.to_owned(),
    }
}

/// The words of a claim, those of all sentences it rests on.
pub(super) fn words(claim: &Claim) -> String {
    let texts: Vec<&str> = claim.quotes.iter().map(|quote| quote.text.as_str()).collect();
    texts.join(" … ")
}

/// Writes `sources`: one entry for each fact, or for all parts of one (`sync`) that one sentence states.
pub(super) fn write(
    draft: &mut Draft,
    claims: &[&Claim],
    reading: &Reading,
    origin: Origin<'_>,
) -> Option<()> {
    let facts: Vec<&Claim> = claims
        .iter()
        .copied()
        .filter(|claim| !matches!(claim.place, Place::Applications(_)) && !only_permits(claim))
        .collect();
    let mut written: Vec<String> = Vec::new();
    for claim in &facts {
        let key = key_of(claim, &facts);
        if written.contains(&key) {
            continue;
        }
        let path = ["sources".to_owned(), key.clone()];
        let mut entry = Map::new();
        if claim.binding {
            entry.insert("level".into(), json!(claim.level.as_str()));
        }
        entry.insert("quote".into(), json!(words(claim)));
        entry.insert("from".into(), json!(from(claim.quotes.first(), origin)));
        let earlier = draft.value(&path).and_then(|old| old.get("superseded").cloned());
        let history = history(&key, reading, origin, earlier);
        if !history.is_empty() {
            entry.insert("superseded".into(), Value::Array(history));
        }
        // Key by key, in the order that one reads them.
        for part in ["level", "quote", "from", "superseded"] {
            if let Some(value) = entry.get(part) {
                draft.set(&[path[0].clone(), path[1].clone(), part.to_owned()], value)?;
            }
        }
        written.push(key);
    }
    Some(())
}

/// The key that a fact's source is written under: that of the whole where one sentence states all its parts.
fn key_of(claim: &Claim, facts: &[&Claim]) -> String {
    let path = claim.path();
    let whole = claim.place.path().len() + 1;
    if path.len() <= whole || path.get(whole - 1).is_some_and(|key| key == "namespaces") {
        return path.join(".");
    }
    let siblings = facts.iter().filter(|other| other.path().get(..whole) == path.get(..whole));
    let same = siblings.clone().all(|other| other.quotes == claim.quotes && other.level == claim.level);
    let end = if same { whole } else { path.len() };
    path.get(..end).unwrap_or(&path).join(".")
}

/// What was said before, the newest first: by this text, by the file, and what those replaced.
fn history(key: &str, reading: &Reading, origin: Origin<'_>, earlier: Option<Value>) -> Vec<Value> {
    let below = |path: &[String]| {
        let joined = path.join(".");
        joined == key || joined.strip_prefix(key).is_some_and(|rest| rest.starts_with('.'))
    };
    let mut entries: Vec<Value> = reading
        .superseded
        .iter()
        .rev()
        .filter(|old| below(&old.key))
        .map(|old| {
            let from = old.from.clone().unwrap_or_else(|| from(old.quote.as_ref(), origin));
            let mut entry = Map::new();
            entry.insert("value".into(), old.value.clone());
            if let Some(quote) = &old.quote {
                entry.insert("quote".into(), json!(quote.text));
            }
            entry.insert("from".into(), json!(from));
            Value::Object(entry)
        })
        .collect();
    entries.extend(earlier.and_then(|list| list.as_array().cloned()).unwrap_or_default());
    entries
}
