//! Rounds on disk: a log that is only ever appended to, and a folder of files for each round.
//!
//! A round is there once its line is in the log, and its line is written last: whatever is interrupted before leaves
//! at most a folder that no line speaks of, or the beginning of a line. Both are set aside and told.

mod disk;
mod error;
mod folder;
mod log;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub use error::{Damage, StoreError};

use crate::record::{Decision, Round};
use crate::redact::{Redact, redacted, redacted_decision};
use log::{Entry, Log};

/// The rounds kept in one folder.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    rounds: Vec<Round>,
    decisions: Vec<Decision>,
    damage: Vec<Damage>,
    /// The hash of the last line that was read.
    last: Option<String>,
}

impl Store {
    /// Opens the rounds kept in `folder` (`.seatrial/rounds` by convention). A folder that does not exist holds none
    /// and is made by the first [`Store::append`]. Nothing on disk is changed by opening; what is damaged is told by
    /// [`Store::damage`], and the rest is read.
    ///
    /// # Errors
    /// When the folder, or the log in it, is a link, is no folder, cannot be read, or is larger than the bounds.
    pub fn open(folder: &Path) -> Result<Self, StoreError> {
        let (rounds, decisions, damage) = (Vec::new(), Vec::new(), Vec::new());
        let mut store = Self { folder: folder.to_owned(), rounds, decisions, damage, last: None };
        // A writer that is at work just now would look like a torn line.
        let _shared = disk::shared_lock(folder);
        store.read()?;
        Ok(store)
    }

    /// The rounds, in the order they were recorded.
    pub fn rounds(&self) -> &[Round] {
        &self.rounds
    }

    /// The round of this number.
    pub fn round(&self, number: u32) -> Option<&Round> {
        self.rounds.iter().find(|round| round.number == number)
    }

    /// The decisions, in the order they were made.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// What of the record could not be read, or was set aside.
    pub fn damage(&self) -> &[Damage] {
        &self.damage
    }

    /// Where the rounds are kept.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Records a round, its secrets taken out, and gives its number; that of the argument is not looked at. When this
    /// returns, the round is on the disk for good.
    ///
    /// # Errors
    /// When another process keeps writing, the disk refuses, or the round is larger than the bounds.
    pub fn append(&mut self, round: &Round, redact: &mut dyn Redact) -> Result<u32, StoreError> {
        let (mut log, _lock) = self.begin()?;
        let mut round = redacted(round, redact);
        round.number = log.last_round().saturating_add(1);
        let written = folder::write(&self.folder, &round)?;
        self.last = Some(log.append(&Entry::round(&round, written))?);
        let number = round.number;
        self.rounds.push(round);
        Ok(number)
    }

    /// Records a decision about a round that is there.
    ///
    /// # Errors
    /// As for [`Store::append`], and when there is no such round.
    pub fn decide(&mut self, decision: &Decision, redact: &mut dyn Redact) -> Result<(), StoreError> {
        let (mut log, _lock) = self.begin()?;
        if self.round(decision.round).is_none() {
            return Err(StoreError::NoSuchRound(decision.round));
        }
        let decision = redacted_decision(decision, redact);
        self.last = Some(log.append(&Entry::decision(&decision))?);
        self.decisions.push(decision);
        Ok(())
    }

    /// Locks out other writers, reads what they wrote meanwhile, and mends what was torn.
    fn begin(&mut self) -> Result<(Log, File), StoreError> {
        disk::make_folder(&self.folder)?;
        let lock = disk::lock(&self.folder)?;
        let log = self.read()?;
        let log = log.mended(&self.folder)?;
        folder::set_aside(&self.folder, log.last_round(), &mut self.damage)?;
        Ok((log, lock))
    }

    fn read(&mut self) -> Result<Log, StoreError> {
        disk::is_folder(&self.folder)?;
        let mut damage = Vec::new();
        let log = Log::read(&self.folder, &mut damage)?;
        if self.last.as_deref() == Some(log.last()) {
            // Nobody else wrote: what is told of the log alone may have changed.
            let of_rounds = |one: &Damage| matches!(one, Damage::Round { .. });
            damage.extend(self.damage.drain(..).filter(of_rounds));
            self.damage = damage;
            return Ok(log);
        }
        self.rounds.clear();
        self.decisions.clear();
        for entry in log.entries() {
            match entry {
                Entry::Decision { decision } => self.decisions.push(decision.clone()),
                Entry::Round { round: number, sha256 } => match folder::read(&self.folder, *number, sha256) {
                    Ok(round) => self.rounds.push(round),
                    Err(why) => damage.push(Damage::Round { number: *number, why }),
                },
            }
        }
        self.damage = damage;
        self.last = Some(log.last().to_owned());
        Ok(log)
    }
}

/// Removes a folder and what is in it, where it is there.
fn remove(path: &Path) {
    let _ = fs::remove_dir_all(path);
}
