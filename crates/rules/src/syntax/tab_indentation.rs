use seatrial_trial::{Document, Fix, Manifest, Model, Sink};

use super::{documents, structure_lines};
use crate::rewrite::base;

declare_rule! {
    /// Finds lines that are indented with tabs.
    ///
    /// ## What it does
    /// Finds tabs among the white space that a line begins with, outside of block scalars and quotes.
    ///
    /// ## Why it is bad
    /// YAML does not count a tab as indentation: go-yaml stops with `found character that cannot start any token`.
    ///
    /// ## Example
    /// A tab before `name`:
    /// ```yaml
    /// metadata:
    /// 	name: agent
    /// ```
    ///
    /// ## How to fix
    /// Indent with blanks. The fix puts the lines where the lines around them say.
    ///
    /// ## When to ignore
    /// Never.
    "tab-indentation", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        let lines: Vec<(usize, usize)> = lines(manifest, document).collect();
        let Some((first, width)) = lines.first().copied() else { continue };
        let columns = columns(manifest, document, &lines);
        let edits = lines.iter().zip(columns).map(|((start, width), columns)| {
            base::replace(manifest, *start..start + width, " ".repeat(columns))
        });
        let edits = edits.collect();
        let more = if lines.len() > 1 { format!(", as {} more are", lines.len() - 1) } else { String::new() };
        let finding = out
            .finding(
                manifest.file.span_of(first..first + width),
                format!("this line is indented with a tab{more}, which YAML does not allow"),
            )
            .help("indent with blanks")
            .key(format!("tab{}", document.index))
            .fix(Fix::safe("indent with blanks", edits));
        out.push(finding);
    }
}

/// Lines with a tab in their indentation: where they begin, and how wide the indentation is.
pub(super) fn lines<'m>(
    manifest: &'m Manifest,
    document: &Document,
) -> impl Iterator<Item = (usize, usize)> + use<'m> {
    let text = manifest.file.text.get(document.range.clone()).unwrap_or_default();
    let broken = document.json.is_err();
    let lines = if broken && text.contains('\t') { structure_lines(manifest, document) } else { Vec::new() };
    lines.into_iter().filter_map(move |(at, line)| {
        let rest = line.trim_start_matches([' ', '\t']);
        let width = line.len() - rest.len();
        (!rest.trim().is_empty() && !rest.starts_with('#') && line.get(..width)?.contains('\t'))
            .then_some((at, width))
    })
}

/// The columns that lines with tabs belong into: as deep as their tabs are among each other, and in line with what stands around
/// them.
fn columns(manifest: &Manifest, document: &Document, tabbed: &[(usize, usize)]) -> Vec<usize> {
    let unit = unit(manifest, document);
    let all = structure_lines(manifest, document);
    let told: Vec<&(usize, &str)> = all
        .iter()
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    let is_tabbed = |at: usize| tabbed.binary_search_by_key(&at, |(start, _)| *start).is_ok();
    let mut out = Vec::new();
    let mut next = 0;
    while let Some((line, _)) = told.get(next) {
        if !is_tabbed(*line) {
            next += 1;
            continue;
        }
        // A run of such lines moves as a whole.
        let run: Vec<&str> =
            told.iter().skip(next).take_while(|(at, _)| is_tabbed(*at)).map(|(_, line)| *line).collect();
        let stops: Vec<usize> = run.iter().map(|line| width(line, unit)).collect();
        let before = next.checked_sub(1).and_then(|i| told.get(i)).map(|(_, line)| *line);
        let after = told.get(next + run.len()).map(|(_, line)| *line);
        let wanted = first_column(before, after, unit, stops.first().copied().unwrap_or_default());
        let first = stops.first().copied().unwrap_or_default();
        out.extend(stops.iter().map(|stop| (stop + wanted).saturating_sub(first)));
        next += run.len();
    }
    out
}

/// The column of the first of such lines, between the line before and the line after them.
fn first_column(before: Option<&str>, after: Option<&str>, unit: usize, by_tabs: usize) -> usize {
    let blanks = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let Some(before) = before else { return 0 };
    let own = blanks(before);
    let opens = before.trim_end().ends_with(':');
    match after.map(blanks) {
        // What the line before opens has its column.
        Some(after) if opens && after > own => after,
        _ if opens && by_tabs <= own => own + unit,
        // Nothing is opened there: it is beside the line before, or further out.
        _ if !opens && by_tabs > own => own,
        Some(after) if !opens && by_tabs < after => after.min(own),
        _ => by_tabs,
    }
}

/// How wide the white space of a line is, a tab reaching to the next level.
fn width(line: &str, unit: usize) -> usize {
    let white = line.chars().take_while(|c| matches!(c, ' ' | '\t'));
    white.fold(0, |at, c| if c == '\t' { (at / unit + 1) * unit } else { at + 1 })
}

/// How many blanks a level has elsewhere in the document.
fn unit(manifest: &Manifest, document: &Document) -> usize {
    let lines = structure_lines(manifest, document);
    let widths = lines.iter().map(|(_, line)| line.len() - line.trim_start_matches(' ').len());
    widths.filter(|w| *w > 0).min().unwrap_or(2).clamp(2, 8)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn tabs_become_blanks() {
        Tester::new(&RULE)
            .pass(&["kind: Application\nspec:\n  a: |\n    \tb\n"])
            .finds("kind: Application\nmetadata:\n\tname: a\n\tlabels:\n\t\tb: c\n", &["3:1 as 2 more are"])
            .fixes_safely(&[(
                "kind: Application\nmetadata:\n\tname: a\n\tlabels:\n\t\tb: c\n",
                "kind: Application\nmetadata:\n  name: a\n  labels:\n    b: c\n",
            )]);
    }

    #[test]
    fn one_tab_among_blanks() {
        let text = |line: &str| {
            format!(
                "kind: Application\nspec:\n  a:\n    b: c\n    destination:\n{line}\n      namespace: x\n    d:\n      e: f\n"
            )
        };
        Tester::new(&RULE).fixes_safely(&[
            (&text("\tserver: y"), &text("      server: y")),
            (&text("\t\t\tserver: y"), &text("      server: y")),
        ]);
        let beside =
            |line: &str| format!("kind: Application\nspec:\n  a:\n    b: c\n{line}\n    d: e\n  f: g\n");
        Tester::new(&RULE).fixes_safely(&[(&beside("\tx: y"), &beside("    x: y"))]);
        let last = "kind: Application\nspec:\n  a:\n    b:\n\tc: d\n";
        Tester::new(&RULE).fixes_safely(&[(last, "kind: Application\nspec:\n  a:\n    b:\n      c: d\n")]);
    }
}
