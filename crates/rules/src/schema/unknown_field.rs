use seatrial_argocd::Path;
use seatrial_argocd::schema::IssueKind;
use seatrial_trial::{Fix, Model, Sink};
use serde_json::Value;

use super::{Object, at_mut, key_span, objects, short};
use crate::rewrite::base;

declare_rule! {
    /// Finds fields that Argo CD does not have.
    ///
    /// ## What it does
    /// Compares every field of an Application, ApplicationSet or AppProject with the schema of the platform's Argo CD
    /// version.
    ///
    /// ## Why it is bad
    /// `kubectl apply` refuses the object (`strict decoding error: unknown field …`). Where nobody checks (`argocd appset
    /// create`, server-side apply by tools, `--validate=false`) the API server drops the field without a word, and with it
    /// everything below: all Helm values, say.
    ///
    /// ## Example
    /// ```yaml
    /// helm:
    ///   valuesInline:
    ///     replicaCount: 3
    /// ```
    ///
    /// ## How to fix
    /// Use the field that exists: `valuesObject`.
    ///
    /// ## When to ignore
    /// When the field belongs to a newer Argo CD than Seatrial knows.
    "unknown-field", Schema, Error, blocks: true
}

/// Fields that models and people invent, and what they mean.
const MEANT: [(&str, &str); 8] = [
    ("valuesInline", "valuesObject"),
    ("inlineValues", "valuesObject"),
    ("valuesYaml", "values"),
    ("valuesFiles", "valueFiles"),
    ("valuesFile", "valueFiles"),
    ("autoSync", "automated"),
    ("automatic", "automated"),
    ("autosync", "automated"),
];

/// Fields that are found under another name by another rule.
const ELSEWHERE: [&str; 8] = [
    "healthChecks",
    "healthCheck",
    "healthcheck",
    "healthchecks",
    "livenessProbe",
    "readinessProbe",
    "startupProbe",
    "healthAssessment",
];

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let version = model.version();
    for object in objects(model) {
        for issue in object.issues(version) {
            let IssueKind::UnknownField { nearest, elsewhere, introduced: None, removed: None } = &issue.kind
            else {
                continue;
            };
            let Some(key) = issue.path.last_key() else { continue };
            if ELSEWHERE.contains(&key) {
                continue;
            }
            if out.full(key_span(object.manifest, object.document, &issue.path)) {
                return;
            }
            let value = issue.path.lookup(&object.json);
            let meant = meant(key, value).or(nearest.as_deref());
            let near = meant.filter(|name| fits(&object, version, &issue.path, name));
            let place = issue.path.parent().map(|p| p.to_string()).unwrap_or_default();
            let place = if place.is_empty() { object.kind.to_owned() } else { format!("`{place}`") };
            let help = help(key, near.or(meant), elsewhere.as_ref());
            let fix = near.and_then(|name| {
                let node = object.manifest.node(object.document, &issue.path)?.key()?;
                Some(Fix::safe(
                    format!("rename it to `{name}`"),
                    vec![base::rename(object.manifest, node, name)],
                ))
            });
            let finding = out
                .finding(
                    key_span(object.manifest, object.document, &issue.path),
                    format!(
                        "Argo CD {version} has no field `{key}` in {place}: kubectl refuses it (`{}`), and where nobody checks it is dropped with all it holds",
                        issue.text
                    ),
                )
                .help(help)
                .key(short(&issue.path))
                .maybe_fix(fix);
            out.push(finding);
        }
    }
}

fn meant(key: &str, value: Option<&Value>) -> Option<&'static str> {
    if key == "valuesInline" && value.is_some_and(Value::is_string) {
        return Some("values");
    }
    MEANT.iter().find(|(wrong, _)| *wrong == key).map(|(_, right)| *right)
}

/// Whether the value has the shape of the field it would be.
fn fits(object: &Object<'_>, version: seatrial_argocd::Version, path: &Path, name: &str) -> bool {
    let (Some(parent), Some(key)) = (path.parent(), path.last_key()) else { return false };
    object.improves(version, |root| {
        if let Some(Value::Object(map)) = at_mut(root, &parent)
            && !map.contains_key(name)
            && let Some(value) = map.remove(key)
        {
            map.insert(name.to_owned(), value);
        }
    })
}

fn help(key: &str, near: Option<&str>, elsewhere: Option<&Path>) -> String {
    match (key, near, elsewhere) {
        ("syncWindows" | "syncWindow", _, _) => {
            "sync windows belong into the AppProject's `spec.syncWindows`".to_owned()
        }
        ("deniedNamespaces", _, _) => {
            "write them into `spec.destinations` with a `!` before the namespace, beside the allowed ones"
                .to_owned()
        }
        (_, Some(near), _) => format!("write `{near}`"),
        (_, None, Some(path)) => format!("the field is `{path}`: move it there"),
        _ => "take it out, or look up where it belongs".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  destination: {name: in-cluster}\n  source:\n    repoURL: https://x\n    path: .\n    \
                       helm:\n      valuesInline:\n        a: 1\n";

    #[test]
    fn what_argo_cd_does_not_have() {
        let good = APP.replace("valuesInline", "valuesObject");
        Tester::new(&RULE)
            .pass(&[&good])
            .finds(APP, &["12:7 has no field `valuesInline` in `spec.source.helm`"])
            .finds(
                &good.replace("  project", "  syncWindows: []\n  project"),
                &["6:3 has no field `syncWindows`"],
            )
            .fixes_safely(&[
                (APP, &good),
                (
                    &APP.replace("valuesInline:\n        a: 1", "valuesFiles: [a.yaml]"),
                    &APP.replace("valuesInline:\n        a: 1", "valueFiles: [a.yaml]"),
                ),
                (
                    &APP.replace("valuesInline:\n        a: 1", "valuesInline: 'a: 1'"),
                    &APP.replace("valuesInline:\n        a: 1", "values: 'a: 1'"),
                ),
            ]);
    }
}
