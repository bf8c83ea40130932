//! Commands that these versions of the tools do not have.

use seatrial_commands::{Kind, Surroundings, Version, check, found};
use seatrial_trial::{Finding, Severity};

use crate::advice::is_denied;
use crate::catalogue::WRONG_COMMAND;
use crate::markdown::Page;

/// Looks at the commands of a page, but for those that are shown as wrong. A page knows no platform: what the newest
/// versions do not have is told.
pub(crate) fn judge(page: &Page) -> Vec<Finding> {
    // The newest known: what only an older version lacks is right.
    let anywhere = Surroundings {
        argocd: Version::parse("3.6"),
        kubernetes: Version::parse("1.37").into_iter().collect(),
        contexts: Vec::new(),
    };
    let commands = found(&page.file().text, Kind::Markdown);
    let wrong =
        commands.iter().flat_map(|command| check(command, &anywhere)).filter(|wrong| wrong.at >= page.body);
    wrong
        .filter_map(|wrong| {
            let line = page.lines.iter().find(|line| line.range.contains(&wrong.at))?;
            let text = page.text(&line.range);
            let start = wrong.at - line.range.start;
            let end = (start + wrong.command.len()).min(text.len());
            if page.is_bad_example(line) || is_denied(text, start..end, line.block.is_some()) {
                return None;
            }
            let span = page.file().span_of(wrong.at..line.range.start + end);
            let finding = Finding::of(&WRONG_COMMAND, span, wrong.message).key(wrong.command);
            let finding = match wrong.instead {
                Some(instead) => finding.help(format!("`{instead}`")),
                None => finding,
            };
            Some(if wrong.fails { finding } else { finding.severity(Severity::Warning) })
        })
        .collect()
}
