//! Streams of the Messages API as they have been seen: padded, with blocks that no client asked for, without what usually comes.

mod common;

use common::{Watched, client};
use seatrial_model_mock::{Mock, Reply, Then};
use seatrial_models::{Answer, Content, Provider, Request, Stop, Turn, Usage};
use serde_json::{Value, json};

/// The answer to a stream of events, and what was seen of it.
fn answered(events: &[Value], end: &str) -> (Answer, Watched) {
    let mut text = String::new();
    for event in events {
        let kind = event["type"].as_str().unwrap();
        // The real API pads within the last brace.
        let body = event.to_string();
        let (inside, brace) = body.split_at(body.len() - 1);
        text.push_str(&format!("event: {kind}\ndata: {inside}{}{brace}\n\n", " ".repeat(text.len() % 13)));
    }
    let body = format!("{}{end}", text.trim_end());
    let reply = Reply::Raw {
        status: 200,
        headers: vec![("content-type".to_owned(), "text/event-stream; charset=utf-8".to_owned())],
        pieces: vec![body.into_bytes()],
        then: Then::End,
    };
    let mock = Mock::script([reply]).unwrap();
    let request = Request { turns: vec![Turn::user("hello")], max_tokens: 100, ..Request::default() };
    let mut watched = Watched::default();
    let answer =
        client(Provider::Anthropic, &mock).model.ask(&request, &mut |event| watched.see(event)).unwrap();
    (answer, watched)
}

fn start() -> Value {
    json!({ "type": "message_start", "message": { "id": "msg_1", "type": "message", "role": "assistant",
        "model": "claude-opus-5-5-20260922", "content": [], "stop_reason": null, "stop_sequence": null,
        "input_transformations": [{ "type": "thinking_dropped" }],
        "usage": { "input_tokens": 450, "cache_creation_input_tokens": 10, "cache_read_input_tokens": 5, "output_tokens": 1 } } })
}

fn block(index: u64, block: Value, deltas: &[Value]) -> Vec<Value> {
    let mut events = vec![json!({ "type": "content_block_start", "index": index, "content_block": block })];
    events.extend(
        deltas.iter().map(|delta| json!({ "type": "content_block_delta", "index": index, "delta": delta })),
    );
    events.push(json!({ "type": "content_block_stop", "index": index }));
    events
}

fn text(index: u64, text: &str) -> Vec<Value> {
    block(index, json!({ "type": "text", "text": "" }), &[json!({ "type": "text_delta", "text": text })])
}

fn end(reason: &str, usage: Value) -> Vec<Value> {
    vec![
        json!({ "type": "message_delta", "delta": { "stop_reason": reason, "stop_sequence": null }, "usage": usage }),
        json!({ "type": "message_stop" }),
    ]
}

fn all(parts: &[Vec<Value>]) -> Vec<Value> {
    let mut events = vec![start()];
    events.extend(parts.iter().flatten().cloned());
    events
}

#[test]
fn blocks_that_nobody_asked_for_are_kept_whole_or_not_at_all() {
    let search = json!({ "type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": {} });
    let fragments = ["", "{\"query\": ", "\"weather\"}"]
        .map(|part| json!({ "type": "input_json_delta", "partial_json": part }));
    let hidden = json!({ "type": "redacted_thinking", "data": "opaque" });
    let compact = json!({ "type": "compaction", "content": null });
    let events = all(&[
        block(0, hidden.clone(), &[]),
        block(1, search, &fragments),
        block(2, compact, &[json!({ "type": "compaction_delta", "content": "half" })]),
        text(3, "Sunny."),
        end("end_turn", json!({ "output_tokens": 40 })),
    ]);
    let (answer, _) = answered(&events, "\n\n");
    let name = "anthropic/claude-opus-5-5".to_owned();
    let ran = json!({ "type": "server_tool_use", "id": "srv_1", "name": "web_search", "input": { "query": "weather" } });
    assert_eq!(
        answer.turn.content,
        [
            Content::Verbatim { model: name.clone(), block: hidden },
            Content::Verbatim { model: name, block: ran },
            Content::Text("Sunny.".to_owned()),
        ]
    );
    assert_eq!(answer.model, "claude-opus-5-5-20260922");
}

#[test]
fn thoughts_come_back_with_their_signature() {
    let thought = json!({ "type": "thinking", "thinking": "", "signature": "" });
    let deltas = [
        json!({ "type": "thinking_delta", "thinking": "First " }),
        json!({ "type": "thinking_delta", "thinking": "this." }),
        json!({ "type": "signature_delta", "signature": "EpwBCioI" }),
    ];
    let (answer, watched) =
        answered(&all(&[block(0, thought, &deltas), end("end_turn", json!({ "output_tokens": 9 }))]), "\n\n");
    assert_eq!(watched.thinking, "First this.");
    let kept = json!({ "type": "thinking", "thinking": "First this.", "signature": "EpwBCioI" });
    assert!(
        matches!(&answer.turn.content[..], [Content::Verbatim { block, .. }] if *block == kept),
        "{answer:?}"
    );
}

#[test]
fn counts_are_cumulative_and_may_come_late() {
    let late = json!({ "input_tokens": 460, "output_tokens": 120, "output_tokens_details": { "thinking_tokens": 67 },
        "cache_read_input_tokens": null });
    let (answer, watched) = answered(&all(&[text(0, "hi"), end("end_turn", late)]), "\n\n");
    assert_eq!(answer.usage, Usage { input: 460, cache_read: 5, cache_write: 10, output: 120, thinking: 67 });
    assert_eq!(watched.usages, 1);
    let mut bare = all(&[text(0, "hi"), end("end_turn", Value::Null)]);
    bare[0]["message"].as_object_mut().unwrap().remove("usage");
    assert_eq!(answered(&bare, "\n\n").0.usage, Usage::default());
}

#[test]
fn streams_without_their_last_lines_are_whole_once_the_reason_is_told() {
    for end_of_stream in ["\n\n", "\n", ""] {
        let (answer, _) = answered(&all(&[text(0, "hi"), end("end_turn", json!({}))]), end_of_stream);
        assert_eq!((answer.text().as_str(), answer.stop), ("hi", Stop::End));
    }
}

#[test]
fn refusals_may_have_no_words() {
    let mut events = all(&[
        block(0, json!({ "type": "text", "text": "" }), &[]),
        end("refusal", json!({ "output_tokens": 3 })),
    ]);
    let (answer, _) = answered(&events, "\n\n");
    assert_eq!(
        (answer.turn.content.len(), answer.stop),
        (0, Stop::Refusal { category: None, explanation: None })
    );
    let details = json!({ "type": "refusal", "category": null, "explanation": "Against the policy." });
    events.iter_mut().filter(|event| event["type"] == "message_delta").for_each(|event| {
        event["delta"]["stop_details"] = details.clone();
    });
    let explanation = Some("Against the policy.".to_owned());
    assert_eq!(answered(&events, "\n\n").0.stop, Stop::Refusal { category: None, explanation });
}

#[test]
fn reasons_of_later_versions_are_told_as_they_are() {
    let (answer, _) = answered(&all(&[text(0, "hi"), end("bored", json!({}))]), "\n\n");
    assert_eq!(answer.stop, Stop::Other("bored".to_owned()));
}
