//! Tokens, roughly, and a provider's cache of prefixes.

use std::collections::HashSet;

use serde_json::Value;

use crate::say::{Block, Say};

/// Tokens of an answer and its question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) output: u64,
}

/// Four bytes are a token.
pub(crate) fn tokens(text: &str) -> u64 {
    (text.len() as u64).div_ceil(4)
}

/// Prefixes that were marked to be kept.
#[derive(Default)]
pub(crate) struct Cache {
    kept: HashSet<String>,
}

impl Cache {
    /// What a question and its answer count: what of the prompt was kept before, what is kept now, the rest.
    pub(crate) fn usage(&mut self, body: &Value, say: &Say) -> Counts {
        let (mut prefix, mut read, mut marked) = (String::new(), 0, 0);
        let mut now = Vec::new();
        for block in blocks(body) {
            let mut plain = block.clone();
            let mark = plain.as_object_mut().and_then(|map| map.remove("cache_control")).is_some();
            prefix.push_str(&plain.to_string());
            if self.kept.contains(&prefix) {
                read = tokens(&prefix);
            }
            if mark {
                marked = tokens(&prefix);
                now.push(prefix.clone());
            }
        }
        if body.get("cache_control").is_some() {
            marked = tokens(&prefix);
            now.push(prefix.clone());
        }
        self.kept.extend(now);
        let output = say.blocks.iter().map(|block| match block {
            Block::Text(text) | Block::Thinking { text, .. } => tokens(text),
            Block::Call { arguments, .. } => tokens(arguments),
        });
        let write = marked.saturating_sub(read);
        Counts {
            input: tokens(&prefix).saturating_sub(read + write),
            cache_read: read,
            cache_write: write,
            output: output.sum::<u64>().max(1),
        }
    }
}

/// The blocks of a prompt in the order in which they are cached: tools, system, messages.
fn blocks(body: &Value) -> Vec<Value> {
    let list = |value: &Value| match value {
        Value::Array(list) => list.clone(),
        Value::Null => Vec::new(),
        other => vec![other.clone()],
    };
    let mut all = list(&body["tools"]);
    all.extend(list(&body["system"]));
    for message in list(&body["messages"]) {
        all.push(message["role"].clone());
        all.extend(list(&message["content"]));
    }
    all
}
