//! Changes to files, which compose or are refused.

use std::collections::BTreeMap;
use std::fmt;

use crate::{FileId, Span};

/// Replace the text of `span` by `text`; an empty span inserts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Edit {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub text: String,
}

impl Edit {
    /// An edit that replaces `span`.
    pub fn replace(span: Span, text: impl Into<String>) -> Self {
        Self { span, text: text.into() }
    }

    /// An edit that inserts before byte `offset`.
    pub fn insert(file: FileId, offset: usize, text: impl Into<String>) -> Self {
        Self { span: Span::at(file, offset), text: text.into() }
    }

    /// An edit that removes `span`.
    pub fn delete(span: Span) -> Self {
        Self { span, text: String::new() }
    }
}

/// Why edits cannot be put together or applied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EditError {
    /// Two edits touch the same text, or insert different text at the same place.
    Conflict(Box<(Edit, Edit)>),
    /// An edit reaches past the end of the text.
    OutOfBounds(Box<Edit>),
    /// An edit starts or ends inside a character.
    SplitsCharacter(Box<Edit>),
}

impl fmt::Display for EditError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict(pair) => {
                let (a, b) = (pair.0.span, pair.1.span);
                write!(f, "edits of bytes {}..{} and {}..{} conflict", a.start, a.end, b.start, b.end)
            }
            Self::OutOfBounds(edit) => {
                write!(f, "edit of bytes {}..{} reaches past the end", edit.span.start, edit.span.end)
            }
            Self::SplitsCharacter(edit) => {
                write!(f, "edit of bytes {}..{} cuts a character in two", edit.span.start, edit.span.end)
            }
        }
    }
}

impl std::error::Error for EditError {}

/// Edits to any number of files that do not touch each other, sorted by place. All spans mean the text before
/// any of the edits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EditSet {
    by_file: BTreeMap<FileId, Vec<Edit>>,
}

impl EditSet {
    /// No edits.
    pub fn new() -> Self {
        Self::default()
    }

    /// These edits together; refused when two conflict. The same edit twice counts once.
    pub fn from_edits(edits: impl IntoIterator<Item = Edit>) -> Result<Self, EditError> {
        let mut set = Self::new();
        for edit in edits {
            set.add(edit)?;
        }
        Ok(set)
    }

    /// Adds one edit. Conflicts: overlapping ranges, an insertion strictly inside a replaced range, two
    /// different insertions at one place. An insertion may touch a replaced range: it lands before or after it.
    /// On an error the set is as it was.
    pub fn add(&mut self, edit: Edit) -> Result<(), EditError> {
        let edits = self.by_file.entry(edit.span.file).or_default();
        if let Some(at) = room(edits, &edit)? {
            edits.insert(at, edit);
        }
        Ok(())
    }

    /// Adds all of `other`; on a conflict the set is as it was.
    pub fn merge(&mut self, other: &Self) -> Result<(), EditError> {
        // The edits of either set do not touch each other: only those of both can.
        for edit in other.iter() {
            room(self.of(edit.span.file), edit)?;
        }
        for edit in other.iter() {
            self.add(edit.clone())?;
        }
        Ok(())
    }

    /// Whether `other` could be merged.
    pub fn compatible(&self, other: &Self) -> bool {
        other.iter().all(|edit| room(self.of(edit.span.file), edit).is_ok())
    }

    /// All edits, by file, then by place.
    pub fn iter(&self) -> impl Iterator<Item = &Edit> {
        self.by_file.values().flatten()
    }

