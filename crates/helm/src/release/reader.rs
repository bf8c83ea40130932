//! Reading what templates give while the templates behind them are still executed.

use std::collections::HashMap;
use std::mem;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};

use super::head::{self, Head};
use super::split;
use crate::engine::Done;
use crate::version::HelmVersion;

/// A document of a text: where it stands, and its head or why it cannot be read.
pub(super) type Document = (Range<usize>, Result<Head, String>);

/// How many bytes of text are worth waking another thread.
const BATCH: usize = 16 << 10;

/// The documents that have been read, by template.
pub(crate) struct Reader {
    version: HelmVersion,
    read: Mutex<HashMap<Arc<str>, Vec<Document>>>,
}

impl Reader {
    /// Nothing is read yet.
    pub(crate) fn new(version: HelmVersion) -> Self {
        Self { version, read: Mutex::default() }
    }

    /// Does `work`; what it hands over, a template's path and its output, is read on other threads meanwhile, as far as
    /// that is worth it.
    pub(crate) fn alongside<R>(&self, work: impl FnOnce(Done<'_>) -> R) -> R {
        rayon::in_place_scope(|scope| {
            let (mut batch, mut bytes) = (Vec::new(), 0);
            work(&mut |path, text| {
                batch.push((Arc::clone(path), Arc::clone(text)));
                bytes += text.len();
                if bytes >= BATCH {
                    bytes = 0;
                    let batch: Vec<(Arc<str>, Arc<[u8]>)> = mem::take(&mut batch);
                    scope.spawn(move |_| {
                        for (path, text) in batch {
                            let documents = documents(&text, self.version);
                            self.read.lock().unwrap_or_else(PoisonError::into_inner).insert(path, documents);
                        }
                    });
                }
            })
        })
    }

    /// The documents of what a template gave.
    pub(super) fn take(&self, path: &str, text: &[u8]) -> Vec<Document> {
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).remove(path);
        known.unwrap_or_else(|| documents(text, self.version))
    }

    pub(super) fn version(&self) -> HelmVersion {
        self.version
    }
}

fn documents(text: &[u8], version: HelmVersion) -> Vec<Document> {
    let read = |range: Range<usize>| {
        let head = head::read(text.get(range.clone()).unwrap_or_default(), version);
        (range, head)
    };
    split(text, version).into_iter().map(read).collect()
}
