use std::collections::BTreeMap;

use seatrial_source::Span;
use seatrial_trial::{Application, Model, Sink};
use seatrial_yaml::Path;

declare_rule! {
    /// Finds Applications that Argo CD cannot render.
    ///
    /// ## What it does
    /// Renders every Application as the repo server would, and tells what it would say instead: a template that fails, values that
    /// the chart's schema refuses, dependencies that are not there, manifests that are none. The words are those of Helm and Argo CD.
    /// What cannot be rendered without more facts is told as unknown.
    ///
    /// ## Why it is bad
    /// The Application shows `ComparisonError` and nothing of it is synced; what runs stays as it was, unnoticed.
    ///
    /// ## Example
    /// ```yaml
    /// helm:
    ///   valuesObject:
    ///     replicaCount: "three"   # at '/replicaCount': got string, want integer
    /// ```
    ///
    /// ## How to fix
    /// Mend the value or the template that the message names; `seatrial render` shows when it renders again.
    ///
    /// ## When to ignore
    /// When the chart is rendered with something that Seatrial does not have.
    "render-error", Source, Error, explained_by: &[
        "ambiguous-source-type", "chart-from-git", "exclusive-fields", "missing-field", "missing-path",
        "missing-values-file", "placeholder-value", "truncated-manifest", "unknown-field",
        "unknown-repository", "unrendered-placeholder", "version-mismatch", "wrong-type",
    ]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut faults: BTreeMap<(Span, String), Vec<&Application>> = BTreeMap::new();
    for application in &model.applications {
        let resources = model.context.resources(application);
        for unknown in &resources.rendering.unknown {
            let span = model.locate(application, &unknown.at).span;
            out.unknown(Some(span), "what the Application renders to", unknown.needs.clone());
        }
        // What Argo CD refuses before it renders is told by the rules on destinations and projects.
        let error = resources.rendering.error.as_ref();
        let before = ["destination", "project"].map(|key| Path::keys(["spec", key]));
        let rendered = |at: &Path| before.iter().all(|before| !at.starts_with(before));
        let Some(error) = error.filter(|e| e.condition == "ComparisonError" && rendered(&e.at)) else {
            continue;
        };
        let place = error.place.as_ref();
        let written = place.and_then(|place| model.context.line_in(&place.file, place.line));
        let span = written.unwrap_or_else(|| model.locate(application, &error.at).span);
        faults.entry((span, error.cause.clone())).or_default().push(application);
    }
    for ((span, cause), applications) in faults {
        for application in applications {
            let finding = out
                .finding(span, format!("Argo CD cannot render this: {cause}"))
                .help("Nothing of the Application is synced until it renders.")
                .key(cause.clone());
            out.push_for(application, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::Tester;

    #[test]
    fn rendering() {
        let tester = Tester::new(&super::RULE);
        tester.finds_deployed("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n", &[]);
        tester.finds_deployed(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n---\napiVersion: v1\n",
            &["Argo CD cannot render this"],
        );
    }
}
