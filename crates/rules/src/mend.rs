//! Mending what is wrong in a rendered resource where it comes from: the text of a template or manifest, a values file, the
//! Application.
//!
//! What is offered here are ways to try. Each is verified by rendering again, and one in a file that other Applications are
//! rendered from holds only if it changes none that is not at fault itself.

use std::collections::BTreeSet;

use seatrial_source::{Edit, Span};
use seatrial_trial::why::{Setter, SetterKind};
use seatrial_trial::{Application, ChartOf, Fix, Model, Purpose, Resource, Why};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rewrite::{base, chart_value};

/// How many values are tried that may give a field.
const MOST_VALUES: usize = 8;

/// What a field of a rendered resource should hold.
#[derive(Clone, PartialEq)]
pub(crate) struct Mend {
    title: &'static str,
    holds: Value,
    keys: &'static [&'static str],
    /// What has to be besides, so that this mend is no new fault.
    besides: Option<Box<(Path, Mend)>>,
    /// The field, where it is not the one that the fault is told of.
    field: Option<Path>,
}

impl Mend {
    /// A fix of this title that makes the field hold this.
    pub(crate) fn new(title: &'static str, holds: impl Into<Value>) -> Self {
        Self { title, holds: holds.into(), keys: &[], besides: None, field: None }
    }

    /// With names that charts have for the value, to be looked for where the field is not rendered at all.
    pub(crate) fn named(mut self, keys: &'static [&'static str]) -> Self {
        self.keys = keys;
        self
    }

    /// Of another field than the one that the fault is told of.
    pub(crate) fn at(mut self, field: Path) -> Self {
        self.field = Some(field);
        self
    }

    /// With what another field has to hold then, where it does not yet.
    pub(crate) fn besides(mut self, other: Option<(Path, Mend)>) -> Self {
        self.besides = other.map(Box::new);
        self
    }

    /// The text to point at for the field: who sets the value that has to be another, where several are printed into it.
    pub(crate) fn place(&self, why: &Why) -> Span {
        let part = why.values.iter().filter(|_| self.field.is_none()).find(|value| {
            let now = why.holds.as_ref().zip(value.holds.as_ref());
            now.is_some_and(|(now, value)| another(now, value, &self.holds).is_some())
        });
        part.and_then(|value| value.set_by.first()?.span).unwrap_or(why.span)
    }

    /// The fixes to try for Applications of one text whose resources have the same fault in the same field.
    pub(crate) fn fixes(
        &self,
        model: &Model<'_>,
        members: &[&Application],
        resource: &Resource,
        field: &Path,
    ) -> Vec<Fix> {
        let Some(application) = members.first().filter(|_| model.purpose != Purpose::Verifying) else {
            return Vec::new();
        };
        let field = self.field.as_ref().unwrap_or(field);
        let mut ways: Vec<Vec<Edit>> = Vec::new();
        let why = model.why(application, resource, field);
        let there = field.lookup(&resource.object);
        if let (Some(span), Some(_)) = (why.literal, there) {
            ways.extend(self.in_literal(model, span));
        } else if let Some(chart) = model.chart_of(application, resource) {
            let giving = self.giving(&chart, &why, there, field);
            for value in &giving {
                ways.extend(places(model, &chart, members, std::slice::from_ref(value)));
            }
            if let (Some((other, mend)), Some(first)) = (self.besides.as_deref(), giving.first()) {
                let why = model.why(application, resource, other);
                let more = mend.giving(&chart, &why, other.lookup(&resource.object), other);
                for value in more {
                    ways.extend(places(model, &chart, members, &[first.clone(), value]));
                }
            }
        }
        ways.dedup();
        ways.into_iter().map(|edits| Fix::risky(self.title, edits)).collect()
    }

    /// The edit of text that is printed as it stands.
    fn in_literal(&self, model: &Model<'_>, span: Span) -> Option<Vec<Edit>> {
        let written = model.context.text(span)?;
        let text = match &self.holds {
            Value::String(text) if text.contains("{{") => return None,
            Value::String(text) if written.starts_with('"') => serde_json::to_string(text).ok()?,
            Value::String(text) if written.starts_with('\'') => base::quoted(text),
            Value::String(text) => base::scalar(text),
            Value::Number(_) | Value::Bool(_) => self.holds.to_string(),
            _ => return None,
        };
        Some(vec![Edit::replace(span, text)])
    }

    /// Those values that make the field hold what it should.
    fn giving(
        &self,
        chart: &ChartOf<'_, '_>,
        why: &Why,
        there: Option<&Value>,
        field: &Path,
    ) -> Vec<(Path, Value)> {
        let tried = self.values(chart, why, there, field).into_iter().take(MOST_VALUES);
        let gives = |(path, value): &(Path, Value)| {
            chart.with(path, value, field).is_some_and(|given| holds(&given, &self.holds))
        };
        tried.filter(gives).collect()
    }

    /// The values that may have to be others, with what they should be.
    fn values(
        &self,
        chart: &ChartOf<'_, '_>,
        why: &Why,
        there: Option<&Value>,
        field: &Path,
    ) -> Vec<(Path, Value)> {
        if let Some(now) = there {
            let printed = why.values.iter().filter_map(|value| {
                Some((value.path.clone(), another(now, value.holds.as_ref()?, &self.holds)?))
            });
            let printed: Vec<_> = printed.collect();
            if !printed.is_empty() {
                return printed;
            }
        }
        let last = field.last_key();
        let keys: Vec<&str> = self.keys.iter().copied().chain(last).collect();
        let mut found = Vec::new();
        for key in keys {
            named(chart, &chart.scope(), key, &mut found);
        }
        let mut seen = BTreeSet::new();
        found.retain(|path| seen.insert(path.clone()));
        let forms =
            |path: &Path| forms(&self.holds).into_iter().map(|form| (path.clone(), form)).collect::<Vec<_>>();
        found.iter().flat_map(forms).collect()
    }
}

