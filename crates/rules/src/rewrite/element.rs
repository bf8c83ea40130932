//! Parameters of list elements.

use seatrial_source::Edit;
use seatrial_trial::{Document, Manifest};
use seatrial_yaml::{Kind, Node, Path};

use super::base;

/// Gives the element at `element` (such as `spec.generators[0].list.elements[2]`) the parameter `key`, written as
/// the YAML scalar `value`; an existing value is replaced.
///
/// `None` when the element is not a mapping of this document.
pub fn set(manifest: &Manifest, document: &Document, element: &Path, key: &str, value: &str) -> Option<Edit> {
    let node = manifest.node(document, element).filter(|n| n.kind() == Kind::Mapping)?;
    match node.get(key) {
        Some(old) => Some(base::set_value(manifest, old, value)),
        None => base::append_entry(manifest, node, &format!("{}: {value}", base::scalar(key))),
    }
}

/// Gives an element several new parameters at once, in order; those that exist are replaced.
pub fn set_all(
    manifest: &Manifest,
    document: &Document,
    element: &Path,
    parameters: &[(String, String)],
) -> Option<Vec<Edit>> {
    let node = manifest.node(document, element).filter(|n| n.kind() == Kind::Mapping)?;
    let mut edits = Vec::new();
    let mut lines = Vec::new();
    for (key, value) in parameters {
        match node.get(key) {
            Some(old) => edits.push(base::set_value(manifest, old, value)),
            None => lines.push(format!("{}: {value}", base::scalar(key))),
        }
    }
    if !lines.is_empty() {
        let flow = node.style() == seatrial_yaml::Style::Flow;
        let text = if flow { lines.join(", ") } else { lines.join("\n") };
        edits.push(base::append_entry(manifest, node, &text)?);
    }
    Some(edits)
}

/// Takes the parameter `key` from an element.
pub fn remove(manifest: &Manifest, document: &Document, element: &Path, key: &str) -> Option<Edit> {
    let value = manifest.node(document, element)?.get(key)?;
    base::remove_entry(manifest, value, element.len())
}

/// Every literal element of the list generators below `spec.generators`, those inside a matrix or merge included,
/// with its path.
pub fn all<'m>(manifest: &'m Manifest, document: &Document) -> Vec<(Path, Node<'m>)> {
    let mut out = Vec::new();
    if let Some(generators) = manifest.node(document, &Path::keys(["spec", "generators"])) {
        collect(generators, 0, &mut out);
    }
    out
}

fn collect<'m>(generators: Node<'m>, depth: usize, out: &mut Vec<(Path, Node<'m>)>) {
    if depth > 8 {
        return;
    }
    for generator in generators.items() {
        let list = generator.get("list").and_then(|l| l.get("elements"));
        out.extend(list.into_iter().flat_map(|l| l.items()).map(|e| (e.path(), e)));
        for outer in ["matrix", "merge"] {
            if let Some(inner) = generator.get(outer).and_then(|g| g.get("generators")) {
                collect(inner, depth + 1, out);
            }
        }
    }
}
