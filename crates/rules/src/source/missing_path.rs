use seatrial_argocd::{RepoAnswer, RepoEntry};
use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, nearest};

declare_rule! {
    /// Finds source paths that are not in their repository.
    ///
    /// ## What it does
    /// Looks up `path` in the repository that stands for `repoURL`, at the revision asked for. Repositories that nothing
    /// stands for are left alone.
    ///
    /// ## Why it is bad
    /// `app path does not exist`: nothing is rendered, nothing is deployed.
    ///
    /// ## Example
    /// ```yaml
    /// path: charts/fast-api-agent   # charts/fastapi-agent
    /// ```
    ///
    /// ## How to fix
    /// Use the folder's path from the root of the repository.
    ///
    /// ## When to ignore
    /// When the folder comes with a change to the other repository.
    "missing-path", Source, Error
}

/// The folder, the repository, and the folder most like it.
type Missing = (String, String, Option<String>);

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let world = model.context.world();
    let mut faults: Vec<(&Application, Path, Missing)> = Vec::new();
    for application in &model.applications {
        for (pointer, source) in application.sources() {
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let (url, folder) = (text("repoURL"), text("path"));
            if folder.is_empty() || is_template(folder) || is_template(url) || !text("chart").is_empty() {
                continue;
            }
            let revision = text("targetRevision");
            let revision = if revision.is_empty() { "HEAD" } else { revision };
            let RepoAnswer::Ok(entries) = world.repositories.entries(url, revision) else { continue };
            let wanted = folder.trim_matches('/').trim_start_matches("./");
            if wanted.is_empty()
                || wanted == "."
                || entries.iter().any(|e| e.path.starts_with(&format!("{wanted}/")))
            {
                continue;
            }
            let near = nearest(wanted, folders(&entries).iter().map(String::as_str)).map(str::to_owned);
            let at = Path::from_pointer(&pointer).unwrap_or_default().join("path");
            faults.push((application, at, (folder.to_owned(), url.to_owned(), near)));
        }
    }
    for group in group(model, faults) {
        let (_, (folder, url, near)) = &group.members[0];
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .filter_map(|(application, (.., near))| Some(Wanted { application, text: near.clone()? }))
            .collect();
        let fix = (wanted.len() == group.members.len())
            .then(|| set_per_application(model, &group.field, &wanted, "path"))
            .flatten()
            .map(|edits| Fix::risky("use the folder that is there", edits));
        let finding = out
            .finding(group.place.span, format!("no folder `{folder}` in {url}"))
            .help(near.as_ref().map_or_else(String::new, |near| format!("Did you mean `{near}`?")))
            .field(group.field.to_string())
            .key(folder.clone())
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

/// Every folder of a tree.
fn folders(entries: &[RepoEntry]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for entry in entries {
        let mut rest = entry.path.as_str();
        while let Some((dir, _)) = rest.rsplit_once('/') {
            out.push(dir.to_owned());
            rest = dir;
        }
    }
    out.sort();
    out.dedup();
    out
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn folders_that_are_there() {
        let from = |path: &str| {
            application("a", &[&format!("source: {{repoURL: https://git.acme.dev/a.git, path: {path}}}")])
        };
        Tester::new(&RULE)
            .platform("repositories: {https://git.acme.dev/a.git: {path: repo}}\n")
            .beside("repo/apps/shop/kustomization.yaml", "resources: []\n")
            .pass(&[
                &from("apps/shop"),
                &from("."),
                &application("a", &["source: {repoURL: https://git.acme.dev/b.git, path: x}"]),
            ])
            .finds(&from("app/shop"), &["5:55 no folder `app/shop`"])
            .fixes(&[(&from("app/shop"), &from("apps/shop"))]);
    }
}
