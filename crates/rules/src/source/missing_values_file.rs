use seatrial_argocd::RepoAnswer;
use seatrial_trial::{Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{is_template, nearest};

declare_rule! {
    /// Finds Helm value files that are not there.
    ///
    /// ## What it does
    /// Looks up every entry of `helm.valueFiles` beside the chart (or from the root, with a leading slash), in the repository
    /// that stands for `repoURL`; `$ref/…` in the repository of that source. Addresses, globs and build variables are left
    /// alone, and so is everything when `ignoreMissingValueFiles` is set.
    ///
    /// ## Why it is bad
    /// Helm stops: `open values-prod.yaml: no such file or directory`.
    ///
    /// ## Example
    /// ```yaml
    /// valueFiles: [values-production.yaml]   # values-prod.yaml
    /// ```
    ///
    /// ## How to fix
    /// Use the file's path, relative to the chart's folder.
    ///
    /// ## When to ignore
    /// When the file comes with a change to the other repository.
    "missing-values-file", Source, Error
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let world = model.context.world();
    for application in &model.applications {
        let sources = application.sources();
        for (pointer, source) in &sources {
            let text = |value: &Value, key: &str| {
                value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
            };
            let helm = source.get("helm").unwrap_or(&Value::Null);
            let files = helm.get("valueFiles").and_then(Value::as_array);
            if helm.get("ignoreMissingValueFiles") == Some(&Value::Bool(true)) {
                continue;
            }
            for (index, file) in files.into_iter().flatten().enumerate() {
                let Some(file) = file
                    .as_str()
                    .filter(|f| !is_template(f) && !f.contains("://") && !f.contains(['*', '?', '[']))
                else {
                    continue;
                };
                let (home, wanted) = match file.strip_prefix('$').and_then(|rest| rest.split_once('/')) {
                    Some((name, rest)) => match sources.iter().find(|(_, s)| text(s, "ref") == name) {
                        Some((_, other)) => (*other, rest.to_owned()),
                        None => continue,
                    },
                    None if file.contains('$') => continue,
                    None => match file.strip_prefix('/') {
                        Some(rooted) => (*source, rooted.to_owned()),
                        None => (*source, format!("{}/{file}", text(source, "path").trim_matches('/'))),
                    },
                };
                if !text(home, "chart").is_empty() || is_template(&text(home, "repoURL")) {
                    continue;
                }
                let revision = text(home, "targetRevision");
                let revision = if revision.is_empty() { "HEAD" } else { &revision };
                let RepoAnswer::Ok(entries) = world.repositories.entries(&text(home, "repoURL"), revision)
                else {
                    continue;
                };
                let Some(wanted) = seatrial_source::normalize(wanted.trim_start_matches('/')) else {
                    continue;
                };
                if entries.iter().any(|e| e.path == wanted) {
                    continue;
                }
                let dir = wanted.rsplit_once('/').map_or("", |(dir, _)| dir);
                let beside = entries.iter().filter(|e| e.path.rsplit_once('/').map_or("", |(d, _)| d) == dir);
                let near = nearest(&wanted, beside.map(|e| e.path.as_str()));
                let at = Path::from_pointer(pointer)
                    .unwrap_or_default()
                    .join("helm")
                    .join("valueFiles")
                    .join(index);
                let fix = near.and_then(|near| {
                    // It lies in the same folder, so only the file's own name differs.
                    let folder = file.rfind('/').map_or("", |slash| &file[..=slash]);
                    let text = format!("{folder}{}", near.rsplit('/').next().unwrap_or(near));
                    let edits =
                        set_per_application(model, &at, &[Wanted { application, text }], "valueFile")?;
                    Some(Fix::risky("use the file that is there", edits))
                });
                let finding = out
                    .finding(
                        model.locate(application, &at).span,
                        format!("no value file `{wanted}` in {}", text(home, "repoURL")),
                    )
                    .help(near.map_or_else(String::new, |near| format!("Did you mean `{near}`?")))
                    .field(at.to_string())
                    .key(file)
                    .maybe_fix(fix);
                out.push_for(application, finding);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn files_that_are_there() {
        let with = |file: &str| {
            application(
                "a",
                &[&format!(
                    "source: {{repoURL: https://git.acme.dev/a.git, path: c, helm: {{valueFiles: [{file}]}}}}"
                )],
            )
        };
        Tester::new(&RULE)
            .platform("repositories: {https://git.acme.dev/a.git: {path: repo}}\n")
            .beside("repo/c/Chart.yaml", "name: c\n")
            .beside("repo/c/values-dev.yaml", "a: 1\n")
            .pass(&[&with("values-dev.yaml"), &with("/c/values-dev.yaml"), &with("https://acme.dev/v.yaml")])
            .finds(&with("values.dev.yaml"), &["5:78 no value file `c/values.dev.yaml`"])
            .fixes(&[(&with("values.dev.yaml"), &with("values-dev.yaml"))]);
    }
}
