//! What a model answers, as it comes and when it is whole.

use std::time::Duration;

use serde_json::Value;

use crate::request::{Content, Turn};

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// The model's turn, to be appended to the conversation as it is. It may be empty (a refusal).
    pub turn: Turn,
    /// Why it ended.
    pub stop: Stop,
    /// What was spent, on attempts that broke off as well.
    pub usage: Usage,
    /// What that costs in US dollars, if the model's price is known.
    pub cost_usd: Option<f64>,
    /// The model that answered, in the server's words.
    pub model: String,
    /// What the provider's support asks for.
    pub request_id: Option<String>,
}

impl Answer {
    /// All text of the answer.
    pub fn text(&self) -> String {
        self.turn
            .content
            .iter()
            .filter_map(|content| match content {
                Content::Text(text) => Some(text.as_str()),
                _ => None,
            })
            .collect()
    }

    /// The calls of tools: id, name and arguments.
    pub fn tool_uses(&self) -> impl Iterator<Item = (&str, &str, &Value)> {
        self.turn.content.iter().filter_map(|content| match content {
            Content::ToolUse { id, name, input } => Some((id.as_str(), name.as_str(), input)),
            _ => None,
        })
    }

    /// The text read as JSON: as it stands, else what is in its first fence that holds JSON, else what stands between the first `{` and
    /// the last `}`.
    pub fn json(&self) -> Option<Value> {
        crate::json::found(&self.text())
    }
}

/// Why an answer ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The model had no more to say.
    End,
    /// The request's `max_tokens` were used up: the text is cut, and a call of a tool that was cut is not in the turn.
    MaxTokens,
    /// The model waits for the results of its calls.
    ToolUse,
    /// The model declines. The answer is not to be asked for again with the same words.
    Refusal {
        /// The provider's name for the reason, such as `cyber`.
        category: Option<String>,
        /// The provider's or the model's words.
        explanation: Option<String>,
    },
    /// The provider paused a long turn: append the turn and ask again.
    Pause,
    /// The model's context window is full.
    ContextExceeded,
    /// Another reason, in the protocol's word.
    Other(String),
}

/// Tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Input that was neither read from the provider's cache nor written to it.
    pub input: u64,
    /// Input read from the cache.
    pub cache_read: u64,
    /// Input written to the cache.
    pub cache_write: u64,
    /// Output, thinking included.
    pub output: u64,
    /// How much of the output was thinking, where told.
    pub thinking: u64,
}

impl Usage {
    /// All tokens of the prompt.
    pub const fn prompt(&self) -> u64 {
        self.input.saturating_add(self.cache_read).saturating_add(self.cache_write)
    }

    /// All tokens.
    pub const fn total(&self) -> u64 {
        self.prompt().saturating_add(self.output)
    }

    /// Adds what another request spent.
    pub const fn add(&mut self, other: &Self) {
        self.input = self.input.saturating_add(other.input);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write = self.cache_write.saturating_add(other.cache_write);
        self.output = self.output.saturating_add(other.output);
        self.thinking = self.thinking.saturating_add(other.thinking);
    }
}

/// Something that happens while a model answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event<'a> {
    /// More text.
    Text(&'a str),
    /// More of what the model thinks, where the provider shows it. It is for people, and no part of the answer.
    Thinking(&'a str),
    /// The attempt failed and another follows: what has come of this answer is void.
    Retry {
        /// How long is waited.
        after: Duration,
        /// Why the attempt failed.
        why: &'a str,
    },
    /// What this attempt has spent; told once at the end of each attempt that a model worked on.
    Usage(&'a Usage),
}

/// What a model can take and give, as its provider says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most tokens of a prompt.
    pub input_tokens: Option<u64>,
    /// The most tokens of an answer.
    pub output_tokens: Option<u64>,
    /// Whether answers can be forced into a schema.
    pub structured_outputs: Option<bool>,
    /// The efforts it knows, by name; empty where not told.
    pub efforts: Vec<String>,
}
