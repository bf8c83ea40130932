//! Check 7: what the ApplicationSet really produces.

mod absent_application;
mod broken_placeholder;
mod deletion_hazard;
mod dotted_without_gotemplate;
mod duplicate_application;
mod generation_error;
mod lossy_number;
mod missing_parameter;
mod no_application;
mod non_string_parameter;
mod stringly_typed_value;
mod undotted_parameter;
mod unexpected_application;
mod unrendered_placeholder;
mod unsafe_missingkey;
mod unused_parameter;
mod unwanted_combination;

use std::collections::BTreeSet;

use seatrial_trial::{ApplicationSet, Document, Kind as ObjectKind, Manifest, Model, Rule};
use seatrial_yaml::{Hole, Kind, Node, Path};

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &generation_error::RULE,
    &non_string_parameter::RULE,
    &broken_placeholder::RULE,
    &missing_parameter::RULE,
    &unused_parameter::RULE,
    &unrendered_placeholder::RULE,
    &undotted_parameter::RULE,
    &dotted_without_gotemplate::RULE,
    &lossy_number::RULE,
    &stringly_typed_value::RULE,
    &unwanted_combination::RULE,
    &duplicate_application::RULE,
    &unexpected_application::RULE,
    &absent_application::RULE,
    &no_application::RULE,
    &unsafe_missingkey::RULE,
    &deletion_hazard::RULE,
];

/// Every document that is an ApplicationSet, readable or not.
fn set_documents<'m>(model: &'m Model<'_>) -> impl Iterator<Item = (&'m Manifest, &'m Document)> {
    model.documents().filter(|(_, d)| d.kind == Some(ObjectKind::ApplicationSet)).map(|(m, d)| (&**m, d))
}

/// The sets that could be read, each with its index.
fn sets<'m>(
    model: &'m Model<'_>,
) -> impl Iterator<Item = (usize, &'m ApplicationSet, &'m Manifest, &'m Document)> {
    model.sets.iter().enumerate().map(|(index, set)| {
        let (manifest, document) = model.home(set);
        (index, set, &**manifest, document)
    })
}

/// Whether it cannot be said which Applications a set makes (what is unknown of a single one does not matter).
fn is_open(set: &ApplicationSet) -> bool {
    set.expansion.unknown.iter().any(|u| u.index.is_none())
}

/// A placeholder in a string that the controller fills in.
struct Placeholder<'m> {
    /// The string.
    node: Node<'m>,
    hole: &'m Hole,
    /// What is between the braces, trim marks and white space excluded.
    inner: &'m str,
    /// Whether the string goes through lists.
    ranges: bool,
    /// Whether the string moves the dot, so that it is not known of what a field is asked.
    moves: bool,
}

impl Placeholder<'_> {
    /// What tells it from others, whatever is changed around it.
    fn place(&self) -> String {
        let nth = self.node.holes().iter().position(|h| h.span() == self.hole.span()).unwrap_or_default();
        format!("{}:{nth}", crate::syntax::place(self.node))
    }
}

/// The parts of a set that are filled in: the template, the generators, the patch.
const FILLED: [&str; 3] = ["template", "generators", "templatePatch"];

/// Every placeholder that the controller fills in.
fn placeholders<'m>(manifest: &'m Manifest, document: &Document) -> Vec<Placeholder<'m>> {
    let text = &manifest.file.text;
    let mut out = Vec::new();
    for part in FILLED {
        let Some(root) = manifest.node(document, &Path::keys(["spec", part])) else { continue };
        for node in crate::syntax::nodes(root).into_iter().filter(|n| n.kind() == Kind::Scalar) {
            if node.holes().is_empty() {
                continue;
            }
            let source = node.source();
            let ranges = source.contains("range");
            let moves = ranges || ["with ", "define", "block"].iter().any(|word| source.contains(word));
            for hole in node.holes() {
                let inner = text.get(hole.inner()).unwrap_or_default().trim();
                out.push(Placeholder { node, hole, inner, ranges, moves });
            }
        }
    }
    out.sort_by_key(|p| p.hole.span().start);
    out
}

/// The names of the parameters that a set's generators supply: flat (`path.basename`) for plain substitution, the
/// outermost ones for Go templates.
fn supplied(set: &ApplicationSet) -> BTreeSet<String> {
    set.expansion
        .generated
        .iter()
        .filter_map(|g| g.params.as_object())
        .flat_map(|params| params.keys().cloned())
        .collect()
}

/// The names below the free-form Helm values that an Application gives.
fn in_values(path: &Path) -> bool {
    let keys: Vec<&str> = path
        .segments()
        .iter()
        .filter_map(|s| if let seatrial_yaml::Segment::Key(k) = s { Some(&**k) } else { None })
        .collect();
    keys.iter().any(|k| matches!(*k, "valuesObject" | "values" | "kustomize" | "plugin" | "valuesInline"))
}

/// The outermost fields that a Go template expression reads from its data: `.a` of `.a.b`.
fn fields(expression: &str) -> Vec<&str> {
    let mut out = Vec::new();
    let mut quoted: Option<char> = None;
    let mut before = ' ';
    for (at, c) in expression.char_indices() {
        match quoted {
            Some(mark) if c == mark && before != '\\' => quoted = None,
            Some(_) => {}
            None if matches!(c, '"' | '`' | '\'') => quoted = Some(c),
            None if c == '.' && (before.is_whitespace() || "(|,=".contains(before)) => {
                let rest = expression.get(at + 1..).unwrap_or_default();
                let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
                if end > 0 && !rest.starts_with(|c: char| c.is_ascii_digit()) {
                    out.extend(rest.get(..end));
                }
            }
            None => {}
        }
        before = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::fields;

    #[test]
    fn fields_of_expressions() {
        assert_eq!(fields(".a.b"), ["a"]);
        assert_eq!(fields("if and .x (eq .y \".z\")"), ["x", "y"]);
        assert_eq!(fields("printf \"%s\" .a|upper"), ["a"]);
        assert_eq!(fields("$.a"), Vec::<&str>::new());
        assert_eq!(fields("0.5"), Vec::<&str>::new());
    }
}
