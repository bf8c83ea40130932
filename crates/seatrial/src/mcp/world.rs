//! A digest of all that a judgement rests on besides the manifests themselves.
//!
//! It is made of contents, not of times: a file that was written twice within a tick of the clock is told apart. Where it
//! would take too long, or something lies where it cannot be looked at, there is none, and every trial starts afresh.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use seatrial_platform::Platform;
use seatrial_source::SourceFile;
use sha2::{Digest, Sha256};

use crate::session::{Session, lexical};

/// The most files and bytes that are read for a digest: far less than judging them would take.
const MOST: (usize, u64) = (4_000, 32 << 20);

/// How deep folders are entered.
const MAX_DEPTH: usize = 48;

/// The digest for a session whose manifests are `files`.
pub(super) fn digest(session: &Session, files: &[Arc<SourceFile>]) -> Option<[u8; 32]> {
    let root = session.root.as_deref().filter(|_| !session.is_remote())?;
    let label = session.inputs.snapshot.label();
    let manifests: HashSet<PathBuf> =
        files.iter().filter_map(|file| Some(root.join(file.path.strip_prefix(label)?))).collect();
    let mut world = World { hash: Sha256::new(), manifests, left: MOST, seen: BTreeSet::new() };
    world.add(&root.to_string_lossy());
    world.add(label);
    for path in session.inputs.paths.iter().chain(&session.named) {
        world.add(path);
    }
    for file in session.inputs.platform.files() {
        world.add(&file.path);
        world.add(&file.text);
    }
    for folder in roots(&session.inputs.platform, root, &session.home) {
        world.folder(&folder, 0)?;
        // Revisions are looked up in the repository around the folder.
        let git =
            folder.ancestors().map(|above| above.join(".git")).find(|git| git.symlink_metadata().is_ok());
        if let Some(git) = git {
            world.repository(&git)?;
        }
    }
    Some(world.hash.finalize().into())
}

/// The folders that a trial may read from.
fn roots(platform: &Platform, root: &Path, home: &Path) -> Vec<PathBuf> {
    let named = platform.argocd.state.iter().chain(&platform.lookup).chain(&platform.kubeconfig);
    let repositories = platform.repositories.iter().filter_map(|repository| repository.path.as_ref());
    let named = named.chain(repositories).map(|path| lexical(&home.join(&path.value)));
    let mut all: Vec<PathBuf> = named.chain([root.to_owned(), home.to_owned()]).collect();
    all.sort();
    all.dedup();
    // A folder within another is read with it.
    let outermost = |path: &PathBuf| !all.iter().any(|other| other != path && path.starts_with(other));
    all.iter().filter(|path| outermost(path)).cloned().collect()
}

struct World {
    hash: Sha256,
    manifests: HashSet<PathBuf>,
    left: (usize, u64),
    seen: BTreeSet<PathBuf>,
}

impl World {
    fn add(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.hash.update((bytes.len() as u64).to_le_bytes());
        self.hash.update(bytes);
    }

    /// Everything below a folder, or a file; `None` when that is too much.
    fn folder(&mut self, path: &Path, depth: usize) -> Option<()> {
        let metadata = match path.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                self.add(&format!("{}: {:?}", path.display(), error.kind()));
                return Some(());
            }
        };
        self.left.0 = self.left.0.checked_sub(1)?;
        self.add(&path.to_string_lossy());
        if metadata.is_symlink() {
            // What a link leads to may lie anywhere.
            let real = path.canonicalize().ok()?;
            self.add(&real.to_string_lossy());
            if !real.is_file() {
                return None;
            }
            return self.file(&real);
        }
        if metadata.is_file() {
            // The trial compares the texts of manifests for itself.
            return if self.manifests.contains(path) { Some(()) } else { self.file(path) };
        }
        if !metadata.is_dir() {
            return Some(());
        }
        if depth > MAX_DEPTH {
            return None;
        }
        let entries = fs::read_dir(path).ok()?;
        let mut names: Vec<PathBuf> =
            entries.map(|entry| entry.map(|e| e.path())).collect::<Result<_, _>>().ok()?;
        names.sort();
        for entry in names {
            if entry.file_name().is_some_and(|name| name == ".git") {
                self.repository(&entry)?;
            } else {
                self.folder(&entry, depth + 1)?;
            }
        }
        Some(())
    }

    fn file(&mut self, path: &Path) -> Option<()> {
        let size = path.metadata().ok()?.len();
        self.left.1 = self.left.1.checked_sub(size)?;
        let bytes = fs::read(path).ok()?;
        self.bytes(&bytes);
        Some(())
    }

    /// What names of revisions mean in a Git repository; objects are named by their contents.
    fn repository(&mut self, git: &Path) -> Option<()> {
        if !git.is_dir() {
            // A work tree of another repository.
            return None;
        }
        if !self.seen.insert(git.to_owned()) {
            return Some(());
        }
        for part in ["HEAD", "config", "packed-refs", "shallow", "refs", "reftable", "objects/info"] {
            self.folder(&git.join(part), 0)?;
        }
        let packs = fs::read_dir(git.join("objects/pack")).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            packs.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        for name in &names {
            self.add(name);
        }
        Some(())
    }
}
