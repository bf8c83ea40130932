//! What of a request is refused.

use serde_json::{Map, Value};

use crate::http::Incoming;
use crate::refusal::{Checked, Refusal, must};
use crate::rules::Rules;
use crate::schema;
use crate::server::KEY;

const FIELDS: [&str; 20] = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "max_tokens",
    "max_completion_tokens",
    "response_format",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "reasoning_effort",
    "temperature",
    "top_p",
    "seed",
    "stop",
    "n",
    "user",
    "presence_penalty",
    "frequency_penalty",
    "metadata",
];
const EFFORTS: [&str; 6] = ["none", "minimal", "low", "medium", "high", "xhigh"];

/// Checks that the key is the right one, if one is asked for.
pub(crate) fn check_access(request: &Incoming, rules: Rules) -> Checked {
    match request.header("authorization").map(|value| value.strip_prefix("Bearer ").unwrap_or_default()) {
        Some(KEY) => Ok(()),
        None if rules.keyless => Ok(()),
        None => Err(Refusal::unauthorized("You didn't provide an API key.")),
        Some(key) => {
            let shown = key.get(..6).unwrap_or_default();
            Err(Refusal::unauthorized(format!("Incorrect API key provided: {shown}****.")))
        }
    }
}

/// Checks a body.
pub(crate) fn check(body: &Value, rules: Rules) -> Checked {
    let map = body.as_object().ok_or_else(|| Refusal::invalid("The request body must be an object"))?;
    for key in map.keys() {
        if !FIELDS.contains(&key.as_str()) {
            return Err(Refusal::of(key, format!("Unrecognized request argument supplied: {key}")));
        }
    }
    if !map.get("model").is_some_and(Value::is_string) {
        return Err(Refusal::of("model", "you must provide a model parameter"));
    }
    bounds(map, rules)?;
    let streams = map.get("stream") == Some(&Value::Bool(true));
    if map.contains_key("stream_options") && !(streams && rules.stream_options) {
        let text = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
        return Err(Refusal::of("stream_options", text));
    }
    let effort = map.get("reasoning_effort");
    let known = effort.is_none_or(|effort| effort.as_str().is_some_and(|effort| EFFORTS.contains(&effort)));
    if !known || (effort.is_some() && !rules.effort) {
        return Err(Refusal::of("reasoning_effort", "Unsupported value: 'reasoning_effort'"));
    }
    tools(map)?;
    format(map, rules)?;
    messages(map)
}

fn bounds(map: &Map<String, Value>, rules: Rules) -> Checked {
    let both = map.contains_key("max_tokens") && map.contains_key("max_completion_tokens");
    must(!both, || {
        "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.".to_owned()
    })?;
    if map.contains_key("max_tokens") && !rules.max_tokens {
        let text = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.";
        return Err(Refusal::of("max_tokens", text));
    }
    if map.contains_key("max_completion_tokens") && !rules.max_completion_tokens {
        let text = "Unrecognized request argument supplied: max_completion_tokens";
        return Err(Refusal::of("max_completion_tokens", text));
    }
    Ok(())
}

fn tools(map: &Map<String, Value>) -> Checked {
    let tools = map.get("tools").and_then(Value::as_array);
    if tools.is_some_and(Vec::is_empty) {
        return Err(Refusal::of(
            "tools",
            "Invalid 'tools': empty array. Expected an array with minimum length 1.",
        ));
    }
    for (at, tool) in tools.into_iter().flatten().enumerate() {
        let function = &tool["function"];
        let name = function["name"].as_str().unwrap_or_default();
        let plain = !name.is_empty()
            && name.len() <= 64
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        if tool["type"] != "function" || !plain {
            let text = format!("Invalid 'tools[{at}].function.name': does not match '^[a-zA-Z0-9_-]+$'");
            return Err(Refusal::of("tools", text));
        }
        if function["strict"] == true {
            schema::check(&function["parameters"], &format!("tools[{at}]"), true)?;
        }
    }
    let choice = map.get("tool_choice");
    must(choice.is_none() || tools.is_some(), || {
        "'tool_choice' is only allowed when 'tools' are specified.".to_owned()
    })
}

fn format(map: &Map<String, Value>, rules: Rules) -> Checked {
    let Some(format) = map.get("response_format") else { return Ok(()) };
    let refused = |text: &str| Err(Refusal::of("response_format", text));
    if map.contains_key("tools") && !rules.format_beside_tools {
        return refused("Either \"json_schema\" or \"grammar\" can be specified, but not both");
    }
    match format["type"].as_str().unwrap_or_default() {
        "text" => Ok(()),
        "json_object" if rules.json => {
            let said = map.get("messages").map(Value::to_string).unwrap_or_default().to_ascii_lowercase();
            if said.contains("json") {
                return Ok(());
            }
            refused(
                "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
            )
        }
        "json_schema" if rules.schema => {
            let inner = &format["json_schema"];
            if inner["name"].as_str().is_none_or(str::is_empty) {
                return refused("Missing required parameter: 'response_format.json_schema.name'.");
            }
            if inner["strict"] != true {
                return Ok(());
            }
            if inner["schema"]["type"] != "object" {
                return refused(
                    "Invalid schema for response_format: schema must be a JSON Schema of 'type: \"object\"'",
                );
            }
            schema::check(&inner["schema"], "response_format", true)
        }
        _ => refused("Invalid parameter: 'response_format' of this type is not supported with this model."),
    }
}

fn messages(map: &Map<String, Value>) -> Checked {
    let messages = map.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty());
    let messages = messages.ok_or_else(|| Refusal::of("messages", "Invalid 'messages': empty array."))?;
    let mut open: Vec<&str> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        let role = message["role"].as_str().unwrap_or_default();
        let param = format!("messages.[{at}]");
        if role == "tool" {
            let id = message["tool_call_id"].as_str().unwrap_or_default();
            let Some(place) = open.iter().position(|call| *call == id) else {
                let text =
                    "messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.";
                return Err(Refusal::of(&param, text));
            };
            open.remove(place);
            content(&message["content"], &param)?;
            continue;
        }
        if let Some(id) = open.first() {
            let text = format!(
                "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: {id}"
            );
            return Err(Refusal::of(&param, text));
        }
        match role {
            "system" | "developer" | "user" => content(&message["content"], &param)?,
            "assistant" => {
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    let right = call["type"] == "function"
                        && call["function"]["name"].is_string()
                        && call["function"]["arguments"].is_string();
                    let id = call["id"].as_str().filter(|id| !id.is_empty() && right);
                    open.push(id.ok_or_else(|| {
                        Refusal::of(
                            &param,
                            "Invalid type for 'tool_calls': expected a string of arguments and an id",
                        )
                    })?);
                }
                if message["content"].is_null() && open.is_empty() {
                    return Err(Refusal::of(
                        &param,
                        "Invalid value for 'content': expected a string, got null.",
                    ));
                }
            }
            other => {
                let text = format!(
                    "Invalid value: '{other}'. Supported values are: 'system', 'assistant', 'user', 'tool', and 'developer'."
                );
                return Err(Refusal::of(&param, text));
            }
        }
    }
    must(open.is_empty(), || "'tool_calls' must be followed by tool messages".to_owned())
}

fn content(content: &Value, param: &str) -> Checked {
    if content.is_string() || content.as_array().is_some_and(|parts| !parts.is_empty()) {
        return Ok(());
    }
    Err(Refusal::of(param, "Invalid value for 'content': expected a string."))
}
