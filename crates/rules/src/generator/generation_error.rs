use std::cell::LazyCell;
use std::collections::HashSet;

use seatrial_argocd::ConditionError;
use seatrial_trial::{ApplicationSet, Document, Fix, Manifest, Model, Sink};
use seatrial_yaml::{Node, Path};

use super::{broken_placeholder, missing_parameter, sets};
use crate::rewrite::base;

declare_rule! {
    /// Finds ApplicationSets that the controller would stop at, with its own words.
    ///
    /// ## What it does
    /// Expands every set as the controller does. An error that no other rule explains is reported with the reason
    /// and message that the controller would write into the `ErrorOccurred` condition.
    ///
    /// ## Why it is bad
    /// When a generator or the template fails for one set of parameters, the controller creates, changes and deletes
    /// nothing of the whole set. There is no event on any Application, for there is none.
    ///
    /// ## Example
    /// ```yaml
    /// generators:
    ///   - matrix:
    ///       generators:
    ///         - list: {elements: [{env: dev}]}
    /// ```
    /// fails with `found less than two generators, Matrix support only two`.
    ///
    /// ## How to fix
    /// See the message.
    ///
    /// ## When to ignore
    /// Never.
    "generation-error", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (_, set, manifest, document) in sets(model) {
        let others = Others::new(set, manifest, document);
        let mut said: Vec<&str> = Vec::new();
        for error in &set.expansion.errors {
            if explained(error, &others, manifest, document) || said.contains(&error.message.as_str()) {
                continue;
            }
            said.push(&error.message);
            let consequence = if error.stops { "nothing is generated" } else { "it is not created" };
            let span = template_in(&error.message, manifest, document)
                .map_or_else(|| manifest.span_at(document, &error.at), |node| manifest.anchor(node));
            let mut finding = out
                .finding(span, format!("{consequence}: {} ({})", error.message, error.reason))
                .help("this is what the controller would write into the set's ErrorOccurred condition")
                .field(error.at.to_string())
                .key(error.reason.clone())
                .maybe_fix(retyped(error, manifest, document));
            finding.applications =
                error.applications.iter().map(|name| format!("{}/{name}", set.namespace)).collect();
            finding.applications.sort();
            finding.applications.dedup();
            out.push(finding);
        }
    }
}

/// The scalar whose text the message quotes as the template that failed; the longest, where one holds another.
fn template_in<'m>(message: &str, manifest: &'m Manifest, document: &Document) -> Option<Node<'m>> {
    let (_, quoted) = message.split_once(" template ")?;
    let spec = manifest.node(document, &Path::keys(["spec"]))?;
    let texts = crate::syntax::nodes(spec).into_iter().filter_map(|n| Some((n.as_str()?, n)));
    let failed = texts.filter(|(text, _)| text.contains("{{") && quoted.starts_with(&format!("{text}:")));
    failed.max_by_key(|(text, _)| text.len()).map(|(_, node)| node)
}

/// The fix of a text in an element where the field that the patch makes of it holds no text: `'true'` for a switch.
fn retyped(error: &ConditionError, manifest: &Manifest, document: &Document) -> Option<Fix> {
    let (_, told) = error.message.split_once("cannot unmarshal string into Go struct field Application.")?;
    let (field, kind) = told.split_once(" of type ")?;
    let field = Path::keys(field.split('.'));
    let passed = manifest.passed(document).into_iter().find(|passed| field.starts_with(&passed.field))?;
    let below = Path::new(field.segments().get(passed.field.len()..)?.to_vec());
    let node = manifest.node(document, &error.at.concat(&passed.parameter).concat(&below))?;
    let text = node.as_str()?;
    let fits = match kind.split(|c: char| !c.is_ascii_alphanumeric()).next()? {
        "bool" => matches!(&*text, "true" | "false"),
        "int" | "int32" | "int64" => text.parse::<i64>().is_ok(),
        _ => false,
    };
    fits.then(|| Fix::safe("write it without quotes", vec![base::set_value(manifest, node, &text)]))
}

