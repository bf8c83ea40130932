use seatrial_argocd::Path;
use seatrial_argocd::schema::IssueKind;
use seatrial_source::Edit;
use seatrial_trial::{Finding, Fix, Model, Severity, Sink};
use seatrial_yaml::{Kind, Node, Segment, Style};
use serde_json::Value;

use super::{Object, objects, short};
use crate::rewrite::go_template::{self, Names};
use crate::rewrite::{base, patch};

declare_rule! {
    /// Finds values of the wrong type.
    ///
    /// ## What it does
    /// Compares every value of an Application, ApplicationSet or AppProject with the type that its field has: text,
    /// boolean, number, list or mapping. In an ApplicationSet's template a placeholder is text too. A field whose mere
    /// presence says something (`automated`, a generator) must not be left empty.
    ///
    /// ## Why it is bad
    /// The API server refuses the whole object. An empty field it drops without a word.
    ///
    /// ## Example
    /// ```yaml
    /// helm:
    ///   values:            # text; a mapping goes into valuesObject
    ///     replicaCount: 3
    /// ```
    ///
    /// ## How to fix
    /// Write the type that the field has. A boolean or number that depends on the environment goes into `templatePatch`.
    ///
    /// ## When to ignore
    /// Never.
    "wrong-type", Schema, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let version = model.version();
    for object in objects(model) {
        for issue in object.issues(version) {
            if issue.kind == IssueKind::DroppedNull {
                if let Some(finding) = dropped(out, &object, &issue.path) {
                    out.push(finding);
                }
                continue;
            }
            let IssueKind::WrongType { expected, got } = &issue.kind else { continue };
            let Some(value) = issue.path.lookup(&object.json) else { continue };
            let span = object.manifest.span_at(object.document, &issue.path);
            if out.full(span) {
                return;
            }
            let node = object.manifest.node(object.document, &issue.path);
            let name = issue.path.last_key().unwrap_or("the item");
            let shown = node
                .filter(|n| n.kind() == Kind::Scalar)
                .map(|n| format!(" `{}`", n.source().trim_end()))
                .unwrap_or_default();
            let (help, fix) = mend(&object, &issue.path, expected, value, node);
            let finding = out
                .finding(
                    span,
                    format!(
                        "`{name}` must be {}, not {}{shown}: the API server refuses the object",
                        article(expected),
                        article(got)
                    ),
                )
                .help(help)
                .key(short(&issue.path))
                .maybe_fix(fix);
            out.push(finding);
        }
    }
}

/// Fields that count by being there, however empty.
const PRESENT: [&str; 19] = [
    "automated",
    "list",
    "clusters",
    "git",
    "scmProvider",
    "clusterDecisionResource",
    "pullRequest",
    "matrix",
    "merge",
    "plugin",
    "oci",
    "github",
    "gitlab",
    "gitea",
    "bitbucket",
    "bitbucketServer",
    "azureDevOps",
    "azuredevops",
    "awsCodeCommit",
];

/// An empty field that was meant to switch something on.
fn dropped(out: &Sink<'_>, object: &Object<'_>, at: &Path) -> Option<Finding> {
    let name = at.last_key().filter(|name| PRESENT.contains(name))?;
    // Elsewhere the same words are no switches.
    let root = if object.kind == "ApplicationSet" { "spec.template.spec" } else { "spec" };
    let generator = at.starts_with(&Path::keys(["spec", "generators"]));
    let automated = *at == Path::keys(root.split('.').chain(["syncPolicy", "automated"]));
    if !automated && !generator {
        return None;
    }
    let node = object.manifest.node(object.document, at)?;
    let edit = base::set_value(object.manifest, node, "{}");
    let empty = node.source().trim().is_empty();
    Some(
        out.finding(
            super::key_span(object.manifest, object.document, at),
            format!(
                "`{name}` is empty, and the API server drops empty fields: it is as if it were not there"
            ),
        )
        .severity(Severity::Warning)
        .help(format!("write `{name}: {{}}`, or take it out"))
        .key(short(at))
        .maybe_fix((!empty).then(|| Fix::risky(format!("write `{name}: {{}}`"), vec![edit]))),
    )
}

fn article(name: &str) -> String {
    match name {
        "string" => "text".to_owned(),
        "integer" => "a whole number".to_owned(),
        "array" => "a list".to_owned(),
        "object" => "a mapping".to_owned(),
        "null" => "null".to_owned(),
        other => format!("a {other}"),
    }
}