    /// The files that change.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.by_file.iter().filter(|(_, edits)| !edits.is_empty()).map(|(file, _)| *file)
    }

    /// The edits of one file, sorted.
    pub fn of(&self, file: FileId) -> &[Edit] {
        self.by_file.get(&file).map_or(&[], Vec::as_slice)
    }

    /// Whether nothing changes.
    pub fn is_empty(&self) -> bool {
        self.by_file.values().all(Vec::is_empty)
    }

    /// How many edits there are.
    pub fn len(&self) -> usize {
        self.by_file.values().map(Vec::len).sum()
    }

    /// The text of `file` after its edits.
    pub fn apply(&self, file: FileId, text: &str) -> Result<String, EditError> {
        let edits = self.of(file);
        let grown: usize = edits.iter().map(|edit| edit.text.len()).sum();
        let mut out = String::with_capacity(text.len() + grown);
        let mut done = 0;
        for edit in edits {
            let range = edit.span.range();
            if range.end > text.len() {
                return Err(EditError::OutOfBounds(Box::new(edit.clone())));
            }
            if !text.is_char_boundary(range.start) || !text.is_char_boundary(range.end) {
                return Err(EditError::SplitsCharacter(Box::new(edit.clone())));
            }
            out.push_str(&text[done..range.start]);
            out.push_str(&edit.text);
            done = range.end;
        }
        out.push_str(&text[done..]);
        Ok(out)
    }

    /// Where byte `offset` of the old text is in the new one. A place inside replaced text goes to the start of
    /// what replaced it; a place where text was inserted stays before it.
    pub fn map_offset(&self, file: FileId, offset: u32) -> u32 {
        self.map(file, offset, false)
    }

    /// Where `span` is after the edits: it keeps what it covered, and grows with insertions strictly inside it
    /// and with replacements of its parts, but not with insertions at its edges.
    pub fn map_span(&self, span: Span) -> Span {
        if span.is_empty() {
            let at = self.map(span.file, span.start, false);
            return Span { start: at, end: at, ..span };
        }
        let start = self.map(span.file, span.start, true);
        let end = self.map_end(span.file, span.end);
        Span { start, end: end.max(start), ..span }
    }

    fn map(&self, file: FileId, offset: u32, after_insertion: bool) -> u32 {
        let mut shift = 0i64;
        for edit in self.of(file) {
            let span = edit.span;
            let passed = if span.is_empty() {
                span.start < offset || (after_insertion && span.start == offset)
            } else {
                span.end <= offset
            };
            if passed {
                shift += edit.text.len() as i64 - i64::from(span.end - span.start);
            } else if !span.is_empty() && span.start < offset {
                return shifted(span.start, shift);
            } else if span.start > offset {
                break;
            }
        }
        shifted(offset, shift)
    }

    fn map_end(&self, file: FileId, offset: u32) -> u32 {
        let mut shift = 0i64;
        for edit in self.of(file) {
            let span = edit.span;
            if span.start >= offset {
                break;
            }
            if span.end > offset {
                return shifted(span.start, shift + edit.text.len() as i64);
            }
            shift += edit.text.len() as i64 - i64::from(span.end - span.start);
        }
        shifted(offset, shift)
    }
}

/// Where an edit goes among sorted ones; nothing when it is there already.
fn room(edits: &[Edit], edit: &Edit) -> Result<Option<usize>, EditError> {
    let at = edits.partition_point(|other| order(other) < order(edit));
    // Sorted and disjoint: only the neighbours can touch.
    for other in [at.checked_sub(1), Some(at)].into_iter().flatten().filter_map(|i| edits.get(i)) {
        if other == edit {
            return Ok(None);
        }
        if conflict(other, edit) {
            return Err(EditError::Conflict(Box::new((other.clone(), edit.clone()))));
        }
    }
    Ok(Some(at))
}

fn shifted(offset: u32, shift: i64) -> u32 {
    u32::try_from((i64::from(offset) + shift).max(0)).unwrap_or(u32::MAX)
}

fn order(edit: &Edit) -> (u32, u32) {
    (edit.span.start, edit.span.end)
}

