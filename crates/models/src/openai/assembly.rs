//! The chunks of chat completions put together to an answer.

use serde_json::Value;

use crate::answer::{Answer, Event, Stop, Usage};
use crate::error::{ErrorKind, ModelError};
use crate::price::Price;
use crate::request::{Content, Role, Turn};
use crate::retry::Failure;

/// The most calls of tools in an answer.
const MAX_CALLS: usize = 1024;

/// An answer that is still coming.
#[derive(Default)]
pub(super) struct Assembly {
    model: String,
    id: Option<String>,
    text: String,
    refusal: String,
    calls: Vec<CallSoFar>,
    finish: Option<String>,
    usage: Usage,
    done: bool,
}

#[derive(Default)]
struct CallSoFar {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

impl Assembly {
    /// The server has said that nothing more comes.
    pub(super) const fn end_stream(&mut self) {
        self.done = true;
    }

    pub(super) const fn ended(&self) -> bool {
        self.done
    }

    pub(super) const fn spent(&self) -> Usage {
        self.usage
    }

    /// Takes a chunk, or a whole completion (`message` in place of `delta`).
    pub(super) fn take(&mut self, chunk: &Value, watch: &mut dyn FnMut(Event<'_>)) -> Result<(), Failure> {
        if let Some(model) = chunk["model"].as_str().filter(|model| !model.is_empty()) {
            model.clone_into(&mut self.model);
        }
        if let Some(id) = chunk["id"].as_str().filter(|id| !id.is_empty()) {
            self.id = Some(id.to_owned());
        }
        if let Some(usage) = chunk["usage"].as_object() {
            let count = |key: &str| usage.get(key).and_then(Value::as_u64).unwrap_or(0);
            let detail = |key: &str, name: &str| {
                usage.get(key).and_then(|details| details[name].as_u64()).unwrap_or(0)
            };
            let cached = detail("prompt_tokens_details", "cached_tokens").min(count("prompt_tokens"));
            self.usage = Usage {
                input: count("prompt_tokens") - cached,
                cache_read: cached,
                cache_write: 0,
                output: count("completion_tokens"),
                thinking: detail("completion_tokens_details", "reasoning_tokens"),
            };
        }
        let choice = &chunk["choices"][0];
        let delta = if choice["delta"].is_object() { &choice["delta"] } else { &choice["message"] };
        if let Some(text) = delta["content"].as_str().filter(|text| !text.is_empty()) {
            self.text.push_str(text);
            watch(Event::Text(text));
        }
        // Not OpenAI's own: servers of open models tell so what the model thinks.
        let thought = delta["reasoning_content"].as_str().or_else(|| delta["reasoning"].as_str());
        if let Some(thought) = thought.filter(|thought| !thought.is_empty()) {
            watch(Event::Thinking(thought));
        }
        self.refusal.push_str(delta["refusal"].as_str().unwrap_or_default());
        for call in delta["tool_calls"].as_array().into_iter().flatten() {
            self.add_call(call)?;
        }
        if let Some(finish) = choice["finish_reason"].as_str().filter(|finish| !finish.is_empty()) {
            self.finish = Some(finish.to_owned());
        }
        Ok(())
    }

    /// Fragments of a call belong together by their index; where that is missing, an id begins a new one.
    fn add_call(&mut self, fragment: &Value) -> Result<(), Failure> {
        let index = fragment["index"].as_u64();
        let id = fragment["id"].as_str().unwrap_or_default();
        let at = match index {
            Some(_) => self.calls.iter().position(|call| call.index == index),
            None if id.is_empty() => self.calls.len().checked_sub(1),
            None => self.calls.iter().position(|call| call.id == id),
        };
        if at.is_none() {
            if self.calls.len() >= MAX_CALLS {
                let text = format!("the answer calls more than {MAX_CALLS} tools");
                return Err(ModelError::new(ErrorKind::Protocol, text).into());
            }
            self.calls.push(CallSoFar { index, ..CallSoFar::default() });
        }
        let Some(call) =
            at.map_or_else(|| self.calls.len().checked_sub(1), Some).and_then(|at| self.calls.get_mut(at))
        else {
            return Ok(());
        };
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        let function = &fragment["function"];
        let name = function["name"].as_str().unwrap_or_default();
        // Most send the name once and whole; some send it with every fragment.
        if call.name != name {
            call.name.push_str(name);
        }
        match &function["arguments"] {
            Value::String(more) => call.arguments.push_str(more),
            Value::Object(whole) => call.arguments = Value::Object(whole.clone()).to_string(),
            _ => {}
        }
        Ok(())
    }

    /// The answer, once no more comes.
    pub(super) fn end(self, price: Option<Price>, request_id: Option<String>) -> Result<Answer, Failure> {
        if self.finish.is_none() && !self.done {
            return Err(ModelError::new(ErrorKind::Network, "the answer broke off before its end").into());
        }
        let mut stop = match self.finish.as_deref() {
            Some("length") => Stop::MaxTokens,
            Some("content_filter") => {
                Stop::Refusal { category: Some("content_filter".to_owned()), explanation: None }
            }
            Some("stop" | "tool_calls" | "function_call") | None => Stop::End,
            Some(other) => Stop::Other(other.to_owned()),
        };
        if !self.refusal.is_empty() {
            stop = Stop::Refusal { category: None, explanation: Some(self.refusal) };
        }
        let mut content = Vec::new();
        if !self.text.is_empty() {
            content.push(Content::Text(self.text));
        }
        for (at, call) in self.calls.into_iter().enumerate() {
            let input = match call.arguments.trim() {
                "" => Value::Object(serde_json::Map::new()),
                written => match serde_json::from_str(written) {
                    Ok(input) => input,
                    // Cut off by the bound of tokens, not written so.
                    Err(_) if stop == Stop::MaxTokens => continue,
                    Err(_) => Value::String(call.arguments),
                },
            };
            // A result must be able to name its call.
            let id = if call.id.is_empty() { format!("call_{at}") } else { call.id };
            content.push(Content::ToolUse { id, name: call.name, input });
        }
        // Some servers say `stop` when tools are called.
        if stop == Stop::End && content.iter().any(|piece| matches!(piece, Content::ToolUse { .. })) {
            stop = Stop::ToolUse;
        }
        Ok(Answer {
            turn: Turn { role: Role::Assistant, content },
            stop,
            usage: self.usage,
            cost_usd: price.map(|price| price.of(&self.usage)),
            model: self.model,
            request_id: request_id.or(self.id),
        })
    }
}
