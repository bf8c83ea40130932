//! Charts parsed once per content.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_helm::load::RawFile;
use seatrial_helm::{Bounds, Chart, HelmVersion, Prepared};
use sha2::{Digest, Sha256};

/// How many charts are kept.
const KEPT: usize = 256;

/// Parsed charts by content. Empty at first; the oldest goes when there are too many.
#[derive(Default)]
pub struct ChartCache {
    bounds: Bounds,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    charts: HashMap<[u8; 32], (u64, Arc<Prepared>)>,
    count: u64,
}

impl fmt::Debug for ChartCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChartCache").finish_non_exhaustive()
    }
}

impl ChartCache {
    /// Nothing yet; charts are loaded within these bounds.
    pub fn new(bounds: Bounds) -> Self {
        Self { bounds, kept: Mutex::default() }
    }

    /// The bounds within which charts are loaded.
    pub(super) fn bounds(&self) -> &Bounds {
        &self.bounds
    }

    pub(super) fn get(&self, hash: &ContentHash) -> Option<Arc<Prepared>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.count += 1;
        let now = kept.count;
        let (used, prepared) = kept.charts.get_mut(&hash.sum())?;
        *used = now;
        Some(Arc::clone(prepared))
    }

    pub(super) fn insert(&self, hash: &ContentHash, chart: Arc<Chart>) -> Arc<Prepared> {
        let prepared = Arc::new(Prepared::new(chart, hash.version));
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.charts.len() >= KEPT {
            let oldest = kept.charts.iter().min_by_key(|(_, (used, _))| *used).map(|(key, _)| *key);
            if let Some(oldest) = oldest {
                kept.charts.remove(&oldest);
            }
        }
        kept.count += 1;
        let now = kept.count;
        kept.charts.insert(hash.sum(), (now, Arc::clone(&prepared)));
        prepared
    }
}

/// What tells a chart from all others: its files, where people find them, and the Helm that reads it.
#[derive(Clone)]
pub(super) struct ContentHash {
    hasher: Sha256,
    version: HelmVersion,
}

impl ContentHash {
    pub(super) fn new(version: HelmVersion) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(version.text());
        Self { hasher, version }
    }

    pub(super) fn add(&mut self, files: &[RawFile]) {
        for file in files {
            for part in [file.name.as_bytes(), file.source.as_bytes(), &file.data] {
                self.hasher.update((part.len() as u64).to_le_bytes());
                self.hasher.update(part);
            }
        }
        self.hasher.update([0xFF]);
    }

    fn sum(&self) -> [u8; 32] {
        self.hasher.clone().finalize().into()
    }
}
