//! Kinds that CustomResourceDefinitions add.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

/// Kinds by group and kind, as the definitions found in charts and clusters make them.
#[derive(Clone, Debug, Default)]
pub struct Crds(BTreeMap<(String, String), Arc<Definition>>);

#[derive(Debug)]
struct Definition {
    namespaced: bool,
    /// The versions in the order written, each with its schema and whether it is served.
    versions: Vec<(String, Value, bool)>,
}

/// What the definitions say of a kind in a version.
pub(crate) enum Found<'c> {
    /// Its schema.
    Schema(&'c Value),
    /// It is served, with no schema to it.
    Served,
    /// Other versions are served: the first of them.
    OtherVersions(Option<&'c str>),
}

impl Crds {
    /// No kinds.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the kind that an object defines; says whether it does define one. `apiextensions.k8s.io/v1` and `v1beta1` are
    /// read; a kind defined again takes the later definition.
    pub fn add(&mut self, object: &Value) -> bool {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).filter(|t| !t.is_empty());
        if text("/kind") != Some("CustomResourceDefinition") {
            return false;
        }
        let (Some(group), Some(kind)) = (text("/spec/group"), text("/spec/names/kind")) else { return false };
        let schema = |holder: &Value| holder.pointer("/schema/openAPIV3Schema").cloned();
        let common = object.pointer("/spec/validation/openAPIV3Schema").cloned().unwrap_or_default();
        let listed = object.pointer("/spec/versions").and_then(Value::as_array).into_iter().flatten();
        let mut versions: Vec<(String, Value, bool)> = listed
            .filter_map(|version| {
                let name = version.get("name")?.as_str()?.to_owned();
                let served = version.get("served").and_then(Value::as_bool).unwrap_or(false);
                Some((name, schema(version).unwrap_or_else(|| common.clone()), served))
            })
            .collect();
        if versions.is_empty() {
            versions.extend(text("/spec/version").map(|name| (name.to_owned(), common, true)));
        }
        let namespaced = text("/spec/scope") == Some("Namespaced");
        let definition = Definition { namespaced, versions };
        self.0.insert((group.to_owned(), kind.to_owned()), Arc::new(definition));
        true
    }

    /// Adds the kinds of other definitions; those already here stay.
    pub fn extend(&mut self, others: &Self) {
        for (key, definition) in &others.0 {
            self.0.entry(key.clone()).or_insert_with(|| Arc::clone(definition));
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether objects of a kind live in namespaces; nothing when no definition has it.
    pub fn is_namespaced(&self, group: &str, kind: &str) -> Option<bool> {
        self.definition(group, kind).map(|definition| definition.namespaced)
    }

    /// Group and kind of all, sorted.
    pub fn kinds(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.keys().map(|(group, kind)| (group.as_str(), kind.as_str()))
    }

    fn definition(&self, group: &str, kind: &str) -> Option<&Definition> {
        self.0.get(&(group.to_owned(), kind.to_owned())).map(Arc::as_ref)
    }

    pub(crate) fn find(&self, group: &str, version: &str, kind: &str) -> Option<Found<'_>> {
        let definition = self.definition(group, kind)?;
        let named = definition.versions.iter().find(|(name, _, served)| name == version && *served);
        Some(match named {
            Some((_, Value::Null, _)) => Found::Served,
            Some((_, schema, _)) => Found::Schema(schema),
            None => {
                let served = definition.versions.iter().find(|(_, _, served)| *served);
                Found::OtherVersions(served.map(|(name, _, _)| name.as_str()))
            }
        })
    }
}
