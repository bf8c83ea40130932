//! `--format gitlab`: the code quality report that GitLab shows in a merge request.

use std::collections::HashMap;

use seatrial_trial::finding::Severity;
use serde_json::json;

use super::Shown;
use super::json::place_or_nowhere;

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut seen: HashMap<String, usize> = HashMap::new();
    let issues: Vec<_> = shown
        .report
        .findings
        .iter()
        .map(|finding| {
            let at = place_or_nowhere(shown.report, finding);
            // GitLab drops all but one of the issues that share a fingerprint.
            let times = seen.entry(finding.fingerprint.clone()).or_default();
            *times += 1;
            let fingerprint = match *times {
                1 => finding.fingerprint.clone(),
                n => format!("{}-{n}", finding.fingerprint),
            };
            let mut description = finding.message.clone();
            if !finding.environments.is_empty() {
                description.push_str(&format!(" (in {})", shown.in_order(&finding.environments).join(", ")));
            }
            json!({
                "type": "issue",
                "description": description,
                "content": {"body": finding.help},
                "check_name": finding.rule,
                "categories": ["Bug Risk"],
                "fingerprint": fingerprint,
                "severity": match finding.severity {
                    Severity::Error => "critical",
                    Severity::Warning => "minor",
                    Severity::Note => "info",
                },
                "location": {"path": at.file.as_ref(), "lines": {"begin": at.line, "end": at.end_line}},
            })
        })
        .collect();
    let mut out = serde_json::to_string_pretty(&issues).unwrap_or_default();
    out.push('\n');
    out
}
