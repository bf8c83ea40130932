//! `--format concise`: one line for each finding, as compilers print them, so that editors find the place.

use seatrial_trial::finding::Severity;

use super::Shown;
use super::json::place_or_nowhere;
use crate::look::{BOLD, CYAN, DIM};
use crate::text::{count, printable};

pub(super) fn render(shown: &Shown<'_>) -> String {
    let look = shown.look;
    let mut out = String::new();
    for finding in &shown.report.findings {
        let at = place_or_nowhere(shown.report, finding);
        let style = super::text::style(finding.severity);
        out.push_str(&look.paint(BOLD, &format!("{}:{}:{}:", printable(&at.file), at.line, at.column)));
        out.push(' ');
        out.push_str(&look.paint(style, &format!("{}[{}]", finding.severity, finding.rule)));
        out.push(' ');
        out.push_str(&one_line(&finding.message));
        if !finding.environments.is_empty() {
            out.push_str(
                &look.paint(DIM, &format!(" (in {})", shown.in_order(&finding.environments).join(", "))),
            );
        }
        if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.verified) {
            let fix = format!(" [fix: {}, {}]", one_line(&fix.title), fix.applicability.as_str());
            out.push_str(&look.paint(CYAN, &fix));
        }
        out.push('\n');
    }
    let unknowns = shown.unknowns();
    for unknown in &unknowns {
        let at = unknown
            .place
            .as_ref()
            .map_or_else(String::new, |at| format!("{}:{}:{}: ", printable(&at.file), at.line, at.column));
        out.push_str(&format!("{at}unknown: {}: {}\n", one_line(&unknown.what), one_line(&unknown.needs)));
    }
    if shown.verbosity >= 0 {
        out.push_str(&format!(
            "{}, {}, {}, {} unknown: {}\n",
            count(shown.count(Severity::Error), "error"),
            count(shown.count(Severity::Warning), "warning"),
            count(shown.count(Severity::Note), "note"),
            unknowns.len(),
            shown.verdict(),
        ));
    }
    out
}

/// Safe to stand on one line.
pub(super) fn one_line(text: &str) -> String {
    printable(text).split_whitespace().collect::<Vec<_>>().join(" ")
}
