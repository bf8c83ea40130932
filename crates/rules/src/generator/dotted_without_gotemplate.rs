use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::HoleKind;

use super::{Placeholder, fields, in_values, placeholders, set_documents};
use crate::rewrite::go_template::{self, Names};

declare_rule! {
    /// Finds Go templates in a set that does not ask for them.
    ///
    /// ## What it does
    /// In a set without `goTemplate: true`, finds `{{.name}}`, pipelines and conditions.
    ///
    /// ## Why it is bad
    /// Plain substitution looks for a parameter of exactly this text, dot included, finds none and leaves the braces as
    /// they are. There is no error: Applications called `agent-{{.env}}` are generated.
    ///
    /// ## Example
    /// ```yaml
    /// spec:
    ///   template:
    ///     metadata:
    ///       name: 'agent-{{.env}}'
    /// ```
    ///
    /// ## How to fix
    /// Set `goTemplate: true` (and `goTemplateOptions: ["missingkey=error"]`).
    ///
    /// ## When to ignore
    /// Never.
    "dotted-without-gotemplate", Generator, Error, blocks: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    for (manifest, document) in set_documents(model) {
        if go_template::is_on(manifest, document) {
            continue;
        }
        let names = Names::of(manifest, document);
        let go: Vec<Placeholder<'_>> =
            placeholders(manifest, document).into_iter().filter(|p| is_go(&names, p)).collect();
        let Some(first) = go.first() else { continue };
        let shown = manifest.file.text.get(first.hole.span()).unwrap_or_default();
        let more = if go.len() > 1 { format!(" (and {} more)", go.len() - 1) } else { String::new() };
        let finding = out
            .finding(
                manifest.file.span_of(first.hole.span()),
                format!("`{shown}`{more} is a Go template, but the set does not say `goTemplate: true`: the braces stay as they are"),
            )
            .help("set `goTemplate: true` and `goTemplateOptions: [\"missingkey=error\"]`")
            .key("goTemplate")
            .maybe_fix(go_template::edits(manifest, document).map(|edits| Fix::safe("switch to Go templates", edits)));
        out.push(finding);
    }
}

/// Whether a placeholder is meant for Go templates of this set (and not for a chart or an alert rule).
fn is_go(names: &Names, placeholder: &Placeholder<'_>) -> bool {
    let supplied = |name: &str| {
        const USUAL: [&str; 14] = [
            "name",
            "nameNormalized",
            "server",
            "metadata",
            "values",
            "path",
            "project",
            "number",
            "branch",
            "head_sha",
            "organization",
            "repository",
            "url",
            "branch_slug",
        ];
        USUAL.contains(&name) || names.lists(name)
    };
    let path = placeholder.node.path();
    let patch = path.last_key() == Some("templatePatch");
    match placeholder.hole.kind {
        HoleKind::Control | HoleKind::Assignment => patch || !in_values(&path),
        HoleKind::Value => {
            let fields = fields(placeholder.inner);
            !fields.is_empty()
                && (fields.iter().any(|f| supplied(f))
                    || (!in_values(&path) && placeholder.inner.starts_with('.')))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn says_go_template() {
        let set = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  generators:\n    - list:\n        elements:\n          - env: dev\n  \
                   template:\n    metadata:\n      name: 'a-{{.env}}'\n    spec:\n      project: '{{env}}'\n";
        let good = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata:\n  name: a\nspec:\n  goTemplate: true\n  goTemplateOptions: [\"missingkey=error\"]\n  generators:\n    \
                    - list:\n        elements:\n          - env: dev\n  template:\n    metadata:\n      name: 'a-{{.env}}'\n    spec:\n      project: '{{.env}}'\n";
        Tester::new(&RULE)
            .pass(&[
                good,
                &set.replace(".env", "env"),
                &set.replace("a-{{.env}}", "a")
                    .replace("'{{env}}'", "x\n      source: {helm: {values: '{{ .Values.x }}'}}"),
            ])
            .finds(set, &["12:16 `{{.env}}` is a Go template"])
            .fixes_safely(&[(set, good)]);
    }
}
