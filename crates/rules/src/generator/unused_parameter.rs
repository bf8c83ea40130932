use std::collections::BTreeMap;

use seatrial_trial::{Document, Manifest, Model, Sink};
use seatrial_yaml::Node;

use super::{placeholders, set_documents};
use crate::rewrite::element;

declare_rule! {
    /// Finds parameters that nothing uses.
    ///
    /// ## What it does
    /// Looks for the keys of list elements in the rest of the set: template, patch, selectors, merge keys, inner
    /// generators.
    ///
    /// ## Why it is bad
    /// It does no harm by itself, but often shows that something was forgotten: a cluster or secret is named for each
    /// environment and then never applied.
    ///
    /// ## Example
    /// ```yaml
    /// generators:
    ///   - list: {elements: [{env: dev, cluster: minikube}]}
    /// template:
    ///   metadata: {name: 'agent-{{env}}'}
    /// ```
    ///
    /// ## How to fix
    /// Use it or remove it.
    ///
    /// ## When to ignore
    /// When it is there for people to read.
    "unused-parameter", Generator, Note, explained_by: &["missing-parameter"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        if document.json.is_err() {
            continue;
        }
        // A template that takes all parameters at once (`toJson .`, `range $k, $v := .`) uses each.
        let whole = |inner: &str| {
            inner.split(|c: char| c.is_whitespace() || "()|".contains(c)).any(|w| w == "." || w == "$")
        };
        if placeholders(manifest, document).iter().any(|p| {
            whole(p.inner)
                && !p.inner.contains("index .")
                && !p.inner.contains("get .")
                && !p.inner.contains("hasKey .")
        }) {
            continue;
        }
        let mut keys: BTreeMap<String, Node<'_>> = BTreeMap::new();
        for (_, element) in element::all(manifest, document) {
            for entry in element.entries() {
                if let Some(key) = entry.key.key_text() {
                    keys.entry(key.into_owned()).or_insert(entry.key);
                }
            }
        }
        for (key, node) in keys {
            if !is_used(manifest, document, &key) {
                let finding = out
                    .finding(manifest.span(node), format!("nothing uses the parameter `{key}`"))
                    .help("use it in the template, or remove it from the elements")
                    .key(key);
                out.push(finding);
            }
        }
    }
}

/// Whether a name stands anywhere in the set as a word, save as the key of an element.
fn is_used(manifest: &Manifest, document: &Document, name: &str) -> bool {
    let text = &manifest.file.text;
    let keys: Vec<usize> = element::all(manifest, document)
        .iter()
        .flat_map(|(_, e)| e.entries().map(|e| e.key.span().start).collect::<Vec<_>>())
        .collect();
    let body = text.get(document.range.clone()).unwrap_or_default();
    body.match_indices(name).any(|(at, _)| {
        let (start, end) = (document.range.start + at, document.range.start + at + name.len());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let before = text.get(..start).and_then(|t| t.chars().next_back());
        let after = text.get(end..).and_then(|t| t.chars().next());
        let in_hole = manifest.tree.holes().iter().any(|h| h.span().start < start && end < h.span().end);
        let named = manifest.tree.node_at(start).is_some_and(|n| {
            let path = n.path().to_string();
            path.contains("mergeKeys") || path.contains("selector")
        });
        !word(before) && !word(after) && !keys.contains(&start) && (in_hole || named)
    })
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn named_and_forgotten() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n            \
                   cluster: minikube\n  template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n";
        Tester::new(&RULE)
            .pass(&[&set.replace("default", "'{{cluster}}'")])
            .finds(set, &["10:13 nothing uses the parameter `cluster`"]);
    }
}
