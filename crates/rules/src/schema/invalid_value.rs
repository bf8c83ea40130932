use std::sync::LazyLock;

use regex::Regex;
use seatrial_argocd::Path;
use seatrial_argocd::schema::IssueKind;
use seatrial_trial::{Fix, Model, Sink};
use serde_json::Value;

use super::{Object, objects, short};
use crate::rewrite::base;
use crate::subject::{listed, nearest};

declare_rule! {
    /// Finds values that a field does not take.
    ///
    /// ## What it does
    /// Compares texts with the choices, patterns and lengths of the schema, and durations, Go template options and retry
    /// limits with what the controllers read; also `kind` and `apiVersion` where they are nearly Argo CD's.
    ///
    /// ## Why it is bad
    /// The API server refuses what its schema forbids. A bad duration fails each sync, and a bad Go template option makes
    /// the ApplicationSet controller panic: nothing is generated, and no condition says why.
    ///
    /// ## Example
    /// ```yaml
    /// goTemplateOptions: ["missingkey=fail"]
    /// ```
    ///
    /// ## How to fix
    /// Use one of the values that the message lists.
    ///
    /// ## When to ignore
    /// Never.
    "invalid-value", Schema, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    heads(model, out);
    let version = model.version();
    for object in objects(model) {
        for issue in object.issues(version) {
            let value = issue.path.lookup(&object.json).and_then(Value::as_str).unwrap_or_default();
            if value.contains("{{") {
                continue;
            }
            let (allowed, help) = match &issue.kind {
                IssueKind::InvalidEnum { allowed } => {
                    (allowed.clone(), format!("use one of {}", listed(allowed.iter().map(String::as_str))))
                }
                IssueKind::InvalidText => (Vec::new(), issue.text.clone()),
                _ => continue,
            };
            if out.full(object.manifest.span_at(object.document, &issue.path)) {
                return;
            }
            push(out, &object, &issue.path, value, &allowed, "the API server refuses the object", help);
        }
        for (path, value, allowed, effect, help) in extra(&object) {
            push(out, &object, &path, &value, &allowed, effect, help);
        }
    }
}

/// Objects that are nearly Argo CD's: a kind in the wrong case or number, a group or version that there is not.
fn heads(model: &Model<'_>, out: &mut Sink<'_>) {
    const API: &str = "argoproj.io/v1alpha1";
    const KINDS: [&str; 3] = ["Application", "ApplicationSet", "AppProject"];
    for (manifest, document) in model.documents() {
        let Ok(json) = &document.json else { continue };
        let text = |key: &str| json.get(key).and_then(Value::as_str).unwrap_or_default();
        let (api, kind) = (text("apiVersion"), text("kind"));
        let same = |right: &&&str| {
            let plain = |text: &str| {
                text.to_ascii_lowercase().replace(['-', '_', ' '], "").trim_end_matches('s').to_owned()
            };
            plain(kind) == plain(right)
        };
        let Some(right) = KINDS.iter().find(same) else { continue };
        // `app.k8s.io` has an Application of its own.
        let ours = api.starts_with("argoproj.io/") || *right != "Application" || api.contains("argo");
        if !ours || api.is_empty() {
            continue;
        }
        for (key, written, right) in [("kind", kind, *right), ("apiVersion", api, API)] {
            if written == right {
                continue;
            }
            let path = Path::keys([key]);
            let fix = manifest.node(document, &path).map(|node| {
                Fix::safe(
                    format!("write `{right}`"),
                    vec![base::set_value(manifest, node, &base::scalar(right))],
                )
            });
            let finding = out
                .finding(
                    manifest.span_at(document, &path),
                    format!("`{key}: {written}` is not what Argo CD serves: the API server does not know it"),
                )
                .help(format!("write `{key}: {right}`"))
                .key(format!("{key}:{written}"))
                .maybe_fix(fix);
            out.push(finding);
        }
    }
}

fn push(
    out: &mut Sink<'_>,
    object: &Object<'_>,
    path: &Path,
    value: &str,
    allowed: &[String],
    effect: &str,
    help: String,
) {
    let name = path
        .segments()
        .iter()
        .rev()
        .find_map(|s| if let seatrial_yaml::Segment::Key(k) = s { Some(&**k) } else { None });
    let near = nearest(value, allowed.iter().map(String::as_str));
    let fix = near.and_then(|near| {
        let node = object.manifest.node(object.document, path)?;
        Some(Fix::risky(
            format!("write `{near}`"),
            vec![base::set_value(object.manifest, node, &base::scalar(near))],
        ))
    });
    let finding = out
        .finding(
            object.manifest.span_at(object.document, path),
            format!("`{}` does not take `{value}`: {effect}", name.unwrap_or_default()),
        )
        .help(help)
        .key(format!("{}:{value}", short(path)))
        .maybe_fix(fix);
    out.push(finding);
}

