//! Places in a text that was edited in memory, told in the text as its author wrote it.

use std::collections::HashMap;
use std::ops::Range;

use seatrial_source::{Edit, FileId, Span};

/// The way back through successive edits of one file.
///
/// Rules look at a file whose blocking faults are already mended in memory; what they find has to be shown
/// where the author will look for it.
#[derive(Debug, Clone, Default)]
pub struct Remap {
    /// Oldest first.
    steps: Vec<Step>,
}

/// The edits of one text.
#[derive(Debug, Clone)]
struct Step {
    /// Sorted by place, in the text the step before it left.
    replacements: Vec<Replacement>,
    /// Lines of the new text that stood elsewhere in the old one, sorted: where they are, and where they were.
    moved: Vec<(Range<usize>, Range<usize>)>,
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

    /// How often the text was edited.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Records a step: non-overlapping edits of the current text (`before`), sorted by place.
    pub fn push(&mut self, edits: &[Edit], before: &str) {
        let mut shift = 0isize;
        let mut replacements = Vec::with_capacity(edits.len());
        for edit in edits {
            let old = edit.span.range();
            let start = old.start.saturating_add_signed(shift);
            let new = start..start + edit.text.len();
            shift += edit.text.len() as isize - old.len() as isize;
            replacements.push(Replacement { old, new });
        }
        // A line that one edit takes out and another puts in was moved: it is told where it stood.
        let mut removed: HashMap<&str, Range<usize>> = HashMap::new();
        for line in edits.iter().flat_map(|edit| lines(before, edit.span.range())) {
            let text = &before[line.clone()];
            if telling(text) {
                removed.entry(text.trim()).or_insert(line);
            }
        }
        let mut moved = Vec::new();
        for (replacement, edit) in replacements.iter().zip(edits) {
            let start = replacement.new.start;
            for line in lines(&edit.text, 0..edit.text.len()) {
                if let Some(old) = removed.get(edit.text[line.clone()].trim()) {
                    moved.push((start + line.start..start + line.end, old.clone()));
                }
            }
        }
        self.steps.push(Step { replacements, moved });
    }

    /// Where the bytes of `range` stood in the first text: text that an edit put in is told as the text that it
    /// replaced.
    pub fn back(&self, range: Range<usize>) -> Range<usize> {
        self.steps.iter().rev().fold(range, |range, step| {
            let next = step.moved.partition_point(|(new, _)| new.start <= range.start);
            let moved = next.checked_sub(1).and_then(|i| step.moved.get(i));
            if let Some((new, old)) = moved.filter(|(new, _)| range.end <= new.end) {
                return range.start - new.start + old.start..range.end - new.start + old.start;
            }
            let start = back(&step.replacements, range.start, Side::Start);
            let end = if range.is_empty() { start } else { back(&step.replacements, range.end, Side::End) };
            start..end.max(start)
        })
    }

    /// Like [`Remap::back`], but only for text that no edit touched.
    pub fn back_exact(&self, range: Range<usize>) -> Option<Range<usize>> {
        self.steps.iter().rev().try_fold(range, |range, step| {
            let next = step.replacements.partition_point(|r| r.new.end <= range.start);
            if step.replacements.get(next).is_some_and(|r| r.new.start < range.end) {
                return None;
            }
            let start = back(&step.replacements, range.start, Side::End);
            Some(start..start + range.len())
        })
    }

    /// [`Remap::back`] for a span; spans of other files stay as they are.
    pub fn span(&self, file: FileId, span: Span) -> Span {
        if span.file == file && !self.is_empty() { Span::new(file, self.back(span.range())) } else { span }
    }
}

/// The lines of a range of text, each without the blanks around it.
fn lines(text: &str, range: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = range.start;
    text.get(range).unwrap_or_default().split_inclusive('\n').map(move |line| {
        let start = at + (line.len() - line.trim_start().len());
        at += line.len();
        start..start + line.trim().len()
    })
}

/// Whether a line says enough to be recognised elsewhere.
fn telling(line: &str) -> bool {
    line.contains(':') && !line.ends_with(':') && !line.starts_with('#')
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
        map.push(&[edit(3..8, "'{{x}}'")], "a: {{x}}\nb: 1\n");
        assert_eq!(map.back(11..15), 9..13);
        assert_eq!(map.back_exact(11..15), Some(9..13));
        assert_eq!(map.back(3..10), 3..8);
        assert_eq!(map.back_exact(3..10), None);
    }

    #[test]
    fn text_put_in_is_told_as_the_place_it_was_put() {
        let mut map = Remap::default();
        map.push(&[edit(4..4, "namespace: argocd\n")], "a:\n  b: 1\n");
        assert_eq!(map.back(4..21).start, 4);
        assert_eq!(map.back(4..21).end, 4);
        assert_eq!(map.back_exact(22..25), Some(4..7));
    }

    #[test]
    fn steps_compose() {
        let mut map = Remap::default();
        map.push(&[edit(0..2, "")], "abcdef");
        map.push(&[edit(0..0, "xyz")], "cdef");
        assert_eq!(map.back_exact(3..5), Some(2..4));
    }

    #[test]
    fn a_line_that_moved_is_told_where_it_stood() {
        // "sync:\n  prune: true\nname: x\n": the block goes, and comes back below.
        let before = "sync:\n  prune: true\nname: x\n";
        let mut map = Remap::default();
        map.push(&[edit(0..20, ""), edit(28..28, "patch: |\n    prune: true\n")], before);
        let after = "name: x\npatch: |\n    prune: true\n";
        let at = after.find("prune: true").unwrap();
        assert_eq!(map.back(at..at + 11), 8..19);
        assert_eq!(map.back(at + 7..at + 11), 15..19);
    }
}
