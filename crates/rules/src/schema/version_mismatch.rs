use seatrial_argocd::schema::IssueKind;
use seatrial_trial::{Model, Sink};

use super::{key_span, objects, short};

declare_rule! {
    /// Finds fields of another Argo CD version than the platform runs.
    ///
    /// ## What it does
    /// Compares fields with the schemas of all known releases: one that a later release brought, or that an earlier one
    /// had, is not a typing error but a matter of version.
    ///
    /// ## Why it is bad
    /// The API server of the platform's version drops the field, or kubectl refuses it.
    ///
    /// ## Example
    /// ```yaml
    /// # seatrial.yaml says argocd.version: "3.3"
    /// directory: {disableExtensionFilter: true}   # since 3.6
    /// ```
    ///
    /// ## How to fix
    /// Do without the field, or upgrade Argo CD and say so in the platform file.
    ///
    /// ## When to ignore
    /// When the upgrade comes first.
    "version-mismatch", Schema, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let version = model.version();
    for object in objects(model) {
        for issue in object.issues(version) {
            let IssueKind::UnknownField { introduced, removed, .. } = &issue.kind else { continue };
            let key = issue.path.last_key().unwrap_or_default();
            let message = match (introduced, removed) {
                (Some(since), _) => format!(
                    "`{key}` is there since Argo CD {}.{}; the platform runs {version}, which drops it",
                    since.major, since.minor
                ),
                (None, Some(until)) => format!(
                    "`{key}` is gone since Argo CD {}.{}; the platform runs {version}, which drops it",
                    until.major, until.minor
                ),
                _ => continue,
            };
            let declared = model.platform().argocd.version.as_ref().map(|v| v.span);
            let finding = out
                .finding(key_span(object.manifest, object.document, &issue.path), message)
                .help("do without it, or upgrade Argo CD")
                .fact("argocd.version", declared)
                .key(short(&issue.path));
            out.push(finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn fields_of_a_later_release() {
        let app = "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: a\nspec:\n  project: default\n  destination: {name: x}\n  source:\n    repoURL: https://x\n    path: .\n    directory:\n      \
                   recurse: true\n      disableExtensionFilter: true\n";
        Tester::new(&RULE)
            .platform("argocd: {version: \"3.6\"}\n")
            .pass(&[app])
            .platform("argocd: {version: \"3.3\"}\n")
            .finds(app, &["13:7 `disableExtensionFilter` is there since Argo CD 3.6"]);
    }
}
