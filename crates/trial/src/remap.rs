//! Places in a text that was edited in memory, told in the text as its author wrote it.

use std::ops::Range;

use seatrial_source::{Edit, FileId, Span};

/// The way back through successive edits of one file.
///
/// Rules look at a file whose blocking faults are already mended in memory; what they find has to be shown
/// where the author will look for it.
#[derive(Debug, Clone, Default)]
pub struct Remap {
    /// Oldest first; each sorted by place, in the text the step before it left.
    steps: Vec<Vec<Replacement>>,
}

#[derive(Debug, Clone)]
struct Replacement {
    old: Range<usize>,
    new: Range<usize>,
}

impl Remap {
    /// Whether nothing was edited.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// Records a step: non-overlapping edits of the current text, sorted by place.
    pub fn push(&mut self, edits: &[Edit]) {
        let mut shift = 0isize;
        let mut step = Vec::with_capacity(edits.len());
        for edit in edits {
            let old = edit.span.range();
            let start = old.start.saturating_add_signed(shift);
            let new = start..start + edit.text.len();
            shift += edit.text.len() as isize - old.len() as isize;
            step.push(Replacement { old, new });
        }
        self.steps.push(step);
    }

    /// Where the bytes of `range` stood in the first text: text that an edit put in is told as the text that it
    /// replaced.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        self.steps.iter().rev().fold(range, |range, step| {
            let start = back(step, range.start, Side::Start);
            let end = if range.is_empty() { start } else { back(step, range.end, Side::End) };
            start..end.max(start)
        })
    }

    /// Like [`Remap::back`], but only for text that no edit touched.
    pub fn back_exact(&self, range: Range<usize>) -> Option<Range<usize>> {
        self.steps.iter().rev().try_fold(range, |range, step| {
            let touched = step.iter().any(|r| r.new.start < range.end && range.start < r.new.end);
            let inside = step.iter().any(|r| {
                range.is_empty() && r.new.start < range.start && range.start < r.new.end
                    || range.start < r.new.start && r.new.end < range.end
            });
            if touched || inside {
                return None;
            }
            let start = back(step, range.start, Side::End);
            Some(start..start + range.len())
        })
    }

    /// [`Remap::back`] for a span; spans of other files stay as they are.
    pub fn span(&self, file: FileId, span: Span) -> Span {
        if span.file == file && !self.is_empty() { Span::new(file, self.back(span.range())) } else { span }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Start,
    End,
}

fn back(step: &[Replacement], offset: usize, side: Side) -> usize {
    // The last replacement that begins at or before the offset decides.
    let at = step.partition_point(|r| r.new.start <= offset);
    let Some(last) = at.checked_sub(1).and_then(|i| step.get(i)) else { return offset };
    if offset < last.new.end {
        match side {
            // Text kept at the beginning of a replacement (a quote put before a value) keeps its place.
            Side::Start => (last.old.start + (offset - last.new.start)).min(last.old.end),
            Side::End => last.old.end,
        }
    } else {
        last.old.end + (offset - last.new.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(range: Range<usize>, text: &str) -> Edit {
        Edit { span: Span::new(FileId(0), range), text: text.into() }
    }

    #[test]
    fn untouched_text_moves_back_by_what_was_put_before_it() {
        // "a: {{x}}\nb: 1\n" -> "a: '{{x}}'\nb: 1\n"
        let mut map = Remap::default();
        map.push(&[edit(3..8, "'{{x}}'")]);
        assert_eq!(map.back(11..15), 9..13);
        assert_eq!(map.back_exact(11..15), Some(9..13));
        assert_eq!(map.back(3..10), 3..8);
        assert_eq!(map.back_exact(3..10), None);
    }

    #[test]
    fn text_put_in_is_told_as_the_place_it_was_put() {
        let mut map = Remap::default();
        map.push(&[edit(4..4, "namespace: argocd\n")]);
        assert_eq!(map.back(4..21).start, 4);
        assert_eq!(map.back(4..21).end, 4);
        assert_eq!(map.back_exact(22..25), Some(4..7));
    }

    #[test]
    fn steps_compose() {
        let mut map = Remap::default();
        map.push(&[edit(0..2, "")]);
        map.push(&[edit(0..0, "xyz")]);
        assert_eq!(map.back_exact(3..5), Some(2..4));
    }
}
