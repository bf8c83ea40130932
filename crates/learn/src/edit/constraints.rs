//! Rules of the house from statements that say how binding they are, and from those that no fact expresses.

use seatrial_platform::Modality;
use serde_json::{Value, json};

use super::Origin;
use super::file::Draft;
use super::origin::{from, words};
use crate::claim::{Claim, Place, What};
use crate::reading::Reading;

struct Rule {
    id: String,
    rule: String,
    level: Modality,
    environments: Vec<String>,
    source: String,
    from: String,
}

/// Adds constraints; one that was learned before and no longer holds is replaced, and kept as history.
pub(super) fn write(
    draft: &mut Draft,
    claims: &[&Claim],
    _reading: &Reading,
    origin: Origin<'_>,
) -> Option<()> {
    let path = ["constraints".to_owned()];
    for rule in rules(claims, origin) {
        let existing = draft.value(&path).and_then(|list| list.as_array().cloned()).unwrap_or_default();
        let text = |entry: &Value, key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
        if existing.iter().any(|entry| {
            text(entry, "rule").as_deref() == Some(&rule.rule)
                && environments(entry).is_none_or(|known| {
                    rule.environments.iter().all(|e| known.contains(e)) && !rule.environments.is_empty()
                })
        }) {
            continue;
        }
        // A learned rule about the same thing and the same environments gives way.
        let same = existing.iter().position(|entry| {
            entry.get("from").is_some()
                && subject(&text(entry, "rule").unwrap_or_default()) == subject(&rule.rule)
                && environments(entry)
                    .is_some_and(|known| known.iter().all(|name| rule.environments.contains(name)))
        });
        if let Some(index) = same {
            let old = &existing[index];
            let mut history = vec![json!({
                "value": text(old, "rule"), "quote": text(old, "source"), "from": text(old, "from"),
            })];
            history.extend(old.get("superseded").and_then(Value::as_array).cloned().unwrap_or_default());
            for (key, value) in [
                ("id", json!(unique(&rule.id, &existing, Some(index)))),
                ("level", json!(rule.level.as_str())),
                ("environments", json!(rule.environments)),
                ("rule", json!(rule.rule)),
                ("source", json!(rule.source)),
                ("from", json!(rule.from)),
                ("superseded", Value::Array(history)),
            ] {
                draft.set_in_item(&path, index, key, &value)?;
            }
            continue;
        }
        let mut entry =
            vec![("id", json!(unique(&rule.id, &existing, None))), ("level", json!(rule.level.as_str()))];
        if !rule.environments.is_empty() {
            entry.push(("environments", json!(rule.environments)));
        }
        entry.extend([
            ("rule", json!(rule.rule)),
            ("source", json!(rule.source)),
            ("from", json!(rule.from)),
        ]);
        draft.add_entry(&path, &entry)?;
    }
    Some(())
}

fn environments(entry: &Value) -> Option<Vec<String>> {
    let list = entry.get("environments")?.as_array()?;
    Some(list.iter().filter_map(|name| Some(name.as_str()?.to_owned())).collect())
}

/// What a rule speaks of: rules with the same subject replace each other.
fn subject(rule: &str) -> &str {
    rule.split([' ', '=', '!']).find(|part| !part.is_empty()).unwrap_or(rule)
}

fn unique(id: &str, existing: &[Value], except: Option<usize>) -> String {
    let taken = |id: &str| {
        existing.iter().enumerate().any(|(index, entry)| {
            Some(index) != except && entry.get("id").and_then(Value::as_str) == Some(id)
        })
    };
    if !taken(id) {
        return id.to_owned();
    }
    (2..=existing.len() + 2)
        .map(|n| format!("{id}-{n}"))
        .find(|id| !taken(id))
        .unwrap_or_else(|| id.to_owned())
}

/// The rules that claims make: one for all environments that one sentence speaks of.
fn rules(claims: &[&Claim], origin: Origin<'_>) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for claim in claims {
        let (rule, named, environments) = match (&claim.place, &claim.what) {
            (Place::Applications(environments), What::Rule { id, rule }) => {
                (rule.clone(), id.clone(), environments.clone())
            }
            (Place::Environment(name), what) if claim.binding => {
                let Some((rule, words)) = of_sync(what, claim.level) else { continue };
                (rule.to_owned(), words.to_owned(), vec![name.clone()])
            }
            _ => continue,
        };
        let source = words(claim);
        let known = rules.iter_mut().find(|known| {
            known.rule == rule
                && known.level == claim.level
                && known.source == source
                && !known.environments.is_empty()
        });
        match known {
            Some(known) => {
                known.environments.extend(environments);
                known.id = id(&known.environments, &named);
            }
            None => rules.push(Rule {
                id: if matches!(claim.place, Place::Applications(_)) {
                    named
                } else {
                    id(&environments, &named)
                },
                rule,
                level: claim.level,
                environments,
                source,
                from: from(claim.quotes.first(), origin),
            }),
        }
    }
    rules
}

fn id(environments: &[String], words: &str) -> String {
    let names = environments.join("-and-");
    let words = if environments.len() > 1 {
        words.replacen("is-", "are-", 1).replacen("never-prunes", "never-prune", 1)
    } else {
        words.to_owned()
    };
    format!("{names}-{words}")
        .to_ascii_lowercase()
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect()
}

/// A binding statement about syncing, as a condition over an Application, and its name.
fn of_sync(what: &What, level: Modality) -> Option<(&'static str, &'static str)> {
    let may = level == Modality::May;
    Some(match what {
        What::Automated(false) => ("sync.automated == null", if may { "may-be-manual" } else { "is-manual" }),
        What::Automated(true) => {
            ("sync.automated != null", if may { "may-auto-sync" } else { "is-automatic" })
        }
        What::Prune(false) if !may => {
            ("sync.automated == null || sync.automated.prune != true", "never-prunes")
        }
        What::Prune(true) if may => ("sync.automated.prune == true", "may-prune"),
        _ => return None,
    })
}
