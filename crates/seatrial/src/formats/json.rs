//! `--format json`: everything, in the published shape. All keys are always there; `null` where there is nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_source::SourceFile;
use seatrial_trial::finding::{Finding, Fix, Group, Severity};
use seatrial_trial::report::Report;
use serde::Serialize;

use super::{Doubt, Shown};
use crate::place::{Place, in_file, place};

/// What `seatrial check --format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(title = "seatrial check", deny_unknown_fields))]
pub(crate) struct CheckOutput {
    /// What is wrong or doubtful, sorted by file, line, column, rule.
    pub findings: Vec<FindingOutput>,
    /// What could not be judged, and what to supply.
    pub unknown: Vec<UnknownOutput>,
    /// Findings that were silenced, with the reason given, or that the baseline knew.
    pub silenced: Vec<SilencedOutput>,
    /// Counts.
    pub summary: SummaryOutput,
    /// `ready`: nothing at or above the gate, and everything was judged. `not-ready`: something at or above
    /// the gate. `unknown`: nothing found, but not everything could be judged.
    #[cfg_attr(test, schemars(extend("enum" = ["ready", "not-ready", "unknown"])))]
    pub verdict: &'static str,
}

/// One thing wrong or doubtful.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct FindingOutput {
    /// The rule's stable name.
    pub rule: &'static str,
    /// The part of the catalogue the rule belongs to.
    pub group: &'static str,
    /// The point of the seven-point checklist that it answers, if it is one of them.
    #[cfg_attr(test, schemars(range(min = 1, max = 7)))]
    pub check: Option<u8>,
    /// `error`: would fail or is forbidden. `warning`: a risk. `note`: advice.
    #[cfg_attr(test, schemars(extend("enum" = ["error", "warning", "note"])))]
    pub severity: &'static str,
    /// One sentence, with the names and values in it.
    pub message: String,
    /// What to do about it.
    pub help: String,
    /// The file's path.
    pub file: String,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: u32,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub column: u32,
    /// Line of the end.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub end_line: u32,
    /// Column after the last character.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub end_column: u32,
    /// Other places that explain it.
    pub related: Vec<RelatedOutput>,
    /// `namespace/name` of the Applications it holds for.
    pub applications: Vec<String>,
    /// The environments it holds for.
    pub environments: Vec<String>,
    /// `group/Kind/namespace/name` of the resource.
    pub resource: Option<String>,
    /// The field.
    pub field: Option<String>,
    /// The fact of the platform file that it breaks.
    pub fact: Option<String>,
    /// The edit that mends it.
    pub fix: Option<FixOutput>,
    /// How many consequences are not reported because this, their cause, is.
    pub hides: usize,
    /// Stable across unrelated edits.
    pub fingerprint: String,
}

/// Another place that explains a finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct RelatedOutput {
    /// The file's path.
    pub file: String,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: u32,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub column: u32,
    /// What stands there.
    pub message: String,
}

/// An edit that mends a finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct FixOutput {
    /// What the edit does.
    pub title: String,
    /// `safe`: keeps the meaning; `fix` applies it. `unsafe`: changes it; `fix --unsafe` applies it.
    #[cfg_attr(test, schemars(extend("enum" = ["safe", "unsafe"])))]
    pub applicability: &'static str,
    /// Whether running everything again on the edited source showed the finding gone and nothing new.
    pub verified: bool,
    /// The replacements, none touching another.
    pub edits: Vec<EditOutput>,
}

/// Replace a range by a text; an empty range inserts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct EditOutput {
    /// The file's path.
    pub file: String,
    /// First line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub start_line: u32,
    /// First column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub start_column: u32,
    /// Line of the end.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub end_line: u32,
    /// Column after the last character replaced.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub end_column: u32,
    /// What to put there.
    pub text: String,
}

/// Something that could not be judged.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct UnknownOutput {
    /// What was to be judged.
    pub what: String,
    /// What would have to be supplied.
    pub needs: String,
    /// The file's path; `null` when it is the platform file that is missing.
    pub file: Option<String>,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: Option<u32>,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub column: Option<u32>,
    /// Rules that could not be run for want of it.
    pub rules: Vec<&'static str>,
}

/// A finding that is not counted.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct SilencedOutput {
    /// The finding.
    #[serde(flatten)]
    #[cfg_attr(test, schemars(flatten))]
    pub finding: SilencedFinding,
    /// The reason given, or `baseline`.
    pub reason: String,
}

/// What identifies a silenced finding.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct SilencedFinding {
    /// The rule's stable name.
    pub rule: &'static str,
    /// Its sentence.
    pub message: String,
    /// The file's path.
    pub file: String,
    /// Line, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub line: u32,
    /// Column in characters, from 1.
    #[cfg_attr(test, schemars(range(min = 1)))]
    pub column: u32,
    /// Stable across unrelated edits.
    pub fingerprint: String,
}

