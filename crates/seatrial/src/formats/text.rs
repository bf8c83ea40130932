//! `--format text`: for people. Each file's findings, what stops Argo CD first; each with the source it is about,
//! the fact it breaks, whom it hits, and the fix as a diff. A summary closes it.

use std::collections::{BTreeMap, HashSet};

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};
use anstyle::Style;
use seatrial_source::Edit;
use seatrial_trial::finding::{Finding, Severity};

use super::Shown;
use super::excerpt::excerpt;
use super::json::place_or_nowhere;
use crate::diff;
use crate::look::{ADDED, BOLD, CYAN, DIM, GREEN, Look, RED, REMOVED, YELLOW};
use crate::place::in_file;
use crate::text::{count, list_some, printable, wrap};

/// Lines of a fix that are shown; a longer one is cut short.
const MOST_DIFF_LINES: usize = 16;
/// Names of Applications that are shown.
const MOST_NAMES: usize = 3;

pub(super) fn render(shown: &Shown<'_>) -> String {
    let mut out = String::new();
    let mut files: BTreeMap<&str, (Vec<&Finding>, Vec<&Finding>)> = BTreeMap::new();
    for finding in &shown.report.findings {
        let path = shown.report.file(finding.span.file).map_or(".", |file| &file.path);
        let (first, then) = files.entry(path).or_default();
        if shown.blocks(finding) { first.push(finding) } else { then.push(finding) }
    }
    for (first, then) in files.values_mut() {
        // Causes before what they do not explain; otherwise in the order of the file.
        first.sort_by_key(|finding| finding.hides == 0);
        then.sort_by_key(|finding| finding.hides == 0);
    }
    let renderer = renderer(shown.look);
    for (path, (first, then)) in &files {
        let mut said = Said::default();
        heading(shown, path, first.len() + then.len(), &mut out);
        if !first.is_empty() {
            let these = if first.len() == 1 { "this is" } else { "these are" };
            let text = format!("Argo CD creates nothing from this file before {these} mended:");
            out.push_str(&shown.look.paint(BOLD, &text));
            out.push_str("\n\n");
            for finding in first {
                one(shown, &renderer, finding, &mut said, &mut out);
            }
            if !then.is_empty() {
                out.push_str(
                    &shown.look.paint(BOLD, "With that mended in memory, the trial went on and found:"),
                );
                out.push_str("\n\n");
            }
        }
        for finding in then {
            one(shown, &renderer, finding, &mut said, &mut out);
        }
    }
    if shown.verbosity > 0 {
        silenced(shown, &mut out);
    }
    out.push_str(&super::summary::render(shown));
    out
}

pub(super) fn style(severity: Severity) -> Style {
    match severity {
        Severity::Error => RED,
        Severity::Warning => YELLOW,
        Severity::Note => GREEN,
    }
}

fn renderer(look: Look) -> Renderer {
    let renderer = if look.colour { Renderer::styled() } else { Renderer::plain() };
    renderer
        .decor_style(if look.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii })
        .term_width(look.width.max(60))
}

fn heading(shown: &Shown<'_>, path: &str, findings: usize, out: &mut String) {
    let look = shown.look;
    let bar = if look.unicode { "━━" } else { "==" };
    out.push_str(&look.paint(DIM, bar));
    out.push(' ');
    out.push_str(&look.paint(BOLD, &printable(path)));
    out.push_str(&look.paint(DIM, &format!("  {}", count(findings, "finding"))));
    out.push_str("\n\n");
}

/// What was said once in a file and is not repeated for the next finding of its kind.
#[derive(Default)]
struct Said<'a> {
    help: HashSet<(&'a str, &'a str)>,
    fixes: HashSet<&'a [Edit]>,
}

