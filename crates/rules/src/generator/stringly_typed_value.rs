use seatrial_argocd::RepoAnswer;
use seatrial_trial::{ApplicationSet, Document, Fix, Manifest, Model, Purpose, Severity, Sink};
use seatrial_yaml::{Kind, Node, Path, goyaml};
use serde_json::Value;

use super::sets;
use crate::rewrite::go_template::{self, Names};
use crate::rewrite::patch::Patch;

declare_rule! {
    /// Finds numbers and booleans that reach the chart as text.
    ///
    /// ## What it does
    /// Finds placeholders in `valuesObject` that are a whole value, and that are a number or a boolean in every
    /// Application.
    ///
    /// ## Why it is bad
    /// A template fills in strings, and a string stays one: `replicaCount: '{{replicas}}'` becomes `replicaCount: "5"`. A
    /// chart with a `values.schema.json` refuses it, and `if .Values.enabled` takes the text `"false"` for true.
    ///
    /// ## Example
    /// ```yaml
    /// valuesObject:
    ///   replicaCount: '{{replicas}}'
    /// ```
    ///
    /// ## How to fix
    /// Set the value in `templatePatch`, where the placeholder stands without quotes:
    /// ```yaml
    /// templatePatch: |
    ///   spec:
    ///     source:
    ///       helm:
    ///         valuesObject:
    ///           replicaCount: {{ .replicas }}
    /// ```
    ///
    /// ## When to ignore
    /// When the chart wants text there.
    "stringly-typed-value", Generator, Warning
}

/// Where an Application's own values are, in the set.
const VALUES: [&str; 6] = ["spec", "template", "spec", "source", "helm", "valuesObject"];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (index, set, manifest, document) in sets(model) {
        let Some(root) = manifest.node(document, &Path::keys(VALUES)) else { continue };
        let defaults = chart_values(model, set);
        let mut found: Vec<(Node<'_>, Path, &'static str, bool)> = Vec::new();
        for node in crate::syntax::nodes(root) {
            if node.kind() != Kind::Scalar || node.is_key() || !is_placeholder(node) {
                continue;
            }
            let path = Path::new(node.path().segments().get(2..).unwrap_or_default().to_vec());
            let inner = Path::new(node.path().segments().get(VALUES.len()..).unwrap_or_default().to_vec());
            let default = defaults.as_ref().and_then(|d| inner.lookup(d));
            if let Some((what, certain)) = judge(set, &path, default) {
                found.push((node, path, what, certain));
            }
        }
        let wanted = model.purpose != Purpose::Verifying;
        let fix = if wanted { fix(manifest, document, &found) } else { None };
        for (node, path, what, certain) in &found {
            if out.full(manifest.span(*node)) {
                return;
            }
            let key = path.last_key().unwrap_or_default();
            let source = node.as_str().unwrap_or_default();
            let sample = set
                .expansion
                .generated
                .first()
                .and_then(|g| path.lookup(&g.application))
                .and_then(Value::as_str)
                .unwrap_or_default();
            let consequence = if *what == "a boolean" {
                "the text \"false\" counts as true in a chart's `if`"
            } else {
                "a chart that calculates with it or checks its type refuses it"
            };
            let mut finding = out
                .finding(
                    manifest.span(*node),
                    format!(
                        "`{key}: {source}` is {what} that becomes text (`{key}: \"{sample}\"`): {consequence}"
                    ),
                )
                .help("set it in `templatePatch`, where it can stand without quotes")
                .field(path.to_string())
                .maybe_fix(fix.clone().map(|edits| Fix::risky("set the value in templatePatch", edits)));
            if *certain {
                finding = finding.severity(Severity::Error);
            }
            finding.applications = model.generated(index).map(|a| a.qualified_name()).collect();
            finding.applications.sort();
            finding.environments = model.generated(index).filter_map(|a| a.environment.clone()).collect();
            finding.environments.sort();
            finding.environments.dedup();
            out.push(finding);
        }
    }
}

/// Whether a string is one placeholder and nothing else.
fn is_placeholder(node: Node<'_>) -> bool {
    let text = node.as_str().unwrap_or_default();
    let text = text.trim();
    node.holes().len() == 1
        && text.starts_with("{{")
        && text.ends_with("}}")
        && text.matches("{{").count() == 1
}

