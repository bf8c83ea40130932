//! Whether a model is worth asking, from the intent, the facts, and what Seatrial's own author makes of them.

use std::collections::BTreeSet;

use seatrial_author::{Intent, Proposal};
use seatrial_platform::Platform;
use seatrial_refine::Candidate;
use seatrial_trial::Severity;
use serde::Serialize;

use super::facts::Facts;
use crate::look::{BOLD, Look};
use crate::text::{count, printable};

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Advice {
    /// Questions come first: whoever writes it would have to guess.
    AnswerFirst,
    /// It is one application on one cluster.
    ByHand,
    /// Seatrial's own author writes it, and its trial finds nothing.
    Builtin,
    /// Something is left that the own author cannot bring about.
    Model,
}

/// `generate --triage --format json`.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "camelCase")]
pub(crate) struct TriageOutput {
    /// What to do.
    pub(crate) advice: Advice,
    /// Why, a sentence each.
    pub(crate) reasons: Vec<String>,
    /// The environments that it is for.
    pub(crate) environments: Vec<String>,
    /// How many clusters these have.
    pub(crate) clusters: usize,
    /// The facts in which these environments differ.
    pub(crate) differences: Vec<String>,
    /// What has to be answered first.
    pub(crate) questions: Vec<String>,
    /// What is left of the own author's set that a trial does not let pass.
    pub(crate) left: Vec<String>,
}

pub(super) fn triage(
    platform: &Platform,
    wanted: &Intent,
    facts: &Facts,
    proposal: &Proposal,
    candidate: Option<&Candidate>,
    fail_on: Severity,
) -> TriageOutput {
    let environments: Vec<String> = if wanted.environments.is_empty() {
        platform.environments.iter().map(|environment| environment.name.value.clone()).collect()
    } else {
        wanted.environments.clone()
    };
    let clusters = if wanted.clusters.is_empty() {
        environments.iter().map(|name| platform.clusters_of(name).count()).sum()
    } else {
        wanted.clusters.len()
    };
    let differences = differences(platform, &environments);
    let open = proposal.questions.iter().filter(|question| question.assumed.is_none());
    let questions: Vec<String> = facts
        .reading
        .questions
        .iter()
        .map(|question| question.text.clone())
        .chain(open.map(|question| question.text.clone()))
        .collect();
    let left: Vec<String> = candidate.map_or_else(Vec::new, |candidate| {
        let failing = candidate.report.findings.iter().filter(|finding| finding.severity >= fail_on);
        let found = failing.map(|finding| format!("[{}] {}", finding.rule, finding.message));
        found.chain(candidate.refused.iter().map(ToString::to_string)).collect()
    });
    let clean = candidate.is_some_and(|candidate| candidate.is_clean(fail_on));
    let mut reasons = vec![format!(
        "it is for {} in {}, which differ in {}",
        count(clusters, "cluster"),
        count(environments.len(), "environment"),
        count(differences.len(), "fact")
    )];
    let advice = if !questions.is_empty() {
        reasons.push(format!(
            "{} to be answered first: a model would guess, and so would anybody",
            count(questions.len(), "question")
        ));
        Advice::AnswerFirst
    } else if clean && clusters <= 1 && environments.len() <= 1 {
        reasons
            .push("one application on one cluster is written, or changed, as fast as it is asked for".into());
        Advice::ByHand
    } else if clean {
        let does = if proposal.edits { "edits the set that is there" } else { "writes it" };
        reasons.push(format!("Seatrial's own author {does} from the facts, and its trial lets it pass"));
        Advice::Builtin
    } else {
        reasons.push(match left.len() {
            0 => "Seatrial's own author cannot write it".to_owned(),
            n => format!(
                "{} of Seatrial's own author's set: no value of the chart mends it",
                count(n, "finding")
            ),
        });
        Advice::Model
    };
    TriageOutput { advice, reasons, environments, clusters, differences, questions, left }
}

/// The facts that have not the same value in all environments.
fn differences(platform: &Platform, environments: &[String]) -> Vec<String> {
    let facts: Vec<Vec<(String, String)>> = environments
        .iter()
        .filter_map(|name| platform.in_force(name))
        .map(|there| there.facts.into_iter().map(|line| (line.name, line.value.to_string())).collect())
        .collect();
    let names: BTreeSet<&String> = facts.iter().flatten().map(|(name, _)| name).collect();
    let of = |facts: &Vec<(String, String)>, name: &String| -> Option<String> {
        facts.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
    };
    let differs = |name: &&String| {
        let values: BTreeSet<Option<String>> = facts.iter().map(|facts| of(facts, name)).collect();
        values.len() > 1
    };
    names.into_iter().filter(differs).cloned().collect()
}

/// The same for people.
pub(super) fn shown(triage: &TriageOutput, look: Look) -> String {
    let advice = match triage.advice {
        Advice::AnswerFirst => "Answer first, then `seatrial generate`; no model knows the answers.",
        Advice::ByHand => "No model: write it by hand, or take what `seatrial generate` writes.",
        Advice::Builtin => "No model: `seatrial generate` writes it.",
        Advice::Model => "A model may help: `seatrial generate --author …`; its proposals are judged.",
    };
    let mut out = look.paint(BOLD, &format!("{advice}\n"));
    for reason in &triage.reasons {
        out.push_str(&format!("  - {}\n", look.wrapped(&printable(reason), 4)));
    }
    if !triage.differences.is_empty() {
        out.push_str(&format!(
            "  - the facts: {}\n",
            look.wrapped(&printable(&triage.differences.join(", ")), 4)
        ));
    }
    for question in &triage.questions {
        out.push_str(&format!("  ? {}\n", look.wrapped(&printable(question), 4)));
    }
    for left in &triage.left {
        out.push_str(&format!("  ! {}\n", look.wrapped(&printable(left), 4)));
    }
    out
}
