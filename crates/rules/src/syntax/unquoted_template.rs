use std::collections::HashSet;

use seatrial_source::Edit;
use seatrial_trial::{Document, Fix, Kind as ObjectKind, Manifest, Model, Sink};
use seatrial_yaml::{HoleKind, Kind, Node, Path, Style};

use super::{documents, is_tabbed};
use crate::rewrite::{base, go_template::Names, patch};
use crate::schema::typed;

declare_rule! {
    /// Finds values that begin with an unquoted placeholder.
    ///
    /// ## What it does
    /// Finds plain scalars that begin with `{{`, such as `replicaCount: {{replicas}}`.
    ///
    /// ## Why it is bad
    /// To YAML a brace opens a mapping. go-yaml reads `{{replicas}}` as a mapping whose key is a mapping and stops
    /// (`invalid map key`), and `{{registry}}/agent` as a mapping with something behind it (`did not find expected
    /// key`). kubectl and Argo CD then refuse the whole document. Templates are filled in only after it was read.
    ///
    /// ## Example
    /// ```yaml
    /// image:
    ///   repository: {{registry}}/agent
    /// ```
    ///
    /// ## How to fix
    /// Quote the value: `repository: '{{registry}}/agent'`. A field that must be a number or a boolean, such as
    /// `prune`, goes into `templatePatch`, which is text.
    ///
    /// ## When to ignore
    /// Never.
    "unquoted-template", Syntax, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in documents(model) {
        let found = found(manifest, document);
        if found.is_empty() {
            continue;
        }
        let names = Names::of(manifest, document);
        for node in found {
            let source = node.source().trim_end();
            let span = manifest.file.span_of(node.span().start..node.span().start + source.len());
            if out.full(span) {
                return;
            }
            let what = if node.is_hole() {
                "YAML takes the braces for a mapping used as a key, which go-yaml refuses (`invalid map key`)"
            } else {
                "YAML takes the braces for a mapping and cannot read what follows (`did not find expected key`)"
            };
            let typed = typed_place(document, node);
            let (title, help) = match &typed {
                Some(_) => (
                    "move the field to templatePatch",
                    format!(
                        "this field is no string, so move it to `templatePatch`, where `{}` can stand unquoted",
                        names.convert(source)
                    ),
                ),
                None => ("quote the placeholder", format!("write {}", base::quoted(source))),
            };
            let edits = match typed {
                Some(path) => patch::add(manifest, document, &path, &names.convert(source), None),
                None => Some(quote(manifest, node)),
            };
            let inner =
                node.holes().first().and_then(|h| manifest.file.text.get(h.inner())).unwrap_or_default();
            let finding = out
                .finding(span, format!("`{source}` is not quoted: {what}"))
                .help(help)
                .key(format!("{}:{}", super::place(node), inner.trim().trim_start_matches('.')))
                .maybe_fix(edits.map(|edits| Fix::safe(title, edits)));
            out.push(finding);
        }
    }
}

fn quote(manifest: &Manifest, node: Node<'_>) -> Vec<Edit> {
    let start = node.span().start;
    base::quote(manifest, start..start + node.source().trim_end().len())
}

/// The Application's field that a node is, when it can be no string and so cannot be quoted.
fn typed_place(document: &Document, node: Node<'_>) -> Option<Path> {
    if document.kind != Some(ObjectKind::ApplicationSet) || node.is_key() {
        return None;
    }
    let path = node.path();
    let template = Path::keys(["spec", "template"]);
    let field = Path::new(path.starts_with(&template).then(|| path.segments().get(2..))??.to_vec());
    typed(&field).then_some(field)
}

/// The values and keys that begin with an unquoted placeholder, where go-yaml cannot read the document.
pub(super) fn found<'m>(manifest: &'m Manifest, document: &Document) -> Vec<Node<'m>> {
    if document.json.is_ok() || is_tabbed(manifest, document) {
        return Vec::new();
    }
    // What stands on a line with tags of another language goes with them.
    let line = |at: usize| manifest.file.line_of(at);
    let tagged: HashSet<u32> = manifest
        .tree
        .holes_in(document.range.clone())
        .iter()
        .filter(|h| matches!(h.kind, HoleKind::Handlebars | HoleKind::Jinja | HoleKind::Erb))
        .map(|h| line(h.span().start))
        .collect();
    let plain = |n: &Node<'m>| {
        n.kind() == Kind::Scalar
            && n.style() == Style::Plain
            && n.source().starts_with("{{")
            && n.holes().iter().all(|h| h.terminated && matches!(h.kind, HoleKind::Value))
            && !n.holes().is_empty()
            && (tagged.is_empty() || !tagged.contains(&line(n.span().start)))
    };
    manifest.root(document).into_iter().flat_map(super::nodes).filter(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn quotes_what_begins_with_braces() {
        Tester::new(&RULE)
            .pass(&[
                "kind: ApplicationSet\nspec:\n  a: '{{x}}'\n  b: pre-{{x}}\n  c: |\n    d: {{x}}\n",
                "kind: Application\nspec: {}\n",
            ])
            .finds(
                "kind: ApplicationSet\nspec:\n  a: {{x}}\n  b: {{ y }}/z # why\n",
                &["3:6 `{{x}}` is not quoted", "4:6 `{{ y }}/z`"],
            )
            .fixes_safely(&[
                (
                    "kind: ApplicationSet\nspec:\n  a: {{x}}\n  b: {{ y }}/z # why\n",
                    "kind: ApplicationSet\nspec:\n  a: '{{x}}'\n  b: '{{ y }}/z' # why\n",
                ),
                (
                    "kind: ApplicationSet\nspec:\n  a: {{ index .x 'a' }}\n",
                    "kind: ApplicationSet\nspec:\n  a: \"{{ index .x 'a' }}\"\n",
                ),
                ("kind: ApplicationSet\nspec:\n  - {{x}}\n", "kind: ApplicationSet\nspec:\n  - '{{x}}'\n"),
            ]);
    }

    #[test]
    fn moves_what_is_no_string() {
        Tester::new(&RULE).fixes_safely(&[(
            "kind: ApplicationSet\nspec:\n  generators: []\n  template:\n    spec:\n      project: a\n      syncPolicy:\n        automated:\n          prune: {{prune}}\n",
            "kind: ApplicationSet\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators: []\n  template:\n    spec:\n      project: a\n  \
             templatePatch: |\n    spec:\n      syncPolicy:\n        automated:\n          prune: {{.prune}}\n",
        )]);
    }
}
