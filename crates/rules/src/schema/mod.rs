//! Schema: Argo CD's own kinds, and rendered resources, at the versions that the platform runs.

mod deprecated_field;
mod exclusive_fields;
mod invalid_name;
mod invalid_resource;
mod invalid_value;
mod misplaced_namespace;
mod missing_field;
mod removed_api;
mod unknown_field;
mod version_mismatch;
mod wrong_type;

use std::sync::Arc;

use seatrial_argocd::schema::{self, Node as Shape, SchemaIssue};
use seatrial_argocd::{Path, Version};
use seatrial_trial::{Document, Manifest, Model, Rule};
use serde_json::Value;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &unknown_field::RULE,
    &wrong_type::RULE,
    &missing_field::RULE,
    &exclusive_fields::RULE,
    &invalid_value::RULE,
    &invalid_name::RULE,
    &misplaced_namespace::RULE,
    &deprecated_field::RULE,
    &version_mismatch::RULE,
    &invalid_resource::RULE,
    &removed_api::RULE,
];

/// How much trying changes of an object may take: its bytes for each of its faults.
const MOST_TRIED: usize = 1 << 20;

/// A document of one of Argo CD's kinds that go-yaml accepts.
struct Object<'m> {
    manifest: &'m Manifest,
    document: &'m Document,
    kind: &'static str,
    json: Arc<Value>,
}

impl<'m> Object<'m> {
    /// What the API server says to it.
    fn issues(&self, version: Version) -> &'m [SchemaIssue] {
        self.document.schema_issues(version)
    }

    /// Whether the API server has less to say once the object is changed; a large object with many faults is not tried.
    fn improves(&self, version: Version, change: impl FnOnce(&mut Value)) -> bool {
        let before = self.issues(version).len();
        if self.document.range.len().saturating_mul(before) > MOST_TRIED {
            return false;
        }
        let mut changed = (*self.json).clone();
        change(&mut changed);
        schema::check(version, self.kind, &changed).len() < before
    }
}

fn objects<'m>(model: &'m Model<'_>) -> impl Iterator<Item = Object<'m>> {
    model.documents().filter_map(|(manifest, document)| {
        let json = Arc::clone(document.json.as_ref().ok()?);
        Some(Object { manifest, document, kind: document.kind?.as_str(), json })
    })
}

/// What tells a place from others, whatever list or matrix it is written in: its last two keys.
fn short(path: &Path) -> String {
    let keys: Vec<String> = path
        .segments()
        .iter()
        .filter_map(|s| if let seatrial_yaml::Segment::Key(key) = s { Some(key.to_string()) } else { None })
        .collect();
    keys.iter().skip(keys.len().saturating_sub(2)).cloned().collect::<Vec<_>>().join(".")
}

/// The span of a field's key, else of the nearest thing above it.
fn key_span(manifest: &Manifest, document: &Document, path: &Path) -> seatrial_source::Span {
    match manifest.node(document, path).and_then(|n| n.key_span()) {
        Some(key) => manifest.file.span_of(key),
        None => manifest.span_at(document, path),
    }
}

/// The value at a path, to be changed.
fn at_mut<'v>(root: &'v mut Value, path: &Path) -> Option<&'v mut Value> {
    root.pointer_mut(&path.to_pointer())
}

/// Whether a field of an Application can hold no string.
pub(crate) fn typed(field: &Path) -> bool {
    let Some(parent) = field.parent() else { return false };
    let Some(key) = field.last_key() else { return false };
    let fields = schema::fields_at(Version::NEWEST, "Application", &parent);
    let shape = fields.iter().find(|f| f.name == key).map(|f| f.node());
    matches!(shape, Some(Shape::Boolean | Shape::Integer | Shape::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_booleans_are_typed() {
        for (field, wanted) in [
            ("spec.syncPolicy.automated.prune", true),
            ("spec.revisionHistoryLimit", true),
            ("spec.source.repoURL", false),
            ("spec.source.helm.valuesObject.replicas", false),
        ] {
            assert_eq!(typed(&Path::keys(field.split('.'))), wanted, "{field}");
        }
    }
}
