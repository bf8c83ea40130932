//! Secrets out of texts, before anything is sent, recorded or shown.
//!
//! A value is taken for a secret by where it stands (`structure`), by the name of its key (`keys`) or by its look
//! (`patterns`); and a value that was one once is one wherever it stands again, in Base64 too. What is doubtful is
//! taken out: a model that misses a value asks for it, a secret that was sent cannot be called back.

mod keys;
mod names;
mod patterns;
mod restore;
mod structure;

use std::collections::BTreeMap;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use serde_json::Value;

pub use restore::{Stray, restore};

/// What every placeholder starts with.
const OPENING: &str = "<redacted-";

/// Values shorter than this are taken out where they stand, but not looked for elsewhere: a PIN of four digits is in many texts.
const LOOKED_FOR: usize = 6;

/// Takes secrets out of texts. The same secret has the same placeholder in all texts that one redactor sees, and a placeholder
/// says nothing of the secret: it is numbered, not hashed.
#[derive(Clone, Debug, Default)]
pub struct Redactor {
    placeholders: BTreeMap<String, String>,
    kinds: BTreeMap<&'static str, usize>,
    names: Vec<String>,
}

impl Redactor {
    /// One that has seen nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// One that lets these values stand wherever they are: the names of Secrets, which are facts and no secrets.
    pub fn knowing(names: impl IntoIterator<Item = String>) -> Self {
        Self { names: names.into_iter().collect(), ..Self::default() }
    }

    /// How many different secrets were seen, by kind.
    pub fn seen(&self) -> &BTreeMap<&'static str, usize> {
        &self.kinds
    }

    /// The text with a placeholder (`<redacted-password-1>`) for every secret in it. Any text will do: a manifest, a values
    /// file, prose, JSON, a log.
    pub fn text(&mut self, text: &str) -> String {
        let mut found = structure::find(text);
        found.extend(patterns::find(text));
        self.replaced(text, found)
    }

    /// The value with a placeholder for every secret in its texts.
    pub fn value(&mut self, value: &Value) -> Value {
        self.in_value(value, false)
    }

    fn in_value(&mut self, value: &Value, secret: bool) -> Value {
        match value {
            Value::String(text) if secret && patterns::is_worth(text) && !self.is_name(text) => {
                Value::String(self.placeholder(text, "value"))
            }
            Value::String(text) => Value::String(self.text(text)),
            Value::Number(number) if secret => Value::String(self.placeholder(&number.to_string(), "value")),
            Value::Array(items) => {
                Value::Array(items.iter().map(|item| self.in_value(item, secret)).collect())
            }
            Value::Object(entries) => {
                let named = entries.get("name").and_then(Value::as_str).is_some_and(keys::holds_secret);
                let is_secret = entries.get("kind").and_then(Value::as_str) == Some("Secret");
                let entries = entries.iter().map(|(key, inner)| {
                    let within = is_secret && matches!(key.as_str(), "data" | "stringData");
                    let scalar = !matches!(inner, Value::Object(_) | Value::Array(_));
                    let own = scalar && (keys::holds_secret(key) || named && key == "value");
                    (key.clone(), self.in_value(inner, secret || within || own))
                });
                Value::Object(entries.collect())
            }
            other => other.clone(),
        }
    }

    fn is_name(&self, text: &str) -> bool {
        self.names.iter().any(|name| name == text)
    }

    fn replaced(&mut self, text: &str, mut found: Vec<patterns::Found>) -> String {
        found.retain(|(range, _)| {
            text.get(range.clone()).is_some_and(|value| {
                !value.is_empty()
                    && !value.contains(OPENING)
                    && !self.is_name(value.trim_matches(['"', '\'']))
            })
        });
        // The widest first of those that start together; what lies in another is part of it.
        found.sort_by_key(|(range, _)| (range.start, std::cmp::Reverse(range.end)));
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (Range { start, end }, kind) in found {
            if start < at {
                // A part of it is still to come when two cross.
                if end > at {
                    let rest = text.get(at..end).unwrap_or_default().to_owned();
                    out.push_str(&self.placeholder(&rest, kind));
                    at = end;
                }
                continue;
            }
            out.push_str(text.get(at..start).unwrap_or_default());
            let value = text.get(start..end).unwrap_or_default();
            out.push_str(&self.placeholder(value, kind));
            at = end;
        }
        out.push_str(text.get(at..).unwrap_or_default());
        self.known(out)
    }

    /// The placeholder of a secret as it is written in a source: what it decodes to is remembered as well.
    fn placeholder(&mut self, written: &str, kind: &'static str) -> String {
        let plain = structure::plain(written);
        if let Some(known) = self.placeholders.get(&plain) {
            return known.clone();
        }
        let number = self.placeholders.len() + 1;
        let placeholder = format!("{OPENING}{kind}-{number}>");
        *self.kinds.entry(kind).or_default() += 1;
        if let Some(decoded) = decoded(&plain) {
            self.placeholders.entry(decoded).or_insert_with(|| placeholder.clone());
        }
        self.placeholders.insert(plain, placeholder.clone());
        placeholder
    }

    /// The text without any value that was a secret before.
    fn known(&self, mut text: String) -> String {
        for (secret, placeholder) in &self.placeholders {
            if secret.chars().count() < LOOKED_FOR || is_plain_word(secret) {
                continue;
            }
            for form in [secret.clone(), STANDARD.encode(secret), STANDARD_NO_PAD.encode(secret)] {
                if text.contains(&form) {
                    text = text.replace(&form, placeholder);
                }
            }
        }
        text
    }
}

/// Whether a text has a placeholder in it.
pub fn has_placeholder(text: &str) -> bool {
    text.contains(OPENING)
}

/// What a Base64 text stands for, when that is text again.
fn decoded(text: &str) -> Option<String> {
    let compact: String = text.split_whitespace().collect();
    if compact.len() < 8 {
        return None;
    }
    let bytes = STANDARD.decode(&compact).or_else(|_| STANDARD_NO_PAD.decode(&compact)).ok()?;
    String::from_utf8(bytes)
        .ok()
        .filter(|text| !text.is_empty() && !text.chars().any(|c| c.is_control() && c != '\n'))
}

/// A lower-case word: `changeme`, `password`. Taken out where it is a secret, but not wherever the word is used.
fn is_plain_word(secret: &str) -> bool {
    secret.len() < 16 && secret.chars().all(|c| c.is_ascii_lowercase() || c == '-' || c == '_')
}
