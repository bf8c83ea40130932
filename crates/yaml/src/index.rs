//! The keys of large mappings, so that each lookup does not go through all of them.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::node::{Entry, Node};

/// From how many entries on a mapping is looked up by its keys.
const LARGE: usize = 64;

/// The keys of the large mappings of a tree that were asked for.
#[derive(Debug, Default)]
pub(crate) struct Index {
    known: Mutex<HashMap<u32, Arc<Keys>>>,
}

impl Clone for Index {
    fn clone(&self) -> Self {
        Self::default()
    }
}

/// The last entry of each key of a mapping.
#[derive(Debug, Default)]
struct Keys {
    last: HashMap<Box<str>, usize>,
    /// Whether anything is merged in, so that the keys alone do not tell.
    merges: bool,
}

impl Keys {
    fn of(mapping: Node<'_>) -> Self {
        let mut keys = Self::default();
        for (position, entry) in mapping.entries().enumerate() {
            keys.merges |= entry.key.is_merge_key();
            if let Some(key) = entry.key.key_text() {
                keys.last.insert(key.into(), position);
            }
        }
        keys
    }
}

impl Index {
    /// The entry of a mapping (no alias) under a key; nothing when all of its entries have to be looked at.
    #[expect(clippy::option_option, reason = "whether it is known, and whether it is there")]
    pub(crate) fn entry<'t>(&self, mapping: Node<'t>, key: &str) -> Option<Option<Entry<'t>>> {
        if mapping.entries().len() < LARGE {
            return None;
        }
        let keys = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(mapping.id().0).or_insert_with(|| Arc::new(Keys::of(mapping))))
        };
        if keys.merges {
            return None;
        }
        Some(keys.last.get(key).and_then(|position| mapping.entry_at(*position)))
    }
}
