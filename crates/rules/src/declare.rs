//! How a rule is declared: its page is its doc comment, its check a function named `check` beside it.

use seatrial_trial::{Meta, Model, Rule, Sink};

/// A rule of the catalogue.
pub(crate) struct Declared {
    pub(crate) meta: Meta,
    pub(crate) check: fn(&Model<'_>, &mut Sink<'_>),
}

impl Rule for Declared {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn check(&self, model: &Model<'_>, out: &mut Sink<'_>) {
        (self.check)(model, out);
    }
}

/// Declares the rule of a file: the doc comment becomes its page, then name, group and level, and any of
/// [`Meta`]'s other fields. The file's function `check` is its check.
///
/// ```ignore
/// declare_rule! {
///     /// Finds … (the first line is the summary).
///     "unknown-cluster", Destination, Error, explained_by: &["placeholder-value"]
/// }
/// ```
macro_rules! declare_rule {
    ($(#[doc = $line:literal])+ $name:literal, $group:ident, $severity:ident $(, $key:ident : $value:expr)* $(,)?) => {
        pub(super) static RULE: crate::declare::Declared = crate::declare::Declared {
            meta: seatrial_trial::Meta {
                $($key: $value,)*
                ..seatrial_trial::Meta::new(
                    $name,
                    seatrial_trial::Group::$group,
                    seatrial_trial::Severity::$severity,
                    concat!($($line, "\n"),+),
                )
            },
            check,
        };
    };
}
