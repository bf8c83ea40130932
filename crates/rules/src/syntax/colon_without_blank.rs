use std::ops::Range;

use seatrial_trial::{Document, Fix, Manifest, Model, Sink};

use super::{documents, structure_lines};
use crate::rewrite::base;

declare_rule! {
    /// Finds keys whose colon stands at their value without a blank.
    ///
    /// ## What it does
    /// In a document that cannot be read, finds lines such as `project:apps` where a key must stand: beside lines that are
    /// keys.
    ///
    /// ## Why it is bad
    /// Without a blank behind the colon YAML takes the whole for a text. go-yaml stops there or at the next line
    /// (`mapping values are not allowed in this context`, `could not find expected ':'`).
    ///
    /// ## Example
    /// ```yaml
    /// spec:
    ///   project:apps
    ///   source: {path: a}
    /// ```
    ///
    /// ## How to fix
    /// Put a blank behind the colon.
    ///
    /// ## When to ignore
    /// Never.
    "colon-without-blank", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        for (line, colon) in found(manifest, document) {
            let span = manifest.file.span_of(line.clone());
            if out.full(span) {
                return;
            }
            let text = manifest.file.text.get(line).unwrap_or_default();
            let key = text.split(':').next().unwrap_or_default();
            let finding = out
                .finding(span, format!("`{text}` has no blank behind its colon: YAML takes it for a text"))
                .help("put a blank behind the colon")
                .key(key)
                .fix(Fix::safe("put a blank behind the colon", vec![base::insert(manifest, colon, " ")]));
            out.push(finding);
        }
    }
}

/// The lines, without their indentation, and the place behind each one's colon.
pub(super) fn found(manifest: &Manifest, document: &Document) -> Vec<(Range<usize>, usize)> {
    if document.json.is_ok() {
        return Vec::new();
    }
    let all = structure_lines(manifest, document);
    let lines: Vec<(usize, &str)> = all
        .into_iter()
        .filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with('#'))
        .collect();
    let mut out = Vec::new();
    for (index, (start, line)) in lines.iter().enumerate() {
        let text = line.trim();
        let width = line.len() - line.trim_start_matches(' ').len();
        let Some(colon) = glued(text) else { continue };
        let before = index.checked_sub(1).and_then(|i| lines.get(i)).map(|(_, line)| *line);
        let after = lines.get(index + 1).map(|(_, line)| *line);
        // A text may go on where nothing else stands: there it would be deeper than the key it belongs to.
        if [before, after].into_iter().flatten().any(|other| is_key_at(other, width)) {
            let from = start + width;
            out.push((from..from + text.len(), from + colon));
        }
    }
    out
}

/// The place behind the colon of `key:value`; `None` for anything else, such as `key: value` or an address.
fn glued(text: &str) -> Option<usize> {
    let (key, value) = text.split_once(':')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/');
    let word = key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.chars().all(plain);
    let glued = !value.is_empty() && !value.starts_with([' ', '\t', '/', ':']);
    // The value is no mapping: what has a colon and a blank further on is something else.
    (word && glued && !value.contains(": ")).then_some(key.len() + 1)
}

/// Whether a line is a key that stands in a column: by itself or as the first of a list item.
fn is_key_at(line: &str, column: usize) -> bool {
    let blanks = |text: &str| text.len() - text.trim_start_matches(' ').len();
    let mut at = blanks(line);
    let mut rest = line.trim_start_matches(' ');
    while let Some(inner) = rest.strip_prefix("- ") {
        at += 2 + blanks(inner);
        rest = inner.trim_start_matches(' ');
    }
    let Some((key, value)) = rest.split_once(':') else { return false };
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '/' | '\'' | '"');
    at == column
        && !key.is_empty()
        && key.chars().all(plain)
        && (value.is_empty() || value.starts_with([' ', '\r']))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn a_key_among_keys() {
        let text = |line: &str| format!("kind: Application\nspec:\n  {line}\n  source:\n    path: a\n");
        Tester::new(&RULE).finds(&text("project:apps"), &["3:3 `project:apps` has no blank"]).fixes_safely(
            &[
                (&text("project:apps"), &text("project: apps")),
                (
                    "kind: Application\nspec:\n  a:\n    - name: x\n      value:'y'\n",
                    "kind: Application\nspec:\n  a:\n    - name: x\n      value: 'y'\n",
                ),
            ],
        );
    }

    #[test]
    fn what_is_a_text() {
        Tester::new(&RULE).pass(&[
            // It can be read: then it is one.
            "kind: Application\nspec:\n  args:\n    - a:b\n    - c\n",
            // Something else is wrong.
            "kind: Application\nspec:\n  image:\n    - docker.io:5000\n    - x: [\n",
            "kind: Application\nspec:\n  url: [\n  https://acme.dev\n  x: y\n",
            "kind: Application\nspec:\n  text: one\n    two:three\n  x: [\n",
        ]);
    }
}
