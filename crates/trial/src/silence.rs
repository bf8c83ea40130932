//! Findings that a person has answered for: beside the line, with a reason, or in a baseline.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::{FileId, SourceFile};

use crate::finding::Finding;
use crate::report::{Report, Silenced};

/// The words that open a silence in a comment.
const MARK: &str = "seatrial: ignore";

/// A comment that silences rules: `# seatrial: ignore[rule, other] reason`, for the line it ends or the line
/// below it; `ignore-file[…]` for the whole file. In templates `{{/* seatrial: ignore[rule] reason */}}` is one as well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    /// The rules, as written.
    pub rules: Vec<String>,
    /// Why; a silence without a reason does nothing.
    pub reason: String,
    /// Whether it holds for the whole file.
    pub whole_file: bool,
}

/// Silences, each with the line it is for.
type Silences = Vec<(u32, Silence)>;

impl Silence {
    /// Reads the text of a comment.
    pub fn parse(comment: &str) -> Option<Self> {
        let rest = comment.trim_start_matches('#').trim().strip_prefix(MARK)?;
        let (whole_file, rest) = match rest.strip_prefix("-file") {
            Some(rest) => (true, rest),
            None => (false, rest),
        };
        let (rules, reason) = rest.strip_prefix('[')?.split_once(']')?;
        let rules = rules.split(',').map(|r| r.trim().to_owned()).filter(|r| !r.is_empty()).collect();
        Some(Self { rules, reason: reason.trim().to_owned(), whole_file })
    }

    fn covers(&self, rule: &str) -> bool {
        !self.reason.is_empty() && self.rules.iter().any(|r| r == rule)
    }
}

/// Takes silenced findings and those of the baseline out of a report, and counts them.
pub(crate) fn apply(report: &mut Report, platform: &Platform, baseline: &HashSet<String>) {
    let told_in: HashSet<FileId> = report.findings.iter().map(|finding| finding.span.file).collect();
    let speaking =
        report.files.values().filter(|file| told_in.contains(&file.id) && file.text.contains(MARK));
    let silenced: HashMap<FileId, (Arc<SourceFile>, Silences)> =
        speaking.map(|file| (file.id, (Arc::clone(file), silences(file)))).collect();
    let reason_for = |finding: &Finding| {
        let (file, silences) = silenced.get(&finding.span.file)?;
        let line = file.line_col(finding.span.start as usize).line;
        let here = |(at, s): &&(u32, Silence)| (s.whole_file || *at == line) && s.covers(finding.rule);
        silences.iter().find(here).map(|(_, s)| s.reason.clone())
    };
    let mut kept = Vec::with_capacity(report.findings.len());
    for finding in std::mem::take(&mut report.findings) {
        if let Some(reason) = reason_for(&finding).or_else(|| waived(platform, &finding)) {
            report.summary.silenced += 1;
            report.silenced.push(Silenced { finding, reason });
        } else if baseline.contains(&finding.fingerprint) {
            report.summary.baseline += 1;
            report.silenced.push(Silenced { finding, reason: "baseline".to_owned() });
        } else {
            kept.push(finding);
        }
    }
    report.findings = kept;
}

/// The reason that the platform file's `exceptions` give, when they waive the rule for every Application of a finding.
fn waived(platform: &Platform, finding: &Finding) -> Option<String> {
    let waiver = |application: &String| {
        let name = application.rsplit('/').next().unwrap_or(application);
        let environments = finding.environments.iter().map(|e| Some(e.as_str())).chain([None]);
        environments.into_iter().find_map(|environment| platform.exception(finding.rule, name, environment))
    };
    let waivers = finding.applications.iter().map(waiver).collect::<Option<Vec<_>>>()?;
    let reason = waivers.first()?.reason.as_ref().map(|r| r.value.clone());
    Some(reason.unwrap_or_else(|| "an exception in the platform file".to_owned()))
}

/// Every silence of a file.
fn silences(file: &SourceFile) -> Silences {
    let tree = seatrial_yaml::parse(Arc::clone(&file.text));
    let comments = tree.comments().iter().map(|comment| (comment.span(), comment.span()));
    comments
        .chain(template_comments(&file.text))
        .filter_map(|(at, text)| silence_at(file, &at, text))
        .collect()
}

fn silence_at(file: &SourceFile, at: &Range<usize>, text: Range<usize>) -> Option<(u32, Silence)> {
    let silence = Silence::parse(file.text.get(text)?)?;
    let last = at.end.saturating_sub(1).max(at.start);
    let line = file.line_col(last).line;
    let before = file.text.get(..at.start)?.rsplit('\n').next().unwrap_or_default();
    let after = file.text.get(at.end..)?.split('\n').next().unwrap_or_default();
    // A comment on a line of its own speaks of the line below it.
    let alone = before.trim().is_empty() && after.trim().is_empty();
    Some((if alone { line + 1 } else { line }, silence))
}

/// The comments of Go templates, each with what it says: `{{/* … */}}`, `{{- /* … */ -}}`.
fn template_comments(text: &str) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + '_ {
    text.match_indices("{{").filter_map(|(start, _)| {
        let inner = text.get(start + 2..)?;
        let inner = inner.strip_prefix('-').unwrap_or(inner).trim_start().strip_prefix("/*")?;
        let (said, rest) = inner.split_once("*/")?;
        let close = rest.trim_start();
        let close = close.strip_prefix('-').unwrap_or(close).strip_prefix("}}")?;
        let from = text.len() - inner.len();
        let blanks = said.len() - said.trim_start().len();
        Some((start..text.len() - close.len(), from + blanks..from + said.len()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silence_names_rules_and_a_reason() {
        let silence =
            Silence::parse("# seatrial: ignore[unknown-cluster, default-project] built next week").unwrap();
        assert_eq!(silence.rules, ["unknown-cluster", "default-project"]);
        assert_eq!(silence.reason, "built next week");
        assert!(!silence.whole_file);
        assert!(silence.covers("default-project"));
    }

    #[test]
    fn comments_of_templates_silence_as_well() {
        let text = "a: 1\n{{- /* seatrial: ignore[x] as agreed */ -}}\nb: {{ .B }} {{/* seatrial: ignore[y] for now */}}\n# seatrial: ignore[z] it is so\nc: 1\n{{/* no more\n";
        let file = SourceFile::new(FileId(0), "a.yaml", text);
        let mut found: Vec<(u32, String, String)> =
            silences(&file).into_iter().map(|(line, s)| (line, s.rules.join(","), s.reason)).collect();
        found.sort();
        let silence = |line, rule: &str, reason: &str| (line, rule.to_owned(), reason.to_owned());
        assert_eq!(
            found,
            [silence(3, "x", "as agreed"), silence(3, "y", "for now"), silence(5, "z", "it is so")]
        );
    }

    #[test]
    fn without_a_reason_it_covers_nothing() {
        let silence = Silence::parse("# seatrial: ignore-file[unknown-cluster]").unwrap();
        assert!(silence.whole_file);
        assert!(!silence.covers("unknown-cluster"));
        assert_eq!(Silence::parse("# an ordinary comment"), None);
    }
}
