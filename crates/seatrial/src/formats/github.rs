//! `--format github`: workflow commands, which GitHub Actions turns into annotations on the changed lines.
//! Nothing in a message can end its command or start another: `%`, CR, LF, and in properties `:` and `,`, are
//! escaped as the runner decodes them.

use seatrial_trial::finding::Severity;

use super::Shown;
use super::json::place_or_nowhere;
use crate::text::{count, printable};

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    for finding in &shown.report.findings {
        let at = place_or_nowhere(shown.report, finding);
        let command = match finding.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "notice",
        };
        let mut message = finding.message.clone();
        if !finding.environments.is_empty() {
            message.push_str(&format!("\nIn: {}", shown.in_order(&finding.environments).join(", ")));
        }
        if !finding.help.is_empty() {
            message.push_str(&format!("\nHelp: {}", finding.help));
        }
        let mut properties = format!(
            "file={},line={},endLine={},title={}",
            property(&at.file),
            at.line,
            at.end_line,
            property(finding.rule)
        );
        // The runner refuses columns over several lines.
        if at.line == at.end_line {
            properties.push_str(&format!(",col={},endColumn={}", at.column, at.end_column));
        }
        out.push_str(&format!("::{command} {properties}::{}\n", data(&message)));
    }
    let unknowns = shown.unknowns();
    for unknown in &unknowns {
        let at = unknown
            .place
            .as_ref()
            .map_or_else(String::new, |at| format!("file={},line={},", property(&at.file), at.line));
        let message = format!("Could not be judged: {}\n{}", unknown.what, unknown.needs);
        out.push_str(&format!("::warning {at}title=unknown::{}\n", data(&message)));
    }
    let summary = format!(
        "seatrial: {}, {}, {}, {} unknown: {}",
        count(shown.count(Severity::Error), "error"),
        count(shown.count(Severity::Warning), "warning"),
        count(shown.count(Severity::Note), "note"),
        unknowns.len(),
        shown.verdict()
    );
    out.push_str(&summary);
    out.push('\n');
    out
}

pub(crate) fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

pub(crate) fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
