//! Findings that a person has answered for: beside the line, with a reason, or in a baseline.

use std::collections::HashSet;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_yaml::Comment;

use crate::finding::Finding;
use crate::pipeline::Outcome;
use crate::report::{Report, Silenced};

/// The words that open a silence in a comment.
const MARK: &str = "seatrial: ignore";

/// A comment that silences rules: `# seatrial: ignore[rule, other] reason`, for the line it ends or the line
/// below it; `ignore-file[…]` for the whole file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The rules, as written.
    pub rules: Vec<String>,
    /// Why; a silence without a reason does nothing.
    pub reason: String,
    /// Whether it holds for the whole file.
    pub whole_file: bool,
}

impl Silence {
    /// Reads the text of a comment.
    pub fn parse(comment: &str) -> Option<Self> {
        let rest = comment.trim_start_matches('#').trim_start().strip_prefix(MARK)?;
        let (whole_file, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (rules, reason) = rest.strip_prefix('[')?.split_once(']')?;
        let rules = rules.split(',').map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()).collect();
        Some(Self { rules, reason: reason.trim().to_owned(), whole_file })
    }

    fn covers(&self, rule: &str) -> bool {
        !self.reason.is_empty() && self.rules.iter().any(|r| r == rule)
    }
}

/// Takes silenced findings and those of the baseline out of a report, and counts them.
pub(crate) fn apply(
    report: &mut Report,
    outcomes: &[Arc<Outcome>],
    platform: &Platform,
    baseline: &HashSet<String>,
) {
    let silenced: Vec<_> =
        outcomes.iter().filter(|o| o.file.text.contains(MARK)).map(|o| (o, silences(o))).collect();
    let reason_for = |finding: &Finding| {
        let (outcome, silences) = silenced.iter().find(|(o, _)| o.file.id == finding.span.file)?;
        let line = outcome.file.line_col(finding.span.start as usize).line;
        let here = |(at, s): &&(u32, Silence)| (s.whole_file || *at == line) && s.covers(finding.rule);
        silences.iter().find(here).map(|(_, s)| s.reason.clone())
    };
    let mut kept = Vec::with_capacity(report.findings.len());
    for finding in std::mem::take(&mut report.findings) {
        if let Some(reason) = reason_for(&finding).or_else(|| waived(platform, &finding)) {
            report.summary.silenced += 1;
            report.silenced.push(Silenced { finding, reason });
        } else if baseline.contains(&finding.fingerprint) {
            report.summary.baseline += 1;
            report.silenced.push(Silenced { finding, reason: "baseline".to_owned() });
        } else {
            kept.push(finding);
        }
    }
    report.findings = kept;
}

/// The reason that the platform file's `exceptions` give, when they waive the rule for every Application of a finding.
fn waived(platform: &Platform, finding: &Finding) -> Option<String> {
    let waiver = |application: &String| {
        let name = application.rsplit('/').next().unwrap_or(application);
        let environments = finding.environments.iter().map(|e| Some(e.as_str())).chain([None]);
        environments.into_iter().find_map(|environment| platform.exception(finding.rule, name, environment))
    };
    let waivers = finding.applications.iter().map(waiver).collect::<Option<Vec<_>>>()?;
    let reason = waivers.first()?.reason.as_ref().map(|r| r.value.clone());
    Some(reason.unwrap_or_else(|| "an exception in the platform file".to_owned()))
}

/// Every silence of a file, with the line it is for.
fn silences(outcome: &Outcome) -> Vec<(u32, Silence)> {
    let tree = seatrial_yaml::parse(Arc::clone(&outcome.file.text));
    tree.comments().iter().filter_map(|comment| silence_at(outcome, comment)).collect()
}

fn silence_at(outcome: &Outcome, comment: &Comment) -> Option<(u32, Silence)> {
    let span = comment.span();
    let silence = Silence::parse(outcome.file.text.get(span.clone())?)?;
    let line = outcome.file.line_col(span.start).line;
    let before = outcome.file.text.get(..span.start)?.rsplit('\n').next().unwrap_or_default();
    // A comment on a line of its own speaks of the line below it.
    Some((if before.trim().is_empty() { line + 1 } else { line }, silence))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_names_rules_and_a_reason() {
        let silence =
            Silence::parse("# seatrial: ignore[unknown-cluster, default-project] built next week").unwrap();
        assert_eq!(silence.rules, ["unknown-cluster", "default-project"]);
        assert_eq!(silence.reason, "built next week");
        assert!(!silence.whole_file);
        assert!(silence.covers("default-project"));
    }

    #[test]
    fn without_a_reason_it_covers_nothing() {
        let silence = Silence::parse("# seatrial: ignore-file[unknown-cluster]").unwrap();
        assert!(silence.whole_file);
        assert!(!silence.covers("unknown-cluster"));
        assert_eq!(Silence::parse("# an ordinary comment"), None);
    }
}
