use std::collections::{BTreeMap, HashSet};

use seatrial_trial::{Document, Manifest, Model, Sink};
use seatrial_yaml::{Kind, Node};

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
        let mut starts: HashSet<usize> = HashSet::new();
        for (_, element) in element::all(manifest, document) {
            for entry in element.entries() {
                starts.insert(entry.key.span().start);
                if let Some(key) = entry.key.key_text() {
                    keys.entry(key.into_owned()).or_insert(entry.key);
                }
            }
        }
        let uses = Uses::of(manifest, document, &starts);
        let mut looked_through = 0;
        for (key, node) in keys {
            let span = manifest.span(node);
            if !Uses::is_word(&key) {
                looked_through += uses.size();
            }
            if looked_through > MAX_LOOKED_THROUGH {
                let needs = "parameters with plain names, of letters, digits and underscores";
                out.unknown(Some(span), "whether every parameter is used", needs);
                break;
            }
            if !uses.has(&key) {
                let finding = out
                    .finding(span, format!("nothing uses the parameter `{key}`"))
                    .help("use it in the template, or remove it from the elements")
                    .key(key);
                out.push(finding);
            }
        }
    }
}

/// How much text is looked through for names that are more than a word, in bytes for a set.
const MAX_LOOKED_THROUGH: usize = 256 << 20;

/// Where a set can use parameters: its placeholders, merge keys and selectors.
struct Uses<'m> {
    texts: Vec<&'m str>,
    words: HashSet<&'m str>,
}

impl<'m> Uses<'m> {
    /// The uses of a set; `starts` are the places of its elements' keys, which are none.
    fn of(manifest: &'m Manifest, document: &Document, starts: &HashSet<usize>) -> Self {
        let text = &manifest.file.text;
        let holes = manifest.tree.holes_in(document.range.clone()).iter().map(|hole| {
            let span = hole.span();
            text.get(span.start + 1..span.end.saturating_sub(1)).unwrap_or_default()
        });
        let mut texts: Vec<&str> = holes.collect();
        let naming = |key: Node<'_>| {
            let key = key.source();
            key.contains("mergeKeys") || key.contains("selector")
        };
        let mut open: Vec<(Node<'_>, bool)> =
            manifest.root(document).map(|root| (root, false)).into_iter().collect();
        while let Some((node, names)) = open.pop() {
            if node.kind() == Kind::Scalar && names && !starts.contains(&node.span().start) {
                texts.push(node.source());
            }
            let mut children = node.children();
            if node.kind() == Kind::Mapping {
                while let (Some(key), Some(value)) = (children.next(), children.next()) {
                    let names = names || naming(key);
                    open.extend([(key, names), (value, names)]);
                }
            } else {
                open.extend(children.map(|item| (item, names)));
            }
        }
        let words = texts.iter().flat_map(|text| text.split(|c| !is_word(c))).collect();
        Self { texts, words }
    }

    /// Whether a name is one word, so that it is found at once.
    fn is_word(name: &str) -> bool {
        name.chars().all(is_word)
    }

    /// How much text there is.
    fn size(&self) -> usize {
        self.texts.iter().map(|text| text.len()).sum()
    }

    /// Whether a name stands somewhere, not as a part of a longer word.
    fn has(&self, name: &str) -> bool {
        if Self::is_word(name) {
            return self.words.contains(name);
        }
        self.texts.iter().any(|text| {
            text.match_indices(name).any(|(at, _)| {
                let before = text.get(..at).and_then(|t| t.chars().next_back());
                let after = text.get(at + name.len()..).and_then(|t| t.chars().next());
                !before.is_some_and(is_word) && !after.is_some_and(is_word)
            })
        })
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
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
