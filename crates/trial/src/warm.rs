//! What one trial leaves behind for the next of the same files.
//!
//! Where manifests are judged again and again, as for an agent that edits one of them, all others are judged as before.
//! What a manifest's judgement rests on besides its own text is the platform and the files that are rendered or looked
//! at: the caller vouches for those by a digest of them, and where that differs nothing is taken over.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_source::{FileId, SourceFile};

use crate::context::{Context, may_hold_state};
use crate::judge::Rounds;
use crate::pipeline::{Inputs, Key, Outcome, Session};
use crate::report::Report;
use crate::rule::Rule;

/// How much may be kept, about in bytes; a trial that made more leaves nothing behind.
const KEPT_WEIGHT: usize = 32 << 20;

/// What the last trial found out.
#[derive(Default)]
pub struct Warm {
    last: Mutex<Option<Kept>>,
}

struct Kept {
    world: [u8; 32],
    texts: HashMap<FileId, Arc<str>>,
    outcomes: HashMap<Key, Arc<Outcome>>,
    rounds: Rounds,
    context: Context,
}

impl Warm {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Runs a trial as [`check`](crate::check) does, and answers the same, with what is known of the last.
    ///
    /// `world` makes, for the manifests that were found, a digest of everything that the answer depends on but their texts: the
    /// platform, the options, which files there are, and the texts of all files that are no manifests of this trial; `None`
    /// when it cannot tell. The rules must be the same each time, and the snapshots must share their names of files.
    pub fn check(
        &self,
        inputs: &Inputs,
        rules: &[&'static dyn Rule],
        world: impl FnOnce(&[Arc<SourceFile>]) -> Option<[u8; 32]>,
    ) -> Report {
        let mut session = Session::new(inputs, rules);
        let world = world(&session.files);
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(last) = last.filter(|last| Some(last.world) == world) {
            last.hand_over(&mut session);
        }
        let report = session.report();
        let kept = world.and_then(|world| Kept::of(session, world));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = kept;
        report
    }
}

impl Kept {
    fn of(session: Session<'_>, world: [u8; 32]) -> Option<Self> {
        let texts: HashMap<FileId, Arc<str>> =
            session.files.iter().map(|file| (file.id, Arc::clone(&file.text))).collect();
        let (context, outcomes, rounds) = session.into_parts();
        let weight: usize = outcomes.values().map(|outcome| outcome.weight()).sum();
        (weight <= KEPT_WEIGHT).then_some(Self { world, texts, outcomes, rounds, context })
    }

    /// Gives a session what still holds in it.
    fn hand_over(self, session: &mut Session<'_>) {
        let now: HashMap<FileId, &Arc<str>> =
            session.files.iter().map(|file| (file.id, &file.text)).collect();
        if now.len() != self.texts.len() || !now.keys().all(|id| self.texts.contains_key(id)) {
            return;
        }
        let mut changed: BTreeSet<FileId> = BTreeSet::new();
        for (id, text) in &now {
            let Some(was) = self.texts.get(id).filter(|was| *was != *text) else { continue };
            // Objects that are facts for every other manifest.
            if may_hold_state(was) || may_hold_state(text) {
                return;
            }
            changed.insert(*id);
        }
        let mut outcomes = self.outcomes;
        if changed.is_empty() {
            session.rounds = self.rounds;
        } else {
            outcomes.retain(|_, outcome| !outcome.depends_on(&changed));
            // Of a text that was changed, only what it is now is worth keeping.
            outcomes.retain(|(_, file, _), _| !changed.contains(file));
        }
        session.context.take_over(self.context, &changed);
        session.keep(outcomes);
    }
}
