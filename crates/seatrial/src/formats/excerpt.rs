//! The lines of a file around a span, cut so that neither a long line nor a long span fills the screen.

use seatrial_source::{SourceFile, Span};

/// Lines of context before the span.
const BEFORE: u32 = 1;
/// A span over more lines than this is marked on its first line only.
const MOST_LINES: u32 = 4;
/// Lines longer than this are cut around the span.
const LONG: usize = 240;

/// Lines to show, and where in them the span is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// The lines, joined by line breaks.
    pub text: String,
    /// The number of the first of them.
    pub first_line: usize,
    /// The span, in bytes of `text`.
    pub start: usize,
    /// Its end.
    pub end: usize,
    /// Whether the beginning of a line is left out.
    pub cut: bool,
}

pub(super) fn excerpt(file: &SourceFile, span: Span) -> Excerpt {
    let length = file.text.len();
    let start = (span.start as usize).min(length);
    let mut end = (span.end as usize).clamp(start, length);
    let start_line = file.line_col(start).line;
    let mut end_line = file.line_col(end).line;
    if end_line - start_line >= MOST_LINES {
        end_line = start_line;
    }
    if let Some(last) = file.line_range(end_line) {
        end = end.min(last.end).max(start);
    }
    let first_line = start_line.saturating_sub(BEFORE).max(1);
    let mut out =
        Excerpt { text: String::new(), first_line: first_line as usize, start: 0, end: 0, cut: false };
    for number in first_line..=end_line {
        let Some(range) = file.line_range(number) else { break };
        if number > first_line {
            out.text.push('\n');
        }
        let base = out.text.len();
        let line = &file.text[range.clone()];
        let focus = if number == start_line { start.saturating_sub(range.start) } else { 0 };
        let (cut, skipped, shift) = crop(line, focus);
        out.text.push_str(&cut);
        out.cut |= skipped > 0;
        let map = |offset: usize| {
            let within = offset.saturating_sub(range.start).saturating_sub(skipped) + shift;
            base + floor(&cut, within)
        };
        if number == start_line {
            out.start = map(start);
        }
        if number == end_line {
            out.end = map(end);
        }
    }
    out.end = out.end.max(out.start);
    out
}

/// The part of a line around byte `focus`: the text, how many bytes were left out before it, and how many the
/// sign for that takes.
fn crop(line: &str, focus: usize) -> (String, usize, usize) {
    if line.len() <= LONG {
        return (line.to_owned(), 0, 0);
    }
    let from = if focus > LONG / 2 { floor(line, focus - LONG / 4) } else { 0 };
    let to = floor(line, (from + LONG).min(line.len()));
    let sign = if from > 0 { "..." } else { "" };
    let tail = if to < line.len() { "..." } else { "" };
    (format!("{sign}{}{tail}", &line[from..to]), from, sign.len())
}

fn floor(text: &str, mut at: usize) -> usize {
    at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use seatrial_source::FileId;

    use super::*;

    fn cut(text: &str, range: std::ops::Range<usize>) -> (String, usize, String) {
        let file = SourceFile::new(FileId(0), "f", text);
        let e = excerpt(&file, Span::new(FileId(0), range));
        let marked = e.text[e.start..e.end].to_owned();
        (e.text, e.first_line, marked)
    }

    #[test]
    fn one_line_of_context_stands_before() {
        assert_eq!(cut("a: 1\nb: 2\nc: 3\n", 8..9), ("a: 1\nb: 2".into(), 1, "2".into()));
        assert_eq!(cut("a: 1\n", 3..4), ("a: 1".into(), 1, "1".into()));
    }

    #[test]
    fn long_spans_are_marked_on_their_first_line() {
        let (text, _, marked) = cut("a:\n  b\n  c\n  d\n  e\n  f\n", 0..20);
        assert_eq!((text.as_str(), marked.as_str()), ("a:", "a:"));
    }

    #[test]
    fn long_lines_are_cut_around_the_span() {
        let line = format!("{}WORD{}", "x".repeat(5000), "y".repeat(5000));
        let (text, _, marked) = cut(&line, 5000..5004);
        assert_eq!(marked, "WORD");
        assert!(text.len() < 300 && text.starts_with("...x") && text.ends_with("y..."));
    }

    #[test]
    fn the_end_of_a_file_and_beyond_are_places() {
        assert_eq!(cut("a\n", 2..2), ("a\n".into(), 1, String::new()));
        assert_eq!(cut("é", 0..900).2, "é");
        assert_eq!(cut("", 0..0), (String::new(), 1, String::new()));
    }
}
