use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::ops::Range;

use seatrial_trial::{Document, Fix, Manifest, Model, Sink};
use seatrial_yaml::{Kind, Path};

use super::{FILLED, set_documents};
use crate::rewrite::{base, element};

declare_rule! {
    /// Finds placeholders that lack a part of their braces.
    ///
    /// ## What it does
    /// In the template, the patch and the generators of a set, finds `{{ .env }`, `{{ .env`, `{ .env }}` and `.env }}` of
    /// parameters that the generators supply.
    ///
    /// ## Why it is bad
    /// A Go template that does not end is refused (`unexpected "}" in operand`, `unclosed action`), and nothing is generated.
    /// Plain substitution, and a placeholder without its beginning, leave the text as it is, braces and all.
    ///
    /// ## Example
    /// ```yaml
    /// metadata:
    ///   name: 'agent-{{ .env }'
    /// ```
    ///
    /// ## How to fix
    /// Write both braces on both sides.
    ///
    /// ## When to ignore
    /// When the braces are meant for another engine that reads the value later.
    "broken-placeholder", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        for broken in found(manifest, document) {
            let span = manifest.file.span_of(broken.span.clone());
            if out.full(span) {
                return;
            }
            let text = manifest.file.text.get(broken.span).unwrap_or_default();
            let edit = base::replace(manifest, broken.edit, broken.text);
            let finding = out
                .finding(span, format!("`{text}` lacks a brace: no parameter is filled in there"))
                .help(format!("write `{{{{ {} }}}}`", broken.name))
                .key(format!("{}@{}", broken.name, broken.place))
                .fix(Fix::safe("write both braces", vec![edit]));
            out.push(finding);
        }
    }
}

/// Whether this rule finds anything in a set.
pub(super) fn is_in(manifest: &Manifest, document: &Document) -> bool {
    !found(manifest, document).is_empty()
}

/// A placeholder without all its braces.
struct Broken {
    /// What there is of it.
    span: Range<usize>,
    /// The parameter as it is written.
    name: String,
    /// The bytes that become `text`.
    edit: Range<usize>,
    text: &'static str,
    /// What tells it from others.
    place: String,
}

fn found(manifest: &Manifest, document: &Document) -> Vec<Broken> {
    // Hardly a set has anything that looks like one.
    let supplied = LazyCell::new(|| supplied(manifest, document));
    let known = |name: &str| supplied.contains(name);
    let mut out = Vec::new();
    for part in FILLED {
        let Some(root) = manifest.node(document, &Path::keys(["spec", part])) else { continue };
        for node in crate::syntax::nodes(root).into_iter().filter(|n| n.kind() == Kind::Scalar) {
            let source = node.source();
            if !source.contains("{{") && !source.contains("}}") {
                continue;
            }
            let start = node.span().start;
            let mut at = start;
            for line in source.split_inclusive('\n') {
                for (nth, (span, edit, text, name)) in in_line(line, &known).into_iter().enumerate() {
                    out.push(Broken {
                        span: at + span.start..at + span.end,
                        name: name.to_owned(),
                        edit: at + edit.start..at + edit.end,
                        text,
                        place: format!("{}:{nth}", crate::syntax::place(node)),
                    });
                }
                at += line.len();
            }
        }
    }
    out
}

/// Parameters that generators supply: those of list elements, and what other generators have.
fn supplied(manifest: &Manifest, document: &Document) -> BTreeSet<String> {
    const COMMON: [&str; 6] = ["name", "nameNormalized", "server", "path", "metadata", "values"];
    let elements = element::all(manifest, document);
    let keys = elements.iter().flat_map(|(_, element)| element.entries());
    let keys = keys.filter_map(|entry| Some(entry.key.key_text()?.into_owned()));
    COMMON.iter().map(|&key| key.to_owned()).chain(keys).collect()
}

/// What a line has of a placeholder: its range, what to replace, by what, and the parameter's name.
type Part<'l> = (Range<usize>, Range<usize>, &'static str, &'l str);

fn in_line<'l>(line: &'l str, known: &dyn Fn(&str) -> bool) -> Vec<Part<'l>> {
    let mut out = Vec::new();
    let mut at = 0;
    let (mut opening, mut closing) = (after(line, 0, "{{"), after(line, 0, "}}"));
    loop {
        // Each is looked for again only from where the last one was.
        if opening.is_some_and(|open| open < at) {
            opening = after(line, at, "{{");
        }
        if closing.is_some_and(|close| close < at) {
            closing = after(line, at, "}}");
        }
        match (opening, closing) {
            // Closed before anything is opened.
            (open, Some(close)) if open.is_none_or(|open| close < open) => {
                out.extend(unopened(line, at, close, known));
                at = close + 2;
            }
            (Some(open), close) => {
                let next = after(line, open + 2, "{{");
                let whole = close.filter(|close| next.is_none_or(|next| *close < next));
                if whole.is_none() {
                    out.extend(unclosed(line, open, known));
                }
                at = whole.unwrap_or(open) + 2;
            }
            (None, _) => return out,
        }
    }
}

