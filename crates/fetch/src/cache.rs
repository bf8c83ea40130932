//! What was fetched, by content.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};

use crate::error::FetchError;

/// A folder of blobs by digest and of bare Git repositories by address. Safe to share between processes.
#[derive(Clone, Debug)]
pub struct Cache {
    root: PathBuf,
}

/// Tells files that are being written from each other.
static WRITING: AtomicU64 = AtomicU64::new(0);

impl Cache {
    /// A cache in this folder, which is made when something is put into it.
    pub fn at(root: impl Into<PathBuf>) -> Self {
        Self { root: root.into() }
    }

    /// The cache of the user: `SEATRIAL_CACHE_DIR`, else `seatrial` in the system's folder for caches.
    pub fn of_user() -> Option<Self> {
        let given = |name: &str| std::env::var_os(name).filter(|v| !v.is_empty()).map(PathBuf::from);
        let root = given("SEATRIAL_CACHE_DIR")
            .or_else(|| given("XDG_CACHE_HOME").map(|dir| dir.join("seatrial")))
            .or_else(|| given("LOCALAPPDATA").map(|dir| dir.join("seatrial").join("cache")))
            .or_else(|| {
                let folder = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
                given("HOME").map(|home| home.join(folder).join("seatrial"))
            })?;
        Some(Self::at(root))
    }

    /// The bytes of a digest (`sha256:…`), checked; nothing when they are not here or no longer what they were.
    pub fn get(&self, digest: &str) -> Option<Vec<u8>> {
        let bytes = fs::read(self.blob(digest)?).ok()?;
        (digest_of(&bytes) == digest).then_some(bytes)
    }

    /// Keeps bytes and answers their digest.
    pub fn put(&self, bytes: &[u8]) -> Result<String, FetchError> {
        let digest = digest_of(bytes);
        let path = self.blob(&digest).ok_or_else(|| FetchError::Failed("no place for a blob".to_owned()))?;
        let failed = |error: std::io::Error| FetchError::Failed(format!("{}: {error}", path.display()));
        if self.get(&digest).is_some() {
            return Ok(digest);
        }
        let folder = path.parent().unwrap_or(&self.root);
        fs::create_dir_all(folder).map_err(failed)?;
        let number = WRITING.fetch_add(1, Ordering::Relaxed);
        let fresh = folder.join(format!(".{}-{number}", std::process::id()));
        let written = fs::File::create(&fresh).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.and_then(|()| fs::rename(&fresh, &path)).map_err(|error| {
            let _ = fs::remove_file(&fresh);
            failed(error)
        })?;
        Ok(digest)
    }

    /// The bare repository for an address.
    pub(crate) fn repository(&self, url: &str) -> PathBuf {
        let digest = digest_of(url.as_bytes());
        self.root.join("git").join(digest.trim_start_matches("sha256:"))
    }

    fn blob(&self, digest: &str) -> Option<PathBuf> {
        let hash = digest.strip_prefix("sha256:")?;
        let plain = hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit());
        plain.then(|| Path::new(&self.root).join("sha256").join(hash))
    }
}

/// The digest of bytes, `sha256:` and hexadecimal digits.
pub(crate) fn digest_of(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |mut out, byte| {
        use std::fmt::Write;
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_spoilt_is_not_given() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::at(folder.path());
        let digest = cache.put(b"content").unwrap();
        assert_eq!(cache.get(&digest).as_deref(), Some(b"content".as_slice()));
        fs::write(cache.blob(&digest).unwrap(), b"other").unwrap();
        assert_eq!(cache.get(&digest), None);
        assert_eq!(cache.put(b"content").unwrap(), digest);
        assert!(cache.get(&digest).is_some());
        assert_eq!(cache.get("sha256:../../etc/passwd"), None);
    }
}
