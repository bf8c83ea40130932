use seatrial_trial::{Application, Finding, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::is_git;
use crate::rewrite::{base, organisation};
use crate::subject::{group, is_template};

declare_rule! {
    /// Finds sources that mix up Git repositories and chart repositories.
    ///
    /// ## What it does
    /// Fires on `chart` with the address of a Git repository, on `path` with that of a chart repository, and on a chart
    /// whose `targetRevision` is a branch (`HEAD`, `main`) rather than a version.
    ///
    /// ## Why it is bad
    /// `chart` makes Argo CD ask for `<repoURL>/index.yaml`, which a Git host does not have: `failed to get index: 404 Not Found`.
    /// A branch is no version: `failed to determine semver constraint`.
    ///
    /// ## Example
    /// ```yaml
    /// repoURL: https://github.com/acme/helm-charts
    /// chart: agent
    /// targetRevision: HEAD
    /// ```
    ///
    /// ## How to fix
    /// For Git: `path: charts/agent` with a branch, tag or commit. For a chart repository: its address, `chart`, and a version.
    ///
    /// ## When to ignore
    /// Never.
    "chart-from-git", Source, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let mut faults: Vec<(&Application, Path, (String, String, Value))> = Vec::new();
    for application in &model.applications {
        for (pointer, source) in application.sources() {
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let (url, chart, folder, revision) =
                (text("repoURL"), text("chart"), text("path"), text("targetRevision"));
            let at = Path::from_pointer(&pointer).unwrap_or_default();
            if url.is_empty() || is_template(url) {
                continue;
            }
            let git = is_git(model.platform(), url);
            let (key, message) = if !chart.is_empty() && git == Some(true) {
                (
                    "chart",
                    format!("`chart: {chart}` asks a chart repository, but `{url}` is a Git repository"),
                )
            } else if !folder.is_empty()
                && git == Some(false)
                && !url.starts_with("oci://")
                && source.get("ref").is_none()
            {
                (
                    "path",
                    format!("`path: {folder}` needs a Git repository, but `{url}` is a chart repository"),
                )
            } else if !chart.is_empty() && is_branch(revision) {
                ("targetRevision", format!("`{revision}` is no chart version"))
            } else {
                continue;
            };
            faults.push((application, at.join(key), (key.to_owned(), message, source.clone())));
        }
    }
    for group in group(model, faults) {
        out.push(finding(model, out, &group));
    }
}

fn finding(
    model: &Model<'_>,
    out: &Sink<'_>,
    group: &crate::subject::Group<'_, (String, String, Value)>,
) -> Finding {
    let (application, (key, message, source)) = &group.members[0];
    let (manifest, _) = model.home_of(application);
    let node = group.place.node.and_then(|id| manifest.tree.node(id)).filter(|_| group.place.written);
    let url = source.get("repoURL").and_then(Value::as_str).unwrap_or_default();
    let folder = organisation::folder(model, url, source);
    let fix = match (key.as_str(), node.and_then(|n| Some((n, n.key()?))), &folder) {
        ("chart", Some((value, name)), Some(folder)) => Some(Fix::risky(
            "take the chart from its folder",
            vec![
                base::rename(manifest, name, "path"),
                base::set_value(manifest, value, &base::scalar(folder)),
            ],
        )),
        _ => None,
    };
    let help = match (key.as_str(), &folder) {
        ("chart", Some(folder)) => format!("Use `path: {folder}`."),
        ("chart", None) => {
            "Use `path` with the chart's folder in that repository, or the address of a chart repository."
                .to_owned()
        }
        ("path", _) => "Use `chart` with the chart's name and a version.".to_owned(),
        _ => "Give a version such as `1.2.3`, or a range such as `~1.2`.".to_owned(),
    };
    let finding = out
        .finding(group.place.span, message.clone())
        .help(help)
        .field(group.field.to_string())
        .key(key.clone())
        .maybe_fix(fix);
    group.told(finding)
}

fn is_branch(revision: &str) -> bool {
    matches!(revision, "HEAD" | "main" | "master" | "develop" | "dev" | "trunk" | "latest")
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn git_or_charts() {
        let from = |source: &str| application("a", &[&format!("source: {{{source}}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &from("repoURL: https://charts.acme.dev, chart: a, targetRevision: 1.0.0"),
                &from("repoURL: https://git.acme.dev/deploy.git, path: a"),
            ])
            .finds(&from("repoURL: https://git.acme.dev/deploy.git, chart: a"), &["5:61 is a Git repository"])
            .finds(&from("repoURL: https://charts.acme.dev, path: a"), &["5:52 is a chart repository"])
            .finds(
                &from("repoURL: https://charts.acme.dev, chart: a, targetRevision: main"),
                &["5:72 `main` is no chart version"],
            );
    }
}
