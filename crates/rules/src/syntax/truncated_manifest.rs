use std::ops::Range;

use seatrial_trial::{Document, Manifest, Model, Sink};
use seatrial_yaml::{Kind, Node};

use super::documents;
use crate::rewrite::base;

declare_rule! {
    /// Finds manifests that stop in the middle.
    ///
    /// ## What it does
    /// Finds an open quotation mark, bracket or placeholder, half a key, or a key without its value where the text ends.
    ///
    /// ## Why it is bad
    /// A model that reaches the end of its answer stops writing, and copying can lose the end. What is left may even
    /// be valid, with everything after the cut missing.
    ///
    /// ## Example
    /// ```yaml
    /// spec:
    ///   destination:
    ///     serv
    /// ```
    ///
    /// ## How to fix
    /// Ask for the rest, or copy again.
    ///
    /// ## When to ignore
    /// Never.
    "truncated-manifest", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        let Some((range, what)) = found(manifest, document) else { continue };
        let finding = out
            .finding(manifest.file.span_of(range), format!("the manifest stops in the middle: {what}"))
            .help("get the rest of it: everything after this place is missing")
            .key("end");
        out.push(finding);
    }
}

/// Where and how a document stops; only the last one of a file can.
pub(super) fn found(manifest: &Manifest, document: &Document) -> Option<(Range<usize>, String)> {
    if manifest.documents.last()?.index != document.index || document.kind.is_none() && document.json.is_ok()
    {
        return None;
    }
    let text = &*manifest.file.text;
    let end = text.get(..document.range.end)?.trim_end().len();
    let start = base::line_start(text, end);
    let start = start + (text.get(start..end)?.len() - text.get(start..end)?.trim_start().len());
    let last = text.get(start..end)?;
    let broken = document.json.as_ref().err();
    if let Some(hole) = manifest.tree.holes().iter().find(|h| !h.terminated && h.span().end >= end) {
        return Some((hole.span(), "a placeholder is never closed".to_owned()));
    }
    if let Some(error) = broken {
        let message = error.message.as_str();
        if message.contains("unexpected end of stream")
            || message.contains("found unexpected document indicator")
        {
            return Some((start..end, format!("a quotation mark is never closed (`{last}`)")));
        }
        let at_end = document.range.start + error.offset >= start;
        let open = text.get(document.range.clone())?.matches(['{', '[']).count()
            > text.get(document.range.clone())?.matches(['}', ']']).count();
        if at_end && open && message.contains("did not find expected") {
            return Some((start..end, format!("a bracket is never closed (`{last}`)")));
        }
        let word = last.trim_start_matches("- ");
        let half = !word.is_empty()
            && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-".contains(c))
            && !last.starts_with("---");
        if half && (message.contains("could not find expected ':'") || at_end) {
            return Some((start..end, format!("`{word}` is half a line")));
        }
        return None;
    }
    let node = deepest_last(manifest.root(document)?);
    let key = node.key()?.key_text()?.into_owned();
    let no_break = !text.ends_with('\n');
    let below =
        node.kind() == Kind::Scalar && base::line_start(text, node.span().start) > node.key()?.span().end;
    if below && no_break && OBJECTS.contains(&key.as_str()) {
        return Some((start..end, format!("`{last}` is half a line")));
    }
    (node.kind() == Kind::Null && last.ends_with(':') && (no_break || NEVER_EMPTY.contains(&key.as_str())))
        .then(|| (start..end, format!("`{key}` has no value")))
}

/// Keys of Argo CD's kinds that mean nothing without a value.
const NEVER_EMPTY: [&str; 22] = [
    "apiVersion",
    "chart",
    "destination",
    "elements",
    "generators",
    "helm",
    "kind",
    "kustomize",
    "list",
    "matrix",
    "metadata",
    "name",
    "path",
    "project",
    "repoURL",
    "server",
    "source",
    "sources",
    "spec",
    "targetRevision",
    "template",
    "valuesObject",
];

/// Keys of Argo CD's kinds that hold mappings.
const OBJECTS: [&str; 12] = [
    "automated",
    "destination",
    "helm",
    "kustomize",
    "list",
    "matrix",
    "metadata",
    "source",
    "spec",
    "syncPolicy",
    "template",
    "valuesObject",
];

fn deepest_last(root: Node<'_>) -> Node<'_> {
    let mut node = root;
    while let Some(last) = node.children().next_back() {
        node = last;
    }
    node
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn stops_in_the_middle() {
        Tester::new(&RULE)
            .pass(&[
                "kind: Application\nspec:\n  project: a\n",
                "kind: Application\nspec:\n  syncPolicy:\n    automated: {}\n",
                "kind: ApplicationSet\nspec:\n  generators:\n    - clusters: {}\n",
            ])
            .finds("kind: Application\nspec:\n  project: \"def", &["3:3 quotation mark"])
            .finds("kind: Application\nspec:\n  destination:\n    serv", &["4:5 `serv` is half a line"])
            .finds("kind: Application\nspec:\n  destination:\n", &["3:3 `destination` has no value"])
            .finds("kind: Application\nspec:\n  source: {repoURL: a,\n", &["3:3 bracket"])
            .finds("kind: ApplicationSet\nspec:\n  a: x-{{nam", &["3:8 placeholder is never closed"]);
    }
}
