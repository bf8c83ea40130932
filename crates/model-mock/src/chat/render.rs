//! An answer in the words of chat completions.

use serde_json::{Value, json};

use crate::caching::Counts;
use crate::http::Outgoing;
use crate::messages::{parts, pieces};
use crate::say::{Block, Say, Stop, Then};
use crate::server::{Asked, json_answer};

pub(crate) fn render(say: &Say, asked: &Asked, whole: bool, usage: Counts, id: &str) -> Outgoing {
    let model = asked.body["model"].as_str().unwrap_or("mock");
    let id = id.replace("req_", "chatcmpl-");
    if whole {
        return json_answer(200, &completion(say, model, usage, &id));
    }
    let counting = asked.body["stream_options"]["include_usage"] == true;
    let mut chunks = chunks(say, model, counting.then_some(usage), &id);
    let mut then = Then::End;
    let mut done = !say.style.no_done;
    if let Some((count, kind)) = say.style.error_after {
        chunks.truncate(count);
        chunks
            .push(json!({ "error": { "message": "Overloaded", "type": kind, "code": null, "param": null } }));
        done = false;
    }
    if let Some(count) = say.style.break_after {
        chunks.truncate(count);
        (then, done) = (Then::Break, false);
    }
    let end = if say.style.crlf { "\r\n" } else { "\n" };
    let mut lines: Vec<Vec<u8>> = chunks
        .iter()
        .map(|chunk| {
            let noise = if say.style.noise { ": waiting\n\n" } else { "" };
            format!("{noise}data: {chunk}{end}{end}").into_bytes()
        })
        .collect();
    if done {
        lines.push(format!("data: [DONE]{end}{end}").into_bytes());
    }
    Outgoing {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream; charset=utf-8".to_owned())],
        pieces: pieces(lines, say.style.piece),
        then,
    }
}

fn finish(say: &Say) -> &'static str {
    match say.ending() {
        Stop::End | Stop::Pause => "stop",
        Stop::Calls => "tool_calls",
        Stop::MaxTokens | Stop::Context => "length",
        Stop::Refusal { .. } => "content_filter",
    }
}

fn counted(usage: Counts) -> Value {
    let prompt = usage.input + usage.cache_read + usage.cache_write;
    json!({
        "prompt_tokens": prompt,
        "completion_tokens": usage.output,
        "total_tokens": prompt + usage.output,
        "prompt_tokens_details": { "cached_tokens": usage.cache_read },
        "completion_tokens_details": { "reasoning_tokens": 0 },
    })
}

/// The text and the calls of an answer.
fn content(say: &Say) -> (Option<String>, Vec<Value>) {
    let texts: Vec<&str> = say
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text(text) => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let calls = say
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Call { id, name, arguments } => Some(json!({
                "id": id, "type": "function", "function": { "name": name, "arguments": arguments },
            })),
            _ => None,
        })
        .collect();
    ((!texts.is_empty()).then(|| texts.concat()), calls)
}

fn refusal(say: &Say) -> Value {
    match say.ending() {
        Stop::Refusal { explanation, .. } => json!(explanation),
        _ => Value::Null,
    }
}

fn completion(say: &Say, model: &str, usage: Counts, id: &str) -> Value {
    let (text, calls) = content(say);
    let mut message = json!({ "role": "assistant", "content": text, "refusal": refusal(say) });
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    json!({
        "id": id, "object": "chat.completion", "created": 1_790_000_000, "model": model,
        "choices": [{ "index": 0, "message": message, "finish_reason": finish(say), "logprobs": null }],
        "usage": counted(usage),
    })
}

fn chunks(say: &Say, model: &str, usage: Option<Counts>, id: &str) -> Vec<Value> {
    let chunk = |choices: Value, usage: Value| {
        json!({
            "id": id, "object": "chat.completion.chunk", "created": 1_790_000_000, "model": model,
            "choices": choices, "usage": usage,
        })
    };
    let delta = |delta: Value, finish: Value| {
        chunk(json!([{ "index": 0, "delta": delta, "finish_reason": finish, "logprobs": null }]), Value::Null)
    };
    let mut chunks = vec![delta(json!({ "role": "assistant", "content": null }), Value::Null)];
    let (text, calls) = content(say);
    let cut_text = say.style.cut && calls.is_empty();
    for part in parts(text.as_deref().unwrap_or_default(), say.style.delta, cut_text) {
        chunks.push(delta(json!({ "content": part }), Value::Null));
    }
    if let Some(explanation) = refusal(say).as_str() {
        chunks.push(delta(json!({ "refusal": explanation }), Value::Null));
    }
    for (index, call) in calls.iter().enumerate() {
        let fragment = |mut call: Value| {
            if !say.style.no_index {
                call["index"] = json!(index);
            }
            delta(json!({ "tool_calls": [call] }), Value::Null)
        };
        let mut first = call.clone();
        first["function"]["arguments"] = json!("");
        chunks.push(fragment(first));
        let cut = say.style.cut && index + 1 == calls.len();
        let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
        for part in parts(arguments, say.style.delta, cut) {
            chunks.push(fragment(json!({ "function": { "arguments": part } })));
        }
    }
    chunks.push(delta(json!({}), json!(finish(say))));
    if let Some(usage) = usage {
        chunks.push(chunk(json!([]), counted(usage)));
    }
    chunks
}
