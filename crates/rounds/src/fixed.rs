//! What was mended, as it is recorded.

use seatrial_trial::Finding;

use crate::record::Fixed;

impl Fixed {
    /// The fixes that were applied, in their order, each at its line in the text as it was proposed (or as near as that tells:
    /// later fixes were found in the text that earlier ones had changed).
    pub fn all(fixed: &seatrial_trial::Fixed) -> Vec<Self> {
        fixed.applied.iter().map(|finding| Self::of(finding, fixed)).collect()
    }

    fn of(finding: &Finding, all: &seatrial_trial::Fixed) -> Self {
        let title = finding.fix.as_ref().map(|fix| fix.title.clone()).unwrap_or_default();
        let before = all.files.iter().map(|file| &file.before).find(|file| file.id == finding.span.file);
        let (file, line) = before.map_or((String::new(), 0), |file| {
            (file.path.to_string(), file.line_col(finding.span.start as usize).line)
        });
        Self { rule: finding.rule.to_owned(), title, file, line }
    }
}
