use seatrial_trial::{Application, Fix, Model, Sink};
use seatrial_yaml::Path;

use super::creates_namespace;
use crate::rewrite::value::{Wanted, set_per_application};
use crate::subject::{group, is_template, listed, nearest, path, scope};

declare_rule! {
    /// Finds target namespaces that do not exist where the Application goes.
    ///
    /// ## What it does
    /// Compares `destination.namespace` with the environment's or cluster's declared `namespaces`.
    ///
    /// ## Why it is bad
    /// Without `CreateNamespace=true` the sync fails: `namespaces "…" not found`. With it, a misspelled name silently makes a
    /// new namespace that holds no pull secrets, quotas or policies.
    ///
    /// ## Example
    /// ```yaml
    /// destination: {namespace: agent}   # the platform has `agents`
    /// ```
    ///
    /// ## How to fix
    /// Use a declared namespace, or declare this one in `seatrial.yaml` with what it holds.
    ///
    /// ## When to ignore
    /// For namespaces made per preview or tenant.
    "unknown-namespace", Namespace, Warning
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let at = path("spec.destination.namespace");
    let mut faults: Vec<(&Application, Path, String)> = Vec::new();
    for application in &model.applications {
        let name = application.text("/spec/destination/namespace");
        if name.is_empty() || is_template(name) {
            continue;
        }
        if scope(model, application).namespace(name) == Some(None) {
            faults.push((application, at.clone(), name.to_owned()));
        }
    }
    for group in group(model, faults) {
        let names = listed(group.members.iter().map(|(_, n)| n.as_str()));
        let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
        let made = group.members.iter().all(|(a, _)| creates_namespace(a));
        let consequence = if made {
            "CreateNamespace would make it, empty"
        } else {
            "the sync would fail, as nothing makes it"
        };
        let wanted: Vec<Wanted<'_>> = group
            .members
            .iter()
            .filter_map(|(application, name)| {
                let declared = scope(model, application).namespaces()?;
                let right = nearest(name, declared.value.iter().map(|n| n.name.as_str()))?;
                Some(Wanted { application, text: right.to_owned() })
            })
            .collect();
        let fix = (wanted.len() == group.members.len())
            .then(|| set_per_application(model, &at, &wanted, "namespace"))
            .flatten()
            .map(|edits| Fix::risky("use the declared namespace", edits));
        let first = scope(model, group.members[0].0).namespaces();
        let known = listed(first.iter().flat_map(|f| f.value.iter().map(|n| n.name.as_str())));
        let mut finding = out
            .finding(
                group.place.span,
                format!("namespace {names} is not declared for {environments}: {consequence}"),
            )
            .help(format!("Declared: {known}."))
            .field(at.to_string())
            .key(group.members[0].1.clone())
            .maybe_fix(fix);
        if let Some(fact) = first {
            finding = finding.fact(fact.key.clone(), Some(fact.span));
        }
        out.push(group.told(finding));
    }
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn declared_ones() {
        let into = |namespace: &str| {
            application("a-dev", &[&format!("destination: {{name: dev-1, namespace: {namespace}}}")])
        };
        Tester::new(&RULE)
            .platform(PLATFORM)
            .pass(&[&into("shop"), &application("a", &["destination: {name: hub, namespace: any}"])])
            .finds(&into("shops"), &["5:41 namespace `shops` is not declared for `dev`: the sync would fail"])
            .fixes(&[(&into("shops"), &into("shop"))]);
    }
}
