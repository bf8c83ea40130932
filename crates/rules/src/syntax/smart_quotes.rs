use std::ops::Range;

use seatrial_source::Edit;
use seatrial_trial::{Document, Fix, Manifest, Model, Sink};
use seatrial_yaml::{Kind, Node, Style};

use super::{documents, nodes};
use crate::rewrite::base;

declare_rule! {
    /// Finds typographic quotation marks where straight ones are meant.
    ///
    /// ## What it does
    /// Finds values and keys between `“ ”` or `‘ ’`, and such marks inside template actions.
    ///
    /// ## Why it is bad
    /// YAML knows `"` and `'` only: `“true”` is a text of six characters, marks included, and a placeholder behind such a
    /// mark is not quoted at all. Word processors and chat windows put them in.
    ///
    /// ## Example
    /// ```yaml
    /// targetRevision: “v1.2.3”
    /// ```
    ///
    /// ## How to fix
    /// Use straight quotation marks.
    ///
    /// ## When to ignore
    /// When the marks are part of a text for people; put that between straight ones.
    "smart-quotes", Syntax, Error, blocks: true
}

const MARKS: [char; 6] = ['“', '”', '„', '‘', '’', '‚'];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        for range in places(manifest, document).collect::<Vec<_>>() {
            let span = manifest.file.span_of(range.clone());
            if out.full(span) {
                return;
            }
            let source = manifest.file.text.get(range.clone()).unwrap_or_default();
            let finding = out
                .finding(
                    span,
                    format!("`{source}` is between typographic quotation marks, which YAML takes as text"),
                )
                .help(format!("write {}", straight(source)))
                .key(source)
                .fix(Fix::safe("use straight quotation marks", edits(manifest, range.clone())));
            out.push(finding);
        }
    }
}

fn straight(source: &str) -> String {
    source
        .chars()
        .map(|c| {
            if MARKS[..3].contains(&c) {
                '"'
            } else if MARKS.contains(&c) {
                '\''
            } else {
                c
            }
        })
        .collect()
}

fn edits(manifest: &Manifest, range: Range<usize>) -> Vec<Edit> {
    let source = manifest.file.text.get(range.clone()).unwrap_or_default();
    let marks = source.char_indices().filter(|(_, c)| MARKS.contains(c));
    marks
        .map(|(at, c)| {
            let at = range.start + at;
            base::replace(manifest, at..at + c.len_utf8(), straight(&c.to_string()))
        })
        .collect()
}

/// Plain scalars that begin with such a mark, and template actions that hold one.
pub(super) fn places<'m>(
    manifest: &'m Manifest,
    document: &Document,
) -> impl Iterator<Item = Range<usize>> + use<'m> {
    let text = &manifest.file.text;
    let own = text.get(document.range.clone()).unwrap_or_default();
    let any = !own.is_ascii() && own.contains(MARKS);
    let scalars = manifest.root(document).filter(|_| any).into_iter().flat_map(nodes).filter(|n| {
        n.kind() == Kind::Scalar
            && n.style() == Style::Plain
            && n.source().starts_with(MARKS)
            && closes(n.source())
    });
    let mut places: Vec<Range<usize>> = scalars
        .map(Node::span)
        .map(|s| s.start..s.start + text.get(s.clone()).unwrap_or_default().trim_end().len())
        .collect();
    let holes = manifest.tree.holes_in(document.range.clone()).iter().map(|h| h.span());
    let in_holes = holes.filter(|h| any && text.get(h.clone()).is_some_and(|t| t.contains(MARKS)));
    // Scalars do not overlap, and stand in the order of the text.
    let apart = |hole: &Range<usize>| {
        let next = places.partition_point(|place| place.end <= hole.start);
        places.get(next).is_none_or(|place| hole.end <= place.start)
    };
    let more: Vec<Range<usize>> = in_holes.filter(apart).collect();
    places.extend(more);
    places.sort_by_key(|p| p.start);
    places.into_iter()
}

/// Whether the marks are a pair around the whole.
fn closes(source: &str) -> bool {
    let source = source.trim_end();
    source.chars().count() > 1 && source.ends_with(MARKS)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn straight_marks() {
        Tester::new(&RULE)
            .pass(&["kind: Application\nspec:\n  a: \"a “b” c\"\n  b: it’s\n"])
            .finds("kind: Application\nspec:\n  a: “v1”\n", &["3:6 `“v1”`"])
            .fixes_safely(&[(
                "kind: Application\nspec:\n  a: “v1”\n  ‘b’: 1\n",
                "kind: Application\nspec:\n  a: \"v1\"\n  'b': 1\n",
            )]);
    }
}