/// Where a mark stands, from a place on.
fn after(line: &str, at: usize, mark: &str) -> Option<usize> {
    line.get(at..)?.find(mark).map(|found| at + found)
}

/// `{{ .name }` or `{{ .name`: one or two braces are missing at the end.
fn unclosed<'l>(line: &'l str, start: usize, known: &dyn Fn(&str) -> bool) -> Option<Part<'l>> {
    let inner = line.get(start + 2..)?;
    let blanks = |text: &str| text.len() - text.trim_start_matches([' ', '-']).len();
    let from = start + 2 + blanks(inner);
    let name = word(line.get(from..)?);
    is_known(name, known).then_some(())?;
    let end = from + name.len();
    let after = line.get(end..)?;
    let gap = after.len() - after.trim_start_matches(' ').len();
    if after.get(gap..)?.starts_with('}') {
        let brace = end + gap;
        return Some((start..brace + 1, brace..brace + 1, "}}", name));
    }
    // A function may follow, or an argument.
    let goes_on =
        gap > 0 && after.get(gap..)?.starts_with(|c: char| c.is_alphanumeric() || "|(.\"`$".contains(c));
    (!goes_on).then_some((start..end, end..end, if from > start + 2 { " }}" } else { "}}" }, name))
}

/// `{ .name }}` or `.name }}`: one or two braces are missing at the beginning.
fn unopened<'l>(line: &'l str, from: usize, close: usize, known: &dyn Fn(&str) -> bool) -> Option<Part<'l>> {
    let before = line.get(from..close)?.trim_end_matches([' ', '-']);
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let start = from + before.trim_end_matches(plain).len();
    let name = line.get(start..from + before.len())?;
    is_known(name, known).then_some(())?;
    let ahead = line.get(from..start)?;
    let braced = ahead.trim_end_matches([' ', '-']);
    if braced.ends_with('{') {
        let brace = from + braced.len() - 1;
        return Some((brace..close + 2, brace..brace + 1, "{{", name));
    }
    // Without a dot and a brace a word is only a word.
    name.starts_with('.').then_some((start..close + 2, start..start, "{{ ", name))
}

/// The parameter that a text begins with.
fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '.')).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn is_known(name: &str, known: &dyn Fn(&str) -> bool) -> bool {
    let name = name.strip_prefix('.').unwrap_or(name);
    name.split('.').next().is_some_and(known)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    fn set(name: &str, mode: &str) -> String {
        format!(
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  {mode}\n  generators: [{{list: {{elements: [{{env: dev}}]}}}}]\n  template:\n    metadata:\n      name: '{name}'\n    spec: {{project: default}}\n"
        )
    }

    #[test]
    fn both_braces_on_both_sides() {
        let go = |name: &str| set(name, "goTemplate: true");
        let right = go("a-{{ .env }}");
        Tester::new(&RULE).finds(&go("a-{{ .env }"), &["9:16 `{{ .env }` lacks a brace"]).fixes_safely(&[
            (&go("a-{{ .env }"), &right),
            (&go("a-{{ .env"), &right),
            (&go("a-{ .env }}"), &right),
            (&go("a-.env }}"), &right),
            (&go("{{.env}-{{ .env }}-{{.env}}"), &go("{{.env}}-{{ .env }}-{{.env}}")),
        ]);
        let plain = |name: &str| set(name, "goTemplate: false");
        Tester::new(&RULE).fixes_safely(&[
            (&plain("a-{{env}"), &plain("a-{{env}}")),
            (&plain("a-{env}}"), &plain("a-{{env}}")),
        ]);
    }

    #[test]
    fn what_is_whole_or_meant_otherwise() {
        let go = |name: &str| set(name, "goTemplate: true");
        Tester::new(&RULE).pass(&[
            &go("a-{{ .env }}-{{- .env | upper -}}"),
            &go("{{ printf \"%s\" .env }}"),
            // Another engine's, or nothing that a generator supplies.
            &go("{{ .Values.x }"),
            &go("{\"a\":{\"env\":1}}"),
            &go("a-env }}"),
        ]);
    }
}
