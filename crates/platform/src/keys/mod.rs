//! Every key of the platform file, in one table: its shape, what it means, an example.
//!
//! The reader's complaints, the JSON Schema and the documentation all come from this table.

mod check;
mod docs;
mod schema;
mod table;

pub(crate) use check::{
    check, is_null, nearest, place_of as check_place, text as scalar_text, word as scalar_word,
};
pub use docs::markdown;
pub use schema::json_schema;
pub(crate) use table::FILE;

/// A key and what stands under it.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) name: &'static str,
    pub(crate) shape: Shape,
    /// One or two sentences.
    pub(crate) doc: &'static str,
    /// A value as one would write it; empty when the shape says enough.
    pub(crate) example: &'static str,
}

/// What may stand under a key.
#[derive(Debug)]
pub(crate) enum Shape {
    /// Text; numbers count as the text they are written as.
    Text,
    /// Text of a certain form.
    Form(Form),
    /// True or false.
    Bool,
    /// A whole number, not negative.
    Count,
    /// Nothing (`null`).
    Null,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A list.
    List(&'static Shape),
    /// A mapping with free keys; the words say what a key is.
    Map(&'static str, &'static Shape),
    /// A mapping with these keys, given in groups.
    Object(&'static [&'static [Key]]),
    /// Like an object, but other keys are somebody else's business.
    Open(&'static [&'static [Key]]),
    /// Any of these.
    Either(&'static [Shape]),
    /// Anything.
    Any,
}

/// Forms of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// An address with a scheme.
    Url,
    /// A Kubernetes quantity: `250m`, `1Gi`.
    Quantity,
    /// A version: `3.6`, `v1.35.2`.
    Version,
    /// A duration: `12h`, `1h30m`.
    Duration,
}

impl Form {
    /// Whether `text` has this form.
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Url => text
                .split_once("://")
                .is_some_and(|(scheme, rest)| !scheme.is_empty() && !rest.trim_start_matches('/').is_empty()),
            Self::Quantity => is_quantity(text),
            Self::Version => {
                let bare = text.strip_prefix('v').unwrap_or(text);
                let core = bare.split(['-', '+']).next().unwrap_or_default();
                let parts: Vec<&str> = core.split('.').collect();
                (2..=3).contains(&parts.len())
                    && parts.iter().all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
            }
            Self::Duration => is_duration(text),
        }
    }

    /// What it is called, and an example.
    pub(crate) fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Url => ("an address with a scheme", "https://host"),
            Self::Quantity => ("a Kubernetes quantity", "512Mi"),
            Self::Version => ("a version", "\"1.35\""),
            Self::Duration => ("a duration", "12h"),
        }
    }
}

fn is_quantity(text: &str) -> bool {
    let number = text.trim_start_matches(['+', '-']);
    let end = number.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(number.len());
    let (digits, suffix) = number.split_at(end);
    let plain = digits.bytes().any(|b| b.is_ascii_digit()) && digits.matches('.').count() <= 1;
    let exponent = suffix
        .strip_prefix(['e', 'E'])
        .map(|rest| rest.trim_start_matches(['+', '-']))
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_digit()));
    let known = ["", "n", "u", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    plain && (exponent || known.contains(&suffix))
}

fn is_duration(text: &str) -> bool {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let after = &rest[digits..];
        let unit = ["ms", "us", "ns", "h", "m", "s", "d"].into_iter().find(|unit| after.starts_with(unit));
        match unit {
            Some(unit) if digits > 0 => rest = &after[unit.len()..],
            _ => return false,
        }
    }
    !text.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        for (form, good, bad) in [
            (Form::Url, &["https://a.b", "oci://r/x", "file:///x"][..], &["a.b", "https://", "://x"][..]),
            (
                Form::Quantity,
                &["1", "250m", "0.5", "1Gi", "1e3", "2E"][..],
                &["", "Mi", "1GB", "1.2.3", "1e"][..],
            ),
            (Form::Version, &["3.6", "v1.35.2", "1.2.3-rc1"][..], &["3", "x", "1..2", "1.2.3.4"][..]),
            (Form::Duration, &["12h", "1h30m", "1.5h"][..], &["", "12", "h", "5 min"][..]),
        ] {
            assert!(good.iter().all(|text| form.accepts(text)), "{form:?}");
            assert!(!bad.iter().any(|text| form.accepts(text)), "{form:?}");
        }
    }
}
