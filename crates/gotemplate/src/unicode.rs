//! The character classes of Go's `unicode` and `strconv` packages.

use std::sync::LazyLock;

/// The sorted, disjoint ranges of a character class.
pub(crate) struct Class(Vec<(char, char)>);

impl Class {
    /// The class of a regular expression such as `[\p{L}]`.
    pub(crate) fn new(pattern: &str) -> Self {
        let ranges = match regex_syntax::parse(pattern).map(regex_syntax::hir::Hir::into_kind) {
            Ok(regex_syntax::hir::HirKind::Class(regex_syntax::hir::Class::Unicode(class))) => {
                class.iter().map(|range| (range.start(), range.end())).collect()
            }
            _ => Vec::new(),
        };
        Self(ranges)
    }

    pub(crate) fn contains(&self, c: char) -> bool {
        let after = self.0.partition_point(|range| range.0 <= c);
        after.checked_sub(1).and_then(|index| self.0.get(index)).is_some_and(|range| c <= range.1)
    }
}

/// Letters, decimal digits and the underscore: what names in templates are made of.
pub(crate) fn is_alphanumeric(c: char) -> bool {
    static CLASS: LazyLock<Class> = LazyLock::new(|| Class::new(r"[\p{L}\p{Nd}]"));
    if c.is_ascii() { c == '_' || c.is_ascii_alphanumeric() } else { CLASS.contains(c) }
}

/// `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
pub fn is_print(c: char) -> bool {
    static CLASS: LazyLock<Class> = LazyLock::new(|| Class::new(r"[\p{L}\p{M}\p{N}\p{P}\p{S}]"));
    if c.is_ascii() { (' '..='~').contains(&c) } else { CLASS.contains(c) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        assert!(is_alphanumeric('é') && is_alphanumeric('٣') && is_alphanumeric('_'));
        assert!(!is_alphanumeric('-') && !is_alphanumeric('\u{301}'));
        assert!(is_print('\u{301}') && is_print('☺') && !is_print('\u{a0}') && !is_print('\u{200b}'));
    }
}
