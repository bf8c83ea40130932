//! `--format junit`: a suite for each file, a case for each rule that fired in it. What is at or above the gate
//! is a failure; what is below it stands in the case's output; what could not be judged is a skipped case.

use std::collections::BTreeMap;
use std::sync::Arc;

use seatrial_trial::finding::{Finding, Severity};

use super::Shown;
use super::json::place_or_nowhere;

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut files: BTreeMap<Arc<str>, BTreeMap<&str, Vec<&Finding>>> = BTreeMap::new();
    for finding in &shown.report.findings {
        let file = place_or_nowhere(shown.report, finding).file;
        files.entry(file).or_default().entry(finding.rule).or_default().push(finding);
    }
    let (mut tests, mut failures, mut skipped) = (0, 0, 0);
    let mut suites = String::new();
    for (file, rules) in &files {
        let failed = rules.values().filter(|f| f.iter().any(|f| shown.fail_on.fails(f.severity))).count();
        tests += rules.len();
        failures += failed;
        suites.push_str(&format!(
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{failed}\" errors=\"0\" skipped=\"0\">\n",
            escape(file),
            rules.len()
        ));
        for (rule, findings) in rules {
            case(&mut suites, shown, file, rule, findings);
        }
        suites.push_str("  </testsuite>\n");
    }
    let unknown = shown.unknowns();
    if !unknown.is_empty() {
        tests += unknown.len();
        skipped += unknown.len();
        suites.push_str(&format!(
            "  <testsuite name=\"unknown\" tests=\"{n}\" failures=\"0\" errors=\"0\" skipped=\"{n}\">\n",
            n = unknown.len()
        ));
        for unknown in &unknown {
            suites.push_str(&format!(
                "    <testcase name=\"{}\" classname=\"unknown\">\n      <skipped message=\"{}\"/>\n    </testcase>\n",
                escape(&unknown.what),
                escape(&unknown.needs)
            ));
        }
        suites.push_str("  </testsuite>\n");
    }
    if tests == 0 {
        // Servers take a report without a single case for a run that broke.
        tests = 1;
        suites.push_str(
            "  <testsuite name=\"seatrial\" tests=\"1\" failures=\"0\" errors=\"0\" skipped=\"0\">\n    \
             <testcase name=\"check\" classname=\"seatrial\"/>\n  </testsuite>\n",
        );
    }
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"seatrial\" tests=\"{tests}\" \
         failures=\"{failures}\" errors=\"0\" skipped=\"{skipped}\">\n{suites}</testsuites>\n"
    )
}

fn case(out: &mut String, shown: &Shown<'_>, file: &str, rule: &str, findings: &[&Finding]) {
    out.push_str(&format!("    <testcase name=\"{}\" classname=\"{}\">\n", escape(rule), escape(file)));
    let failing: Vec<&Finding> =
        findings.iter().copied().filter(|f| shown.fail_on.fails(f.severity)).collect();
    if let Some(first) = failing.first() {
        let message = match failing.len() {
            1 => first.message.clone(),
            n => format!("{} (and {} more)", first.message, n - 1),
        };
        let worst = failing.iter().map(|f| f.severity).max().unwrap_or(Severity::Error);
        out.push_str(&format!("      <failure message=\"{}\" type=\"{worst}\">", escape(&message)));
        out.push_str(&escape(&body(shown, &failing)));
        out.push_str("</failure>\n");
    }
    let passing: Vec<&Finding> =
        findings.iter().copied().filter(|f| !shown.fail_on.fails(f.severity)).collect();
    if !passing.is_empty() {
        out.push_str(&format!("      <system-out>{}</system-out>\n", escape(&body(shown, &passing))));
    }
    out.push_str("    </testcase>\n");
}

fn body(shown: &Shown<'_>, findings: &[&Finding]) -> String {
    let mut out = String::new();
    for finding in findings {
        let at = place_or_nowhere(shown.report, finding);
        out.push_str(&format!(
            "{}:{}:{}: {}: {}\n",
            at.file, at.line, at.column, finding.severity, finding.message
        ));
        if !finding.environments.is_empty() {
            out.push_str(&format!("  in: {}\n", shown.in_order(&finding.environments).join(", ")));
        }
        if !finding.help.is_empty() {
            out.push_str(&format!("  help: {}\n", finding.help));
        }
    }
    out
}

/// Escapes for element text and quoted attributes. Characters that XML 1.0 forbids even escaped become U+FFFD.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            // In an attribute a bare line break would be read as a space.
            '\n' => out.push_str("&#10;"),
            '\t' => out.push_str("&#9;"),
            '\r' => out.push_str("&#13;"),
            '\u{0}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
