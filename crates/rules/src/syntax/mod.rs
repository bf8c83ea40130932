//! Syntax: whatever a person or a model pastes is read, and told line by line.

mod colon_without_blank;
mod duplicate_key;
mod foreign_template_language;
mod invalid_yaml;
mod invisible_character;
mod markdown_fence;
mod mixed_indentation;
mod smart_quotes;
mod tab_indentation;
mod truncated_manifest;
mod unexplained_silence;
mod unquoted_template;

use std::ops::Range;

use seatrial_trial::{Document, Manifest, Model, Rule};
use seatrial_yaml::{Kind, Node, Style};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &markdown_fence::RULE,
    &invisible_character::RULE,
    &smart_quotes::RULE,
    &tab_indentation::RULE,
    &mixed_indentation::RULE,
    &colon_without_blank::RULE,
    &unquoted_template::RULE,
    &foreign_template_language::RULE,
    &truncated_manifest::RULE,
    &duplicate_key::RULE,
    &invalid_yaml::RULE,
    &unexplained_silence::RULE,
];

/// What rules with a more telling name than `invalid-yaml` find in a file, whichever document it is in.
struct Causes {
    /// Places, sorted.
    places: Vec<usize>,
}

impl Causes {
    fn of(manifest: &Manifest) -> Self {
        let mut places: Vec<usize> =
            markdown_fence::places(manifest).iter().map(|range| range.start).collect();
        places.extend(invisible_character::places(&manifest.file.text).map(|(at, _)| at));
        places.sort_unstable();
        Self { places }
    }

    /// Whether a rule with a more telling name says why a document cannot be read.
    fn explain(&self, manifest: &Manifest, document: &Document) -> bool {
        let next = self.places.partition_point(|at| *at < document.range.start);
        self.places.get(next).is_some_and(|at| *at < document.range.end)
            || !unquoted_template::found(manifest, document).is_empty()
            || foreign_template_language::blocks_reading(manifest, document)
            || is_tabbed(manifest, document)
            || smart_quotes::places(manifest, document).next().is_some()
            || mixed_indentation::found(manifest, document).is_some()
            || !colon_without_blank::found(manifest, document).is_empty()
            || truncated_manifest::found(manifest, document).is_some()
    }
}

/// Whether lines of a document are indented with tabs: its levels are not known before those are mended.
fn is_tabbed(manifest: &Manifest, document: &Document) -> bool {
    tab_indentation::lines(manifest, document).next().is_some()
}

/// Every document of every file.
fn documents<'m>(model: &'m Model<'_>) -> impl Iterator<Item = (&'m Manifest, &'m Document)> {
    model.documents().map(|(manifest, document)| (&**manifest, document))
}

/// Every node below `root`, itself and keys included, in the order of the text.
pub(crate) fn nodes(root: Node<'_>) -> Vec<Node<'_>> {
    let mut out = Vec::new();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        out.push(node);
        stack.extend(node.children().rev());
    }
    out
}

/// What tells a node from others whatever is renamed or moved further out: its last two steps.
pub(crate) fn place(node: Node<'_>) -> String {
    let path = node.path();
    let steps: Vec<String> = path
        .segments()
        .iter()
        .map(|s| match s {
            seatrial_yaml::Segment::Key(key) => key.to_string(),
            seatrial_yaml::Segment::Index(index) => index.to_string(),
        })
        .collect();
    let last = steps.iter().skip(steps.len().saturating_sub(2)).map(String::as_str);
    last.map(|step| if matches!(step, "valuesInline" | "valuesObject") { "values" } else { step })
        .collect::<Vec<_>>()
        .join(".")
}

/// The lines of a document with their offsets in the file, those inside block scalars and quotes left out.
fn structure_lines<'m>(manifest: &'m Manifest, document: &Document) -> Vec<(usize, &'m str)> {
    let text = &manifest.file.text;
    let scalars: Vec<Range<usize>> = manifest
        .root(document)
        .into_iter()
        .flat_map(nodes)
        .filter(|n| n.kind() == Kind::Scalar && n.style() != Style::Plain)
        .map(Node::span)
        .collect();
    let inside = |at: usize| {
        let next = scalars.partition_point(|s| s.start < at);
        next.checked_sub(1).and_then(|i| scalars.get(i)).is_some_and(|s| at < s.end)
    };
    let mut at = document.range.start;
    let mut out = Vec::new();
    for line in text.get(document.range.clone()).unwrap_or_default().split_inclusive('\n') {
        if !inside(at) {
            out.push((at, line.trim_end_matches(['\n', '\r'])));
        }
        at += line.len();
    }
    out
}
