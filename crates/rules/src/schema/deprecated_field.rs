use seatrial_argocd::schema::IssueKind;
use seatrial_trial::{Model, Sink};

use super::{key_span, objects, short};

declare_rule! {
    /// Finds fields that still work and will go.
    ///
    /// ## What it does
    /// Looks for fields that the schema of the platform's Argo CD version calls deprecated.
    ///
    /// ## Why it is bad
    /// A later Argo CD drops them without a word.
    ///
    /// ## Example
    /// ```yaml
    /// kustomize: {forceCommonLabels: true}
    /// ```
    ///
    /// ## How to fix
    /// See the release notes for what took its place.
    ///
    /// ## When to ignore
    /// Until the next upgrade.
    "deprecated-field", Schema, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for object in objects(model) {
        for issue in object.issues(model.version()).iter().filter(|i| i.kind == IssueKind::Deprecated) {
            let key = issue.path.last_key().unwrap_or_default();
            let finding = out
                .finding(
                    key_span(object.manifest, object.document, &issue.path),
                    format!("`{key}` is deprecated in Argo CD {}", model.version()),
                )
                .help("replace it before the next upgrade")
                .key(short(&issue.path));
            out.push(finding);
        }
    }
}
