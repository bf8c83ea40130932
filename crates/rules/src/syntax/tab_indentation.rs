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
    /// Indent with blanks.
    ///
    /// ## When to ignore
    /// Never.
    "tab-indentation", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        let lines: Vec<(usize, usize)> = lines(manifest, document).collect();
        let Some((first, width)) = lines.first().copied() else { continue };
        let unit = unit(manifest, document);
        let mut edits = Vec::new();
        for (start, width) in &lines {
            let white = manifest.file.text.get(*start..start + width).unwrap_or_default();
            let columns =
                white.chars().fold(0, |at, c| if c == '\t' { (at / unit + 1) * unit } else { at + 1 });
            edits.push(base::replace(manifest, *start..start + width, " ".repeat(columns)));
        }
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
        (!rest.is_empty() && !rest.starts_with('#') && line.get(..width)?.contains('\t'))
            .then_some((at, width))
    })
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
}