fn mend(
    object: &Object<'_>,
    path: &Path,
    expected: &str,
    value: &Value,
    node: Option<Node<'_>>,
) -> (String, Option<Fix>) {
    let manifest = object.manifest;
    let text = value.as_str().unwrap_or_default();
    let safe = |title: &str, edits: Option<Vec<Edit>>| edits.map(|edits| Fix::safe(title, edits));
    match (expected, value) {
        ("string", Value::Object(_)) if path.last_key() == Some("values") => {
            let rename =
                node.and_then(|n| n.key()).map(|key| vec![base::rename(manifest, key, "valuesObject")]);
            (
                "write `valuesObject`, which is the field for a mapping".to_owned(),
                safe("rename it to `valuesObject`", rename),
            )
        }
        ("string", Value::Number(_) | Value::Bool(_)) => {
            let edits = node.filter(|n| n.style() == Style::Plain).map(|n| base::quote(manifest, n.span()));
            ("quote it".to_owned(), safe("quote it", edits))
        }
        ("boolean" | "integer" | "number", Value::String(_)) if text.contains("{{") => (
            "move the field to `templatePatch`, where a placeholder can stand unquoted".to_owned(),
            to_patch(object, path, text).map(|edits| Fix::safe("move the field to templatePatch", edits)),
        ),
        ("boolean", Value::String(_)) if matches!(text, "true" | "false") => (
            format!("write {text} without quotes"),
            safe("take the quotes off", node.map(|n| vec![base::set_value(manifest, n, text)])),
        ),
        ("integer" | "number", Value::String(_)) if text.parse::<i64>().is_ok() => (
            format!("write {text} without quotes"),
            safe("take the quotes off", node.map(|n| vec![base::set_value(manifest, n, text)])),
        ),
        ("boolean", Value::String(_)) if path.last_key() == Some("exclude") => {
            ("give the path an entry of its own: `- path: …` with `exclude: true`".to_owned(), None)
        }
        ("array", Value::String(_) | Value::Number(_) | Value::Bool(_)) => {
            let edits = node.filter(|n| n.kind() == Kind::Scalar && !n.source().contains('\n')).map(|n| {
                let span = n.span();
                let end = span.start + n.source().trim_end().len();
                vec![base::insert(manifest, span.start, "["), base::insert(manifest, end, "]")]
            });
            ("write a list".to_owned(), safe("make a list of it", edits))
        }
        _ => (format!("write {}", article(expected)), None),
    }
}

/// Moves a field of the template into `templatePatch`.
fn to_patch(object: &Object<'_>, path: &Path, text: &str) -> Option<Vec<Edit>> {
    let template = Path::keys(["spec", "template"]);
    let rest: Vec<Segment> = path.segments().get(template.len()..)?.to_vec();
    (object.kind == "ApplicationSet" && path.starts_with(&template)).then_some(())?;
    let names = Names::of(object.manifest, object.document);
    let go = go_template::is_on(object.manifest, object.document);
    let text = if go { text.to_owned() } else { names.convert(text) };
    patch::add(object.manifest, object.document, &Path::new(rest), &text, None)
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  destination: {name: in-cluster}\n  source:\n    repoURL: https://x\n    path: .\n";

    #[test]
    fn types() {
        let app = |more: &str| format!("{APP}{more}");
        Tester::new(&RULE)
            .pass(&[
                &app("    helm: {values: 'a: 1'}\n"),
                &app("    helm:\n  syncPolicy: {automated: {prune: null}}\n"),
            ])
            .finds(&app("  syncPolicy:\n    automated:\n"), &["12:5 `automated` is empty"])
            .finds(
                &app("    helm:\n      values:\n        a: 1\n"),
                &["12:7 `values` must be text, not a mapping"],
            )
            .finds(
                &app("  syncPolicy: {automated: {prune: yep}}\n"),
                &["11:35 `prune` must be a boolean, not text `yep`"],
            )
            .fixes_safely(&[
                (
                    &app("    helm:\n      values:\n        a: 1\n"),
                    &app("    helm:\n      valuesObject:\n        a: 1\n"),
                ),
                (
                    &app("  syncPolicy: {automated: {prune: 'true'}}\n"),
                    &app("  syncPolicy: {automated: {prune: true}}\n"),
                ),
                (
                    &app("  syncPolicy: {syncOptions: CreateNamespace=true}\n"),
                    &app("  syncPolicy: {syncOptions: [CreateNamespace=true]}\n"),
                ),
                (&app("    targetRevision: 1.2\n"), &app("    targetRevision: '1.2'\n")),
            ]);
    }

    #[test]
    fn templated_booleans_move() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - {env: dev, prune: \"true\"}\n  template:\n    \
                   metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n      destination: {name: in-cluster}\n      syncPolicy:\n        automated:\n          prune: '{{prune}}'\n          selfHeal: true\n";
        let fixed = Tester::new(&RULE).fixed(set, false);
        assert!(fixed.contains("  templatePatch: |\n    spec:\n      syncPolicy:\n        automated:\n          prune: {{.prune}}\n"), "{fixed}");
        assert!(fixed.contains("        automated:\n          selfHeal: true\n"), "{fixed}");
    }
}
