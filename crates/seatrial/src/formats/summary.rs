//! The closing block of the text format.

use seatrial_trial::finding::{Applicability, Finding, Severity};

use super::Shown;
use crate::look::{BOLD, CYAN, DIM, GREEN, RED, YELLOW};
use crate::text::{count, printable};

/// Counts, a table for the environments, what is unknown, what to do next, and the verdict.
pub(super) fn render(shown: &Shown<'_>) -> String {
    let look = shown.look;
    let mut out = String::new();
    let rule = if look.unicode { "─" } else { "-" };
    out.push_str(&look.paint(DIM, &rule.repeat(look.prose().min(72))));
    out.push('\n');
    unknown(shown, &mut out);
    environments(shown, &mut out);
    counts(shown, &mut out);
    next(shown, &mut out);
    verdict(shown, &mut out);
    out
}

fn unknown(shown: &Shown<'_>, out: &mut String) {
    let look = shown.look;
    let unknowns = shown.unknowns();
    if unknowns.is_empty() {
        return;
    }
    let n = unknowns.len();
    out.push_str(&look.paint(YELLOW, &format!("{} could not be judged:", count(n, "thing"))));
    out.push('\n');
    for unknown in unknowns {
        let at = unknown
            .place
            .as_ref()
            .map_or_else(String::new, |at| format!(" ({}:{}:{})", at.file, at.line, at.column));
        out.push_str(&format!("  - {}\n", look.wrapped(&printable(&format!("{}{at}", unknown.what)), 4)));
        out.push_str(&format!("    {}\n", look.wrapped(&printable(&unknown.needs), 4)));
    }
    out.push('\n');
}

fn environments(shown: &Shown<'_>, out: &mut String) {
    let look = shown.look;
    let names = shown.all_environments();
    if names.is_empty() || shown.report.findings.is_empty() {
        return;
    }
    let mut rows: Vec<(String, [usize; 3], Option<usize>)> = names
        .iter()
        .map(|name| {
            let of = |severity| {
                let here = |f: &&Finding| f.severity == severity && f.environments.iter().any(|e| e == name);
                shown.report.findings.iter().filter(here).count()
            };
            let counts = [of(Severity::Error), of(Severity::Warning), of(Severity::Note)];
            (printable(name).into_owned(), counts, Some(shown.destined(name)))
        })
        .collect();
    let of = |severity| {
        let anywhere = |f: &&Finding| f.severity == severity && f.environments.is_empty();
        shown.report.findings.iter().filter(anywhere).count()
    };
    let everywhere = [of(Severity::Error), of(Severity::Warning), of(Severity::Note)];
    if everywhere.iter().sum::<usize>() > 0 {
        rows.push(("(everywhere)".to_owned(), everywhere, None));
    }
    let width = rows.iter().map(|row| row.0.chars().count()).max().unwrap_or(0).max(11);
    let head = format!(
        "{:<width$}  {:>6}  {:>8}  {:>5}  {:>12}",
        "environment", "errors", "warnings", "notes", "Applications"
    );
    out.push_str(&look.paint(BOLD, &head));
    out.push('\n');
    for (name, [errors, warnings, notes], applications) in rows {
        let number = |n: usize, width: usize, style| {
            let text = format!("{n:>width$}");
            if n == 0 { look.paint(DIM, &text) } else { look.paint(style, &text) }
        };
        let applications = applications.map_or_else(String::new, |n| n.to_string());
        let line = format!(
            "{name:<width$}  {}  {}  {}  {applications:>12}",
            number(errors, 6, RED),
            number(warnings, 8, YELLOW),
            number(notes, 5, GREEN),
        );
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out.push('\n');
}

fn counts(shown: &Shown<'_>, out: &mut String) {
    let look = shown.look;
    let summary = &shown.report.summary;
    let parts: Vec<String> = [
        (Severity::Error, "error", RED),
        (Severity::Warning, "warning", YELLOW),
        (Severity::Note, "note", GREEN),
    ]
    .into_iter()
    .filter(|(severity, ..)| shown.count(*severity) > 0)
    .map(|(severity, noun, style)| look.paint(style, &count(shown.count(severity), noun)))
    .collect();
    let found = if parts.is_empty() { "Nothing found".to_owned() } else { parts.join(", ") };
    let mut seen = vec![count(summary.files, "file")];
    if summary.application_sets > 0 {
        seen.push(count(summary.application_sets, "ApplicationSet"));
    }
    seen.push(count(summary.applications, "Application"));
    if summary.resources > 0 {
        seen.push(count(summary.resources, "resource"));
    }
    out.push_str(&format!("{found} in {}.\n", crate::text::list(&seen)));
    if summary.hidden > 0 {
        out.push_str(&format!(
            "{} not shown: their cause is reported above.\n",
            count(summary.hidden, "consequence")
        ));
    }
    if summary.silenced > 0 {
        out.push_str(&format!(
            "{} silenced in the files, with a reason.\n",
            count(summary.silenced, "finding")
        ));
    }
    if summary.baseline > 0 {
        out.push_str(&format!("{} known to the baseline.\n", count(summary.baseline, "finding")));
    }
}

/// How many verified fixes are safe, and how many are not.
pub(super) fn fixable(shown: &Shown<'_>) -> (usize, usize) {
    let of = |applicability| {
        shown
            .report
            .findings
            .iter()
            .filter_map(|f| f.fix.as_ref())
            .filter(|fix| fix.verified && fix.applicability == applicability)
            .count()
    };
    (of(Applicability::Safe), of(Applicability::Unsafe))
}

fn next(shown: &Shown<'_>, out: &mut String) {
    let look = shown.look;
    let (safe, risky) = fixable(shown);
    let fixes = |n: usize| if n == 1 { "1 fix".to_owned() } else { format!("{n} fixes") };
    let command = |flags: &str| look.paint(CYAN, &format!("`seatrial fix{flags}{}`", shown.arguments));
    if safe > 0 {
        out.push_str(&format!("{} can be applied with {}.\n", fixes(safe), command("")));
    }
    if risky > 0 {
        let fixes = match (safe > 0, risky) {
            (false, n) => fixes(n),
            (true, 1) => "1 more fix".to_owned(),
            (true, n) => format!("{n} more fixes"),
        };
        let (verb, them) = if risky == 1 { ("changes", "it") } else { ("change", "them") };
        out.push_str(&format!(
            "{fixes} {verb} what is deployed: read {them}, then apply {them} with {}.\n",
            command(" --unsafe")
        ));
    }
    if let Some(finding) = gravest(shown).filter(|_| shown.verbosity >= 0) {
        let command = look.paint(CYAN, &format!("`seatrial explain {}`", finding.rule));
        out.push_str(&format!("More about a rule: {command}.\n"));
    }
}

/// What to read about first: what blocks, else what is worst, else what comes first.
fn gravest<'a>(shown: &Shown<'a>) -> Option<&'a Finding> {
    shown.report.findings.iter().rev().max_by_key(|finding| (shown.blocks(finding), finding.severity))
}

fn verdict(shown: &Shown<'_>, out: &mut String) {
    let look = shown.look;
    let line = match shown.verdict() {
        "ready" => look.paint(GREEN, "ready"),
        "not-ready" => look.paint(RED, "not ready"),
        _ => look.paint(YELLOW, "unknown: nothing bad was found, but not everything could be judged"),
    };
    out.push_str(&format!("{} {line}\n", look.paint(BOLD, "Verdict:")));
}
