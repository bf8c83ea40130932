//! `NNNN/`: the files of one round.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::error::{Damage, StoreError};
use super::log::hex;
use super::{disk, remove};
use crate::record::{File, Round};

const ROUND: &str = "round.json";
/// What a round's `round.json` and each of its files may come to.
const MAX_ROUND: u64 = 64 << 20;
const MAX_FILE: u64 = 16 << 20;
const UNFINISHED: &str = ".unfinished";

/// `round.json`: the round without the texts of its files, and where those are.
#[derive(Serialize, Deserialize)]
struct Kept {
    round: Round,
    /// The hash of each file, by its name in the folder.
    files: BTreeMap<String, String>,
}

/// Writes the folder of a round, whole or not at all; the hash of its `round.json`.
pub(super) fn write(store: &Path, round: &Round) -> Result<String, StoreError> {
    let folder = store.join(name(round.number));
    let temporary = store.join(format!("{}{UNFINISHED}", name(round.number)));
    remove(&temporary);
    let made = |path: &Path| fs::create_dir(path).map_err(|error| StoreError::io(path, &error));
    made(&temporary)?;
    let mut kept = Kept { round: round.clone(), files: BTreeMap::new() };
    let proposal = texts("proposal", &mut kept.round.proposal.files);
    let result = texts("result", &mut kept.round.result);
    for (kind, texts) in [("proposal", proposal), ("result", result)] {
        if texts.is_empty() {
            continue;
        }
        made(&temporary.join(kind))?;
        for (name, text) in texts {
            if text.len() as u64 > MAX_FILE {
                remove(&temporary);
                return Err(StoreError::RoundTooLarge(text.len() as u64, MAX_FILE));
            }
            disk::write_new(&temporary.join(&name), text.as_bytes())?;
            kept.files.insert(name, hex(text.as_bytes()));
        }
        disk::sync_folder(&temporary.join(kind));
    }
    let mut json = serde_json::to_vec_pretty(&kept).unwrap_or_default();
    json.push(b'\n');
    if json.len() as u64 > MAX_ROUND {
        remove(&temporary);
        return Err(StoreError::RoundTooLarge(json.len() as u64, MAX_ROUND));
    }
    disk::write_new(&temporary.join(ROUND), &json)?;
    disk::sync_folder(&temporary);
    fs::rename(&temporary, &folder).map_err(|error| StoreError::io(&folder, &error))?;
    disk::sync_folder(store);
    Ok(hex(&json))
}

/// Reads the folder of a round; what is wrong with it, where something is.
pub(super) fn read(store: &Path, number: u32, sha256: &str) -> Result<Round, String> {
    let folder = store.join(name(number));
    let bytes = |path: &Path, most| match disk::read(path, most) {
        Ok(Some(bytes)) => Ok(bytes),
        Ok(None) => Err(format!("{} is gone", path.strip_prefix(store).unwrap_or(path).display())),
        Err(error) => Err(error.to_string()),
    };
    disk::is_folder(&folder).map_err(|error| error.to_string())?;
    let json = bytes(&folder.join(ROUND), MAX_ROUND)?;
    if hex(&json) != sha256 {
        return Err(format!("{}/{ROUND} is not what was recorded", name(number)));
    }
    let kept: Result<Kept, _> = serde_json::from_slice(&json);
    let mut kept = kept.map_err(|error| format!("{}/{ROUND}: {error}", name(number)))?;
    let texts = [("proposal", &mut kept.round.proposal.files), ("result", &mut kept.round.result)];
    for (kind, files) in texts {
        disk::is_folder(&folder.join(kind)).map_err(|error| error.to_string())?;
        for (index, file) in files.iter_mut().enumerate() {
            let place = place(kind, index, &file.path);
            let text = bytes(&folder.join(&place), MAX_FILE)?;
            if kept.files.get(&place) != Some(&hex(&text)) {
                return Err(format!("{}/{place} is not what was recorded", name(number)));
            }
            file.text = String::from_utf8(text).map_err(|_| format!("{place} is no text"))?;
        }
    }
    Ok(kept.round)
}

/// Moves the folder of a round that no line of the log speaks of out of the way: its writer was interrupted.
pub(super) fn set_aside(store: &Path, last: u32, damage: &mut Vec<Damage>) -> Result<(), StoreError> {
    let next = name(last.saturating_add(1));
    remove(&store.join(format!("{next}{UNFINISHED}")));
    let folder = store.join(&next);
    if folder.symlink_metadata().is_err() {
        return Ok(());
    }
    let aside =
        |n: u32| store.join(format!("{next}.torn{}", if n == 0 { String::new() } else { format!("-{n}") }));
    let free: Option<PathBuf> = (0..10_000).map(aside).find(|path| path.symlink_metadata().is_err());
    let free = free.ok_or_else(|| StoreError::NotPlain(folder.clone()))?;
    fs::rename(&folder, &free).map_err(|error| StoreError::io(&folder, &error))?;
    disk::sync_folder(store);
    damage.push(Damage::Unfinished(free));
    Ok(())
}

/// Takes the texts out of files, each with the name it is kept under.
fn texts(kind: &str, files: &mut [File]) -> Vec<(String, String)> {
    let kept =
        |(index, file): (usize, &mut File)| (place(kind, index, &file.path), std::mem::take(&mut file.text));
    files.iter_mut().enumerate().map(kept).collect()
}

/// Where a file is kept. A model may have named it: of the path only harmless letters of its last part are used.
fn place(kind: &str, index: usize, path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let harmless = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_') { c } else { '_' };
    let last: String = last.chars().map(harmless).take(100).collect();
    format!("{kind}/{index}-{last}")
}

fn name(number: u32) -> String {
    format!("{number:04}")
}
