//! Experiments: a value is changed, the chart rendered again, and the field looked at.

use serde_json::{Map, Value, json};

use seatrial_yaml::{Path, Segment};

use super::{Traced, lookup};
use crate::chart::Values;
use crate::engine::Prepared;
use crate::options::Options;
use crate::release::{Manifest, Release};
use crate::render::render;

/// How many values are tried when none that was seen decides.
const MOST: usize = 64;

/// A field whose dependence on values is tried out.
pub(super) struct Experiment<'t> {
    traced: &'t Traced,
    prepared: &'t Prepared,
    options: &'t Options,
    document: &'t Manifest,
    field: &'t Path,
    /// What the field holds.
    holds: Value,
}

impl<'t> Experiment<'t> {
    pub(super) fn new(
        traced: &'t Traced,
        prepared: &'t Prepared,
        options: &'t Options,
        document: &'t Manifest,
        field: &'t Path,
    ) -> Option<Self> {
        let holds = held(document.content(), field)?;
        Some(Self { traced, prepared, options, document, field, holds })
    }

    /// Whether the field changes, stays away, or cannot be rendered when the value at `path` is another.
    pub(super) fn depends_on(&self, path: &Path) -> bool {
        let changed = self.traced.changed(self.prepared, self.options, path);
        changed.is_some_and(|release| self.find(&release).as_ref() != Some(&self.holds))
    }

    /// Those of these values, or of the scalars below them, that the field depends on.
    pub(super) fn search(&self, candidates: &[Path]) -> Vec<Path> {
        let mut leaves = Vec::new();
        for path in candidates {
            match lookup(&self.traced.values, path) {
                Some(value) => scalars(value, path, &mut leaves),
                None => leaves.push(path.clone()),
            }
        }
        leaves.truncate(MOST);
        leaves.retain(|leaf| self.depends_on(leaf));
        leaves
    }

    /// The field in a new release: in the document of the same template, kind and name, else in the one at the same place.
    fn find(&self, release: &Release) -> Option<Value> {
        let here = |m: &&Manifest| m.path == self.document.path && m.kind == self.document.kind;
        let same = release.documents().find(|m| here(m) && m.name == self.document.name);
        let document = same.or_else(|| release.documents().find(here))?;
        held(document.content(), self.field)
    }
}

impl Traced {
    /// The release with another value at a path; `None` when there can be none.
    pub fn changed(&self, prepared: &Prepared, options: &Options, value: &Path) -> Option<Release> {
        let other = other_than(lookup(&self.values, value));
        self.with(prepared, options, value, other)
    }

    /// The release with this value at a path; `None` when there can be none.
    pub fn with(&self, prepared: &Prepared, options: &Options, path: &Path, value: Value) -> Option<Release> {
        let mut user = self.user.clone();
        if !put(&mut user, &self.values, path.segments(), value) {
            return None;
        }
        // A changed value may well break the schema; what is asked is what the templates do with it.
        let options = Options { skip_schema_validation: true, ..options.clone() };
        render(prepared, user, &options).ok()
    }
}

/// What a field of a document holds.
fn held(document: &[u8], field: &Path) -> Option<Value> {
    let text = String::from_utf8_lossy(document);
    let tree = seatrial_yaml::parse(text.as_ref());
    Some(tree.root()?.find(field)?.to_json())
}

/// A value of the same kind that prints differently.
fn other_than(value: Option<&Value>) -> Value {
    match value {
        None | Some(Value::Null) => json!("changed"),
        Some(Value::Bool(on)) => json!(!on),
        Some(Value::Number(number)) => match number.as_i64() {
            Some(int) => json!(int.wrapping_add(1)),
            None => json!(number.as_f64().unwrap_or_default() + 1.0),
        },
        Some(Value::String(text)) => json!(format!("{text}0")),
        Some(Value::Array(items)) => {
            let mut items = items.clone();
            if items.pop().is_none() {
                items.push(json!("changed"));
            }
            Value::Array(items)
        }
        Some(Value::Object(entries)) => {
            let mut entries = entries.clone();
            entries.insert("changed".to_owned(), json!("changed"));
            Value::Object(entries)
        }
    }
}

/// Puts a value at a path of the user's values, taking along from those in effect what stands on the way (a list of the
/// user replaces the chart's whole); `false` where the path leads nowhere.
fn put(values: &mut Values, in_effect: &Values, path: &[Segment], value: Value) -> bool {
    let Some((Segment::Key(key), rest)) = path.split_first() else { return false };
    let there = in_effect.get(&**key);
    let empty = Value::Object(Map::new());
    let slot = values.entry(key.to_string()).or_insert_with(|| match there {
        Some(Value::Array(_)) => there.cloned().unwrap_or_default(),
        _ => empty.clone(),
    });
    put_below(slot, there.unwrap_or(&empty), rest, value)
}

fn put_below(slot: &mut Value, in_effect: &Value, path: &[Segment], value: Value) -> bool {
    let Some((first, rest)) = path.split_first() else {
        *slot = value;
        return true;
    };
    match (slot, first) {
        (Value::Object(entries), Segment::Key(_)) => match in_effect {
            Value::Object(in_effect) => put(entries, in_effect, path, value),
            _ => false,
        },
        (Value::Array(items), Segment::Index(index)) => {
            let below = in_effect.get(*index).cloned().unwrap_or_default();
            items.get_mut(*index).is_some_and(|item| put_below(item, &below, rest, value))
        }
        _ => false,
    }
}

fn scalars(value: &Value, path: &Path, out: &mut Vec<Path>) {
    if out.len() >= MOST {
        return;
    }
    match value {
        Value::Object(entries) => {
            for (key, below) in entries {
                scalars(below, &path.join(key), out);
            }
        }
        Value::Array(items) => {
            for (index, below) in items.iter().enumerate() {
                scalars(below, &path.join(index), out);
            }
        }
        _ => out.push(path.clone()),
    }
}
