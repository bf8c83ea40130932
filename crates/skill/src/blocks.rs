//! Manifests in fenced blocks, tried like any other.

use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{Memory, Snapshot, Span};
use seatrial_trial::{Finding, Group, Inputs, Options, Rule, Unknown, check};

use crate::markdown::{Block, Page};

/// How much of a page's code is tried.
const MAX_BLOCKS: usize = 100;

/// What was found in a page.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<Unknown>,
    pub(crate) applications: usize,
}

/// Tries the manifests of a page, but for those that are shown as wrong. An example knows no platform: only what is wrong on
/// every platform is told.
pub(crate) fn judge(page: &Page) -> Judged {
    let mut judged = Judged::default();
    let rules: Vec<&'static dyn Rule> =
        seatrial_rules::all().iter().copied().filter(|rule| holds_everywhere(*rule)).collect();
    let manifests = page.blocks.iter().filter(|block| !block.is_bad_example && is_manifest(page, block));
    for block in manifests.take(MAX_BLOCKS) {
        let report = check(&inputs(page, block), &rules);
        judged.applications += report.summary.applications;
        let here = |span: Span| Span::new(page.file().id, span.range());
        judged.findings.extend(report.findings.into_iter().map(|finding| Finding {
            span: here(finding.span),
            related: Vec::new(),
            fingerprint: String::new(),
            ..finding
        }));
        judged
            .unknown
            .extend(report.unknown.into_iter().map(|doubt| Unknown { span: doubt.span.map(here), ..doubt }));
    }
    judged
}

/// Rules that need no fact.
fn holds_everywhere(rule: &dyn Rule) -> bool {
    let meta = rule.meta();
    matches!(meta.group, Group::Syntax | Group::Schema | Group::Generator | Group::Ordering)
        || matches!(
            meta.name,
            "chart-from-git"
                | "exclusive-fields"
                | "unknown-sync-option"
                | "contradicting-sync"
                | "plaintext-secret"
        )
}

/// Whole objects only: a part of one cannot be judged.
fn is_manifest(page: &Page, block: &Block) -> bool {
    let text = page.text(&block.range);
    matches!(block.language.as_str(), "yaml" | "yml" | "")
        && text.contains("apiVersion:")
        && text.contains("argoproj.io/")
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