/// What rules with a more telling name say of a set, once it is asked: there may be an error of each element.
struct Others<'m> {
    /// The parameters that `missing-parameter` tells of.
    missing: LazyCell<HashSet<String>, Box<dyn FnOnce() -> HashSet<String> + 'm>>,
    /// Whether `broken-placeholder` finds anything.
    broken: LazyCell<bool, Box<dyn FnOnce() -> bool + 'm>>,
}

impl<'m> Others<'m> {
    fn new(set: &'m ApplicationSet, manifest: &'m Manifest, document: &'m Document) -> Self {
        Self {
            missing: LazyCell::new(Box::new(move || missing_parameter::told(set, manifest, document))),
            broken: LazyCell::new(Box::new(move || broken_placeholder::is_in(manifest, document))),
        }
    }
}

/// Whether a rule with a more telling name reports it.
fn explained(error: &ConditionError, others: &Others<'_>, manifest: &Manifest, document: &Document) -> bool {
    if let Some(name) = missing_parameter::refused(&error.message) {
        return others.missing.contains(name);
    }
    let undefined =
        error.message.split_once("function \"").and_then(|(_, rest)| rest.split_once("\" not defined"));
    if undefined.is_some_and(|(name, _)| super::undotted_parameter::tells_of(manifest, document, name)) {
        return true;
    }
    // Whatever a template without its braces leads to.
    let unread = error.message.contains("failed to parse template");
    if unread && *others.broken {
        return true;
    }
    const TOLD: [&str; 12] = [
        // non-string-parameter
        "error parsing value as string",
        "error parsing values map",
        // unknown-cluster, exclusive-fields, missing-field
        "error getting cluster by server",
        "there are no clusters with this name",
        "can't have both name and server defined",
        "destination server or name",
        "missing from app spec",
        "AppProject.argoproj.io \"\" not found",
        // project rules
        "references project",
        // duplicate-application
        "with duplicate name",
        // invalid-name
        "Invalid value: ",
        // wrong-type
        "cannot unmarshal",
    ];
    if error.message.starts_with("invalid templatePatch") && takes_over(manifest, document) {
        return false;
    }
    TOLD.iter().any(|words| error.message.contains(words))
}

/// Whether the patch takes over whole parameters: of what type their fields are can then be seen in the result alone.
fn takes_over(manifest: &Manifest, document: &Document) -> bool {
    let patch = manifest.node(document, &Path::keys(["spec", "templatePatch"])).and_then(Node::as_str);
    patch.is_some_and(|text| ["toYaml", "toJson", "toRawJson"].iter().any(|word| text.contains(word)))
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn in_the_controllers_words() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - matrix:\n        generators:\n          \
                   - list: {elements: [{env: dev}]}\n  template:\n    metadata: {name: 'a-{{env}}'}\n    spec: {project: default}\n";
        Tester::new(&RULE).finds(set, &["7:7 found less than two generators, Matrix support only two"]);
    }

    #[test]
    fn at_the_template_that_fails() {
        let set = |name: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  generators:\n    - list: {{elements: [{{env: dev}}]}}\n  template:\n    metadata:\n      name: '{name}'\n    spec: {{project: default}}\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[&set("a-{{.env}}"), &set("a-{{env}}")])
            .finds(&set("a-{{ if .env }}x"), &["11:13 unexpected EOF"])
            .finds(&set("a-{{ lookup .env }}"), &["11:13 function \"lookup\" not defined"]);
    }

    #[test]
    fn a_type_that_only_the_result_shows() {
        let set = |value: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {{name: a, namespace: argocd}}\nspec:\n  goTemplate: true\n  generators: [{{list: {{elements: [{{n: x, sync: {{automated: {{prune: {value}}}}}}}]}}}}]\n  template:\n    metadata: {{name: 'a-{{{{ .n }}}}'}}\n    spec:\n      project: default\n      source: {{repoURL: https://charts.acme.dev, path: a}}\n      destination: {{server: https://kubernetes.default.svc, namespace: a}}\n  templatePatch: |\n    spec:\n      syncPolicy:\n        {{{{- toYaml .sync | nindent 8 }}}}\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[&set("true")])
            .finds(&set("'true'"), &["6:35 cannot unmarshal string into Go struct field"])
            .fixes_safely(&[(&set("'true'"), &set("true")), (&set("'on'"), &set("'on'"))]);
    }
}
