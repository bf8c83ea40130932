use std::collections::HashMap;

use seatrial_source::Edit;
use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::{Entry, Kind, Style};

use super::{documents, nodes};
use crate::rewrite::base;

declare_rule! {
    /// Finds mappings that have a key twice.
    ///
    /// ## What it does
    /// Compares the keys of every mapping, as the text they become in JSON.
    ///
    /// ## Why it is bad
    /// YAML forbids it, and readers differ: the one that kubectl and Argo CD use for manifests keeps the last value and
    /// drops the first without a word; strict ones (Helm's values, Kustomize) refuse the file.
    ///
    /// ## Example
    /// ```yaml
    /// syncPolicy:
    ///   automated: {}
    /// syncPolicy:
    ///   syncOptions: [CreateNamespace=true]
    /// ```
    ///
    /// ## How to fix
    /// Keep one of them, or put both together.
    ///
    /// ## When to ignore
    /// Never.
    "duplicate-key", Syntax, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        // Branches of a condition hold the same keys.
        if super::foreign_template_language::blocks_reading(manifest, document) {
            continue;
        }
        let root = manifest.root(document);
        for mapping in root.into_iter().flat_map(nodes).filter(|n| n.kind() == Kind::Mapping) {
            let mut last: HashMap<String, Entry<'_>> = HashMap::new();
            for entry in mapping.entries().filter(|e| !e.key.is_merge_key()) {
                let Some(key) = entry.key.key_text() else { continue };
                let Some(first) = last.insert(key.clone().into_owned(), entry) else { continue };
                if out.full(manifest.span(entry.key)) {
                    return;
                }
                let same = first.value.to_json() == entry.value.to_json();
                let lost =
                    if same { "with the same value" } else { "so the first is dropped without a word" };
                let line = manifest.file.line_col(first.key.span().start).line;
                let place = mapping.path().join(&*key);
                let finding = out
                    .finding(
                        manifest.span(entry.key),
                        format!(
                            "`{key}` stands here again after line {line}; Argo CD keeps the last, {lost}"
                        ),
                    )
                    .related(manifest.span(first.key), format!("`{key}` first stands here"))
                    .help("keep one of them")
                    .field(place.to_string())
                    .maybe_fix(remove(manifest, first).map(|edit| {
                        let title = "remove the first, which Argo CD does not see";
                        if same { Fix::safe(title, vec![edit]) } else { Fix::risky(title, vec![edit]) }
                    }));
                out.push(finding);
            }
        }
    }
}

/// Removes an entry that has others after it.
fn remove(manifest: &seatrial_trial::Manifest, entry: Entry<'_>) -> Option<Edit> {
    let mapping = entry.key.parent()?;
    let next = mapping.entries().find(|e| e.key.span().start > entry.key.span().start)?;
    let (start, next) = (entry.key.outer_span().start, next.key.outer_span().start);
    let text = &manifest.file.text;
    let own_line = text.get(base::line_start(text, start)..start)?.trim().is_empty();
    if mapping.style() == Style::Flow || !own_line {
        return Some(base::replace(manifest, start..next, ""));
    }
    base::remove_entry(manifest, entry.value, usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn twice_in_a_mapping() {
        Tester::new(&RULE)
            .pass(&["kind: Application\nspec:\n  a: {x: 1}\n  b: {x: 1}\n"])
            .finds(
                "kind: Application\nspec:\n  a: 1\n  b: 2\n  a: 3\n",
                &["5:3 `a` stands here again after line 3"],
            )
            .fixes(&[(
                "kind: Application\nspec:\n  a: 1\n  b: 2\n  a: 3\n",
                "kind: Application\nspec:\n  b: 2\n  a: 3\n",
            )])
            .fixes_safely(&[(
                "kind: Application\nspec: {a: 1, a: 1}\n",
                "kind: Application\nspec: {a: 1}\n",
            )]);
    }
}
