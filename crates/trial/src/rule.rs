//! What a rule is: a name, a page, a level, and a check over the model.

use std::collections::HashMap;

use seatrial_source::Span;

use crate::finding::{Finding, Group, Severity, Unknown};
use crate::model::{Application, Model};

/// The catalogue's entry for a rule.
#[derive(Debug, Clone, Copy)]
pub struct Meta {
    /// Kebab-case, states the problem, stable for ever.
    pub name: &'static str,
    /// Where it stands in the catalogue.
    pub group: Group,
    /// Level unless the platform file or the rule itself (production) says otherwise.
    pub severity: Severity,
    /// The rule's page in Markdown: what it does, why it is bad, example, how to fix, when to ignore.
    /// Taken from the rule's doc comment.
    pub page: &'static str,
    /// Its findings stop Argo CD from reading or generating: their fixes are applied in memory so that later
    /// faults are still found (see [`crate::pipeline`]).
    pub blocks: bool,
    /// It compares across files, so it runs once over all of them rather than file by file. Such a rule looks only at
    /// which sets and Applications there are and at the platform file, not into them.
    pub across: bool,
    /// It runs only when the platform file gives it a level.
    pub opt_in: bool,
    /// Rules whose findings in the same document explain this one away.
    pub explained_by: &'static [&'static str],
    /// Rules whose findings at the same place explain this one away.
    pub explained_here_by: &'static [&'static str],
}

impl Meta {
    /// A rule that neither blocks nor looks across files, and that nothing explains away.
    pub const fn new(name: &'static str, group: Group, severity: Severity, page: &'static str) -> Self {
        Self {
            name,
            group,
            severity,
            page,
            blocks: false,
            across: false,
            opt_in: false,
            explained_by: &[],
            explained_here_by: &[],
        }
    }

    /// The first paragraph of the page: one line for lists.
    pub fn summary(&self) -> &'static str {
        self.page
            .lines()
            .map(str::trim)
            .find(|line| !line.is_empty() && !line.starts_with('#'))
            .unwrap_or(self.name)
    }
}

/// A rule: finds, words and mends one kind of fault.
pub trait Rule: Sync {
    /// The catalogue's entry.
    fn meta(&self) -> &Meta;

    /// Looks at the whole model and reports into `out`.
    ///
    /// A rule must not report on what it cannot evaluate: it says so with [`Sink::unknown`].
    fn check(&self, model: &Model<'_>, out: &mut Sink<'_>);
}

/// Where a rule puts what it finds.
pub struct Sink<'a> {
    meta: &'a Meta,
    severity: Severity,
    pub(crate) findings: Vec<Finding>,
    pub(crate) unknown: Vec<Unknown>,
    /// The findings at each place that hold for Applications.
    at: HashMap<Span, Vec<usize>>,
    room: usize,
    /// Whether it is told already that there are more.
    more: bool,
}

impl<'a> Sink<'a> {
    /// For what a rule finds in this many files, `alike` in each at most.
    pub(crate) fn new(meta: &'a Meta, severity: Severity, files: usize, alike: usize) -> Self {
        let room = alike.saturating_mul(files.max(1));
        Self {
            meta,
            severity,
            findings: Vec::new(),
            unknown: Vec::new(),
            at: HashMap::new(),
            room,
            more: false,
        }
    }

    /// A finding of this rule at `span`, at its level in force; to be completed and given to [`Sink::push`].
    pub fn finding(&self, span: Span, message: impl Into<String>) -> Finding {
        Finding::of(self.meta, span, message).severity(self.severity)
    }

    /// Whether there is no room for what stands at `span`; if so, says that there are more. Rules whose work at each
    /// place is not small ask before they do it, and stop.
    pub fn full(&mut self, span: Span) -> bool {
        if self.findings.len() < self.room {
            return false;
        }
        if !self.more {
            self.more = true;
            let what = format!("how many more there are of `{}`", self.meta.name);
            self.unknown(
                Some(span),
                what,
                format!("mending the {} that are told; `--max-findings` tells more", self.room),
            );
        }
        true
    }

    /// Reports a finding; when there is no room, says that there are more.
    pub fn push(&mut self, finding: Finding) {
        if !self.full(finding.span) {
            self.findings.push(finding);
        }
    }

    /// Reports a finding that holds for one Application; findings of this rule at the same place with the
    /// same key are joined into one that names them all.
    pub fn push_for(&mut self, application: &Application, mut finding: Finding) {
        let name = application.qualified_name();
        let environment = application.environment.clone();
        let here = self.at.entry(finding.span).or_default();
        let same = |i: &&usize| {
            self.findings.get(**i).is_some_and(|f| f.key == finding.key && f.message == finding.message)
        };
        if let Some(same) = here.iter().find(same).and_then(|i| self.findings.get_mut(*i)) {
            insert_sorted(&mut same.applications, name);
            if let Some(environment) = environment {
                insert_sorted(&mut same.environments, environment);
            }
            same.severity = same.severity.max(finding.severity);
            return;
        }
        finding.applications = vec![name];
        finding.environments = environment.into_iter().collect();
        if !self.full(finding.span) {
            self.at.entry(finding.span).or_default().push(self.findings.len());
            self.findings.push(finding);
        }
    }

    /// Says that something could not be judged, and what would have to be supplied.
    pub fn unknown(&mut self, span: Option<Span>, what: impl Into<String>, needs: impl Into<String>) {
        let (what, needs) = (what.into(), needs.into());
        if self.unknown.iter().all(|u| u.needs != needs || u.span != span) {
            self.unknown.push(Unknown { what, needs, span, rules: vec![self.meta.name] });
        }
    }
}

fn insert_sorted(list: &mut Vec<String>, item: String) {
    if let Err(at) = list.binary_search(&item) {
        list.insert(at, item);
    }
}
