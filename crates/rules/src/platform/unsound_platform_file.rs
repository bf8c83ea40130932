use seatrial_platform::{Issue, IssueKind};
use seatrial_trial::{Model, Severity, Sink};

declare_rule! {
    /// Finds faults of the platform file.
    ///
    /// ## What it does
    /// Reports what is wrong with `seatrial.yaml` and the objects it imports: unknown keys, wrong types, facts given twice with
    /// different values, constraints that do not compile or contradict a fact, rules and exceptions that name nothing.
    ///
    /// ## Why it is bad
    /// What is misspelled is not in force: the gate is open where its owner thinks it is closed.
    ///
    /// ## Example
    /// ```yaml
    /// environments:
    ///   prod: {registry: [ecr.example.net]}    # registries
    /// ```
    ///
    /// ## How to fix
    /// As the finding says; `seatrial platform` shows what is in force.
    ///
    /// ## When to ignore
    /// Never.
    "unsound-platform-file", Platform, Error, across: true
}

fn check(model: &Model<'_>, out: &mut Sink<'_>) {
    let platform = model.platform();
    let names: Vec<&str> = crate::all().iter().map(|rule| rule.meta().name).collect();
    let unknown = platform.unknown_rules(&names);
    for issue in platform.issues().iter().chain(&unknown) {
        if issue.kind != IssueKind::Gap {
            report(out, issue);
        }
    }
}

fn report(out: &mut Sink<'_>, issue: &Issue) {
    let severity = match issue.kind {
        IssueKind::UnknownName => Severity::Warning,
        _ => Severity::Error,
    };
    let mut finding = out
        .finding(issue.span, issue.message.clone())
        .help(issue.help.clone())
        .key(format!("{}: {}", issue.kind.as_str(), issue.message))
        .severity(severity);
    for (span, message) in &issue.related {
        finding = finding.related(*span, message.clone());
    }
    out.push(finding);
}

#[cfg(test)]
mod tests {
    use super::RULE;
    use crate::testing::{PLATFORM, Tester, application};

    #[test]
    fn the_file_itself() {
        let text = application("a", &["project: a"]);
        Tester::new(&RULE).platform(PLATFORM).pass(&[&text]);
        Tester::new(&RULE)
            .platform("environments: {dev: {registry: [ghcr.io]}}\n")
            .finds(&text, &["1:22 no key `registry`"]);
    }
}
