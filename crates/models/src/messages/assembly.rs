//! The events of the Messages API put together to an answer.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::answer::{Answer, Event, Stop, Usage};
use crate::error::{ErrorKind, ModelError};
use crate::failure;
use crate::key::Secret;
use crate::price::Price;
use crate::request::{Content, Role, Turn};
use crate::retry::Failure;

/// The most blocks that an answer may have.
const MAX_BLOCKS: usize = 4096;

/// An answer that is still coming.
#[derive(Default)]
pub(super) struct Assembly {
    model: String,
    id: Option<String>,
    blocks: BTreeMap<u64, Block>,
    stop: Option<String>,
    details: Value,
    usage: Map<String, Value>,
    ended: bool,
}

/// A block that is still coming.
struct Block {
    /// As it started, with texts added.
    value: Value,
    /// The arguments of a tool so far.
    arguments: String,
    /// Something came for it that cannot be put together.
    lost: bool,
    /// It was ended by the server.
    whole: bool,
}

impl Assembly {
    /// Whether the server has said that the answer is whole.
    pub(super) const fn ended(&self) -> bool {
        self.ended
    }

    /// Takes the data of an event.
    pub(super) fn take(
        &mut self,
        data: &Value,
        secrets: &[&Secret],
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Failure> {
        match data["type"].as_str().unwrap_or_default() {
            "message_start" => {
                let message = &data["message"];
                self.begin(message);
            }
            "content_block_start" => {
                if self.blocks.len() >= MAX_BLOCKS {
                    let text = format!("the answer has more than {MAX_BLOCKS} blocks");
                    return Err(ModelError::new(ErrorKind::Protocol, text).into());
                }
                self.start(data, watch);
            }
            "content_block_delta" => self.add(data, watch),
            "content_block_stop" => {
                if let Some(block) = data["index"].as_u64().and_then(|index| self.blocks.get_mut(&index)) {
                    block.whole = true;
                }
            }
            "message_delta" => {
                let delta = &data["delta"];
                if let Some(stop) = delta["stop_reason"].as_str() {
                    self.stop = Some(stop.to_owned());
                }
                if !delta["stop_details"].is_null() {
                    self.details = delta["stop_details"].clone();
                }
                self.count(&data["usage"]);
            }
            "message_stop" => self.ended = true,
            "error" => {
                let mut error = failure::of_body(data, None, None, secrets);
                if error.message.is_empty() {
                    "the server broke the answer off".clone_into(&mut error.message);
                }
                return Err(error.into());
            }
            // Pings, and what later versions add.
            _ => {}
        }
        Ok(())
    }

    /// Takes a whole message, as a server sends it that does not stream.
    pub(super) fn take_whole(
        &mut self,
        message: &Value,
        watch: &mut dyn FnMut(Event<'_>),
    ) -> Result<(), Failure> {
        let (Some("message"), Some(content)) = (message["type"].as_str(), message["content"].as_array())
        else {
            return Err(ModelError::new(ErrorKind::Protocol, "the server's JSON is no message").into());
        };
        self.begin(message);
        for (index, value) in content.iter().enumerate().take(MAX_BLOCKS) {
            if let Some(text) = value["text"].as_str().filter(|_| value["type"] == "text") {
                watch(Event::Text(text));
            }
            let block = Block { value: value.clone(), arguments: String::new(), lost: false, whole: true };
            self.blocks.insert(index as u64, block);
        }
        self.stop = message["stop_reason"].as_str().map(str::to_owned);
        self.details = message["stop_details"].clone();
        self.ended = true;
        Ok(())
    }

    fn begin(&mut self, message: &Value) {
        message["model"].as_str().unwrap_or_default().clone_into(&mut self.model);
        self.id = message["id"].as_str().map(str::to_owned);
        self.count(&message["usage"]);
    }

    /// Counts are cumulative: the last of each holds.
    fn count(&mut self, usage: &Value) {
        for (key, value) in usage.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            self.usage.insert(key.clone(), value.clone());
        }
    }

    fn start(&mut self, data: &Value, watch: &mut dyn FnMut(Event<'_>)) {
        let Some(index) = data["index"].as_u64() else { return };
        let value = data["content_block"].clone();
        if let Some(text) = value["text"].as_str().filter(|text| !text.is_empty()) {
            watch(Event::Text(text));
        }
        self.blocks.insert(index, Block { value, arguments: String::new(), lost: false, whole: false });
    }

    fn add(&mut self, data: &Value, watch: &mut dyn FnMut(Event<'_>)) {
        let Some(block) = data["index"].as_u64().and_then(|index| self.blocks.get_mut(&index)) else {
            return;
        };
        let delta = &data["delta"];
        let text = |key: &str| delta[key].as_str().unwrap_or_default();
        match delta["type"].as_str().unwrap_or_default() {
            "text_delta" => {
                append(&mut block.value, "text", text("text"));
                watch(Event::Text(text("text")));
            }
            "input_json_delta" => block.arguments.push_str(text("partial_json")),
            "thinking_delta" => {
                append(&mut block.value, "thinking", text("thinking"));
                if !text("thinking").is_empty() {
                    watch(Event::Thinking(text("thinking")));
                }
            }
            "signature_delta" => {
                if let Some(map) = block.value.as_object_mut() {
                    map.insert("signature".to_owned(), delta["signature"].clone());
                }
            }
            // Citations are no part of what is kept of a text.
            "citations_delta" => {}
            _ => block.lost = true,
        }
    }

    /// What has been spent so far.
    pub(super) fn spent(&self) -> Usage {
        let count = |key: &str| self.usage.get(key).and_then(Value::as_u64).unwrap_or(0);
        Usage {
            input: count("input_tokens"),
            cache_read: count("cache_read_input_tokens"),
            cache_write: count("cache_creation_input_tokens"),
            output: count("output_tokens"),
            thinking: self
                .usage
                .get("output_tokens_details")
                .and_then(|details| details["thinking_tokens"].as_u64())
                .unwrap_or(0),
        }
    }

    /// The answer, once no more comes.
    pub(super) fn end(
        self,
        name: &str,
        price: Option<Price>,
        request_id: Option<String>,
    ) -> Result<Answer, Failure> {
        let usage = self.spent();
        if !self.ended && self.stop.is_none() {
            return Err(ModelError::new(ErrorKind::Network, "the answer broke off before its end").into());
        }
        let stop = stop_of(self.stop.as_deref().unwrap_or_default(), &self.details);
        let mut content = Vec::with_capacity(self.blocks.len());
        for block in self.blocks.into_values() {
            content.extend(content_of(block, name, &stop));
        }
        Ok(Answer {
            turn: Turn { role: Role::Assistant, content },
            stop,
            usage,
            cost_usd: price.map(|price| price.of(&usage)),
            model: self.model,
            request_id: request_id.or(self.id),
        })
    }
}

/// Adds to a text within a block.
fn append(block: &mut Value, key: &str, more: &str) {
    if let Some(Value::String(text)) = block.get_mut(key) {
        text.push_str(more);
    } else if let Some(map) = block.as_object_mut() {
        map.insert(key.to_owned(), Value::String(more.to_owned()));
    }
}

/// A block as content; `None` if it is empty or was cut off in a way that leaves nothing to use.
fn content_of(block: Block, name: &str, stop: &Stop) -> Option<Content> {
    let Block { value, arguments, lost, whole } = block;
    let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
    match value["type"].as_str().unwrap_or_default() {
        "text" => Some(text("text")).filter(|text| !text.is_empty()).map(Content::Text),
        "tool_use" => {
            let input = match arguments.trim() {
                "" => value["input"].clone(),
                written => match serde_json::from_str(written) {
                    Ok(input) => input,
                    // Cut off by the bound of tokens, not written so.
                    Err(_) if !whole || *stop == Stop::MaxTokens => return None,
                    Err(_) => Value::String(arguments),
                },
            };
            Some(Content::ToolUse { id: text("id"), name: text("name"), input })
        }
        _ if lost || !whole => None,
        _ => {
            // A call that the provider runs itself has arguments too.
            let mut block = value;
            if !arguments.trim().is_empty() {
                block.as_object_mut()?.insert("input".to_owned(), serde_json::from_str(&arguments).ok()?);
            }
            Some(Content::Verbatim { model: name.to_owned(), block })
        }
    }
}

fn stop_of(reason: &str, details: &Value) -> Stop {
    let text = |key: &str| details[key].as_str().map(str::to_owned);
    match reason {
        "end_turn" | "stop_sequence" => Stop::End,
        "max_tokens" => Stop::MaxTokens,
        "tool_use" => Stop::ToolUse,
        "pause_turn" => Stop::Pause,
        "refusal" => Stop::Refusal { category: text("category"), explanation: text("explanation") },
        "model_context_window_exceeded" => Stop::ContextExceeded,
        other => Stop::Other(other.to_owned()),
    }
}
