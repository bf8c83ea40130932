//! What a trial found, ready for any face to show.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use seatrial_source::{FileId, ReadError, SourceFile};

use crate::finding::{Finding, Group, Severity, Unknown};

/// The one-word answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing at or above the gate, and everything could be judged.
    Ready,
    /// Something at or above the gate.
    NotReady,
    /// Nothing bad was found, but not everything could be judged.
    Unknown,
}

impl Verdict {
    /// The verdict's name in every output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::NotReady => "not-ready",
            Self::Unknown => "unknown",
        }
    }
}

/// A finding that is not counted, and who said so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silenced {
    /// The finding.
    pub finding: Finding,
    /// The reason given beside the silence, or `baseline`.
    pub reason: String,
}

/// Counts for the last line and for dashboards.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Findings by severity.
    pub severities: BTreeMap<Severity, usize>,
    /// Findings by group.
    pub groups: BTreeMap<Group, usize>,
    /// Findings by environment; one that holds for several is counted in each.
    pub environments: BTreeMap<String, usize>,
    /// Files that were read as manifests.
    pub files: usize,
    /// ApplicationSets seen.
    pub application_sets: usize,
    /// Applications seen, generated ones included.
    pub applications: usize,
    /// Applications by the environment they go to.
    pub destinations: BTreeMap<String, usize>,
    /// Rendered resources seen.
    pub resources: usize,
    /// Findings silenced in a file, with a reason.
    pub silenced: usize,
    /// Findings that the baseline knew already.
    pub baseline: usize,
    /// Consequences not reported because their cause is.
    pub hidden: usize,
    /// Findings with a verified fix.
    pub fixable: usize,
}

/// The result of a trial.
pub struct Report {
    /// Findings by file, line, column, rule.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub unknown: Vec<Unknown>,
    /// What was silenced.
    pub silenced: Vec<Silenced>,
    /// Counts.
    pub summary: Summary,
    /// Files that could not be read, so that nothing is known of them.
    pub read_errors: Vec<ReadError>,
    pub(crate) files: HashMap<FileId, Arc<SourceFile>>,
}

impl Report {
    /// A report of these parts, sorted and counted; the counts of what was seen are taken from `summary`.
    pub fn new(
        files: impl IntoIterator<Item = Arc<SourceFile>>,
        findings: Vec<Finding>,
        unknown: Vec<Unknown>,
        silenced: Vec<Silenced>,
        summary: Summary,
    ) -> Self {
        let files = files.into_iter().map(|file| (file.id, file)).collect();
        let mut report = Self { findings, unknown, silenced, summary, read_errors: Vec::new(), files };
        report.sort();
        report.count();
        report
    }

    /// The file that a span of this report lies in.
    pub fn file(&self, id: FileId) -> Option<&Arc<SourceFile>> {
        self.files.get(&id)
    }

    /// The verdict with a gate at `fail_on`.
    pub fn verdict(&self, fail_on: Severity) -> Verdict {
        if self.findings.iter().any(|f| f.severity >= fail_on) {
            Verdict::NotReady
        } else if self.unknown.is_empty() && self.read_errors.is_empty() {
            Verdict::Ready
        } else {
            Verdict::Unknown
        }
    }

    /// Sorts findings by file, line, column and rule, and unknowns by place.
    pub(crate) fn sort(&mut self) {
        let path = |id: FileId| self.files.get(&id).map_or("", |f| &*f.path);
        self.findings.sort_by(|a, b| {
            (path(a.span.file), a.span.start, a.rule, &a.key, &a.message).cmp(&(
                path(b.span.file),
                b.span.start,
                b.rule,
                &b.key,
                &b.message,
            ))
        });
        self.unknown.sort_by(|a, b| {
            let place = |u: &Unknown| u.span.map(|s| (path(s.file).to_owned(), s.start));
            (place(a), &a.needs).cmp(&(place(b), &b.needs))
        });
    }

    /// Numbers findings that share a fingerprint, in the order of their places.
    pub(crate) fn tell_apart(&mut self) {
        let mut seen: HashMap<String, usize> = HashMap::new();
        for finding in &mut self.findings {
            let count = seen.entry(finding.fingerprint.clone()).or_default();
            *count += 1;
            if *count > 1 {
                finding.fingerprint = format!("{}.{count}", finding.fingerprint);
            }
        }
    }

    /// Recounts the summary after findings were removed or changed.
    pub(crate) fn count(&mut self) {
        let mut severities = BTreeMap::new();
        let mut groups = BTreeMap::new();
        let mut environments = BTreeMap::new();
        for finding in &self.findings {
            *severities.entry(finding.severity).or_insert(0) += 1;
            *groups.entry(finding.group).or_insert(0) += 1;
            for environment in &finding.environments {
                *environments.entry(environment.clone()).or_insert(0) += 1;
            }
        }
        self.summary.severities = severities;
        self.summary.groups = groups;
        self.summary.environments = environments;
        self.summary.hidden = self.findings.iter().map(|f| f.hides).sum();
        self.summary.fixable =
            self.findings.iter().filter(|f| f.fix.as_ref().is_some_and(|fix| fix.verified)).count();
    }
}