static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^[-+]?(\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)((\d+(\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h))*$|^\d+$",
    )
    .ok()
});

type Extra = (Path, String, Vec<String>, &'static str, String);

/// What only the controllers check.
fn extra(object: &Object<'_>) -> Vec<Extra> {
    let mut out = Vec::new();
    let spec = Path::keys(["spec"]);
    let mut application = spec.clone();
    if object.kind == "ApplicationSet" {
        for (i, option) in list(&object.json, &spec.join("goTemplateOptions")).into_iter().enumerate() {
            const OPTIONS: [&str; 4] =
                ["missingkey=default", "missingkey=error", "missingkey=invalid", "missingkey=zero"];
            if !OPTIONS.contains(&option.as_str()) {
                out.push((
                    spec.join("goTemplateOptions").join(i),
                    option,
                    OPTIONS.map(str::to_owned).to_vec(),
                    "the controller panics (`unrecognized option`) and generates nothing",
                    format!("use one of {}", listed(OPTIONS)),
                ));
            }
        }
        application = spec.join("template").join("spec");
    }
    if object.kind == "AppProject" {
        let windows = spec.join("syncWindows");
        let count = windows.lookup(&object.json).and_then(Value::as_array).map_or(0, Vec::len);
        for path in (0..count).map(|i| windows.join(i).join("kind")) {
            let Some(text) = path.lookup(&object.json).and_then(Value::as_str) else { continue };
            if !matches!(text, "allow" | "deny") {
                out.push((
                    path,
                    text.to_owned(),
                    vec!["allow".to_owned(), "deny".to_owned()],
                    "Argo CD refuses the window",
                    "use `allow` or `deny`".to_owned(),
                ));
            }
        }
    }
    let backoff = application.join("syncPolicy").join("retry").join("backoff");
    for key in ["duration", "maxDuration"] {
        let path = backoff.join(key);
        let Some(text) = path.lookup(&object.json).and_then(Value::as_str) else { continue };
        let good =
            text.is_empty() || text.contains("{{") || DURATION.as_ref().is_none_or(|d| d.is_match(text));
        if !good {
            out.push((
                path,
                text.to_owned(),
                Vec::new(),
                "it is no duration of Go, so retries fail",
                "write it as `5s`, `3m` or `1h30m`".to_owned(),
            ));
        }
    }
    out
}

fn list(json: &Value, path: &Path) -> Vec<String> {
    let items = path.lookup(json).and_then(Value::as_array).into_iter().flatten();
    items.filter_map(Value::as_str).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const SET: &str = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: [missingkey=error]\n  generators: []\n  \
                       syncPolicy: {applicationsSync: create-update}\n  template:\n    metadata: {name: a}\n    spec:\n      project: default\n      destination: {name: in-cluster}\n      \
                       syncPolicy: {retry: {limit: 2, backoff: {duration: 5s, maxDuration: 3m}}}\n";

    #[test]
    fn choices() {
        Tester::new(&RULE)
            .pass(&[SET])
            .finds(
                &SET.replace("=error", "=eror"),
                &["7:23 does not take `missingkey=eror`: the controller panics"],
            )
            .finds(&SET.replace("5s", "5 sec"), &["15:58 `duration` does not take `5 sec`"])
            .finds(
                &SET.replace("create-update", "create-updat"),
                &["9:34 `applicationsSync` does not take `create-updat`"],
            )
            .fixes(&[(&SET.replace("create-update", "create-updat"), SET)]);
    }

    #[test]
    fn kinds_and_versions() {
        let head =
            |api: &str, kind: &str| format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: a}}\n");
        let right = head("argoproj.io/v1alpha1", "ApplicationSet");
        Tester::new(&RULE)
            .pass(&[
                &right,
                &head("app.k8s.io/v1beta1", "Application"),
                &head("argoproj.io/v1alpha1", "Rollout"),
            ])
            .finds(
                &head("argoproj.io/v1alpha1", "Applicationset"),
                &["2:7 `kind: Applicationset` is not what"],
            )
            .finds(&head("argoproj.io/v1", "ApplicationSet"), &["1:13 `apiVersion: argoproj.io/v1`"])
            .fixes_safely(&[(&head("argocd.io/v1", "ApplicationSets"), &right)]);
    }

    #[test]
    fn windows_allow_or_deny() {
        let project = |kind: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: AppProject\nspec:\n  syncWindows: [{{kind: {kind}}}]\n"
            )
        };
        Tester::new(&RULE)
            .pass(&[&project("deny")])
            .finds(&project("block"), &["4:24 `kind` does not take `block`"]);
    }
}
