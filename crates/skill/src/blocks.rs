//! Manifests in fenced blocks, tried like any other.

use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot, Span};
use seatrial_trial::{Finding, Group, Inputs, Options, Rule, check};

use crate::markdown::{Block, Page};

/// How much of a page's code is tried.
const MAX_BLOCKS: usize = 100;

/// What was found in a page.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) applications: usize,
}

/// What is wrong even where only a part of an object is shown.
const IN_PARTS: [&str; 8] = [
    "unknown-field",
    "unquoted-template",
    "foreign-template-language",
    "non-string-parameter",
    "unknown-sync-option",
    "unknown-hook",
    "chart-from-git",
    "plaintext-secret",
];

/// What tells that an object is not shown whole.
const PARTIAL: [&str; 4] = ["missing-field", "no-application", "generation-error", "truncated-manifest"];

/// Tries the manifests of a page, but for those that are shown as wrong. An example knows no platform: only what is wrong on
/// every platform is told, and what cannot be known without one is not asked for.
pub(crate) fn judge(page: &Page) -> Judged {
    let mut judged = Judged::default();
    let rules: Vec<&'static dyn Rule> =
        seatrial_rules::all().iter().copied().filter(|rule| holds_everywhere(*rule)).collect();
    let manifests = page.blocks.iter().filter(|block| !block.is_bad_example && is_manifest(page, block));
    for block in manifests.take(MAX_BLOCKS) {
        let report = check(&inputs(page, block), &rules);
        judged.applications += report.summary.applications;
        let partial = leaves_out(page.text(&block.range))
            || report.findings.iter().any(|finding| PARTIAL.contains(&finding.rule));
        let here = |span: Span| Span::new(page.file().id, span.range());
        let told = report.findings.into_iter().filter(|finding| !partial || IN_PARTS.contains(&finding.rule));
        judged.findings.extend(told.map(|finding| Finding {
            span: here(finding.span),
            related: Vec::new(),
            fingerprint: String::new(),
            ..finding
        }));
    }
    judged
}

/// Whether dots or names in angle brackets stand for what is left out.
fn leaves_out(text: &str) -> bool {
    let dots = |line: &str| matches!(line.trim().trim_start_matches(['#', '-', ' ']), "..." | "…" | "[...]");
    let bracket = |line: &str| line.split_once('<').is_some_and(|(_, rest)| rest.contains('>'));
    text.lines().any(|line| dots(line) || bracket(line) || line.trim_end().ends_with(" ..."))
}

/// Rules that need no fact.
fn holds_everywhere(rule: &dyn Rule) -> bool {
    let meta = rule.meta();
    matches!(meta.group, Group::Syntax | Group::Schema | Group::Generator | Group::Ordering)
        || IN_PARTS.contains(&meta.name)
        || matches!(meta.name, "exclusive-fields" | "contradicting-sync")
}

/// Whole objects only: a part of one cannot be judged.
fn is_manifest(page: &Page, block: &Block) -> bool {
    let text = page.text(&block.range);
    matches!(block.language.as_str(), "yaml" | "yml" | "")
        && text.contains("apiVersion:")
        && text.contains("argoproj.io/")
        // A chart's template is read by Helm, before anything else.
        && ![".Values.", ".Release."].iter().any(|name| text.contains(name))
        && ["kind: ApplicationSet", "kind: Application", "kind: AppProject"]
            .iter()
            .any(|kind| text.contains(kind))
}

/// The page with everything but the block blanked out: places in it are places in the page.
fn inputs(page: &Page, block: &Block) -> Inputs {
    let text = &page.file().text;
    let blank =
        |part: &str| -> String { part.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect() };
    let (before, after) =
        (text.get(..block.range.start).unwrap_or_default(), text.get(block.range.end..).unwrap_or_default());
    let only = format!("{}{}{}", blank(before), page.text(&block.range), blank(after));
    let mut memory = Memory::new();
    memory.insert(&page.file().path, only);
    let snapshot: Arc<dyn Snapshot> = Arc::new(memory);
    Inputs {
        snapshot,
        root: None,
        paths: vec![page.file().path.to_string()],
        platform: Arc::new(Platform::none()),
        options: Options { skip_fixes: true, ..Options::default() },
    }
}
