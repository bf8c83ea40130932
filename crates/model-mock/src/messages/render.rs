//! An answer in the words of the Messages API.

use serde_json::{Value, json};

use crate::aws;
use crate::caching::Counts;
use crate::http::Outgoing;
use crate::say::{Block, Say, Stop, Then};
use crate::server::{Asked, Protocol, json_answer};

pub(crate) fn render(say: &Say, asked: &Asked, whole: bool, usage: Counts, id: &str) -> Outgoing {
    let model = &asked.model();
    let id = id.replace("req_", "msg_");
    if whole {
        return json_answer(200, &message(say, model, usage, &id));
    }
    let mut events = events(say, model, usage, &id);
    let mut then = Then::End;
    if let Some((count, kind)) = say.style.error_after {
        events.truncate(count);
        events.push(json!({ "type": "error", "error": { "type": kind, "message": "Overloaded" } }));
    }
    if let Some(count) = say.style.break_after {
        events.truncate(count);
        then = Then::Break;
    }
    let bytes: Vec<Vec<u8>> = match asked.protocol {
        Protocol::Invoke => events.iter().map(framed).collect(),
        _ => events.iter().enumerate().map(|(at, event)| line(event, at, say)).collect(),
    };
    let kind = match asked.protocol {
        Protocol::Invoke => "application/vnd.amazon.eventstream",
        _ => "text/event-stream; charset=utf-8",
    };
    Outgoing {
        status: 200,
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        pieces: pieces(bytes, say.style.piece),
        then,
    }
}

/// Bytes in pieces of a size.
pub(crate) fn pieces(events: Vec<Vec<u8>>, size: usize) -> Vec<Vec<u8>> {
    if size == 0 {
        return events;
    }
    events.concat().chunks(size).map(<[u8]>::to_vec).collect()
}

fn framed(event: &Value) -> Vec<u8> {
    if event["type"] == "error" {
        return aws::exception("modelStreamErrorException", "Overloaded");
    }
    aws::chunk(event)
}

/// An event as it stands in a stream.
fn line(event: &Value, at: usize, say: &Say) -> Vec<u8> {
    let kind = event["type"].as_str().unwrap_or_default();
    let end = if say.style.crlf { "\r\n" } else { "\n" };
    let pad = if say.style.noise { " ".repeat(at % 17) } else { String::new() };
    let mut text = format!("event: {kind}{end}data: {event}{pad}{end}{end}");
    if say.style.noise {
        text.push_str(match at % 3 {
            0 => "event: ping\ndata: {\"type\": \"ping\"}\n\n",
            1 => ": a comment\n\nevent: weather\ndata: {\"type\": \"weather\", \"is\": \"sunny\"}\n\n",
            _ => "event: later\ndata: {\"type\":\"later\",\"index\":0}\n\n",
        });
    }
    text.into_bytes()
}

fn stop(say: &Say) -> (&'static str, Value) {
    match say.ending() {
        Stop::End => ("end_turn", Value::Null),
        Stop::Calls => ("tool_use", Value::Null),
        Stop::MaxTokens => ("max_tokens", Value::Null),
        Stop::Pause => ("pause_turn", Value::Null),
        Stop::Context => ("model_context_window_exceeded", Value::Null),
        Stop::Refusal { category, explanation } => {
            ("refusal", json!({ "type": "refusal", "category": category, "explanation": explanation }))
        }
    }
}

fn counted(usage: Counts, output: u64) -> Value {
    json!({
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.cache_write,
        "cache_read_input_tokens": usage.cache_read,
        "cache_creation": { "ephemeral_5m_input_tokens": usage.cache_write, "ephemeral_1h_input_tokens": 0 },
        "output_tokens": output,
        "service_tier": "standard",
    })
}

fn message(say: &Say, model: &str, usage: Counts, id: &str) -> Value {
    let content: Vec<Value> = say
        .blocks
        .iter()
        .map(|block| match block {
            Block::Text(text) => json!({ "type": "text", "text": text }),
            Block::Thinking { text, signature } => {
                json!({ "type": "thinking", "thinking": text, "signature": signature })
            }
            Block::Call { id, name, arguments } => {
                let input: Value = serde_json::from_str(arguments).unwrap_or_else(|_| json!({}));
                json!({ "type": "tool_use", "id": id, "name": name, "input": input })
            }
        })
        .collect();
    let (reason, details) = stop(say);
    json!({
        "id": id, "type": "message", "role": "assistant", "model": model, "content": content,
        "stop_reason": reason, "stop_sequence": null, "stop_details": details,
        "usage": counted(usage, usage.output),
    })
}

/// The events of an answer.
fn events(say: &Say, model: &str, usage: Counts, id: &str) -> Vec<Value> {
    let mut start = message(&Say::default(), model, usage, id);
    start["stop_reason"] = Value::Null;
    start["usage"] = counted(usage, 1);
    let mut events = vec![json!({ "type": "message_start", "message": start })];
    for (index, block) in say.blocks.iter().enumerate() {
        let cut = say.style.cut && index + 1 == say.blocks.len();
        let delta = |delta: Value| json!({ "type": "content_block_delta", "index": index, "delta": delta });
        let begin =
            |block: Value| json!({ "type": "content_block_start", "index": index, "content_block": block });
        match block {
            Block::Text(text) => {
                events.push(begin(json!({ "type": "text", "text": "" })));
                let parts = parts(text, say.style.delta, cut);
                events.extend(parts.iter().map(|text| delta(json!({ "type": "text_delta", "text": text }))));
            }
            Block::Thinking { text, signature } => {
                events.push(begin(json!({ "type": "thinking", "thinking": "", "signature": "" })));
                let parts = parts(text, say.style.delta, cut);
                events.extend(
                    parts.iter().map(|text| delta(json!({ "type": "thinking_delta", "thinking": text }))),
                );
                events.push(delta(json!({ "type": "signature_delta", "signature": signature })));
            }
            Block::Call { id, name, arguments } => {
                let call = json!({ "type": "tool_use", "id": id, "name": name, "input": {}, "caller": { "type": "direct" } });
                events.push(begin(call));
                events.push(delta(json!({ "type": "input_json_delta", "partial_json": "" })));
                let parts = parts(arguments, say.style.delta, cut);
                events.extend(
                    parts
                        .iter()
                        .map(|text| delta(json!({ "type": "input_json_delta", "partial_json": text }))),
                );
            }
        }
        if !cut {
            events.push(json!({ "type": "content_block_stop", "index": index }));
        }
    }
    let (reason, details) = stop(say);
    events.push(json!({
        "type": "message_delta",
        "delta": { "stop_reason": reason, "stop_sequence": null, "stop_details": details },
        "usage": { "output_tokens": usage.output },
    }));
    events.push(json!({ "type": "message_stop" }));
    events
}

/// A text in parts of some characters, or its first half.
pub(crate) fn parts(text: &str, size: usize, cut: bool) -> Vec<String> {
    let mut characters: Vec<char> = text.chars().collect();
    if cut {
        characters.truncate(characters.len() / 2);
    }
    if characters.is_empty() {
        return Vec::new();
    }
    let size = if size == 0 { characters.len() } else { size };
    characters.chunks(size).map(|part| part.iter().collect()).collect()
}