/// Counts.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct SummaryOutput {
    /// Findings by severity, zeros included.
    pub severity: BTreeMap<&'static str, usize>,
    /// Findings by group.
    pub group: BTreeMap<&'static str, usize>,
    /// Findings by environment; one that holds for several is counted in each.
    pub environment: BTreeMap<String, usize>,
    /// Files read as manifests.
    pub files: usize,
    /// ApplicationSets seen.
    pub application_sets: usize,
    /// Applications seen, generated ones included.
    pub applications: usize,
    /// Applications by the environment they go to.
    pub destinations: BTreeMap<String, usize>,
    /// Rendered resources seen.
    pub resources: usize,
    /// Things that could not be judged.
    pub unknown: usize,
    /// Findings silenced in a file, with a reason.
    pub silenced: usize,
    /// Findings that the baseline knew.
    pub baseline: usize,
    /// Consequences not reported because their cause is.
    pub hidden: usize,
    /// Findings with a verified fix.
    pub fixable: usize,
}

pub(super) fn render(shown: &Shown<'_>) -> String {
    // The types above have string keys and no fallible serialisers.
    let mut out = serde_json::to_string_pretty(&output(shown)).unwrap_or_default();
    out.push('\n');
    out
}

pub(crate) fn output(shown: &Shown<'_>) -> CheckOutput {
    let report = shown.report;
    let mut findings: Vec<FindingOutput> = report.findings.iter().map(|f| finding(report, f)).collect();
    findings.sort_by(|a, b| {
        (&a.file, a.line, a.column, a.rule, &a.message).cmp(&(&b.file, b.line, b.column, b.rule, &b.message))
    });
    let unknowns = shown.unknowns();
    let summary = summary(report, unknowns.len());
    CheckOutput {
        findings,
        unknown: unknowns.into_iter().map(unknown).collect(),
        silenced: report
            .silenced
            .iter()
            .map(|s| {
                let at = place_or_nowhere(report, &s.finding);
                SilencedOutput {
                    finding: SilencedFinding {
                        rule: s.finding.rule,
                        message: s.finding.message.clone(),
                        file: at.file.to_string(),
                        line: at.line,
                        column: at.column,
                        fingerprint: s.finding.fingerprint.clone(),
                    },
                    reason: s.reason.clone(),
                }
            })
            .collect(),
        summary,
        verdict: shown.verdict(),
    }
}

/// A finding's place. One in a file that the report does not know has lost its place, but is still reported.
pub(super) fn place_or_nowhere(report: &Report, finding: &Finding) -> Place {
    place(report, finding.span).unwrap_or_else(|| Place {
        file: Arc::from("."),
        line: 1,
        column: 1,
        end_line: 1,
        end_column: 1,
    })
}

fn finding(report: &Report, finding: &Finding) -> FindingOutput {
    let at = place_or_nowhere(report, finding);
    FindingOutput {
        rule: finding.rule,
        group: finding.group.as_str(),
        check: finding.group.check(),
        severity: finding.severity.as_str(),
        message: finding.message.clone(),
        help: finding.help.clone(),
        file: at.file.to_string(),
        line: at.line,
        column: at.column,
        end_line: at.end_line,
        end_column: at.end_column,
        related: finding
            .related
            .iter()
            .filter_map(|related| {
                let at = place(report, related.span)?;
                Some(RelatedOutput {
                    file: at.file.to_string(),
                    line: at.line,
                    column: at.column,
                    message: related.message.clone(),
                })
            })
            .collect(),
        applications: finding.applications.clone(),
        environments: finding.environments.clone(),
        resource: finding.resource.clone(),
        field: finding.field.clone(),
        fact: finding.fact.clone(),
        fix: finding.fix.as_ref().and_then(|f| fix(report, f)),
        hides: finding.hides,
        fingerprint: finding.fingerprint.clone(),
    }
}

/// A fix with every edit placed, or none: half a fix is no fix.
fn fix(report: &Report, fix: &Fix) -> Option<FixOutput> {
    let edits = fix
        .edits
        .iter()
        .map(|edit| {
            let file: &Arc<SourceFile> = report.file(edit.span.file)?;
            let at = in_file(file, edit.span);
            Some(EditOutput {
                file: at.file.to_string(),
                start_line: at.line,
                start_column: at.column,
                end_line: at.end_line,
                end_column: at.end_column,
                text: edit.text.clone(),
            })
        })
        .collect::<Option<Vec<_>>>()?;
    Some(FixOutput {
        title: fix.title.clone(),
        applicability: fix.applicability.as_str(),
        verified: fix.verified,
        edits,
    })
}

fn unknown(unknown: Doubt<'_>) -> UnknownOutput {
    let at = unknown.place;
    UnknownOutput {
        what: unknown.what,
        needs: unknown.needs,
        line: at.as_ref().map(|at| at.line),
        column: at.as_ref().map(|at| at.column),
        file: at.map(|at| at.file.to_string()),
        rules: unknown.rules.to_vec(),
    }
}

fn summary(report: &Report, unknown: usize) -> SummaryOutput {
    let summary = &report.summary;
    let severity = [Severity::Error, Severity::Warning, Severity::Note]
        .map(|s| (s.as_str(), summary.severities.get(&s).copied().unwrap_or(0)));
    SummaryOutput {
        severity: severity.into_iter().collect(),
        group: Group::ALL.iter().filter_map(|g| Some((g.as_str(), *summary.groups.get(g)?))).collect(),
        environment: summary.environments.clone(),
        files: summary.files,
        application_sets: summary.application_sets,
        applications: summary.applications,
        destinations: summary.destinations.clone(),
        resources: summary.resources,
        unknown,
        silenced: summary.silenced,
        baseline: summary.baseline,
        hidden: summary.hidden,
        fixable: summary.fixable,
    }
}
