use seatrial_trial::model::Origin;
use seatrial_trial::{Application, Fix, Model, Purpose, Severity, Sink, Via};
use seatrial_yaml::Path;
use serde_json::Value;

use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{Group, group, is_template, listed, scope};

declare_rule! {
    /// Finds sources that move by themselves where the environment wants them pinned.
    ///
    /// ## What it does
    /// Fires on `HEAD`, branches, an absent `targetRevision` and version ranges, in production and wherever
    /// `pinned.revisions` is in force. Commits, tags that look like versions and exact chart versions pass.
    ///
    /// ## Why it is bad
    /// What production runs changes with every push, without a commit that says so, and a rollback restores nothing.
    ///
    /// ## Example
    /// ```yaml
    /// # prod
    /// targetRevision: main
    /// ```
    ///
    /// ## How to fix
    /// Give a commit, a tag or an exact version; per environment, as an element's parameter. Where the chart is at hand, the fix
    /// pins the version of it that Argo CD would take.
    ///
    /// ## When to ignore
    /// Where promotion is done by branches: say `pinned: {revisions: false}` for the environment.
    "floating-revision", Source, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let mut faults: Vec<(&Application, Path, (String, Severity))> = Vec::new();
    for application in &model.applications {
        let pinned =
            scope(model, application).pinned().and_then(|f| f.value.revisions.as_ref().map(|r| r.value));
        let production = application.is_production(platform);
        if !pinned.unwrap_or(production) {
            continue;
        }
        let severity = if production { Severity::Error } else { Severity::Warning };
        for (pointer, source) in application.sources() {
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let revision = text("targetRevision");
            if is_template(revision) || is_pinned(revision, !text("chart").is_empty()) {
                continue;
            }
            let at = Path::from_pointer(&pointer).unwrap_or_default().join("targetRevision");
            faults.push((application, at, (revision.to_owned(), severity)));
        }
    }
    for group in group(model, faults) {
        let (_, (revision, _)) = &group.members[0];
        let severity = group.members.iter().map(|(_, (_, s))| *s).max().unwrap_or(Severity::Warning);
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let what = if revision.is_empty() { "no revision".to_owned() } else { format!("`{revision}`") };
        let pinned = at_hand(model, &group);
        let finding = out
            .finding(group.place.span, format!("{environments} follows {what}, which moves by itself"))
            .help("Give a commit, a tag or an exact version there.")
            .field(group.field.to_string())
            .key(revision.clone())
            .severity(severity)
            .maybe_fix(pinned);
        out.push(group.told(finding));
    }
}

/// Pins charts to the version that Argo CD would take of those at hand, which is the one that was looked at.
fn at_hand(model: &Model<'_>, group: &Group<'_, (String, Severity)>) -> Option<Fix> {
    if model.purpose == Purpose::Verifying {
        return None;
    }
    // The same text is the same version for all that it serves, whether they have to be pinned or not.
    let (first, _) = group.members.first()?;
    let served: Vec<&Application> = match (&group.place.via, first.origin) {
        (Via::Template | Via::Patch, Origin::Generated { set, .. }) => {
            let alike = |a: &&Application| model.locate(a, &group.field).span == group.place.span;
            model.generated(set).filter(alike).collect()
        }
        _ => group.members.iter().map(|(application, _)| *application).collect(),
    };
    let wanted: Option<Vec<Wanted<'_>>> = served
        .into_iter()
        .map(|application| {
            let source = group.field.parent()?.lookup(&application.json)?;
            let text = |key: &str| source.get(key).and_then(Value::as_str).unwrap_or_default();
            let repositories = model.context.repositories();
            let version =
                repositories.chart_version(text("repoURL"), text("chart"), text("targetRevision"))?;
            is_pinned(&version, true).then_some(Wanted { application, text: version })
        })
        .collect();
    let edits = set_per_application(model, &group.field, &wanted?, "targetRevision")?;
    Some(Fix::risky("pin the version that is at hand", edits))
}

/// Whether a revision stays what it is: a commit, a tag that looks like a version, an exact chart version.
fn is_pinned(revision: &str, chart: bool) -> bool {
    let commit = (7..=64).contains(&revision.len()) && revision.bytes().all(|b| b.is_ascii_hexdigit());
    let tail = revision.strip_prefix("refs/tags/").unwrap_or(revision);
    let tag = tail.rsplit(['/', '-']).next().unwrap_or(tail);
    let version = |text: &str| {
        let text = text.strip_prefix('v').unwrap_or(text);
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let parts: Vec<&str> = core.split('.').collect();
        let numbers = parts.iter().all(|p| !p.is_empty() && p.bytes().all(|b| b.is_ascii_digit()));
        numbers && (parts.len() == 3 || (!chart && parts.len() == 2))
    };
    commit && !chart || version(tail) || (!chart && version(tag)) || revision.starts_with("refs/tags/")
}

#[cfg(test)]
mod tests {
    use super::{RULE, is_pinned};
    use crate::testing::{Tester, application};

    #[test]
    fn the_chart_at_hand_says_the_version() {
        let app = |revision: &str| {
            let source = format!(
                "source: {{repoURL: https://charts.acme.dev, chart: web, targetRevision: {revision}}}"
            );
            application("web-prod", &[&source])
        };
        let platform = |path: &str| {
            format!(
                "environments: {{prod: {{}}}}\nrepositories: {{https://charts.acme.dev: {{type: helm{path}}}}}\n"
            )
        };
        let chart = "apiVersion: v2\nname: web\nversion: 1.4.2\n";
        Tester::new(&RULE)
            .platform(&platform(", path: charts"))
            .around("charts/web/Chart.yaml", chart)
            .fixes(&[
                (&app("1.*"), &app("1.4.2")),
                // What is at hand is not what is asked for.
                (&app("2.*"), &app("2.*")),
            ]);
        Tester::new(&RULE).platform(&platform("")).fixes(&[(&app("1.*"), &app("1.*"))]);
    }

    #[test]
    fn commits_tags_and_versions_are_pinned() {
        for revision in ["3f9d2c1", "v1.2.3", "1.2.3-rc.1", "release-1.4.0", "refs/tags/blue", "agent/v2.0.1"]
        {
            assert!(is_pinned(revision, false), "{revision}");
        }
        assert!(is_pinned("0.4.0", true));
    }

    #[test]
    fn branches_and_ranges_move() {
        for revision in ["", "HEAD", "main", "release", "feature/x"] {
            assert!(!is_pinned(revision, false), "{revision}");
        }
        for revision in ["1.*", "~1.2", ">=1.0.0", "*", "1.2"] {
            assert!(!is_pinned(revision, true), "{revision}");
        }
    }
}
