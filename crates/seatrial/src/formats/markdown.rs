//! `--format markdown`: a comment for a pull request: the verdict, a table for the environments, and the findings
//! folded away. Names and values from the manifest cannot break out of their place in it.

use std::collections::BTreeMap;

use seatrial_trial::finding::{Finding, Severity};

use super::Shown;
use super::concise::one_line;
use super::json::place_or_nowhere;
use crate::diff;
use crate::text::{count, printable};

/// GitHub and GitLab refuse comments of over 65,536 and 1,000,000 characters.
const MOST: usize = 60_000;

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    let headline = match shown.verdict() {
        "ready" => "✅ Seatrial: ready",
        "not-ready" => "❌ Seatrial: not ready",
        _ => "❔ Seatrial: not everything could be judged",
    };
    out.push_str(&format!("## {headline}\n\n"));
    let summary = &shown.report.summary;
    out.push_str(&format!(
        "{}, {}, {} in {} ({}, {}).\n\n",
        count(shown.count(Severity::Error), "error"),
        count(shown.count(Severity::Warning), "warning"),
        count(shown.count(Severity::Note), "note"),
        count(summary.files, "file"),
        count(summary.application_sets, "ApplicationSet"),
        count(summary.applications, "Application"),
    ));
    environments(shown, &mut out);
    let mut by_file: BTreeMap<String, Vec<&Finding>> = BTreeMap::new();
    for finding in &shown.report.findings {
        by_file.entry(place_or_nowhere(shown.report, finding).file.to_string()).or_default().push(finding);
    }
    let mut left = 0;
    for (file, findings) in &by_file {
        if out.len() > MOST {
            left += findings.len();
            continue;
        }
        let errors = findings.iter().filter(|f| f.severity == Severity::Error).count();
        let open = if errors > 0 && by_file.len() == 1 { " open" } else { "" };
        out.push_str(&format!(
            "<details{open}><summary><code>{}</code>: {}</summary>\n\n",
            html(file),
            count(findings.len(), "finding")
        ));
        for finding in findings {
            if out.len() > MOST {
                left += 1;
                continue;
            }
            one(shown, finding, &mut out);
        }
        out.push_str("</details>\n\n");
    }
    if left > 0 {
        out.push_str(&format!(
            "_{} more: run `seatrial check` to see them all._\n\n",
            count(left, "finding")
        ));
    }
    unknown(shown, &mut out);
    if summary.silenced + summary.baseline > 0 {
        out.push_str(&format!(
            "_{} silenced with a reason, {} known to the baseline._\n\n",
            summary.silenced, summary.baseline
        ));
    }
    if summary.fixable > 0 {
        let safe = super::summary::fixable(shown).0;
        out.push_str(&format!(
            "{} verified: `seatrial fix` applies {safe}, `seatrial fix --unsafe` all that go together.\n\n",
            count(summary.fixable, "fix").replace("fixs", "fixes")
        ));
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

fn environments(shown: &Shown<'_>, out: &mut String) {
    let names = shown.all_environments();
    if names.is_empty() {
        return;
    }
    out.push_str("| environment | errors | warnings | notes | Applications |\n|---|---:|---:|---:|---:|\n");
    for name in names {
        let of = |severity| {
            let here = |f: &&Finding| f.severity == severity && f.environments.iter().any(|e| e == name);
            shown.report.findings.iter().filter(here).count()
        };
        let applications = shown.destined(name);
        out.push_str(&format!(
            "| {} | {} | {} | {} | {applications} |\n",
            cell(name),
            of(Severity::Error),
            of(Severity::Warning),
            of(Severity::Note)
        ));
    }
    out.push('\n');
}

fn one(shown: &Shown<'_>, finding: &Finding, out: &mut String) {
    let at = place_or_nowhere(shown.report, finding);
    let sign = match finding.severity {
        Severity::Error => "🔴",
        Severity::Warning => "🟡",
        Severity::Note => "🔵",
    };
    out.push_str(&format!("- {sign} **{}** line {}: {}", finding.rule, at.line, inline(&finding.message)));
    if !finding.environments.is_empty() {
        let names: Vec<String> = shown.in_order(&finding.environments).into_iter().map(inline).collect();
        out.push_str(&format!(" _(in {})_", names.join(", ")));
    }
    out.push('\n');
    if !finding.help.is_empty() {
        out.push_str(&format!("  <br>{}\n", inline(&finding.help)));
    }
    for related in &finding.related {
        if let Some(at) = crate::place::place(shown.report, related.span) {
            out.push_str(&format!(
                "  <br>{}: {} line {}\n",
                inline(&related.message),
                code(&at.file),
                at.line
            ));
        }
    }
    if finding.hides > 0 {
        out.push_str(&format!("  <br>Hides {}.\n", count(finding.hides, "consequence")));
    }
    if let Some(fix) = finding.fix.as_ref().filter(|fix| fix.verified) {
        out.push_str(&format!(
            "  <br>Fix ({}, verified): {}\n\n",
            fix.applicability.as_str(),
            inline(&fix.title)
        ));
        let mut body = String::new();
        for file in diff::of_edits(shown.report, &fix.edits) {
            for line in file.lines {
                body.push_str(&format!("  {}{}\n", line.sign, printable(&line.text)));
            }
        }
        let fence = fence(&body);
        out.push_str(&format!("  {fence}diff\n{body}  {fence}\n"));
    }
}

fn unknown(shown: &Shown<'_>, out: &mut String) {
    let unknowns = shown.unknowns();
    if unknowns.is_empty() {
        return;
    }
    out.push_str(&format!(
        "<details open><summary>{} could not be judged</summary>\n\n",
        count(unknowns.len(), "thing")
    ));
    for unknown in unknowns {
        let at = unknown
            .place
            .as_ref()
            .map_or_else(String::new, |at| format!(" ({} line {})", code(&at.file), at.line));
        out.push_str(&format!("- {}{at}: {}\n", inline(&unknown.what), inline(&unknown.needs)));
    }
    out.push_str("\n</details>\n\n");
}

/// Text for a paragraph: code spans written with backticks stay, everything else that Markdown or HTML would
/// read is escaped, and nobody is mentioned.
fn inline(text: &str) -> String {
    let text = one_line(text);
    if text.matches('`').count() % 2 == 1 {
        return plain(&text);
    }
    let mut out = String::new();
    for (i, part) in text.split('`').enumerate() {
        if i % 2 == 1 { out.push_str(&code(part)) } else { out.push_str(&plain(part)) }
    }
    out
}

fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '@' => out.push_str("&#64;"),
            '*' | '_' | '`' | '[' | ']' | '#' | '|' | '\\' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    out
}

/// A code span that holds any text, in backticks enough.
fn code(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let ticks = "`".repeat(longest_run(text) + 1);
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

fn cell(text: &str) -> String {
    plain(&one_line(text))
}

fn html(text: &str) -> String {
    printable(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn fence(body: &str) -> String {
    "`".repeat(longest_run(body).max(2) + 1)
}

fn longest_run(text: &str) -> usize {
    text.split(|c| c != '`').map(str::len).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_cannot_break_out() {
        assert_eq!(inline("a `{{x|y}}` <b> @team"), "a `{{x|y}}` &lt;b&gt; &#64;team");
        assert_eq!(inline("odd ` tick"), "odd \\` tick");
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(cell("a|b\nc"), "a\\|b c");
        assert_eq!(fence("```\n"), "````");
    }
}
