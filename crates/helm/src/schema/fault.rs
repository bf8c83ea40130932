//! What does not fit, as a tree, and the tree as text.

use super::location::token;
use super::single_quoted;

/// A failed check with those that made it fail.
pub(super) struct Fault {
    at: Vec<String>,
    pub(super) kind: Kind,
    pub(super) causes: Vec<Fault>,
}

/// What failed.
pub(super) enum Kind {
    /// Several checks of one schema.
    Group,
    /// A schema that was referred to; said only when it holds several faults.
    Reference,
    /// Anything else, in words.
    Words(String),
}

impl Fault {
    pub(super) fn new(at: &[String], kind: Kind, causes: Vec<Self>) -> Self {
        Self { at: at.to_vec(), kind, causes }
    }

    /// The fault, or those it groups.
    pub(super) fn parts(self) -> Vec<Self> {
        if matches!(self.kind, Kind::Group) { self.causes } else { vec![self] }
    }

    /// Adds a line, and those of the causes further in.
    pub(super) fn write(&self, out: &mut String, indent: usize) {
        let skipped = matches!(self.kind, Kind::Reference) && self.causes.len() == 1;
        if !skipped {
            if !out.is_empty() {
                out.push('\n');
            }
            out.push_str(&"  ".repeat(indent));
            let mut pointer = String::new();
            for name in &self.at {
                pointer.push('/');
                pointer.push_str(&token(name));
            }
            let words = match &self.kind {
                Kind::Group | Kind::Reference => "validation failed",
                Kind::Words(words) => words,
            };
            out.push_str(&format!("- at {}: {words}", single_quoted(&pointer)));
        }
        for cause in &self.causes {
            cause.write(out, if skipped { indent } else { indent + 1 });
        }
    }
}
