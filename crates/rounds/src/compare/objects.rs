//! Applications and resources: added, removed, changed.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use crate::record::Picture;

/// How many fields of one object are told.
const MAX_FIELDS: usize = 200;

/// What became of objects.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changes {
    /// Names of those that were not there.
    pub added: Vec<String>,
    /// Names of those that are gone.
    pub removed: Vec<String>,
    /// Those that changed.
    pub changed: Vec<Changed>,
}

impl Changes {
    /// Whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }
}

/// An object that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Changed {
    /// Its name now.
    pub name: String,
    /// Its name before, where it had another.
    pub was: Option<String>,
    /// Its fields that changed, by path.
    pub fields: Vec<FieldChange>,
    /// How many more changed.
    pub more: usize,
}

/// A field that changed.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct FieldChange {
    /// Its path.
    pub path: String,
    /// What it was; `null` when it was not there.
    pub old: Value,
    /// What it is; `null` when it is gone.
    pub new: Value,
}

type Fields<'p> = &'p BTreeMap<String, Value>;

/// What became of the Applications. One that has another name is the same, where it is the only one that came to its
/// environment and the other the only one that went.
pub(super) fn applications(before: &Picture, after: &Picture) -> Changes {
    let named = |picture: &'_ Picture| -> BTreeMap<String, Option<String>> {
        picture.applications.iter().map(|a| (a.name.clone(), a.environment.clone())).collect()
    };
    let (old, new) = (named(before), named(after));
    let gone: Vec<&String> = old.keys().filter(|name| !new.contains_key(*name)).collect();
    let come: Vec<&String> = new.keys().filter(|name| !old.contains_key(*name)).collect();
    let mut renamed = BTreeMap::new();
    for name in &come {
        let environment = new.get(*name).cloned().flatten();
        let Some(environment) = environment else { continue };
        let of = |all: &BTreeMap<String, Option<String>>, names: &[&String]| -> Vec<String> {
            let there = |name: &&&String| all.get(**name).and_then(Option::as_ref) == Some(&environment);
            names.iter().filter(there).map(|name| (*name).clone()).collect()
        };
        if let ([was], [is]) = (of(&old, &gone).as_slice(), of(&new, &come).as_slice()) {
            renamed.insert(is.clone(), was.clone());
        }
    }
    let fields = |picture: &'_ Picture| -> BTreeMap<String, BTreeMap<String, Value>> {
        picture.applications.iter().map(|a| (a.name.clone(), a.fields.clone())).collect()
    };
    changes(&fields(before), &fields(after), &renamed)
}

/// What became of the resources, each named with its Application.
pub(super) fn resources(before: &Picture, after: &Picture) -> Changes {
    let fields = |picture: &'_ Picture| -> BTreeMap<String, BTreeMap<String, Value>> {
        let named =
            |r: &crate::record::Resource| (format!("{}: {}", r.application, r.name), r.fields.clone());
        picture.resources.iter().map(named).collect()
    };
    changes(&fields(before), &fields(after), &BTreeMap::new())
}

fn changes(
    before: &BTreeMap<String, BTreeMap<String, Value>>,
    after: &BTreeMap<String, BTreeMap<String, Value>>,
    renamed: &BTreeMap<String, String>,
) -> Changes {
    let mut out = Changes::default();
    let names: BTreeSet<&String> = renamed.values().collect();
    out.removed =
        before.keys().filter(|name| !after.contains_key(*name) && !names.contains(name)).cloned().collect();
    for (name, new) in after {
        let was = renamed.get(name);
        match before.get(was.unwrap_or(name)) {
            None => out.added.push(name.clone()),
            Some(old) => {
                let (fields, more) = fields(old, new);
                if !fields.is_empty() || was.is_some() {
                    out.changed.push(Changed { name: name.clone(), was: was.cloned(), fields, more });
                }
            }
        }
    }
    out
}

fn fields(old: Fields<'_>, new: Fields<'_>) -> (Vec<FieldChange>, usize) {
    let paths: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let at = |fields: Fields<'_>, path: &str| fields.get(path).cloned().unwrap_or(Value::Null);
    let mut changes: Vec<FieldChange> = paths
        .into_iter()
        .filter(|path| !same(old.get(*path), new.get(*path)))
        .map(|path| FieldChange { path: path.clone(), old: at(old, path), new: at(new, path) })
        .collect();
    let more = changes.len().saturating_sub(MAX_FIELDS);
    changes.truncate(MAX_FIELDS);
    (changes, more)
}

/// Whether two leaves are the same; of two secrets that were taken out it cannot be said, so they are.
fn same(old: Option<&Value>, new: Option<&Value>) -> bool {
    match (old, new) {
        (Some(Value::String(old)), Some(Value::String(new))) => unnumbered(old) == unnumbered(new),
        (old, new) => old == new,
    }
}

/// A text with the numbers of its placeholders left out: they count secrets in the order they were seen.
fn unnumbered(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("<redacted-") {
        let (inner, after) = after.split_once('>').unwrap_or((after, ""));
        out.push_str(before);
        out.push_str("<redacted-");
        out.push_str(inner.trim_end_matches(|c: char| c.is_ascii_digit()));
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::record::Application;

    fn picture(applications: &[(&str, &str, &str)]) -> Picture {
        let one = |(name, environment, tag): &(&str, &str, &str)| Application {
            name: (*name).into(),
            environment: Some((*environment).into()),
            fields: [("values.tag".to_owned(), json!(tag))].into_iter().collect(),
            ..Application::default()
        };
        Picture { applications: applications.iter().map(one).collect(), ..Picture::default() }
    }

    #[test]
    fn renamed_added_removed_changed() {
        let before = picture(&[
            ("x-dev", "dev", "1"),
            ("x-prod-a", "prod", "1"),
            ("x-prod-b", "prod", "1"),
            ("s", "stg", "1"),
        ]);
        let after = picture(&[("y-dev", "dev", "2"), ("x-prod", "prod", "1"), ("s", "stg", "1")]);
        let changes = applications(&before, &after);
        assert_eq!(changes.added, ["x-prod"]);
        assert_eq!(changes.removed, ["x-prod-a", "x-prod-b"]);
        assert_eq!(changes.changed.len(), 1);
        assert_eq!(changes.changed[0].was.as_deref(), Some("x-dev"));
        assert_eq!(
            changes.changed[0].fields,
            [FieldChange { path: "values.tag".into(), old: json!("1"), new: json!("2") }]
        );
    }

    #[test]
    fn placeholders_are_compared_without_their_numbers() {
        let (one, two) = (json!("a <redacted-key-1> b"), json!("a <redacted-key-22> b"));
        assert!(same(Some(&one), Some(&two)));
        assert!(!same(Some(&json!("a <redacted-key-1> b")), Some(&json!("a <redacted-jwt-1> b"))));
    }
}
