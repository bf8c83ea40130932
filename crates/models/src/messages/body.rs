//! A request in the words of the Messages API.

use serde_json::{Map, Value, json};

use crate::request::{Content, Part, Request, Role, Tool, Turn};
use crate::schema::{Subset, in_words, reduced};

/// How many breakpoints the cache may have.
const MAX_BREAKPOINTS: usize = 4;

/// What of the API is used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Shape {
    /// The model, in the provider's words.
    pub(super) model: String,
    /// The model's name, whose verbatim blocks are passed back.
    pub(super) name: String,
    /// Whether the server places a breakpoint at the conversation's end when asked to; Bedrock does not.
    pub(super) moving_breakpoint: bool,
    /// Whether models are asked to tell what they think.
    pub(super) show_thinking: bool,
    /// What the server has refused before.
    pub(super) refused: Refused,
}

/// What a server has refused, and so is not sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) format: bool,
    pub(super) strict: bool,
    pub(super) effort: bool,
    pub(super) cache: bool,
    pub(super) thinking: bool,
}

/// The body, without what belongs to one way of sending it (`max_tokens`, `stream`).
pub(super) fn prompt(request: &Request, shape: &Shape) -> Map<String, Value> {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(shape.model));
    body.insert("messages".to_owned(), Value::Array(messages(&request.turns, &shape.name)));
    let format = match &request.schema {
        Some(schema) if !shape.refused.format => reduced(schema, Subset::Closed),
        _ => None,
    };
    let words = request.schema.as_ref().filter(|_| format.is_none()).map(in_words);
    // A breakpoint at the end is only read when there is a next turn; the first turn is often the last.
    let moving = shape.moving_breakpoint
        && !shape.refused.cache
        && request.turns.len() > 1
        && request.system.iter().any(|part| part.cache);
    let breakpoints = match (shape.refused.cache, moving) {
        (true, _) => 0,
        (false, true) => MAX_BREAKPOINTS - 1,
        (false, false) => MAX_BREAKPOINTS,
    };
    let system = system(&request.system, words, breakpoints);
    if !system.is_empty() {
        body.insert("system".to_owned(), Value::Array(system));
    }
    if moving {
        body.insert("cache_control".to_owned(), json!({ "type": "ephemeral" }));
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|one| tool(one, shape.refused.strict)).collect();
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    let mut output = Map::new();
    if let Some(schema) = format {
        output.insert("format".to_owned(), json!({ "type": "json_schema", "schema": schema }));
    }
    if let Some(effort) = request.effort.filter(|_| !shape.refused.effort) {
        output.insert("effort".to_owned(), json!(effort.name()));
    }
    if !output.is_empty() {
        body.insert("output_config".to_owned(), Value::Object(output));
    }
    if shape.show_thinking && !shape.refused.thinking {
        body.insert("thinking".to_owned(), json!({ "type": "adaptive", "display": "summarized" }));
    }
    body
}

/// The instructions; only the last `breakpoints` marks are kept.
fn system(parts: &[Part], words: Option<String>, breakpoints: usize) -> Vec<Value> {
    let parts: Vec<&Part> = parts.iter().filter(|part| !part.text.trim().is_empty()).collect();
    let mut surplus = parts.iter().filter(|part| part.cache).count().saturating_sub(breakpoints);
    let mut blocks = Vec::with_capacity(parts.len() + 1);
    for part in parts {
        let mut block = json!({ "type": "text", "text": part.text });
        if part.cache && surplus > 0 {
            surplus -= 1;
        } else if part.cache {
            block["cache_control"] = json!({ "type": "ephemeral" });
        }
        blocks.push(block);
    }
    blocks.extend(words.map(|text| json!({ "type": "text", "text": text })));
    blocks
}

/// The conversation: turns of one role in a row as one, results of tools before texts, nothing empty.
fn messages(turns: &[Turn], name: &str) -> Vec<Value> {
    let mut merged: Vec<(Role, Vec<Value>)> = Vec::new();
    for turn in turns {
        let blocks = turn.content.iter().filter_map(|content| block(content, name));
        let mut blocks: Vec<Value> = blocks.collect();
        if blocks.is_empty() {
            continue;
        }
        match merged.last_mut() {
            Some((role, so_far)) if *role == turn.role => so_far.append(&mut blocks),
            _ => merged.push((turn.role, blocks)),
        }
    }
    for (role, blocks) in &mut merged {
        if *role == Role::User {
            blocks.sort_by_key(|block| block["type"] != "tool_result");
        }
    }
    let said = |(role, blocks): (Role, Vec<Value>)| {
        let role = if role == Role::User { "user" } else { "assistant" };
        json!({ "role": role, "content": blocks })
    };
    merged.into_iter().map(said).collect()
}

fn block(content: &Content, name: &str) -> Option<Value> {
    Some(match content {
        Content::Text(text) if text.trim().is_empty() => return None,
        Content::Text(text) => json!({ "type": "text", "text": text }),
        Content::ToolUse { id, name, input } => {
            // The API takes objects only; a model that wrote another thing is told so by the result.
            let input = if input.is_object() { input.clone() } else { json!({}) };
            json!({ "type": "tool_use", "id": id, "name": name, "input": input })
        }
        Content::ToolResult { id, text, is_error } => {
            let mut block = json!({ "type": "tool_result", "tool_use_id": id, "content": text });
            if *is_error {
                block["is_error"] = json!(true);
            }
            block
        }
        Content::Verbatim { model, block } if model == name => block.clone(),
        Content::Verbatim { .. } => return None,
    })
}

fn tool(tool: &Tool, refused_strict: bool) -> Value {
    let strict = if tool.strict && !refused_strict { reduced(&tool.schema, Subset::Closed) } else { None };
    let mut block = json!({ "name": tool.name, "description": tool.description });
    if strict.is_some() {
        block["strict"] = json!(true);
    }
    block["input_schema"] = strict.unwrap_or_else(|| tool.schema.clone());
    block
}
