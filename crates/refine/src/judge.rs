//! A proposal before its judges: the gate, and the trial.

use std::collections::BTreeSet;
use std::sync::Arc;

use seatrial_gate::{Privilege, Redactor, Refusal, Sight, content, privileges, restore, sets, strangers};
use seatrial_rounds::File;
use seatrial_source::{Overlay, Snapshot};
use seatrial_trial::{FixOptions, Foresight, Inputs, Report, Severity, check, fix, foresee};

use crate::task::Task;

/// A proposal, judged. Nothing of it is on disk.
pub struct Candidate {
    /// The files that passed the gate, secrets restored and safe fixes applied: what may be written.
    pub files: Vec<File>,
    /// The safe fixes that were applied: rule, title, file, line.
    pub fixed: Vec<seatrial_rounds::Fixed>,
    /// What the trial says of them.
    pub report: Report,
    /// What Argo CD would make of them.
    pub foresight: Foresight,
    /// What the gate does not let through.
    pub refused: Vec<Refusal>,
    /// What only a person can allow.
    pub privileges: Vec<Privilege>,
}

/// How good a candidate is; the least is the best.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Score {
    /// No file at all is worse than anything.
    empty: bool,
    refused: usize,
    failing: usize,
    findings: usize,
    unknown: usize,
    privileges: usize,
}

impl Candidate {
    /// Whether nothing is left: the gate lets it through, no finding at or above `fail_on`, nothing that only a person can allow.
    pub fn is_clean(&self, fail_on: Severity) -> bool {
        !self.files.is_empty()
            && self.refused.is_empty()
            && self.privileges.is_empty()
            && !self.report.findings.iter().any(|finding| finding.severity >= fail_on)
            && self.report.read_errors.is_empty()
    }

    pub(crate) fn score(&self, fail_on: Severity) -> Score {
        let failing = self.report.findings.iter().filter(|finding| finding.severity >= fail_on).count();
        Score {
            empty: self.files.is_empty(),
            refused: self.refused.len(),
            failing: failing + self.report.read_errors.len(),
            findings: self.report.findings.len(),
            unknown: self.report.unknown.len(),
            privileges: self.privileges.len(),
        }
    }

    /// What is wrong with it, by name: two rounds with the same set have made no progress.
    pub(crate) fn faults(&self) -> BTreeSet<String> {
        let findings = self.report.findings.iter().map(|finding| finding.fingerprint.clone());
        let refused = self.refused.iter().map(|refusal| format!("{}: {}", refusal.file, refusal.why));
        let privileges = self.privileges.iter().map(|p| format!("{} {} {}", p.application, p.kind, p.what));
        findings.chain(refused).chain(privileges).collect()
    }
}

/// Judges files by the gate and a trial, without any model: after its own author as after any other.
pub fn candidate(task: &Task<'_>, files: &[File], redactor: &Redactor) -> Candidate {
    Judge::new(task).judge(task, files, redactor)
}

/// What a proposal is measured against.
pub(crate) struct Judge {
    /// What there is before it.
    before: Sight,
    /// What the facts alone lead to.
    reference: Option<Sight>,
}

impl Judge {
    pub(crate) fn new(task: &Task<'_>) -> Self {
        let before = match &task.existing {
            Some(_) => Sight::of(&foresee(&over(&task.inputs, &[], task.target))),
            None => Sight::default(),
        };
        let reference = task.draft.as_ref().map(|draft| {
            let file = File { path: task.target.to_owned(), text: draft.clone() };
            Sight::of(&foresee(&over(&task.inputs, &[file], task.target)))
        });
        Self { before, reference }
    }

    /// Judges files as they were proposed for the task that this was made for.
    pub(crate) fn judge(&self, task: &Task<'_>, proposed: &[File], redactor: &Redactor) -> Candidate {
        let mut refused = Vec::new();
        let mut files: Vec<File> = Vec::new();
        for file in proposed {
            let path = file.path.as_str();
            if let Some(refusal) = task.allowed.refusal(path) {
                refused.push(refusal);
                continue;
            }
            if files.iter().any(|other| other.path == path) {
                refused.push(Refusal {
                    file: path.to_owned(),
                    line: None,
                    why: "it is proposed twice".into(),
                });
                continue;
            }
            let before = task.inputs.snapshot.read(path).ok().map(|file| Arc::clone(&file.text));
            let before = before.as_deref();
            match restore(redactor, before.unwrap_or_default(), &file.text) {
                Ok(text) => {
                    let wrong = content(path, &text, before);
                    if wrong.is_empty() {
                        files.push(File { path: path.to_owned(), text });
                    }
                    refused.extend(wrong);
                }
                Err(strays) => refused.extend(strays.into_iter().map(|stray| Refusal {
                    file: path.to_owned(),
                    line: Some(stray.line),
                    why: format!("{} is not where the secret was", stray.placeholder),
                })),
            }
        }
        let inputs = over(&task.inputs, &files, task.target);
        let (report, fixed) = if task.mends {
            mended(&inputs, &mut files)
        } else {
            (check(&inputs, seatrial_rules::all()), Vec::new())
        };
        let foresight = foresee(&over(&task.inputs, &files, task.target));
        let sight = Sight::of(&foresight);
        refused.extend(strangers(&task.inputs.platform, &self.before, &sight));
        let references: Vec<&Sight> = self.reference.iter().collect();
        let mut privileges = privileges(&self.before, &references, &sight);
        let drafts: Vec<&str> = task.draft.as_deref().into_iter().collect();
        for file in &files {
            let before = task.inputs.snapshot.read(&file.path).ok().map(|file| Arc::clone(&file.text));
            let (strange, more) =
                sets(&task.inputs.platform, &file.path, &file.text, before.as_deref(), &drafts);
            refused.extend(strange);
            privileges.extend(more);
        }
        Candidate { files, fixed, report, foresight, refused, privileges }
    }
}

/// Applies the safe fixes that stay within the proposal's own files, and judges the result.
fn mended(inputs: &Inputs, files: &mut [File]) -> (Report, Vec<seatrial_rounds::Fixed>) {
    let fixed = fix(inputs, seatrial_rules::all(), &FixOptions::default());
    let own = |path: &str| files.iter().any(|file| file.path == path);
    if !fixed.files.iter().all(|file| own(&file.path)) {
        // What lies outside of the proposal is not its author's to change.
        return (check(inputs, seatrial_rules::all()), Vec::new());
    }
    for change in &fixed.files {
        if let Some(file) = files.iter_mut().find(|file| file.path == change.path) {
            change.after.as_ref().clone_into(&mut file.text);
        }
    }
    let applied = seatrial_rounds::Fixed::all(&fixed);
    (fixed.remaining, applied)
}

/// The inputs with these files over them; only the proposal and the file that it is about are looked at.
pub(crate) fn over(inputs: &Inputs, files: &[File], target: &str) -> Inputs {
    let mut overlay = Overlay::new(Arc::clone(&inputs.snapshot));
    let mut paths: Vec<String> = Vec::new();
    for file in files {
        overlay.set(&file.path, file.text.as_str());
        paths.push(file.path.clone());
    }
    if !paths.iter().any(|path| path == target) && inputs.snapshot.exists(target) {
        paths.push(target.to_owned());
    }
    let snapshot: Arc<dyn Snapshot> = Arc::new(overlay);
    Inputs { snapshot, paths, ..inputs.clone() }
}
