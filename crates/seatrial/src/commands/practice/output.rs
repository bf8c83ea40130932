//! What `seatrial practice` prints.

use seatrial_practice::{Exercise, Found, Score};
use serde::Serialize;

use super::good::Good;
use crate::look::{BOLD, DIM, GREEN, Look, RED, YELLOW};
use crate::text::printable;

/// What `seatrial practice --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial practice", deny_unknown_fields))]
pub(crate) struct PracticeOutput {
    /// What makes the same exercise again.
    seed: u64,
    /// How hard it is.
    level: u8,
    /// The platform file that it is to be judged by; `null` for the example's.
    platform: Option<String>,
    /// The manifest.
    manifest: String,
    /// How many faults were put into it.
    faults: usize,
    /// What your concerns are worth, and the answers; `null` as long as there are none.
    result: Option<ResultOutput>,
}

/// What concerns are worth.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ResultOutput {
    /// The faults that were put in.
    faults: Vec<String>,
    /// Points: for each fault that was seen 2, or 1 if it comes to no error.
    points: usize,
    /// Points that could be had.
    of: usize,
    /// The concerns.
    concerns: Vec<ConcernOutput>,
    /// What a trial finds.
    findings: Vec<FindingOutput>,
}

/// A concern.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct ConcernOutput {
    /// As it was written.
    text: String,
    /// The rules of the findings that it means.
    means: Vec<String>,
}

/// A finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct FindingOutput {
    /// The rule.
    rule: String,
    /// `error` or `warning`.
    severity: &'static str,
    /// The line of the manifest, from 1; `null` when it stands elsewhere, as in the chart.
    line: Option<u32>,
    /// The fault that it comes from.
    fault: &'static str,
    /// The point of the checklist that it answers.
    check: Option<u8>,
    /// What is wrong.
    message: String,
    /// What to do about it.
    help: String,
    /// Whether a concern meant it.
    seen: bool,
}

pub(super) fn made(
    exercise: &Exercise,
    seed: u64,
    level: u8,
    score: Option<&Score>,
    good: &Good,
) -> PracticeOutput {
    let platform = good.session.inputs.platform.path().filter(|_| !good.example);
    PracticeOutput {
        seed,
        level,
        platform: platform.map(str::to_owned),
        manifest: exercise.text.clone(),
        faults: exercise.faults.len(),
        result: score.map(|score| result(exercise, score)),
    }
}

fn result(exercise: &Exercise, score: &Score) -> ResultOutput {
    let finding = |(index, found): (usize, &Found)| FindingOutput {
        rule: found.rule.clone(),
        severity: if found.error { "error" } else { "warning" },
        line: (found.line > 0).then_some(found.line),
        fault: exercise.faults.get(found.fault).copied().unwrap_or_default(),
        check: found.check,
        message: found.message.clone(),
        help: found.help.clone(),
        seen: !score.missed.contains(&index),
    };
    let rule = |index: &usize| exercise.key.get(*index).map(|found| found.rule.clone());
    ResultOutput {
        faults: exercise.faults.iter().map(|&fault| fault.to_owned()).collect(),
        points: score.points,
        of: score.of,
        concerns: score
            .concerns
            .iter()
            .map(|concern| ConcernOutput {
                text: concern.text.clone(),
                means: concern.means.iter().filter_map(rule).collect(),
            })
            .collect(),
        findings: exercise.key.iter().enumerate().map(finding).collect(),
    }
}

impl PracticeOutput {
    /// The manifest with its lines numbered, and what is to be done.
    pub(super) fn question(&self, look: Look) -> String {
        let mut out = look.paint(BOLD, &format!("Exercise {}, level {}\n", self.seed, self.level));
        let facts = match &self.platform {
            Some(path) => format!("It is for the platform of {path}: `seatrial platform` shows its facts.\n"),
            None => "It is for the example's platform: dev on minikube (https://kubernetes.default.svc, docker.io, 1 replica, synced \
                     with pruning), staging and prod on EKS (the account's ECR, secrets ecr-staging and ecr-prod, 3 and 5 replicas, \
                     nodes labelled workload=agents; staging synced without pruning, prod by hand), namespace agents.\n"
                .to_owned(),
        };
        out.push_str(&look.wrapped(&facts, 0));
        out.push('\n');
        for (index, line) in self.manifest.lines().enumerate() {
            out.push_str(&format!("{} {}\n", look.paint(DIM, &format!("{:>4}", index + 1)), printable(line)));
        }
        let put =
            if self.faults == 1 { "1 fault was".to_owned() } else { format!("{} faults were", self.faults) };
        let asked = format!(
            "\n{put} put in. What concerns you? One on each line (the line's number, what, where); an empty line ends.\n"
        );
        out.push_str(&asked);
        out
    }

    /// For people.
    pub(super) fn text(&self, look: Look) -> String {
        let Some(result) = &self.result else {
            let again =
                format!("seatrial practice --seed {} --level {} --answers FILE", self.seed, self.level);
            return format!("{}Write them to a file, one on each line, then: {again}\n", self.question(look));
        };
        let mut out = String::new();
        for concern in &result.concerns {
            let means = if concern.means.is_empty() {
                look.paint(YELLOW, "the trial does not share it")
            } else {
                look.paint(GREEN, &concern.means.join(", "))
            };
            out.push_str(&format!("  {}: {means}\n", printable(&concern.text)));
        }
        for (title, seen) in [("Seen", true), ("Missed", false)] {
            let findings: Vec<&FindingOutput> = result.findings.iter().filter(|f| f.seen == seen).collect();
            if findings.is_empty() {
                continue;
            }
            out.push_str(&look.paint(BOLD, &format!("{title}:\n")));
            for finding in findings {
                let head = look.paint(
                    if seen { GREEN } else { RED },
                    &format!("{}[{}]", finding.severity, finding.rule),
                );
                let said = look.wrapped(&printable(&finding.message), 4);
                let place = finding.line.map_or("in the chart".to_owned(), |line| format!("line {line}"));
                out.push_str(&format!("  {place}: {head} {said}\n"));
                if !finding.help.is_empty() {
                    out.push_str(&format!(
                        "    {}\n",
                        look.paint(DIM, &look.wrapped(&printable(&finding.help), 4))
                    ));
                }
            }
        }
        out.push_str(&format!("Put in: {}.\n", result.faults.join("; ")));
        out.push_str(&look.paint(BOLD, &format!("{} of {} points.\n", result.points, result.of)));
        out
    }
}