/// What a value is that reaches every Application as text, and whether the chart says so.
fn judge(set: &ApplicationSet, path: &Path, default: Option<&Value>) -> Option<(&'static str, bool)> {
    let mut values = Vec::new();
    for generated in &set.expansion.generated {
        match path.lookup(&generated.application) {
            Some(Value::String(text)) => values.push(text.as_str()),
            _ => return None,
        }
    }
    let boolean = |v: &&str| matches!(*v, "true" | "false");
    let number = |v: &&str| v.parse::<i64>().is_ok_and(|n| n.to_string() == **v);
    let key = path.last_key().unwrap_or_default();
    if values.is_empty() {
        return None;
    }
    if values.iter().all(boolean) {
        return match default {
            Some(Value::String(_)) => None,
            Some(Value::Bool(_)) => Some(("a boolean", true)),
            _ => Some(("a boolean", false)),
        };
    }
    if !values.iter().all(number) {
        return None;
    }
    match default {
        Some(Value::Number(_)) => Some(("a number", true)),
        Some(Value::String(_)) => None,
        _ => counts(key).then_some(("a number", false)),
    }
}

/// Whether a key's name says that its value is counted with.
fn counts(key: &str) -> bool {
    let key = key.to_lowercase();
    [
        "replica",
        "count",
        "port",
        "timeout",
        "seconds",
        "limit",
        "retries",
        "workers",
        "concurrency",
        "percentage",
        "weight",
    ]
    .iter()
    .any(|word| key.contains(word))
        || ["min", "max"].iter().any(|word| key.starts_with(word))
}

/// The chart's own values, when the platform has its repository.
fn chart_values(model: &Model<'_>, set: &ApplicationSet) -> Option<Value> {
    let source = set.expansion.generated.first()?.application.pointer("/spec/source")?;
    let field = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
    let (url, path) = (field("repoURL"), field("path"));
    if url.is_empty() || path.is_empty() {
        return None;
    }
    let file = format!("{}/values.yaml", path.trim_end_matches('/'));
    match model.context.world().repositories.read(url, field("targetRevision"), file.trim_start_matches("./"))
    {
        RepoAnswer::Ok(bytes) => goyaml::to_json(&String::from_utf8_lossy(&bytes)).ok(),
        _ => None,
    }
}

fn fix(
    manifest: &Manifest,
    document: &Document,
    found: &[(Node<'_>, Path, &'static str, bool)],
) -> Option<Vec<seatrial_source::Edit>> {
    let mut patch = Patch::open(manifest, document)?;
    let names = Names::of(manifest, document);
    let go = go_template::is_on(manifest, document);
    for (node, path, _, _) in found {
        let text = node.as_str()?;
        let text = if go { text.trim().to_owned() } else { names.convert(text.trim()) };
        patch.set(path, &spaced(&text), None)?;
    }
    patch.edits()
}

/// `{{.x}}` as `{{ .x }}`.
fn spaced(text: &str) -> String {
    let inner = text.trim_start_matches("{{").trim_end_matches("}}").trim();
    format!("{{{{ {inner} }}}}")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n            replicas: \"1\"\n            tag: \"12\"\n  \
                       template:\n    metadata:\n      name: 'a-{{env}}'\n    spec:\n      project: default\n      source:\n        repoURL: https://x\n        helm:\n          valuesObject:\n            \
                       replicaCount: '{{replicas}}'\n            image:\n              tag: '{{tag}}'\n";

    #[test]
    fn numbers_become_text() {
        Tester::new(&RULE).pass(&[&SET.replace("replicaCount", "name")]).finds(SET, &["21:27 is a number that becomes text (`replicaCount: \"1\"`)"]).fixes(&[(
            SET,
            "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators:\n    - list:\n        \
             elements:\n          - env: dev\n            replicas: \"1\"\n            tag: \"12\"\n  template:\n    metadata:\n      name: 'a-{{.env}}'\n    spec:\n      project: default\n      source:\n        \
             repoURL: https://x\n        helm:\n          valuesObject:\n            image:\n              tag: '{{.tag}}'\n  templatePatch: |\n    spec:\n      source:\n        helm:\n          \
             valuesObject:\n            replicaCount: {{ .replicas }}\n",
        )]);
    }
}
