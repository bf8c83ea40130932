use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;
use serde_json::Value;

use super::declared;
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, nearest};

declare_rule! {
    /// Finds sources in repositories that the platform does not know.
    ///
    /// ## What it does
    /// Compares every `repoURL` with the platform's `repositories` (and the repository Secrets it imports). Silent when none
    /// are declared, or when `"*"` is.
    ///
    /// ## Why it is bad
    /// Argo CD has no credentials for it, or it does not exist: `repository not found`.
    ///
    /// ## Example
    /// ```yaml
    /// repoURL: https://github.com/acme/helm-chart   # helm-charts
    /// ```
    ///
    /// ## How to fix
    /// Use the repository's address as registered, or declare it.
    ///
    /// ## When to ignore
    /// For public repositories that need no credentials: declare them too.
    "unknown-repository", Source, Error, explained_by: &["placeholder-value", "truncated-manifest"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    if platform.repositories.is_empty() || platform.repositories.iter().any(|r| r.url.value == "*") {
        return;
    }
    let mut faults: Vec<(&Application, Path, String)> = Vec::new();
    for application in &model.applications {
        for (pointer, source) in application.sources() {
            let url = source.get("repoURL").and_then(Value::as_str).unwrap_or_default();
            if url.is_empty() || is_template(url) || declared(platform, url).is_some() {
                continue;
            }
            let at = Path::from_pointer(&pointer).unwrap_or_default().join("repoURL");
            faults.push((application, at, url.to_owned()));
        }
    }
    for group in group(model, faults) {
        let (_, url) = &group.members[0];
        let near = nearest(url, platform.repositories.iter().map(|r| r.url.as_str()));
        let fix = near.and_then(|near| {
            let wanted: Vec<Wanted<'_>> = group
                .members
                .iter()
                .map(|(application, _)| Wanted { application, text: near.to_owned() })
                .collect();
            Some(Fix::risky(
                "use the declared repository",
                set_per_application(model, &group.field, &wanted, "repoURL")?,
            ))
        });
        let finding = out
            .finding(group.place.span, format!("`{url}` is no repository of this platform"))
            .help(near.map_or_else(
                || "Declare it under `repositories` in seatrial.yaml, or use one that is.".to_owned(),
                |near| format!("Did you mean `{near}`?"),
            ))
            .field(group.field.to_string())
            .key(url.clone())
            .fact("repositories", platform.repositories.first().map(|r| r.url.span))
            .maybe_fix(fix);
        out.push(group.told(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn known_ones() {
        let from = |url: &str| application("a", &[&format!("source: {{repoURL: {url}}}")]);
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[
                &from("https://git.acme.dev/deploy"),
                &from("https://user@git.acme.dev/deploy.git"),
                &from("https://charts.acme.dev/"),
            ])
            .finds(&from("https://git.acme.dev/deploys.git"), &["5:21 is no repository of this platform"])
            .fixes(&[(&from("https://git.acme.dev/deploys.git"), &from("https://git.acme.dev/deploy.git"))]);
    }
}
