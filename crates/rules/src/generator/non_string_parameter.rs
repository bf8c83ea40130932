use std::collections::BTreeMap;

use seatrial_source::Edit;
use seatrial_trial::{Fix, Manifest, Model, Sink};
use seatrial_yaml::{Kind, Node};
use serde_json::Value;

use super::set_documents;
use crate::rewrite::{base, element, go_template};

declare_rule! {
    /// Finds numbers, booleans and nulls in the elements of a list generator without Go templates.
    ///
    /// ## What it does
    /// Looks at the elements of list generators of a set without `goTemplate: true`.
    ///
    /// ## Why it is bad
    /// Plain `{{name}}` substitution knows text only. The controller stops at the first other value with
    /// `error parsing value as string %!w(<nil>)` (reason `ApplicationGenerationFromParamsError`) and then creates, changes
    /// and deletes nothing at all.
    ///
    /// ## Example
    /// ```yaml
    /// - list:
    ///     elements:
    ///       - env: dev
    ///         replicas: 1
    /// ```
    ///
    /// ## How to fix
    /// Quote the values, or set `goTemplate: true`.
    ///
    /// ## When to ignore
    /// Never: nothing is generated.
    "non-string-parameter", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        if go_template::is_on(manifest, document) {
            continue;
        }
        let mut by_key: BTreeMap<String, Vec<Node<'_>>> = BTreeMap::new();
        for (_, element) in element::all(manifest, document) {
            for (key, value) in parameters(element) {
                if is_wrong(value) {
                    by_key.entry(key).or_default().push(value);
                }
            }
        }
        for (key, mut values) in by_key {
            values.sort_by_key(|v| place(manifest, *v).start);
            let Some(first) = values.first() else { continue };
            let shown = match first.kind() {
                Kind::Scalar => format!("`{key}: {}` is {}", first.source(), name(&first.to_json())),
                Kind::Null => format!("`{key}` has no value"),
                _ => format!("`{key}` is {}", name(&first.to_json())),
            };
            let more =
                if values.len() > 1 { format!(" (and {} more)", values.len() - 1) } else { String::new() };
            let mut finding = out
                .finding(
                    place(manifest, *first),
                    format!(
                        "{shown}{more}, but without goTemplate a list's parameters must be text: the controller stops with \
                         `error parsing value as string %!w(<nil>)` and generates nothing"
                    ),
                )
                .key(key.clone());
            for other in values.iter().skip(1).take(8) {
                finding = finding.related(place(manifest, *other), format!("so is this `{key}`"));
            }
            let scalars = values.iter().all(|v| matches!(v.kind(), Kind::Scalar | Kind::Null));
            let finding = if scalars {
                let edits = values.iter().flat_map(|v| quote(manifest, *v)).collect();
                finding
                    .help("quote it, or set `goTemplate: true`")
                    .fix(Fix::safe("quote the parameter", edits))
            } else {
                let edits = go_template::edits(manifest, document);
                finding
                    .help("set `goTemplate: true`, where parameters may be lists and mappings")
                    .maybe_fix(edits.map(|edits| Fix::risky("switch to Go templates", edits)))
            };
            out.push(finding);
        }
    }
}

fn place(manifest: &Manifest, value: Node<'_>) -> seatrial_source::Span {
    manifest.anchor(value)
}

/// The parameters of an element; those of `values` by themselves.
fn parameters(element: Node<'_>) -> Vec<(String, Node<'_>)> {
    let mut out = Vec::new();
    for entry in element.entries() {
        let Some(key) = entry.key.key_text() else { continue };
        if key == "values" && entry.value.kind() == Kind::Mapping {
            let inner = entry.value.entries();
            out.extend(inner.filter_map(|e| Some((format!("values.{}", e.key.key_text()?), e.value))));
        } else {
            out.push((key.into_owned(), entry.value));
        }
    }
    out
}

fn is_wrong(value: Node<'_>) -> bool {
    // A placeholder without quotes is another rule's, and would be text.
    value.holes().is_empty() && value.kind() != Kind::Error && !value.to_json().is_string()
}

fn name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

fn quote(manifest: &Manifest, value: Node<'_>) -> Vec<Edit> {
    let json = value.to_json();
    if json.is_null() {
        return vec![base::set_value(manifest, value, "\"\"")];
    }
    let source = value.source().trim_end();
    if source.contains(['"', '\\']) {
        return vec![base::set_value(manifest, value, &base::quoted(source))];
    }
    vec![base::set_value(manifest, value, &format!("\"{source}\""))]
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n";

    #[test]
    fn text_only() {
        let bad = format!(
            "{SET}          - env: dev\n            replicas: 1\n            secret: null\n          - env: prod\n            replicas: 5 # more\n            secret: x\n"
        );
        let good = format!(
            "{SET}          - env: dev\n            replicas: \"1\"\n            secret: \"\"\n          - env: prod\n            replicas: \"5\" # more\n            secret: x\n"
        );
        let go = bad.replace("spec:\n", "spec:\n  goTemplate: true\n");
        Tester::new(&RULE)
            .pass(&[&good, &go])
            .finds(&bad, &["10:23 `replicas: 1` is a number (and 1 more)", "11:21 `secret: null` is null"])
            .fixes_safely(&[(&bad, &good)]);
    }
}
