//! Folders, files and locks: durable writes, bounded reads, no links followed.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Write};
use std::path::Path;
use std::time::Duration;

use super::error::StoreError;

const LOCK: &str = ".lock";
/// How often, and how long between, another writer is waited for.
const TRIES: u32 = 250;
const PAUSE: Duration = Duration::from_millis(20);

/// Refuses what is there and no folder; a folder that is not there is fine.
pub(super) fn is_folder(path: &Path) -> Result<(), StoreError> {
    // The folder around it is ours too (`.seatrial`): a link there would lead out of the repository as well.
    for place in path.parent().filter(|parent| parent.file_name().is_some()).into_iter().chain([path]) {
        match place.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => return Err(StoreError::Link(place.to_owned())),
            Ok(metadata) if !metadata.is_dir() => return Err(StoreError::NotPlain(place.to_owned())),
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(StoreError::io(place, &error)),
            _ => {}
        }
    }
    Ok(())
}

/// Makes the folder where it is not there yet.
pub(super) fn make_folder(path: &Path) -> Result<(), StoreError> {
    is_folder(path)?;
    fs::create_dir_all(path).map_err(|error| StoreError::io(path, &error))?;
    path.ancestors().take(3).for_each(sync_folder);
    Ok(())
}

/// Takes the lock of writers; it is let go when the file is dropped, or the process ends in whatever way.
pub(super) fn lock(folder: &Path) -> Result<File, StoreError> {
    let path = folder.join(LOCK);
    plain(&path)?;
    let failed = |error: &std::io::Error| StoreError::io(&path, error);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| failed(&error))?;
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(failed(&error)),
        }
    }
    Err(StoreError::Locked(path))
}

/// Waits for a writer that is at work; where there is no lock to take (a checkout that is read-only), reads as it is.
pub(super) fn shared_lock(folder: &Path) -> Option<File> {
    let path = folder.join(LOCK);
    plain(&path).ok()?;
    let file = File::open(path).ok()?;
    for _ in 0..TRIES {
        match file.try_lock_shared() {
            Ok(()) => return Some(file),
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(_)) => return None,
        }
    }
    None
}

/// Refuses what is there and no plain file. Whether something is there.
pub(super) fn plain(path: &Path) -> Result<bool, StoreError> {
    match path.symlink_metadata() {
        Ok(metadata) if metadata.is_symlink() => Err(StoreError::Link(path.to_owned())),
        Ok(metadata) if !metadata.is_file() => Err(StoreError::NotPlain(path.to_owned())),
        Ok(_) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(StoreError::io(path, &error)),
    }
}

/// Reads a plain file of at most so many bytes; `None` when there is none.
pub(super) fn read(path: &Path, most: u64) -> Result<Option<Vec<u8>>, StoreError> {
    if !plain(path)? {
        return Ok(None);
    }
    let failed = |error: std::io::Error| StoreError::io(path, &error);
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(failed)?;
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(StoreError::TooLarge(path.to_owned(), most));
    }
    Ok(Some(bytes))
}

/// Writes a new file and waits until it is on the disk.
pub(super) fn write_new(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    let written = OpenOptions::new()
        .create_new(true)
        .write(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| StoreError::io(path, &error))
}

/// Appends to a file and waits until it is on the disk.
pub(super) fn append(path: &Path, bytes: &[u8]) -> Result<(), StoreError> {
    plain(path)?;
    let written = OpenOptions::new()
        .create(true)
        .append(true)
        .open(path)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()));
    written.map_err(|error| StoreError::io(path, &error))
}

/// Cuts a file and waits until that is on the disk.
pub(super) fn cut(path: &Path, length: u64) -> Result<(), StoreError> {
    plain(path)?;
    let cut = OpenOptions::new()
        .write(true)
        .open(path)
        .and_then(|file| file.set_len(length).and_then(|()| file.sync_all()));
    cut.map_err(|error| StoreError::io(path, &error))
}

/// Makes names in a folder durable, where the system lets folders be synced.
pub(super) fn sync_folder(path: &Path) {
    if let Ok(folder) = File::open(path) {
        let _ = folder.sync_all();
    }
}
