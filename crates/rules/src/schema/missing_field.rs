use seatrial_argocd::Path;
use seatrial_argocd::schema::IssueKind;
use seatrial_trial::{Fix, Model, Sink};
use serde_json::Value;

use super::{objects, short};
use crate::rewrite::base;

declare_rule! {
    /// Finds required fields that are absent.
    ///
    /// ## What it does
    /// Looks for the fields that the schema of the platform's version requires, and for those without which no
    /// Application works: a source, `targetRevision` of a chart, `path` or `chart`, a destination.
    ///
    /// ## Why it is bad
    /// The API server refuses the object (`Required value`), or Argo CD sets `InvalidSpecError` on the Application.
    ///
    /// ## Example
    /// ```yaml
    /// spec:
    ///   destination: {name: in-cluster}
    ///   source: {repoURL: https://charts.example.org, chart: agent}
    /// ```
    ///
    /// ## How to fix
    /// Add the field.
    ///
    /// ## When to ignore
    /// Never.
    "missing-field", Schema, Error, blocks: true, explained_by: &["truncated-manifest"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let version = model.version();
    for object in objects(model) {
        for issue in object.issues(version) {
            if issue.kind != IssueKind::MissingField {
                continue;
            }
            let key = issue.path.last_key().unwrap_or_default();
            let parent = issue.path.parent().unwrap_or_default();
            let span = object.manifest.span_at(object.document, &parent);
            if out.full(span) {
                return;
            }
            let place = if parent.is_empty() { object.kind.to_owned() } else { format!("`{parent}`") };
            let edit = value(&issue.path).and_then(|text| {
                let mapping = object.manifest.node(object.document, &parent)?;
                base::append_entry(object.manifest, mapping, &format!("{key}: {text}"))
            });
            let finding = out
                .finding(
                    span,
                    format!("{place} has no `{key}`: the API server refuses the object ({})", issue.text),
                )
                .help(format!("add `{key}`"))
                .key(short(&issue.path))
                .maybe_fix(edit.map(|edit| Fix::risky(format!("add `{key}`"), vec![edit])));
            out.push(finding);
        }
    }
    for application in &model.applications {
        for (path, message, help) in absent(&application.json) {
            let located = model.locate_template(application, &path);
            let finding = out.finding(located.span, message).help(help).key(short(&path));
            out.push_for(application, finding);
        }
    }
}

/// What stands for a field until a person says better.
fn value(path: &Path) -> Option<&'static str> {
    match path.last_key()? {
        "project" => Some("default"),
        _ => None,
    }
}

/// What an Application lacks although the schema does not mind.
fn absent(application: &Value) -> Vec<(Path, String, &'static str)> {
    let mut out = Vec::new();
    let Some(spec) = application.get("spec").filter(|s| s.is_object()) else { return out };
    let at = Path::keys(["spec"]);
    let text =
        |value: &Value, key: &str| value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let list = spec.get("sources").and_then(Value::as_array).filter(|l| !l.is_empty());
    let sources: Vec<(Path, &Value)> = match list {
        Some(list) => list.iter().enumerate().map(|(i, s)| (at.join("sources").join(i), s)).collect(),
        None => spec.get("source").map(|s| (at.join("source"), s)).into_iter().collect(),
    };
    let hydrated = spec.get("sourceHydrator").is_some();
    if sources.is_empty() && !hydrated {
        out.push((
            at.clone(),
            "there is no `source`: the Application has nothing to deploy".to_owned(),
            "add `source` or `sources`",
        ));
    }
    for (path, source) in sources {
        let (chart, dir, reference) = (text(source, "chart"), text(source, "path"), text(source, "ref"));
        let oci = text(source, "repoURL").starts_with("oci://");
        if !chart.is_empty() && text(source, "targetRevision").is_empty() {
            out.push((
                path.clone(),
                format!("the chart `{chart}` has no version: Argo CD requires `targetRevision` of a chart"),
                "add `targetRevision` with the chart's version",
            ));
        }
        if chart.is_empty()
            && dir.is_empty()
            && reference.is_empty()
            && !oci
            && !text(source, "repoURL").is_empty()
        {
            out.push((
                path,
                "the source has neither `path` nor `chart`: Argo CD sets InvalidSpecError (`spec.source.repoURL and either spec.source.path or spec.source.chart are required`)".to_owned(),
                "add `path`, or `chart` for a Helm repository",
            ));
        }
    }
    if let Some(destination) = spec.get("destination").filter(|d| d.is_object())
        && text(destination, "server").is_empty()
        && text(destination, "name").is_empty()
    {
        out.push((
            at.join("destination"),
            "the destination names no cluster: Argo CD says `Destination server missing from app spec`"
                .to_owned(),
            "add `name` or `server`",
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    const APP: &str = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  destination: {name: in-cluster}\n  source: {repoURL: https://x, path: .}\n";

    #[test]
    fn what_is_required() {
        Tester::new(&RULE)
            .pass(&[APP, &APP.replace("path: .", "chart: a, targetRevision: 1.2.3")])
            .finds(&APP.replace("  project: default\n", ""), &["5:1 `spec` has no `project`"])
            .finds(&APP.replace("path: .", "chart: a"), &["8:3 the chart `a` has no version"])
            .finds(&APP.replace(", path: .", ""), &["8:3 neither `path` nor `chart`"])
            .finds(
                &APP.replace("name: in-cluster", "namespace: a"),
                &["7:3 the destination names no cluster"],
            )
            .fixes(&[(
                &APP.replace("  project: default\n", ""),
                &(APP.replace("  project: default\n", "") + "  project: default\n"),
            )]);
    }
}