fn one<'a>(
    shown: &Shown<'a>,
    renderer: &Renderer,
    finding: &'a Finding,
    said: &mut Said<'a>,
    out: &mut String,
) {
    let report = shown.report;
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Note => Level::NOTE,
    };
    let mut group = level.primary_title(printable(&finding.message)).id(finding.rule).elements(
        // A finding without source is a defect of the rule; it still names its file.
        report
            .file(finding.span.file)
            .is_none()
            .then(|| Origin::path(place_or_nowhere(report, finding).file.to_string())),
    );
    let places = std::iter::once((finding.span, None))
        .chain(finding.related.iter().map(|related| (related.span, Some(related.message.as_str()))));
    for (span, label) in places {
        let Some(file) = report.file(span.file) else { continue };
        let at = in_file(file, span);
        let shown = excerpt(file, span);
        let kind = if label.is_none() { AnnotationKind::Primary } else { AnnotationKind::Context };
        let annotation = kind.span(shown.start..shown.end).label(label.map(printable));
        let path = printable(&file.path).into_owned();
        let mut snippet =
            Snippet::source(shown.text).line_start(shown.first_line).fold(false).annotation(annotation);
        if shown.cut {
            // The column of a line that was cut has to be said, as it cannot be counted.
            group = group.element(Origin::path(path).line(at.line as usize).char_column(at.column as usize));
        } else {
            snippet = snippet.path(path);
        }
        group = group.element(snippet);
    }
    // The renderer aligns the lines of a message itself.
    let wrapped = |text: &str| wrap(&printable(text), shown.look.prose().saturating_sub(14)).join("\n");
    if let Some(whom) = whom(shown, finding) {
        group = group.element(Level::NOTE.with_name("in").message(wrapped(&whom)));
    }
    let new = said.help.insert((finding.rule, finding.help.as_str()));
    if !finding.help.is_empty() && (new || shown.verbosity > 0) {
        group = group.element(Level::HELP.message(wrapped(&finding.help)));
    }
    if finding.hides > 0 {
        let text = format!("{} of this not shown", count(finding.hides, "consequence"));
        group = group.element(Level::NOTE.message(text));
    }
    out.push_str(&renderer.render(&[group]));
    out.push('\n');
    fix(shown, finding, said, out);
    out.push('\n');
}

/// Environments, and the Applications behind them.
fn whom(shown: &Shown<'_>, finding: &Finding) -> Option<String> {
    let environments = shown.in_order(&finding.environments).join(", ");
    let all = finding.applications.len();
    let names = if all > 1 && all == shown.report.summary.applications {
        format!("all {all} Applications")
    } else {
        list_some(&finding.applications, MOST_NAMES)
    };
    match (environments.is_empty(), names.is_empty()) {
        (true, true) => None,
        (true, false) => Some(names),
        (false, true) => Some(environments),
        (false, false) => Some(format!("{environments} ({names})")),
    }
}

fn fix<'a>(shown: &Shown<'a>, finding: &'a Finding, said: &mut Said<'a>, out: &mut String) {
    let Some(fix) = finding.fix.as_ref().filter(|fix| fix.verified) else { return };
    let look = shown.look;
    let files = diff::of_edits(shown.report, &fix.edits);
    if files.iter().all(|file| file.lines.is_empty()) {
        return;
    }
    let new = said.fixes.insert(&fix.edits);
    let again = if new { "" } else { ", shown above" };
    let kind = format!("({}, verified{again})", fix.applicability.as_str());
    out.push_str(&format!(
        "{} {} {}\n",
        look.paint(CYAN.bold(), "fix:"),
        printable(&fix.title),
        look.paint(DIM, &kind)
    ));
    if !new {
        return;
    }
    let width = files
        .iter()
        .flat_map(|file| &file.lines)
        .map(|line| line.number.to_string().len())
        .max()
        .unwrap_or(1);
    let mut left = MOST_DIFF_LINES;
    let mut cut = 0;
    for file in &files {
        let other = shown.report.file(finding.span.file).is_none_or(|own| *own.path != *file.path);
        if other {
            out.push_str(&format!("  {}\n", look.paint(BOLD, &printable(&file.path))));
        }
        for line in &file.lines {
            if left == 0 {
                cut += 1;
                continue;
            }
            left -= 1;
            let style = if line.sign == '-' { REMOVED } else { ADDED };
            let text: String = printable(&line.text).chars().take(200).collect();
            let number = look.paint(DIM, &format!("{:>width$}", line.number));
            out.push_str(&format!("  {number} {}\n", look.paint(style, &format!("{} {text}", line.sign))));
        }
    }
    if cut > 0 {
        out.push_str(&look.paint(DIM, &format!("  ... and {}\n", count(cut, "more line"))));
    }
}

fn silenced(shown: &Shown<'_>, out: &mut String) {
    for silenced in &shown.report.silenced {
        let at = place_or_nowhere(shown.report, &silenced.finding);
        let line = format!(
            "silenced[{}] {}:{}:{}: {}: {}",
            silenced.finding.rule, at.file, at.line, at.column, silenced.finding.message, silenced.reason
        );
        out.push_str(&shown.look.paint(DIM, &printable(&line)));
        out.push('\n');
    }
    if !shown.report.silenced.is_empty() {
        out.push('\n');
    }
}
