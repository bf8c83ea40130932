use seatrial_platform::{Modality, Subject, Verdict};
use seatrial_trial::{Application, Model, Severity, Sink};
use seatrial_yaml::Path;

use crate::subject::{group, listed, path, scope};

declare_rule! {
    /// Finds Applications that break a constraint of the platform file.
    ///
    /// ## What it does
    /// Evaluates every constraint (CEL) over every Application it holds for. `must` is an error, `should` a warning, `may`
    /// never a finding. The sentence the constraint came from is shown.
    ///
    /// ## Why it is bad
    /// Somebody said so, and it was written down.
    ///
    /// ## Example
    /// ```yaml
    /// constraints:
    ///   - {id: prod-is-manual, level: must, environments: [prod], rule: sync.automated == null, source: "prod MUST be manual sync only"}
    /// ```
    ///
    /// ## How to fix
    /// Keep to the constraint, or change it in `seatrial.yaml`.
    ///
    /// ## When to ignore
    /// With an entry under `exceptions` that says why.
    "broken-constraint", Policy, Error,
    explained_here_by: &["sync-not-allowed", "registry-not-allowed", "malformed-registry", "replicas-mismatch", "floating-image-tag", "unknown-pull-secret"]
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    if platform.constraints.is_empty() {
        return;
    }
    let mut faults: Vec<(&Application, Path, usize)> = Vec::new();
    for application in &model.applications {
        let environment = application.environment.as_deref();
        let subject = Subject::new(&application.json, environment, &scope(model, application));
        for constraint in platform.constraints_for(&application.name, environment) {
            if constraint.level.value == Modality::May {
                continue;
            }
            match platform.evaluate(constraint, &subject) {
                Verdict::Pass => {}
                Verdict::Fail => {
                    let at = field(constraint.program.iter().flat_map(|p| p.paths()), application);
                    let index = platform
                        .constraints
                        .iter()
                        .position(|c| std::ptr::eq(c, constraint))
                        .unwrap_or_default();
                    faults.push((application, at, index));
                }
                Verdict::Unknown(why) => out.unknown(
                    Some(constraint.span),
                    format!("whether {} keeps to `{}`", application.name, constraint.id),
                    format!("constraint `{}` cannot be evaluated: {why}", constraint.id),
                ),
            }
        }
    }
    faults.sort_by_key(|(.., index)| *index);
    for (index, constraint) in platform.constraints.iter().enumerate() {
        let own = faults.iter().filter(|(.., i)| *i == index).map(|(a, at, i)| (*a, at.clone(), *i));
        for group in group(model, own) {
            let environments = listed(group.members.iter().filter_map(|(a, _)| a.environment.as_deref()));
            let place = if environments.is_empty() { String::new() } else { format!(" in {environments}") };
            let said = match (&constraint.message, &constraint.source) {
                (Some(message), _) => message.value.clone(),
                (None, Some(source)) => format!("\u{201c}{source}\u{201d}"),
                (None, None) => constraint.rule.as_ref().map(|r| r.value.clone()).unwrap_or_default(),
            };
            let severity =
                if constraint.level.value == Modality::Must { Severity::Error } else { Severity::Warning };
            let finding = out
                .finding(group.place.span, format!("breaks `{}`{place}: {said}", constraint.id))
                .help(
                    constraint
                        .rule
                        .as_ref()
                        .map_or_else(String::new, |r| format!("It must hold that `{r}`.")),
                )
                .field(group.field.to_string())
                .key(constraint.id.value.clone())
                .severity(severity)
                .fact(format!("constraints.{}", constraint.id), Some(constraint.span));
            out.push(group.told(finding));
        }
    }
}

/// The field of the Application that a constraint speaks of: the deepest path of its rule that is there.
fn field<'p>(paths: impl Iterator<Item = &'p str>, application: &Application) -> Path {
    let candidates = paths.filter_map(|spelled| {
        let (root, rest) = spelled.split_once('.').unwrap_or((spelled, ""));
        let base = match root {
            "sync" => path("spec.syncPolicy"),
            "destination" => path("spec.destination"),
            "source" | "sources" => path("spec.source"),
            "values" => path("spec.source.helm.valuesObject"),
            "name" => path("metadata.name"),
            "labels" => path("metadata.labels"),
            "annotations" => path("metadata.annotations"),
            "project" => path("spec.project"),
            "app" => Path::root(),
            _ => return None,
        };
        Some(if rest.is_empty() { base } else { base.concat(&path(rest)) })
    });
    let mut best = path("metadata.name");
    let mut depth = 0;
    for candidate in candidates {
        let mut at = candidate;
        while at.len() > depth {
            if at.lookup(&application.json).is_some() {
                depth = at.len();
                best = at;
                break;
            }
            if at.pop().is_none() {
                break;
            }
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{Tester, application};

    #[test]
    fn rules_of_the_house() {
        let platform = "environments: {prod: {}}\nconstraints: [{id: manual, environments: [prod], rule: sync.automated == null}]\n";
        let app = |name: &str| application(name, &["syncPolicy: {automated: {}}"]);
        Tester::new(&RULE)
            .platform(platform)
            .pass(&[&app("a-dev"), &application("a-prod", &["project: a"])])
            .finds(&app("a-prod"), &["5:16 breaks `manual`"]);
    }
}
