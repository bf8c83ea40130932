//! `log.jsonl`: one line for each round and decision, each with the hash of the line before it.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::disk;
use super::error::{Damage, StoreError};
use crate::record::{Decision, Round};

const NAME: &str = "log.jsonl";
const TORN: &str = "log.jsonl.torn";
const MAX_LOG: u64 = 64 << 20;
/// What the first line follows on.
const NOTHING: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What a line says.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub(super) enum Entry {
    /// A round was recorded; its files are in a folder of their own.
    Round {
        /// Its number.
        round: u32,
        /// The hash of its `round.json`.
        sha256: String,
    },
    /// A person decided something.
    Decision {
        /// What.
        decision: Decision,
    },
}

impl Entry {
    pub(super) fn round(round: &Round, sha256: String) -> Self {
        Self::Round { round: round.number, sha256 }
    }

    pub(super) fn decision(decision: &Decision) -> Self {
        Self::Decision { decision: decision.clone() }
    }
}

/// The log as it was read.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    entries: Vec<Entry>,
    last_round: u32,
    /// The hash of the last line.
    last: String,
    /// How many bytes its whole lines take.
    whole: usize,
    /// What follows them: the beginning of a line.
    torn: Vec<u8>,
}

impl Log {
    /// Reads the log; lines that are none of ours are told and left out.
    pub(super) fn read(folder: &Path, damage: &mut Vec<Damage>) -> Result<Self, StoreError> {
        let path = folder.join(NAME);
        let mut bytes = disk::read(&path, MAX_LOG)?.unwrap_or_default();
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let torn = bytes.split_off(whole);
        if !torn.is_empty() {
            damage.push(Damage::Torn(torn.len()));
        }
        let mut log =
            Self { path, entries: Vec::new(), last_round: 0, last: NOTHING.to_owned(), whole, torn };
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            log.take(index + 1, line.strip_suffix(b"\n").unwrap_or(line), damage);
        }
        Ok(log)
    }

    fn take(&mut self, number: usize, line: &[u8], damage: &mut Vec<Damage>) {
        let before = std::mem::replace(&mut self.last, hex(line));
        let parsed: Result<Value, _> = serde_json::from_slice(line);
        let entry = match parsed {
            Ok(value) => {
                if value.get("previous").and_then(Value::as_str) != Some(&before) {
                    damage.push(Damage::Chain(number));
                }
                Entry::deserialize(value).map_err(|_| "neither a round nor a decision")
            }
            Err(_) => Err("no JSON"),
        };
        match entry {
            Ok(Entry::Round { round, .. }) if round <= self.last_round => {
                let why = format!("round {round} again");
                damage.push(Damage::Line { number, why });
            }
            Ok(entry) => {
                if let Entry::Round { round, .. } = entry {
                    self.last_round = round;
                }
                self.entries.push(entry);
            }
            Err(why) => damage.push(Damage::Line { number, why: why.to_owned() }),
        }
    }

    pub(super) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub(super) fn last_round(&self) -> u32 {
        self.last_round
    }

    /// The hash of the last whole line.
    pub(super) fn last(&self) -> &str {
        &self.last
    }

    /// Moves the beginning of a line, if there is one, to a file of its own. Interrupted, it is done again.
    pub(super) fn mended(mut self, folder: &Path) -> Result<Self, StoreError> {
        if !self.torn.is_empty() {
            let mut torn = std::mem::take(&mut self.torn);
            torn.push(b'\n');
            disk::append(&folder.join(TORN), &torn)?;
            disk::cut(&self.path, self.whole as u64)?;
            disk::sync_folder(folder);
        }
        Ok(self)
    }

    /// Writes a line and gives its hash; when this returns, it is on the disk.
    pub(super) fn append(&mut self, entry: &Entry) -> Result<String, StoreError> {
        let mut line = serde_json::to_value(entry).unwrap_or_default();
        if let Value::Object(map) = &mut line {
            map.insert("previous".to_owned(), Value::String(self.last.clone()));
        }
        let mut line = line.to_string().into_bytes();
        let last = hex(&line);
        line.push(b'\n');
        if (self.whole + line.len()) as u64 > MAX_LOG {
            return Err(StoreError::TooLarge(self.path.clone(), MAX_LOG));
        }
        disk::append(&self.path, &line)?;
        if self.whole == 0 {
            // The file's name is new.
            self.path.parent().into_iter().for_each(disk::sync_folder);
        }
        self.last.clone_from(&last);
        self.whole += line.len();
        Ok(last)
    }
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    crate::flat::hex(&Sha256::digest(bytes))
}
