//! What a repository shows, written into the platform file with its support and evidence.

use serde_json::{Map, Value, json};

use super::file::Draft;
use super::{Edited, borne};
use crate::reading::Question;
use crate::repo::{Mined, Seen};

/// The platform file `old` (empty: there is none yet) with everything that a repository shows and the file does not state.
/// As with prose, a fact that would bring the file a new issue becomes a question instead.
pub fn apply_mined(old: &str, mined: &Mined) -> Edited {
    borne(old, mined.facts.iter().collect(), &|facts| write(old, facts), &keys, &refused)
}

fn refused(fact: &Seen, why: &str) -> Question {
    Question {
        key: Some(fact.path.clone()),
        text: format!(
            "{} would be {}, shown by {} of {}: {why}. What holds?",
            fact.path.join("."),
            fact.value,
            fact.support,
            fact.of
        ),
        quotes: Vec::new(),
        proposals: vec![fact.value.clone()],
    }
}

fn keys(facts: &[&Seen]) -> Vec<String> {
    facts.iter().map(|fact| fact.path.join(".")).collect()
}

/// Sections in the order of a platform file.
const SECTIONS: [&str; 6] =
    ["argocd", "clusters", "environments", "registries", "repositories", "conventions"];

fn write(old: &str, facts: &[&Seen]) -> Option<String> {
    let mut ordered = facts.to_vec();
    ordered
        .sort_by_key(|fact| fact.path.first().and_then(|top| SECTIONS.iter().position(|known| known == top)));
    let mut draft = Draft::new(old);
    for fact in &ordered {
        if fact.value == json!({}) && draft.has(&fact.path) {
            continue;
        }
        draft.spell_out(fact.path.get(..fact.path.len().checked_sub(1)?)?)?;
        draft.set(&fact.path, &fact.value)?;
    }
    let top = ["sources".to_owned()];
    let mut sources = Map::new();
    for fact in ordered.iter().filter(|fact| is_worth_citing(fact)) {
        let mut entry = Map::new();
        entry.insert("support".into(), json!(format!("{} of {}", fact.support, fact.of)));
        if !fact.evidence.is_empty() {
            entry.insert("evidence".into(), json!(fact.evidence));
        }
        if !fact.exceptions.is_empty() {
            entry.insert("exceptions".into(), json!(fact.exceptions));
        }
        sources.insert(fact.path.join("."), Value::Object(entry));
    }
    // At once where there are none yet: a large repository shows many.
    if sources.is_empty() {
        return Some(draft.text);
    }
    if draft.has(&top) {
        for (key, entry) in sources {
            draft.set(&[top[0].clone(), key], &entry)?;
        }
    } else {
        draft.set(&top, &Value::Object(sources))?;
    }
    Some(draft.text)
}

/// That something exists speaks for itself; what is true of it is cited.
fn is_worth_citing(fact: &Seen) -> bool {
    let exists = matches!(&fact.value, Value::Object(map) if map.is_empty())
        && fact.path.last().is_none_or(|key| key != "nodeSelector");
    let own = fact.path.first().is_some_and(|top| top == "repositories")
        || fact.path.get(1).is_some_and(|key| fact.path[0] == "argocd" && key == "state");
    !exists && !own
}
