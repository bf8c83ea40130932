//! A schema ready to be checked against.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_gotemplate::goregexp::Regexp;

use super::format::Format;
use super::json::Json;
use super::number::Decimal;

/// A schema among those of a [`Compiled`](super::compile::Compiled).
pub(super) type Id = usize;

/// `true`, `false`, or a schema.
#[derive(Clone, Copy)]
pub(super) enum Extra {
    Flag(bool),
    Schema(Id),
}

/// What another property asks for.
pub(super) enum Need {
    Properties(Vec<String>),
    Schema(Id),
}

#[derive(Default)]
pub(super) struct Schema {
    /// Where it stands: a URL with a JSON pointer.
    pub(super) location: String,
    pub(super) draft: u16,
    /// The schema with the nearest identifier.
    pub(super) resource: Id,
    pub(super) always: Option<bool>,
    pub(super) types: u8,
    pub(super) constant: Option<Json>,
    pub(super) choices: Option<Vec<Json>>,
    pub(super) format: Option<Format>,
    pub(super) reference: Option<Id>,
    pub(super) recursive: Option<Id>,
    pub(super) recursive_anchor: bool,
    pub(super) dynamic: Option<(Id, Option<String>)>,
    pub(super) dynamic_anchor: Option<String>,
    pub(super) dynamic_anchors: BTreeMap<String, Id>,
    pub(super) min_properties: Option<i64>,
    pub(super) max_properties: Option<i64>,
    pub(super) required: Vec<String>,
    pub(super) dependencies: BTreeMap<String, Need>,
    pub(super) properties: BTreeMap<String, Id>,
    pub(super) patterns: Vec<(Arc<Regexp>, Id)>,
    pub(super) additional: Option<Extra>,
    pub(super) property_names: Option<Id>,
    pub(super) dependent_schemas: BTreeMap<String, Id>,
    pub(super) dependent_required: BTreeMap<String, Vec<String>>,
    pub(super) unevaluated_properties: Option<Id>,
    pub(super) min_items: Option<i64>,
    pub(super) max_items: Option<i64>,
    pub(super) unique: bool,
    pub(super) prefix: Vec<Id>,
    /// `items` where it is a schema.
    pub(super) items: Option<Id>,
    pub(super) additional_items: Option<Extra>,
    pub(super) contains: Option<Id>,
    pub(super) min_contains: Option<i64>,
    pub(super) max_contains: Option<i64>,
    pub(super) unevaluated_items: Option<Id>,
    pub(super) min_length: Option<i64>,
    pub(super) max_length: Option<i64>,
    pub(super) pattern: Option<(Arc<Regexp>, String)>,
    pub(super) minimum: Option<Decimal>,
    pub(super) maximum: Option<Decimal>,
    pub(super) exclusive_minimum: Option<Decimal>,
    pub(super) exclusive_maximum: Option<Decimal>,
    pub(super) multiple_of: Option<Decimal>,
    pub(super) not: Option<Id>,
    pub(super) all_of: Vec<Id>,
    pub(super) any_of: Vec<Id>,
    pub(super) one_of: Vec<Id>,
    pub(super) condition: Option<Id>,
    pub(super) then: Option<Id>,
    pub(super) otherwise: Option<Id>,
}

impl Schema {
    pub(super) fn evaluates_all_properties(&self) -> bool {
        self.additional.is_some()
    }

    pub(super) fn evaluates_all_items(&self) -> bool {
        self.items.is_some() || self.additional_items.is_some()
    }
}
