use seatrial_argocd::RepoAnswer;
use seatrial_trial::{Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::subject::is_template;

declare_rule! {
    /// Finds folders that are a Helm chart and a kustomization at once.
    ///
    /// ## What it does
    /// Looks up `path` in the repository that stands for `repoURL`, and fires when the folder holds both a `Chart.yaml` and a
    /// `kustomization.yaml` and the source does not say which is meant.
    ///
    /// ## Why it is bad
    /// Argo CD takes what it meets last when it walks the folder, which is the kustomization: the chart and all its values
    /// are silently left out.
    ///
    /// ## Example
    /// ```yaml
    /// source:
    ///   path: orders     # holds Chart.yaml and kustomization.yaml
    /// ```
    ///
    /// ## How to fix
    /// Keep one of the two in the folder, or state a `helm` or `kustomize` block with what it needs.
    ///
    /// ## When to ignore
    /// When the kustomization is what is meant and the chart beside it is inflated by it.
    "ambiguous-source-type", Source, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let world = model.context.world();
    for application in &model.applications {
        for (pointer, source) in application.sources() {
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let (url, folder) = (text("repoURL"), text("path"));
            let said = ["helm", "kustomize", "directory", "plugin"]
                .iter()
                .any(|block| source.get(block).is_some_and(|b| b.as_object().is_some_and(|b| !b.is_empty())));
            if said
                || folder.is_empty()
                || is_template(folder)
                || is_template(url)
                || !text("chart").is_empty()
            {
                continue;
            }
            let revision = if text("targetRevision").is_empty() { "HEAD" } else { text("targetRevision") };
            let RepoAnswer::Ok(entries) = world.repositories.entries(url, revision) else { continue };
            let folder = folder.trim_start_matches("./").trim_matches('/');
            let holds = |names: &[&str]| {
                names.iter().any(|name| {
                    let file = if folder.is_empty() || folder == "." {
                        (*name).to_owned()
                    } else {
                        format!("{folder}/{name}")
                    };
                    entries.iter().any(|e| e.path == file)
                })
            };
            if !holds(&["Chart.yaml"])
                || !holds(&["kustomization.yaml", "kustomization.yml", "Kustomization"])
            {
                continue;
            }
            let at = Path::from_pointer(&pointer).unwrap_or_default().join("path");
            let finding = out
                .finding(
                    model.locate(application, &at).span,
                    format!(
                        "`{folder}` is a Helm chart and a kustomization: Argo CD takes the kustomization"
                    ),
                )
                .help("Keep one of the two there, or state a `helm` or `kustomize` block.")
                .field(at.to_string())
                .key(folder);
            out.push_for(application, finding);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::Tester;

    #[test]
    fn one_folder_two_tools() {
        let app = |more: &str| {
            format!(
                "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\nspec:\n  source: {{repoURL: https://git.acme.dev/a.git, path: a{more}}}\n"
            )
        };
        Tester::new(&RULE)
            .platform("repositories: {https://git.acme.dev/a.git: {path: .}}\n")
            .beside("a/Chart.yaml", "name: a\n")
            .beside("a/kustomization.yaml", "resources: []\n")
            .pass(&[&app(", helm: {releaseName: b}")])
            .finds(&app(""), &["5:55 is a Helm chart and a kustomization"]);
    }
}
