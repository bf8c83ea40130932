//! The CRD schemas of Argo CD 3.3 to 3.6: what the API server of a given release says to an object.

mod check;
mod data;

use seatrial_yaml::Path;
use serde_json::Value;

pub use data::{Field, Kind, Node, Versions, fields_at};

use crate::world::Version;

/// One thing the API server would say about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaIssue {
    /// Where.
    pub path: Path,
    /// What.
    pub kind: IssueKind,
    /// In the API server's words.
    pub text: String,
}

/// What is wrong with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// A field the release does not have; the API server drops it (and `kubectl` refuses it by default).
    UnknownField {
        /// A field of the same object with a similar name.
        nearest: Option<String>,
        /// Where a field of exactly this name does exist, near by: in an object around this one, or right inside one beside it.
        elsewhere: Option<Path>,
        /// The oldest known release that has the field, if a newer one than asked for has it.
        introduced: Option<Version>,
        /// The oldest known release that no longer has it, if an older one had it.
        removed: Option<Version>,
    },
    /// A value of the wrong type.
    WrongType {
        /// The type it must have, in the schema's words.
        expected: &'static str,
        /// The type it has.
        got: &'static str,
    },
    /// A required field is missing.
    MissingField,
    /// A text that is none of those allowed.
    InvalidEnum {
        /// The allowed ones.
        allowed: Vec<String>,
    },
    /// A text that breaks a length or pattern.
    InvalidText,
    /// The field works, but is deprecated.
    Deprecated,
    /// The field is null and may not be: the API server takes the object without it.
    DroppedNull,
}

/// Whether a kind of object has a schema here.
pub fn knows(kind: &str) -> bool {
    Kind::named(kind).is_some()
}

/// Checks an `Application`, `ApplicationSet` or `AppProject` as the API server of that release does, in the order of paths.
/// Other kinds have no issues. `status` and `operation` are not judged.
pub fn check(version: Version, kind: &str, object: &Value) -> Vec<SchemaIssue> {
    Kind::named(kind).map_or_else(Vec::new, |kind| check::object(version, kind, object))
}

/// The API server's refusal: `ApplicationSet.argoproj.io "name" is invalid: …`; nothing if it would take the object.
/// Unknown fields, nulls that are dropped and deprecations do not make it refuse.
pub fn refusal(kind: &str, name: &str, issues: &[SchemaIssue]) -> Option<String> {
    let texts: Vec<&str> = issues
        .iter()
        .filter(|i| {
            !matches!(i.kind, IssueKind::UnknownField { .. } | IssueKind::Deprecated | IssueKind::DroppedNull)
        })
        .map(|i| i.text.as_str())
        .collect();
    let list = match texts.as_slice() {
        [] => return None,
        [one] => (*one).to_owned(),
        many => format!("[{}]", many.join(", ")),
    };
    Some(format!("{kind}.argoproj.io {} is invalid: {list}", crate::strategicpatch::go_quote(name)))
}