fn conflict(a: &Edit, b: &Edit) -> bool {
    let (a, b) = (a.span, b.span);
    match (a.is_empty(), b.is_empty()) {
        (true, true) => a.start == b.start,
        (true, false) => b.start < a.start && a.start < b.end,
        (false, true) => a.start < b.start && b.start < a.end,
        (false, false) => a.start < b.end && b.start < a.end,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const F: FileId = FileId(0);

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit::replace(Span::new(F, start..end), text)
    }

    #[test]
    fn disjoint_edits_compose_in_any_order() {
        let a = edit(0, 1, "X");
        let b = edit(4, 4, "ins");
        let c = edit(4, 6, "Y");
        let text = "abcdefgh";
        let one = EditSet::from_edits([a.clone(), b.clone(), c.clone()]).unwrap();
        let two = EditSet::from_edits([c, b, a]).unwrap();
        assert_eq!(one, two);
        assert_eq!(one.apply(F, text).unwrap(), "XbcdinsYgh");
    }

    #[test]
    fn conflicts_are_refused_and_leave_the_set_alone() {
        let mut set = EditSet::from_edits([edit(2, 5, "X"), edit(7, 7, "i")]).unwrap();
        let before = set.clone();
        for bad in [edit(4, 6, ""), edit(3, 3, "q"), edit(7, 7, "other"), edit(0, 9, ""), edit(2, 5, "Z")] {
            assert!(matches!(set.add(bad), Err(EditError::Conflict(_))));
        }
        set.add(edit(2, 5, "X")).unwrap();
        assert_eq!(set, before);
        assert!(set.merge(&EditSet::from_edits([edit(0, 1, "k"), edit(4, 8, "k")]).unwrap()).is_err());
        assert_eq!(set, before);
    }

    #[test]
    fn bad_places_are_named() {
        let set = EditSet::from_edits([edit(2, 9, "")]).unwrap();
        assert!(matches!(set.apply(F, "abc"), Err(EditError::OutOfBounds(_))));
        let set = EditSet::from_edits([edit(1, 1, "x")]).unwrap();
        assert!(matches!(set.apply(F, "é"), Err(EditError::SplitsCharacter(_))));
    }

    #[test]
    fn places_move_with_the_text() {
        let set = EditSet::from_edits([edit(0, 0, "##"), edit(3, 5, "xyz"), edit(8, 9, "")]).unwrap();
        // abcdefghij -> ##abcxyzfghj
        assert_eq!(set.map_offset(F, 0), 0);
        assert_eq!(set.map_offset(F, 2), 4);
        assert_eq!(set.map_offset(F, 4), 5);
        assert_eq!(set.map_offset(F, 6), 9);
        assert_eq!(set.map_span(Span::new(F, 0..3)), Span::new(F, 2..5));
        assert_eq!(set.map_span(Span::new(F, 2..6)), Span::new(F, 4..9));
        assert_eq!(set.map_span(Span::new(F, 3..5)), Span::new(F, 5..8));
        assert_eq!(set.map_span(Span::new(F, 8..9)), Span::new(F, 11..11));
    }

    /// Edits cut from an ascending list of places, so that they never conflict.
    fn disjoint() -> impl Strategy<Value = (String, Vec<Edit>)> {
        ("[a-z]{0,40}", proptest::collection::vec((any::<u16>(), 0usize..4, "[A-Z]{0,3}"), 0..6)).prop_map(
            |(text, cuts)| {
                let mut edits = Vec::new();
                let mut free = 0;
                for (skip, len, with) in cuts {
                    let start = free + usize::from(skip) % 7;
                    let end = start + len;
                    if end > text.len() {
                        break;
                    }
                    edits.push(edit(start, end, &with));
                    free = end + 1;
                }
                (text, edits)
            },
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]
        #[test]
        fn all_at_once_is_one_after_the_other_from_the_end((text, edits) in disjoint()) {
            let set = EditSet::from_edits(edits.iter().rev().cloned()).unwrap();
            let mut expected = text.clone();
            for edit in edits.iter().rev() {
                expected.replace_range(edit.span.range(), &edit.text);
            }
            prop_assert_eq!(set.apply(F, &text).unwrap(), expected);
        }

        #[test]
        fn untouched_text_is_found_where_it_went((text, edits) in disjoint()) {
            let set = EditSet::from_edits(edits.iter().cloned()).unwrap();
            let after = set.apply(F, &text).unwrap();
            for (at, c) in text.char_indices() {
                if edits.iter().any(|e| e.span.range().contains(&at)) {
                    continue;
                }
                let span = set.map_span(Span::new(F, at..at + 1));
                let (found, expected) = (after.get(span.range()), c.to_string());
                prop_assert_eq!(found, Some(expected.as_str()));
            }
        }

        #[test]
        fn any_edits_never_panic(text in "[aé😀]{0,9}", places in proptest::collection::vec((0usize..20, 0usize..20), 0..6)) {
            let mut set = EditSet::new();
            for (start, end) in places {
                let _ = set.add(edit(start, end, "k"));
            }
            let _ = set.apply(F, &text);
            for at in 0..20 {
                set.map_span(Span::new(F, at..at + 2));
                set.map_offset(F, at as u32);
            }
        }
    }
}
