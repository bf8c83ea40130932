//! Trying edits of files that Applications are rendered from: values files, templates, plain manifests.

use std::collections::BTreeSet;
use std::sync::Arc;

use seatrial_source::{EditSet, FileId, Overlay, Snapshot};

use crate::model::{Application, Purpose};
use crate::pipeline::{Outcome, Session};

/// What came of such edits.
pub(super) struct Beside {
    /// The manifests that depend on an edited file, or are one, as they were judged.
    pub(super) before: Vec<Arc<Outcome>>,
    /// The same with the edits.
    pub(super) after: Vec<Arc<Outcome>>,
    /// The Applications that render to something else.
    pub(super) changed: BTreeSet<String>,
}

impl Beside {
    /// Lays the edits over the files of a trial and judges again what depends on them; `None` where they cannot be: a file
    /// that is not the trial's own, or is reached through a link.
    pub(super) fn try_out(session: &Session<'_>, outcomes: &[Arc<Outcome>], edits: &EditSet) -> Option<Self> {
        let edited: BTreeSet<FileId> = edits.files().collect();
        let snapshot = session.context.snapshot();
        for id in &edited {
            let path = snapshot.local_path(&snapshot.files().path(*id)?)?;
            let file = snapshot.read(&path).ok()?;
            if snapshot.link(&path).is_some() || file.id != *id || file.invalid_at.is_some() {
                return None;
            }
        }
        let overlay: Arc<dyn Snapshot> = Arc::new(Overlay::with_edits(Arc::clone(snapshot), edits).ok()?);
        let mut before = Vec::new();
        let mut texts = Vec::new();
        for outcome in outcomes {
            let own = edited.contains(&outcome.file.id);
            if own || outcome.depends_on(&edited) {
                let text = edits.apply(outcome.file.id, &outcome.file.text).ok()?;
                texts.push(if own {
                    Arc::new(outcome.file.with_text(text))
                } else {
                    Arc::clone(&outcome.file)
                });
                before.push(Arc::clone(outcome));
            }
        }
        let over = session.over(overlay, &edited);
        let after: Vec<Arc<Outcome>> =
            texts.iter().map(|text| over.judge_file(text, Purpose::Verifying)).collect();
        let mut changed = BTreeSet::new();
        for (before, after) in before.iter().zip(&after) {
            // Names that come or go change what there is.
            if !before.names().eq(after.names()) {
                return None;
            }
            for (was, is) in before.last.applications.iter().zip(&after.last.applications) {
                if !alike(session, was, &over, is) {
                    changed.insert(was.qualified_name());
                }
            }
        }
        Some(Self { before, after, changed })
    }
}

/// Whether an Application renders to the same in both trials.
fn alike(one: &Session<'_>, was: &Application, other: &Session<'_>, is: &Application) -> bool {
    let (was, is) = (one.context.resources(was), other.context.resources(is));
    Arc::ptr_eq(&was, &is)
        || (was.list.len() == is.list.len()
            && was.list.iter().zip(&is.list).all(|(was, is)| was.object == is.object)
            && was.rendering.error.as_ref().map(|e| &e.message)
                == is.rendering.error.as_ref().map(|e| &e.message))
}
