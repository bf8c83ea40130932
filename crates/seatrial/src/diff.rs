//! Edits and rewritten files as diffs.

use seatrial_source::{Edit, EditSet, FileId, SourceFile, Span};
use seatrial_trial::report::Report;
use similar::{ChangeTag, TextDiff};

use crate::look::{ADDED, BOLD, CYAN, Look, REMOVED};
use crate::text::printable;

/// A line of a small diff.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// `-`, `+` or a space.
    pub sign: char,
    /// Number in the old file; for added lines, the number they get if nothing before them changes.
    pub number: usize,
    /// The text, without its line break.
    pub text: String,
}

/// What `edits` change in one file: the changed lines, with nothing around them.
pub(crate) struct FileDiff {
    /// The file's path.
    pub path: String,
    /// Changed lines, in order.
    pub lines: Vec<Line>,
}

/// The diff that a fix makes, per file. Files that the report does not know, and edits that cannot be put
/// together, are left out: a report never shows a diff that cannot be applied.
pub(crate) fn of_edits(report: &Report, edits: &[Edit]) -> Vec<FileDiff> {
    let Ok(set) = EditSet::from_edits(edits.iter().cloned()) else { return Vec::new() };
    set.files()
        .filter_map(|id| {
            let file = report.file(id)?;
            Some(FileDiff { path: file.path.to_string(), lines: changed_lines(file, id, set.of(id))? })
        })
        .collect()
}

/// Only the lines around each edit are compared, so that a small fix in a large file costs little.
fn changed_lines(file: &SourceFile, id: FileId, edits: &[Edit]) -> Option<Vec<Line>> {
    let mut lines = Vec::new();
    let mut rest = edits;
    while let Some(first) = rest.first() {
        let start_line = file.line_col(first.span.start as usize).line;
        let mut end_line = file.line_col(first.span.end as usize).line;
        let mut taken = 1;
        while let Some(next) = rest.get(taken) {
            if file.line_col(next.span.start as usize).line > end_line {
                break;
            }
            end_line = end_line.max(file.line_col(next.span.end as usize).line);
            taken += 1;
        }
        let window = file.line_range(start_line)?.start..file.line_range(end_line)?.end;
        let old = file.text.get(window.clone())?;
        let moved = rest[..taken].iter().map(|edit| {
            let range = edit.span.range();
            Edit::replace(
                Span::new(id, range.start - window.start..range.end.saturating_sub(window.start)),
                edit.text.clone(),
            )
        });
        let new = EditSet::from_edits(moved).ok()?.apply(id, old).ok()?;
        compare(old, &new, start_line as usize, &mut lines);
        rest = &rest[taken..];
    }
    Some(lines)
}

fn compare(old: &str, new: &str, first_line: usize, out: &mut Vec<Line>) {
    // A window ends without a line break; a diff of lines needs one on both sides.
    let (old, new) = (format!("{old}\n"), format!("{new}\n"));
    let (mut number, mut new_number) = (first_line, first_line);
    for change in TextDiff::from_lines(old.as_str(), new.as_str()).iter_all_changes() {
        let text = change.value().trim_end_matches(['\n', '\r']).to_owned();
        match change.tag() {
            ChangeTag::Equal => {
                number += 1;
                new_number += 1;
            }
            ChangeTag::Delete => {
                out.push(Line { sign: '-', number, text });
                number += 1;
            }
            ChangeTag::Insert => {
                // A removed last line leaves its empty place behind.
                if !(text.is_empty() && out.last().is_some_and(|line| line.sign == '-')) {
                    out.push(Line { sign: '+', number: new_number, text });
                }
                new_number += 1;
            }
        }
    }
}

/// A unified diff of a whole file, as `diff -u` and `git diff` write it.
pub(crate) fn unified(path: &str, old: &str, new: &str, look: Look) -> String {
    if old == new {
        return String::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let text =
        diff.unified_diff().context_radius(3).header(&format!("a/{path}"), &format!("b/{path}")).to_string();
    if !look.colour {
        return text;
    }
    let mut out = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let (body, end) = line.strip_suffix('\n').map_or((line, ""), |body| (body, "\n"));
        let body = printable(body);
        let style = match body.as_bytes() {
            [b'-', b'-', b'-', ..] | [b'+', b'+', b'+', ..] => BOLD,
            [b'@', ..] => CYAN,
            [b'-', ..] => REMOVED,
            [b'+', ..] => ADDED,
            _ => {
                out.push_str(&body);
                out.push_str(end);
                continue;
            }
        };
        out.push_str(&look.paint(style, &body));
        out.push_str(end);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str, edits: &[(usize, usize, &str)]) -> Vec<(char, usize, String)> {
        let id = FileId(0);
        let file = SourceFile::new(id, "f.yaml", text);
        let edits: Vec<Edit> = edits
            .iter()
            .map(|(start, end, with)| Edit::replace(Span::new(id, *start..*end), *with))
            .collect();
        changed_lines(&file, id, &edits)
            .unwrap()
            .into_iter()
            .map(|line| (line.sign, line.number, line.text))
            .collect()
    }

    #[test]
    fn only_changed_lines_are_shown() {
        assert_eq!(
            lines("a: 1\nb: {{x}}\nc: 3\n", &[(8, 8, "\""), (13, 13, "\"")]),
            [('-', 2, "b: {{x}}".into()), ('+', 2, "b: \"{{x}}\"".into())]
        );
    }

    #[test]
    fn lines_can_be_added_and_removed() {
        assert_eq!(lines("a: 1\nb: 2\n", &[(5, 5, "x: 0\n")]), [('+', 2, "x: 0".into())]);
        assert_eq!(lines("a: 1\nb: 2\n", &[(0, 5, "")]), [('-', 1, "a: 1".into())]);
        assert_eq!(lines("a: 1\nb: 2", &[(9, 9, "\nc: 3")]), [('+', 3, "c: 3".into())]);
    }

    #[test]
    fn distant_edits_are_two_windows() {
        assert_eq!(
            lines("a\nb\nc\nd\n", &[(0, 1, "A"), (6, 7, "D")]),
            [('-', 1, "a".into()), ('+', 1, "A".into()), ('-', 4, "d".into()), ('+', 4, "D".into())]
        );
    }

    #[test]
    fn a_unified_diff_names_both_sides() {
        assert_eq!(
            unified("x.yaml", "a\nb\n", "a\nc\n", Look::PLAIN),
            "--- a/x.yaml\n+++ b/x.yaml\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n"
        );
    }
}
