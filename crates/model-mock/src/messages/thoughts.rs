//! Thinking blocks: bound to their model and their conversation, and to be passed back as they came.

use serde_json::{Value, json};

use crate::refusal::{Checked, must};
use crate::say::{Block, Say};
use crate::server::Asked;

/// What models have thought, and which calls came with it.
#[derive(Default)]
pub(crate) struct Thoughts {
    /// Model, block, and the ids of the calls in the same turn.
    kept: Vec<(String, Value, Vec<String>)>,
}

impl Thoughts {
    /// Remembers what an answer thinks.
    pub(crate) fn keep(&mut self, say: &Say, asked: &Asked) {
        let calls: Vec<String> = say
            .blocks
            .iter()
            .filter_map(|block| match block {
                Block::Call { id, .. } => Some(id.clone()),
                _ => None,
            })
            .collect();
        let model = asked.model();
        for block in &say.blocks {
            if let Block::Thinking { text, signature } = block {
                let block = json!({ "type": "thinking", "thinking": text, "signature": signature });
                self.kept.push((model.clone(), block, calls.clone()));
            }
        }
    }

    /// Checks the blocks of an assistant's turn.
    pub(super) fn check(&self, blocks: &[Value], model: &str, at: &str) -> Checked {
        for (number, block) in blocks.iter().enumerate().filter(|(_, block)| block["type"] == "thinking") {
            let known = self.kept.iter().any(|(whose, kept, _)| whose == model && kept == block);
            must(known, || {
                format!(
                    "{at}.content.{number}: Invalid `signature` in `thinking` block: blocks must remain as they were in the original response"
                )
            })?;
        }
        for (_, thought, calls) in self.kept.iter().filter(|(whose, ..)| whose == model) {
            let calls_here = blocks.iter().any(|block| {
                block["type"] == "tool_use"
                    && block["id"].as_str().is_some_and(|id| calls.iter().any(|call| call == id))
            });
            must(!calls_here || blocks.contains(thought), || {
                format!(
                    "{at}.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block"
                )
            })?;
        }
        Ok(())
    }
}
