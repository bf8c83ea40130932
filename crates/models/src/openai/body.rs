//! A request in the words of chat completions.

use serde_json::{Map, Value, json};

use crate::request::{Content, Effort, Request, Role, Tool, Turn};
use crate::schema::{Subset, in_words, reduced};

/// What the server is known to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Takes {
    pub(super) format: Format,
    pub(super) limit: Limit,
    pub(super) strict: bool,
    pub(super) effort: bool,
    pub(super) counting: bool,
}

/// How an answer is forced into a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// By the schema.
    Schema,
    /// Into any JSON; the schema stands in words.
    Json,
    /// Not at all; the schema stands in words.
    Words,
}

/// The name of the bound of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// `max_completion_tokens`, which OpenAI's own models want.
    Completion,
    /// `max_tokens`, which all others know.
    Plain,
}

impl Limit {
    pub(super) const fn field(self) -> &'static str {
        match self {
            Self::Completion => "max_completion_tokens",
            Self::Plain => "max_tokens",
        }
    }
}

pub(super) fn body(request: &Request, model: &str, takes: &Takes) -> Value {
    let mut body = Map::new();
    body.insert("model".to_owned(), json!(model));
    body.insert("stream".to_owned(), json!(true));
    if takes.counting {
        body.insert("stream_options".to_owned(), json!({ "include_usage": true }));
    }
    body.insert(takes.limit.field().to_owned(), json!(request.max_tokens));
    let in_words = request.schema.as_ref().filter(|_| takes.format != Format::Schema).map(in_words);
    body.insert("messages".to_owned(), Value::Array(messages(request, in_words)));
    match (&request.schema, takes.format) {
        (Some(schema), Format::Schema) => {
            // What the strict subset cannot express still guides servers that make grammars of schemas.
            let strict = reduced(schema, Subset::AllRequired);
            let format = json!({
                "name": "answer",
                "strict": strict.is_some(),
                "schema": strict.unwrap_or_else(|| schema.clone()),
            });
            body.insert(
                "response_format".to_owned(),
                json!({ "type": "json_schema", "json_schema": format }),
            );
        }
        (Some(_), Format::Json) => {
            body.insert("response_format".to_owned(), json!({ "type": "json_object" }));
        }
        _ => {}
    }
    if !request.tools.is_empty() {
        let tools = request.tools.iter().map(|one| tool(one, takes.strict)).collect();
        body.insert("tools".to_owned(), Value::Array(tools));
    }
    if let Some(effort) = request.effort.filter(|_| takes.effort) {
        let name = if effort == Effort::Max { Effort::XHigh.name() } else { effort.name() };
        body.insert("reasoning_effort".to_owned(), json!(name));
    }
    Value::Object(body)
}

/// System, then the turns: one message for each result of a tool, results before texts, turns of one role in a row as one.
fn messages(request: &Request, in_words: Option<String>) -> Vec<Value> {
    let parts = request.system.iter().map(|part| part.text.as_str());
    let parts: Vec<&str> = parts.chain(in_words.as_deref()).filter(|text| !text.trim().is_empty()).collect();
    let mut messages = Vec::new();
    if !parts.is_empty() {
        messages.push(json!({ "role": "system", "content": parts.join("\n\n") }));
    }
    let mut rest = request.turns.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().position(|turn| turn.role != first.role).unwrap_or(rest.len());
        let (run, others) = rest.split_at(same);
        match first.role {
            Role::User => user(run, &mut messages),
            Role::Assistant => messages.extend(assistant(run)),
        }
        rest = others;
    }
    messages
}

fn user(turns: &[Turn], messages: &mut Vec<Value>) {
    let content = || turns.iter().flat_map(|turn| &turn.content);
    for piece in content() {
        if let Content::ToolResult { id, text, is_error } = piece {
            // The protocol has no other way to say that a tool failed.
            let text = if *is_error { format!("error: {text}") } else { text.clone() };
            messages.push(json!({ "role": "tool", "tool_call_id": id, "content": text }));
        }
    }
    let text = texts(content());
    if !text.is_empty() {
        messages.push(json!({ "role": "user", "content": text }));
    }
}

fn assistant(turns: &[Turn]) -> Option<Value> {
    let content = || turns.iter().flat_map(|turn| &turn.content);
    let calls: Vec<Value> = content()
        .filter_map(|piece| match piece {
            Content::ToolUse { id, name, input } => {
                let arguments = input.as_str().map_or_else(|| input.to_string(), str::to_owned);
                Some(json!({ "id": id, "type": "function", "function": { "name": name, "arguments": arguments } }))
            }
            _ => None,
        })
        .collect();
    let text = texts(content());
    if calls.is_empty() && text.is_empty() {
        return None;
    }
    let mut message = json!({ "role": "assistant" });
    message["content"] = if text.is_empty() { Value::Null } else { json!(text) };
    if !calls.is_empty() {
        message["tool_calls"] = Value::Array(calls);
    }
    Some(message)
}

fn texts<'a>(content: impl Iterator<Item = &'a Content>) -> String {
    let texts: Vec<&str> = content
        .filter_map(|piece| match piece {
            Content::Text(text) if !text.trim().is_empty() => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.join("\n\n")
}

fn tool(tool: &Tool, may_be_strict: bool) -> Value {
    let strict = if tool.strict && may_be_strict { reduced(&tool.schema, Subset::AllRequired) } else { None };
    let mut function = json!({ "name": tool.name, "description": tool.description });
    if strict.is_some() {
        function["strict"] = json!(true);
    }
    function["parameters"] = strict.unwrap_or_else(|| tool.schema.clone());
    json!({ "type": "function", "function": function })
}