/// What a value that is printed into a field has to be, so that the field holds `wanted` rather than what it holds now.
fn another(now: &Value, value: &Value, wanted: &Value) -> Option<Value> {
    if now == value {
        return Some(wanted.clone());
    }
    let text = |value: &Value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(on) => Some(on.to_string()),
        _ => None,
    };
    let (now, old, wanted) = (text(now)?, text(value)?, text(wanted)?);
    if old.is_empty() {
        return None;
    }
    if now == old {
        // Printed as another type: a count that is a text stays one.
        return Some(Value::String(wanted));
    }
    let same_start =
        now.chars().zip(wanted.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    let rest = (now.get(same_start..)?, wanted.get(same_start..)?);
    let ends = rest.0.chars().rev().zip(rest.1.chars().rev());
    let same_end = ends.take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum::<usize>();
    // The value must cover all that is different.
    let at = now
        .match_indices(&old)
        .map(|(at, _)| at)
        .find(|at| *at <= same_start && at + old.len() >= now.len() - same_end)?;
    let end = wanted.len().checked_sub(now.len() - (at + old.len()))?;
    wanted.get(at..end).map(|text| Value::String(text.to_owned()))
}

/// Whether a field given by another value is as it should be.
fn holds(given: &Value, wanted: &Value) -> bool {
    match (given, wanted) {
        (Value::Object(given), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| given.get(key) == Some(value))
        }
        _ => given == wanted,
    }
}

/// The ways in which charts take a value: names of Secrets also as mere texts.
fn forms(wanted: &Value) -> Vec<Value> {
    let mut forms = vec![wanted.clone()];
    if let Value::Array(items) = wanted {
        let names: Option<Vec<Value>> = items.iter().map(|item| item.get("name").cloned()).collect();
        forms.extend(names.map(Value::Array));
        if let [only] = items.as_slice() {
            forms.extend(only.get("name").cloned());
        }
    }
    forms
}

/// The values of a name in a chart, its own first, then those in its blocks, then those for all charts.
fn named(chart: &ChartOf<'_, '_>, scope: &Path, key: &str, found: &mut Vec<Path>) {
    let mut open = vec![(scope.clone(), 0)];
    let mut at = 0;
    while let Some((path, depth)) = open.get(at).cloned() {
        at += 1;
        for (name, value) in chart.entries(&path) {
            if name == key {
                found.push(path.join(name.as_str()));
            } else if value.is_object() && depth < 3 && name != "global" {
                open.push((path.join(name.as_str()), depth + 1));
            }
        }
    }
    let global = Path::keys(["global", key]);
    if chart.value(&global).is_some() {
        found.push(global);
    }
}

/// The edits that give these values, for each place where they may be set: the one that sets them, the values files of the
/// Applications, their own text.
fn places(
    model: &Model<'_>,
    chart: &ChartOf<'_, '_>,
    members: &[&Application],
    values: &[(Path, Value)],
) -> Vec<Vec<Edit>> {
    let in_applications = || chart_value::in_applications(model, chart.source(), values, members);
    let setters: Vec<Option<Setter>> =
        values.iter().map(|(path, _)| chart.setters(path).into_iter().next()).collect();
    if setters.iter().flatten().any(|setter| setter.kind < SetterKind::ValuesFile) {
        return in_applications().into_iter().collect();
    }
    // The file that sets all of them, with their paths in it.
    let strongest = setters.first().and_then(Option::as_ref);
    let in_strongest = || {
        let strongest = strongest.filter(|setter| setter.span.is_some())?;
        let there: Option<Vec<(Path, Value)>> = setters
            .iter()
            .zip(values)
            .map(|(setter, (_, value))| {
                let setter = setter.as_ref().filter(|setter| setter.file == strongest.file)?;
                Some((setter.path.clone(), value.clone()))
            })
            .collect();
        chart_value::in_file(model.context.source(&strongest.file)?, &there?)
    };
    let mut ways = Vec::new();
    // A default that says nothing is not to blame.
    let is_default = strongest.is_some_and(|setter| setter.kind == SetterKind::ChartDefault);
    let empty = values.iter().any(|(path, _)| chart.value(path).is_none_or(is_empty));
    if !is_default || !empty {
        ways.extend(in_strongest());
    }
    let files = chart.value_files().filter(|name| strongest.is_none_or(|setter| setter.file != **name));
    ways.extend(files.filter_map(|name| chart_value::in_file(model.context.source(name)?, values)));
    ways.extend(in_applications());
    if is_default && empty {
        ways.extend(in_strongest());
    }
    ways
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(entries) => entries.is_empty(),
        _ => false,
    }
}

#[cfg(test)]
mod rendered_tests;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_part_that_is_different_is_found() {
        let text = |now: &str, value: &str, wanted: &str| another(&json!(now), &json!(value), &json!(wanted));
        assert_eq!(text("ghcr.io/a:v1", "ghcr.io/a", "acme.dev/a:v1"), Some(json!("acme.dev/a")));
        assert_eq!(text("ghcr.io/a:v1", "ghcr.io", "acme.dev/a:v1"), Some(json!("acme.dev")));
        assert_eq!(text("ghcr.io/a:v1", "v1", "acme.dev/a:v1"), None);
        assert_eq!(text("nginx:1", "nginx", "acme.dev/nginx:1"), Some(json!("acme.dev/nginx")));
        assert_eq!(another(&json!(1), &json!("1"), &json!(3)), Some(json!("3")));
        assert_eq!(another(&json!(1), &json!(1), &json!(3)), Some(json!(3)));
    }
}
