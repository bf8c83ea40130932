//! One thing the API server says to an object, and its words.

use seatrial_yaml::{Path, Segment};
use serde_json::Value;

use crate::version::Version;

/// One thing the API server would say about an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaIssue {
    /// Where.
    pub path: Path,
    /// What.
    pub kind: IssueKind,
    /// In the API server's words.
    pub message: String,
}

/// What is wrong with a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IssueKind {
    /// A field the release does not have: refused under strict field validation, dropped otherwise.
    UnknownField {
        /// A field of the same object with a similar name.
        nearest: Option<String>,
        /// The oldest known release that has the field, if it is newer than the one asked for.
        introduced: Option<Version>,
        /// The oldest known release that no longer has it, if an older one had it.
        removed: Option<Version>,
    },
    /// A value of the wrong type.
    WrongType {
        /// The type it must have, in JSON's words.
        expected: &'static str,
        /// The type it has.
        got: &'static str,
    },
    /// A required field is missing or empty.
    MissingField,
    /// A text that is none of those allowed.
    InvalidEnum {
        /// The allowed ones.
        allowed: Vec<String>,
    },
    /// A value that breaks a length, bound, pattern or format.
    InvalidValue,
    /// An item of a list with the keys of one before it. A plain create takes it; server-side apply refuses it, and later
    /// patches lose one of the two.
    Duplicate,
    /// Two parts of the object that do not go together: a selector and its labels, a mount and its volume.
    Inconsistent,
    /// A rule in CEL (`x-kubernetes-validations`) that the definition has for a value. It is not evaluated: whether the value
    /// keeps it is not known.
    NotEvaluated,
}

/// A place as the API server writes it: `spec.containers[0].name`.
pub(super) fn place(path: &Path) -> String {
    let mut out = String::new();
    for segment in path.segments() {
        match segment {
            Segment::Key(key) => {
                if !out.is_empty() {
                    out.push('.');
                }
                out.push_str(key);
            }
            Segment::Index(index) => out.push_str(&format!("[{index}]")),
        }
    }
    out
}

/// A text in Go's quotes.
pub(super) fn quote(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// `"a", "b"`.
pub(super) fn quoted_list<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let quoted: Vec<String> = texts.into_iter().map(quote).collect();
    quoted.join(", ")
}

/// The type of a value in JSON schema's words.
pub(super) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if is_whole(number) => "integer",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Whether a number is whole. A float without a fraction is: it is written without one before it is sent.
pub(super) fn is_whole(number: &serde_json::Number) -> bool {
    number.is_i64() || number.is_u64() || number.as_f64().is_some_and(|f| f.fract() == 0.0)
}

/// The field most like `name`.
pub(super) fn nearest<'n>(name: &str, fields: impl Iterator<Item = &'n str>) -> Option<String> {
    let lower = name.to_lowercase();
    let likeness = |field: &str| {
        let field = field.to_lowercase();
        if field == lower { 2.0 } else { strsim::jaro_winkler(&field, &lower) }
    };
    let best =
        fields.map(|field| (likeness(field), field)).max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))?;
    (best.0 >= 0.83).then(|| best.1.to_owned())
}
