//! Values that no template reads.

use std::collections::BTreeSet;

use seatrial_helm::lint::{Message, Severity};
use seatrial_helm::provenance::Traced;
use seatrial_helm::{Chart, Values};
use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use super::own;
use crate::text::nearest;

/// Tells of values in `values.yaml` that no template can read, and of values of the user that the chart neither has nor reads.
///
/// Only what is sure is told: nothing where a template takes all values together, and nothing below a value that is taken whole.
pub(super) fn judge(chart: &Chart, traced: &Traced, user: &Values, out: &mut Vec<Message>) {
    let read = Read::of(chart, traced);
    if read.all {
        return;
    }
    let defaults = Value::Object((*chart.values).clone());
    for path in leaves(&defaults).into_iter().filter(|path| !read.is_read(path)) {
        let line = chart.values_file.as_ref().and_then(|file| line_of(&file.data, &path));
        let at = line.map_or_else(|| "values.yaml".to_owned(), |line| format!("values.yaml:{line}"));
        out.push(own(Severity::Info, &at, format!("no template reads the value `{path}`")));
    }
    for path in leaves(&Value::Object(user.clone())) {
        if path.lookup(&defaults).is_some() || read.is_read(&path) {
            continue;
        }
        let near =
            near(&path, &defaults).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        let text = format!("the chart has no value `{path}`: it would change nothing{near}");
        out.push(own(Severity::Warning, "values", text));
    }
}

/// What templates read.
struct Read {
    /// Whether a template takes all values together.
    all: bool,
    /// Names that stand in templates, or in values that may be templates.
    words: BTreeSet<String>,
    /// Names of values that are taken as they are: printed, tested, handed on.
    whole: BTreeSet<String>,
    /// Values that were seen to be read.
    seen: BTreeSet<Path>,
    /// The names that values of charts below stand under, and conditions of dependencies.
    others: BTreeSet<String>,
    conditions: BTreeSet<String>,
}

impl Read {
    fn of(chart: &Chart, traced: &Traced) -> Self {
        let mut read = Self {
            all: false,
            words: BTreeSet::new(),
            whole: BTreeSet::new(),
            seen: traced.read_values(),
            others: BTreeSet::from(["global".to_owned()]),
            conditions: BTreeSet::new(),
        };
        for dependency in &chart.metadata.dependencies {
            let name = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            read.others.insert(name.clone());
            read.conditions.extend(dependency.condition.split(',').map(|path| path.trim().to_owned()));
            read.all |= !dependency.import_values.is_empty();
        }
        read.others.extend(chart.dependencies.iter().map(|chart| chart.name().to_owned()));
        read.templates_of(chart, 0);
        read
    }

    fn templates_of(&mut self, chart: &Chart, depth: usize) {
        for file in chart.templates.iter().chain(chart.files.iter()) {
            self.text(&String::from_utf8_lossy(&file.data), depth == 0);
        }
        if let Some(file) = &chart.values_file {
            let text = String::from_utf8_lossy(&file.data);
            // Values may be templates themselves.
            for part in text.split("{{").skip(1) {
                self.text(part.split("}}").next().unwrap_or_default(), depth == 0);
            }
        }
        for child in chart.dependencies.iter().filter(|_| depth < 16) {
            self.templates_of(child, depth + 1);
        }
    }

    fn text(&mut self, text: &str, own: bool) {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let mut rest = text;
        while let Some(start) = rest.find(is_word) {
            let dotted = rest.get(..start).is_some_and(|before| before.ends_with('.'));
            let word = rest.get(start..).unwrap_or_default();
            let end = word.find(|c: char| !is_word(c)).unwrap_or(word.len());
            let (word, after) = word.split_at(end);
            let goes_on = after.strip_prefix('.').is_some_and(|after| after.starts_with(is_word));
            if word == "Values" && dotted && !goes_on && own {
                self.all |= !is_looked_into(text, text.len() - after.len());
            }
            if !goes_on {
                self.whole.insert(word.to_owned());
            }
            self.words.insert(word.to_owned());
            rest = after;
        }
    }

    /// Whether a value may be read; when in doubt, it is.
    fn is_read(&self, path: &Path) -> bool {
        let keys: Vec<&str> = path.segments().iter().filter_map(key).collect();
        let Some((last, above)) = keys.split_last() else { return true };
        let first = keys.first().copied().unwrap_or_default();
        self.others.contains(first)
            || self.words.contains(*last)
            || above.iter().any(|key| self.whole.contains(*key))
            || self.conditions.contains(&keys.join("."))
            || self.seen.iter().any(|seen| !seen.is_empty() && path.starts_with(seen))
    }
}

/// Whether `.Values` before this place is only looked into: `index .Values "a"`, `get .Values "a"`.
fn is_looked_into(text: &str, after: usize) -> bool {
    let before = text.get(..after).unwrap_or_default();
    let action = before.rsplit("{{").next().unwrap_or_default();
    let words: Vec<&str> = action.split_whitespace().collect();
    let called = words.len().checked_sub(2).and_then(|at| words.get(at));
    let named = text.get(after..).is_some_and(|rest| rest.trim_start().starts_with('"'));
    named
        && called
            .is_some_and(|word| ["index", "get", "hasKey", "dig"].contains(&word.trim_start_matches('(')))
}

fn key(segment: &Segment) -> Option<&str> {
    match segment {
        Segment::Key(key) => Some(&**key),
        Segment::Index(_) => None,
    }
}

/// The paths of all values that are no mappings with something in them.
fn leaves(values: &Value) -> Vec<Path> {
    let mut out = Vec::new();
    let mut open = vec![(Path::root(), values)];
    while let Some((path, value)) = open.pop() {
        match value.as_object().filter(|entries| !entries.is_empty()) {
            Some(entries) => {
                open.extend(entries.iter().rev().map(|(key, value)| (path.join(key.as_str()), value)));
            }
            None if path.is_empty() => {}
            None => out.push(path),
        }
    }
    out
}

fn line_of(values: &[u8], path: &Path) -> Option<usize> {
    let text = String::from_utf8_lossy(values);
    let tree = seatrial_yaml::parse(text.as_ref());
    let node = tree.root()?.find(path)?;
    let start = node.key().map_or(node.span().start, |key| key.span().start);
    Some(text.get(..start)?.matches('\n').count() + 1)
}

/// The value of the chart that may be meant: one of a name like it, at the same place.
fn near(path: &Path, defaults: &Value) -> Option<Path> {
    let mut known = path.clone();
    let mut missing = None;
    while known.lookup(defaults).is_none() {
        missing = known.last_key().map(str::to_owned);
        known.pop()?;
    }
    let beside = if known.is_empty() { defaults } else { known.lookup(defaults)? };
    let names = beside.as_object()?.keys().map(String::as_str);
    nearest(missing.as_deref()?, names).map(|name| known.join(name))
}
