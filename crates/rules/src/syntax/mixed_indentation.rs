use std::ops::Range;

use seatrial_trial::{Document, Fix, Manifest, Model, Sink};

use super::{documents, is_tabbed, structure_lines};
use crate::rewrite::base;

declare_rule! {
    /// Finds lines that are indented unlike their neighbours.
    ///
    /// ## What it does
    /// In a document that cannot be read, finds the first key or list item that stands neither in the column of its
    /// neighbours nor of any level above, or deeper than its neighbours without a reason.
    ///
    /// ## Why it is bad
    /// Indentation is what says what belongs to what. go-yaml stops at such a line with `did not find expected key` or
    /// `mapping values are not allowed in this context`.
    ///
    /// ## Example
    /// ```yaml
    /// destination:
    ///   server: https://kubernetes.default.svc
    ///    namespace: agents
    /// ```
    ///
    /// ## How to fix
    /// Put the line into the column of its neighbours.
    ///
    /// ## When to ignore
    /// Never.
    "mixed-indentation", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        let Some(odd) = found(manifest, document) else { continue };
        let text = &manifest.file.text;
        let line = text.get(odd.line.clone()).unwrap_or_default().trim();
        let edits = odd
            .lines
            .iter()
            .map(|(at, width)| {
                let wanted = (*width as isize + odd.shift).max(0) as usize;
                base::replace(manifest, *at..at + width, " ".repeat(wanted))
            })
            .collect();
        let start = odd.line.start + odd.column;
        let finding = out
            .finding(
                manifest.file.span_of(start..odd.line.end),
                format!(
                    "`{line}` is indented by {} blanks; its neighbours are by {}",
                    odd.column,
                    odd.wanted()
                ),
            )
            .help(format!("indent it by {} blanks", odd.wanted()))
            .key(line)
            .fix(Fix::safe("indent it like its neighbours", edits));
        out.push(finding);
    }
}

/// A line out of line.
pub(super) struct Odd {
    line: Range<usize>,
    column: usize,
    shift: isize,
    /// The lines that move: the line itself and what belongs to it, with the width of their indentation.
    lines: Vec<(usize, usize)>,
}

impl Odd {
    fn wanted(&self) -> usize {
        (self.column as isize + self.shift).max(0) as usize
    }
}

/// The first line out of line, in a document that cannot be read.
pub(super) fn found(manifest: &Manifest, document: &Document) -> Option<Odd> {
    if document.json.is_ok() || is_tabbed(manifest, document) {
        return None;
    }
    let all = structure_lines(manifest, document);
    let lines: Vec<(usize, &str, usize)> = all
        .iter()
        .filter(|(_, line)| {
            let text = line.trim_start();
            !text.is_empty() && !text.starts_with(['#', '{', '}', ']']) && !line.starts_with("---")
        })
        .map(|(at, line)| (*at, *line, line.len() - line.trim_start_matches(' ').len()))
        .collect();
    // Columns of the open levels; whether the line before may hold something deeper.
    let mut levels: Vec<usize> = Vec::new();
    let mut opens = true;
    for (i, (at, line, width)) in lines.iter().enumerate() {
        let text = line.get(*width..)?;
        let entry = is_key(text) || text.starts_with("- ") || text == "-";
        if !entry {
            // The rest of a plain text of several lines, or something no column explains.
            continue;
        }
        let deeper = levels.last().is_none_or(|top| width > top);
        if deeper && !opens {
            let wanted = *levels.last()?;
            return Some(odd(&lines, i, *at, line, *width, wanted));
        }
        if !deeper {
            while levels.last().is_some_and(|top| top > width) {
                levels.pop();
            }
            if levels.last() != Some(width) {
                let above = levels.last().copied();
                let before = lines.get(i.checked_sub(1)?)?.2;
                let wanted = match above {
                    Some(above)
                        if width - above <= before.abs_diff(*width) && before.abs_diff(*width) != 1 =>
                    {
                        above
                    }
                    _ => nearest(&lines, i, *width),
                };
                return Some(odd(&lines, i, *at, line, *width, wanted));
            }
        }
        if deeper {
            levels.push(*width);
        }
        // `- key: value` opens the item's own level too.
        let mut column = *width;
        let mut rest = text;
        while let Some(inner) = rest.strip_prefix("- ") {
            let blanks = inner.len() - inner.trim_start().len();
            column += 2 + blanks;
            rest = inner.trim_start();
            if is_key(rest) || rest.starts_with("- ") {
                levels.push(column);
            }
        }
        opens = rest.trim_end().ends_with(':')
            || rest == "-"
            || rest.split(" #").next().is_some_and(|r| r.trim_end().ends_with(':'));
        opens |= !is_key(rest);
    }
    None
}

/// The column of the lines before that is nearest.
fn nearest(lines: &[(usize, &str, usize)], at: usize, width: usize) -> usize {
    let near = lines.get(at.saturating_sub(6)..at).unwrap_or_default().iter().rev().map(|l| l.2);
    near.min_by_key(|w| w.abs_diff(width)).unwrap_or(width)
}

fn odd(lines: &[(usize, &str, usize)], i: usize, at: usize, line: &str, width: usize, wanted: usize) -> Odd {
    let own = lines.iter().skip(i + 1).take_while(|(_, _, w)| *w > width);
    // Neighbours that are out of line in the same way move along.
    let alike = lines.iter().skip(i + 1).take_while(|(_, _, w)| *w >= width).map(|(at, _, w)| (*at, *w));
    let moved: Vec<(usize, usize)> =
        if wanted < width { alike.collect() } else { own.map(|(at, _, w)| (*at, *w)).collect() };
    let mut all = vec![(at, width)];
    all.extend(moved);
    Odd { line: at..at + line.len(), column: width, shift: wanted as isize - width as isize, lines: all }
}

fn is_key(text: &str) -> bool {
    let Some((key, rest)) = text.split_once(':') else { return false };
    let word = key.trim_matches(['"', '\'']);
    let plain = |c: char| c.is_ascii_alphanumeric() || "._/-$".contains(c);
    !word.is_empty() && word.chars().all(plain) && (rest.is_empty() || rest.starts_with([' ', '\r']))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn lines_are_put_in_line() {
        Tester::new(&RULE)
            .pass(&["kind: Application\nspec:\n  a:\n  - b\n  c: d\n", "kind: Application\nspec: [\n"])
            .finds(
                "kind: Application\nspec:\n  destination:\n    server: a\n     namespace: b\n",
                &["5:6 indented by 5 blanks; its neighbours are by 4"],
            )
            .fixes_safely(&[
                (
                    "kind: Application\nspec:\n  destination:\n    server: a\n     namespace: b\n",
                    "kind: Application\nspec:\n  destination:\n    server: a\n    namespace: b\n",
                ),
                (
                    "kind: Application\nspec:\n  destination:\n    server: a\n   namespace: b\n",
                    "kind: Application\nspec:\n  destination:\n    server: a\n    namespace: b\n",
                ),
            ]);
    }
}
