use std::collections::BTreeSet;
use std::ops::Range;

use seatrial_trial::{Document, Fix, Manifest, Model, Sink};

use super::{placeholders, set_documents};
use crate::rewrite::go_template::{self, Names};
use crate::rewrite::{base, element};

declare_rule! {
    /// Finds parameters without a dot in Go templates.
    ///
    /// ## What it does
    /// In a set with `goTemplate: true`, finds `{{name}}` where `{{.name}}` is meant.
    ///
    /// ## Why it is bad
    /// A bare word is a function in Go templates. The controller stops with `function "name" not defined` and generates
    /// nothing.
    ///
    /// ## Example
    /// ```yaml
    /// goTemplate: true
    /// template:
    ///   metadata:
    ///     name: 'agent-{{env}}'
    /// ```
    ///
    /// ## How to fix
    /// Write `{{.env}}`.
    ///
    /// ## When to ignore
    /// Never.
    "undotted-parameter", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        if !go_template::is_on(manifest, document) {
            continue;
        }
        let names = Names::of(manifest, document);
        let known = known(manifest, document);
        for placeholder in placeholders(manifest, document) {
            let inner = placeholder.hole.inner();
            for (range, name) in bare(manifest, inner, &known) {
                if out.full(manifest.file.span_of(range.clone())) {
                    return;
                }
                let go = names.reference(&name);
                let edit = if go == format!(".{name}") {
                    base::insert(manifest, range.start, ".")
                } else {
                    let alone = placeholder.inner == name;
                    base::replace(
                        manifest,
                        range.clone(),
                        if alone || !go.contains(' ') { go.clone() } else { format!("({go})") },
                    )
                };
                let finding = out
                    .finding(
                        manifest.file.span_of(range),
                        format!("`{name}` has no dot, so Go templates take it for a function: the controller stops with `function \"{}\" not defined`", first_word(&name)),
                    )
                    .help(format!("write `{{{{{go}}}}}`"))
                    .key(format!("{name}@{}", placeholder.place()))
                    .fix(Fix::safe("put a dot before the parameter", vec![edit]));
                out.push(finding);
            }
        }
    }
}

/// Whether this rule finds a parameter that Go would call the function `name`.
pub(super) fn tells_of(manifest: &Manifest, document: &Document, name: &str) -> bool {
    let known = known(manifest, document);
    let holes = placeholders(manifest, document);
    let mut found = holes.iter().flat_map(|p| bare(manifest, p.hole.inner(), &known));
    found.any(|(_, bare)| first_word(&bare) == name)
}

/// The name up to where Go would see its end.
fn first_word(name: &str) -> &str {
    name.split(['.', '[', '-', '/']).next().unwrap_or(name)
}

/// Parameters that generators of these kinds supply, and those of list elements.
fn known(manifest: &Manifest, document: &Document) -> BTreeSet<String> {
    let mut known: BTreeSet<String> = BTreeSet::new();
    for (_, element) in element::all(manifest, document) {
        known.extend(element.entries().filter_map(|e| e.key.key_text()).map(|k| k.into_owned()));
    }
    known
}

/// Words that are parameters without their dot: a placeholder that is nothing else, or a known name in an expression.
fn bare(manifest: &Manifest, inner: Range<usize>, known: &BTreeSet<String>) -> Vec<(Range<usize>, String)> {
    let text = manifest.file.text.get(inner.clone()).unwrap_or_default();
    let trimmed = text.trim();
    let start = inner.start + (text.len() - text.trim_start().len());
    if let Some(name) = go_template::parameter_name(trimmed) {
        let number = name.starts_with(|c: char| c.is_ascii_digit());
        let function = go_template::is_function(name) && !known.contains(name);
        let word = matches!(name, "true" | "false" | "nil" | "break" | "continue");
        if number || function || word {
            return Vec::new();
        }
        return vec![(start..start + name.len(), name.to_owned())];
    }
    let mut out = Vec::new();
    let mut at = 0;
    let mut quoted: Option<char> = None;
    let bytes: Vec<(usize, char)> = text.char_indices().collect();
    while let Some((offset, c)) = bytes.get(at).copied() {
        match quoted {
            Some(mark) => {
                if c == mark {
                    quoted = None;
                }
                at += 1;
            }
            None if matches!(c, '"' | '\'' | '`') => {
                quoted = Some(c);
                at += 1;
            }
            None if c.is_alphabetic() || c == '_' => {
                let from = at;
                while bytes.get(at).is_some_and(|(_, c)| c.is_alphanumeric() || *c == '_') {
                    at += 1;
                }
                let end = bytes.get(at).map_or(text.len(), |(o, _)| *o);
                let word = text.get(offset..end).unwrap_or_default();
                let before = from.checked_sub(1).and_then(|i| bytes.get(i)).map_or(' ', |(_, c)| *c);
                let free = before.is_whitespace() || "(|,".contains(before);
                if free && known.contains(word) && !go_template::is_function(word) {
                    out.push((inner.start + offset..inner.start + end, word.to_owned()));
                }
            }
            None => at += 1,
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn dots() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  generators:\n    - list:\n        elements:\n          - env: dev\n  \
                   template:\n    metadata:\n      name: 'a-{{env}}-{{ env | upper }}'\n    spec:\n      project: default\n";
        let good = set.replace("{{env}}", "{{.env}}").replace("{{ env ", "{{ .env ");
        Tester::new(&RULE)
            .pass(&[&good, &good.replace(".env |", "now |")])
            .finds(set, &["13:18 function \"env\" not defined", "13:27"])
            .fixes_safely(&[(set, &good)]);
    }
}
