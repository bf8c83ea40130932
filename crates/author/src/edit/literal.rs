//! The change made where the value is written: some literal of the text becomes another.

use serde_json::Value;

use super::change::{Aim, Change, Effect};
use super::scene::{Scene, Stage};

/// How many places are tried.
const MAX_PLACES: usize = 160;

/// A literal by which more Applications than those meant would change.
#[derive(Clone, Debug)]
pub(super) struct Shared {
    pub(super) start: usize,
    pub(super) end: usize,
}

/// What came of it.
#[derive(Default)]
pub(super) struct Found {
    /// The text with as much of the change as literals allow.
    pub(super) text: Option<String>,
    /// Whether that is all of it.
    pub(super) done: bool,
    /// Literals that others share.
    pub(super) shared: Vec<Shared>,
}

/// Changes literals as far as that changes nothing else.
pub(super) fn change(text: &str, scene: &Scene, change: &Change, stage: &Stage<'_>) -> Found {
    let mut found = Found::default();
    let mut olds: Vec<String> = Vec::new();
    for app in change.apps.iter().filter_map(|name| scene.apps.get(name)) {
        let Some(old) = change.aim.of(app).filter(|_| !change.holds(app)) else { continue };
        for written in spellings(&old) {
            if !olds.contains(&written) {
                olds.push(written);
            }
        }
    }
    let mut now = text.to_owned();
    'again: loop {
        for old in &olds {
            for start in places(&now, old, change.aim.path().last_key().unwrap_or_default()) {
                for new in replacements(&change.value, &now, start) {
                    let tried = replaced(&now, start, start + old.len(), &new);
                    let Ok(after) = stage.see(&tried) else { continue };
                    match change.effect(scene, &after) {
                        Effect::Done => {
                            found.text = Some(tried);
                            found.done = true;
                            return found;
                        }
                        Effect::Step if tried != now && further(scene, &now, &after, change, stage) => {
                            now = tried;
                            found.text = Some(now.clone());
                            continue 'again;
                        }
                        Effect::Wide if found.text.is_none() => {
                            found.shared.push(Shared { start, end: start + old.len() });
                        }
                        _ => {}
                    }
                }
            }
        }
        return found;
    }
}

/// Whether a text has more of the change than the one before.
fn further(scene: &Scene, now: &str, after: &Scene, change: &Change, stage: &Stage<'_>) -> bool {
    let held = |scene: &Scene| {
        change.apps.iter().filter(|name| scene.apps.get(*name).is_some_and(|app| change.holds(app))).count()
    };
    let before = stage.see(now).map_or_else(|_| held(scene), |scene| held(&scene));
    held(after) > before
}

/// How a value may be written.
fn spellings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Number(number) => vec![whole(number)],
        Value::Bool(_) => vec![value.to_string()],
        Value::Array(_) | Value::Object(_) => vec![flow(value), value.to_string()],
        Value::Null => Vec::new(),
    }
}

fn replacements(value: &Value, text: &str, start: usize) -> Vec<String> {
    match value {
        Value::String(new) => {
            let quoted = matches!(text.get(..start).and_then(|t| t.chars().next_back()), Some('"' | '\''));
            if quoted { vec![new.clone()] } else { vec![new.clone(), format!("\"{new}\"")] }
        }
        Value::Number(number) => vec![whole(number)],
        Value::Array(_) | Value::Object(_) => vec![flow(value)],
        other => vec![other.to_string()],
    }
}

/// A number as it is written: Helm's are floats.
pub(super) fn whole(number: &serde_json::Number) -> String {
    match number.as_f64() {
        #[allow(clippy::cast_possible_truncation, reason = "it is whole and small")]
        Some(n) if n.fract() == 0.0 && n.abs() < 1e15 => (n as i64).to_string(),
        _ => number.to_string(),
    }
}

/// A value on one line, as people write it.
pub(super) fn flow(value: &Value) -> String {
    match value {
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entry = |(key, value): (&String, &Value)| format!("{key}: {}", flow(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        Value::String(text) if text.is_empty() || text.contains([':', '{', '[', '#', ',', '"', '\'']) => {
            Value::from(text.as_str()).to_string()
        }
        Value::String(text) => text.clone(),
        Value::Number(number) => whole(number),
        other => other.to_string(),
    }
}

/// Where a text stands by itself, lines that speak of the key first.
fn places(text: &str, old: &str, key: &str) -> Vec<usize> {
    if old.is_empty() {
        return Vec::new();
    }
    let part = |c: char| c.is_alphanumeric() || "._-/".contains(c);
    let alone = |at: &usize| {
        let before = text.get(..*at).and_then(|t| t.chars().next_back());
        let after = text.get(at + old.len()..).and_then(|t| t.chars().next());
        let edges = (old.starts_with(part), old.ends_with(part));
        !(edges.0 && before.is_some_and(part) || edges.1 && after.is_some_and(part))
    };
    let key = key.to_lowercase();
    let of_key = |at: &usize| {
        let start = text.get(..*at).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        // The key may stand on the line before, as the `name` of a parameter does.
        let start = text.get(..start.saturating_sub(1)).and_then(|t| t.rfind('\n')).map_or(0, |at| at + 1);
        text.get(start..*at).is_some_and(|line| line.to_lowercase().contains(&key))
    };
    let all: Vec<usize> = text.match_indices(old).map(|(at, _)| at).filter(alone).collect();
    let (mut first, rest): (Vec<usize>, Vec<usize>) = all.into_iter().partition(of_key);
    first.extend(rest);
    first.truncate(MAX_PLACES);
    first
}

/// A text with a part of it replaced.
pub(super) fn replaced(text: &str, start: usize, end: usize, new: &str) -> String {
    format!("{}{new}{}", text.get(..start).unwrap_or_default(), text.get(end..).unwrap_or_default())
}

impl Aim {
    /// A name for a parameter that holds it.
    pub(super) fn parameter(&self) -> String {
        let name = self.path().last_key().unwrap_or("value");
        name.chars().filter(char::is_ascii_alphanumeric).collect()
    }
}
