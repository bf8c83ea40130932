//! What of a request is refused.

use serde_json::{Map, Value};

use super::{Terms, Thoughts};
use crate::refusal::{Checked, Refusal, must};
use crate::schema;

const FIELDS: [&str; 22] = [
    "model",
    "max_tokens",
    "messages",
    "system",
    "tools",
    "tool_choice",
    "output_config",
    "thinking",
    "stream",
    "stop_sequences",
    "metadata",
    "cache_control",
    "service_tier",
    "speed",
    "inference_geo",
    "container",
    "diagnostics",
    "temperature",
    "top_p",
    "top_k",
    "anthropic_version",
    "anthropic_beta",
];
const EFFORTS: [&str; 5] = ["low", "medium", "high", "xhigh", "max"];
const MAX_BREAKPOINTS: usize = 4;

/// Checks a body.
pub(crate) fn check(body: &Value, terms: &Terms, thoughts: &Thoughts) -> Checked {
    let map = body.as_object().ok_or_else(|| Refusal::invalid("The request body must be an object"))?;
    for key in map.keys() {
        let invoke_only = matches!(key.as_str(), "anthropic_version" | "anthropic_beta");
        let not_invoked = matches!(key.as_str(), "model" | "stream");
        let not_counted = matches!(key.as_str(), "max_tokens" | "stream" | "metadata" | "stop_sequences");
        let allowed = FIELDS.contains(&key.as_str())
            && invoke_only <= terms.invoked.is_some()
            && !(not_invoked && terms.invoked.is_some())
            && !(not_counted && terms.counting)
            && !(key == "cache_control" && terms.is_bedrock());
        let allowed = allowed || (key == "context_management" && terms.context_management);
        must(allowed, || format!("{key}: Extra inputs are not permitted"))?;
    }
    let model = model(map, terms)?;
    bounds(map, terms)?;
    sampling(map, terms, &model)?;
    thinking(map, &model)?;
    tools(map, &model)?;
    output(map, terms)?;
    messages(map, terms, thoughts, &model)?;
    breakpoints(map)
}

/// Whether a model always thinks, and so takes no forced choice of a tool.
fn always_thinks(model: &str) -> bool {
    ["opus-5-5", "fable-5-1", "fable-5-2", "mythos-5-1", "mythos-5-2", "sonnet-5-5", "haiku-5-5"]
        .iter()
        .any(|name| model.contains(name))
}

fn model(map: &Map<String, Value>, terms: &Terms) -> Result<String, Refusal> {
    if let Some(model) = &terms.invoked {
        match map.get("anthropic_version").and_then(Value::as_str) {
            Some("bedrock-2023-05-31") => return Ok(model.clone()),
            // Models without a version in their names take the new version too.
            Some("2026-10-21") if !model.contains(':') => return Ok(model.clone()),
            _ => return Err(Refusal::invalid("anthropic_version: Field required or not supported")),
        }
    }
    let model =
        map.get("model").and_then(Value::as_str).ok_or_else(|| Refusal::invalid("model: Field required"))?;
    let known = model.strip_prefix("anthropic.").filter(|_| terms.mantle).unwrap_or(model);
    if !known.starts_with("claude-") {
        return Err(Refusal::not_found(format!("model: {model}")));
    }
    Ok(model.to_owned())
}

fn bounds(map: &Map<String, Value>, terms: &Terms) -> Checked {
    if terms.counting {
        return Ok(());
    }
    let most = map.get("max_tokens").ok_or_else(|| Refusal::invalid("max_tokens: Field required"))?;
    let most =
        most.as_u64().ok_or_else(|| Refusal::invalid("max_tokens: Input should be a valid integer"))?;
    must(most <= 128_000, || {
        format!("max_tokens: {most} > 128000, which is the maximum allowed number of output tokens")
    })?;
    let stream = map.get("stream").is_none_or(Value::is_boolean);
    must(stream, || "stream: Input should be a valid boolean".to_owned())
}

fn sampling(map: &Map<String, Value>, terms: &Terms, model: &str) -> Checked {
    for key in ["temperature", "top_p", "top_k"] {
        let Some(value) = map.get(key) else { continue };
        must(!terms.new, || format!("{key}: Extra inputs are not permitted"))?;
        let old = ["claude-3", "opus-4-5", "opus-4-6", "sonnet-4", "haiku-4"]
            .iter()
            .any(|name| model.contains(name));
        must(old || value.as_f64() == Some(1.0), || format!("`{key}` is deprecated for this model."))?;
    }
    Ok(())
}

fn thinking(map: &Map<String, Value>, model: &str) -> Checked {
    let Some(thinking) = map.get("thinking") else { return Ok(()) };
    let kind = thinking["type"].as_str().unwrap_or_default();
    match kind {
        "adaptive" | "between_tools" => Ok(()),
        "disabled" | "enabled" if always_thinks(model) => Err(Refusal::invalid(format!(
            "\"thinking.type.{kind}\" is not supported for this model. Use \"thinking.type.adaptive\" and \"output_config.effort\" to control thinking behavior."
        ))),
        "disabled" => Ok(()),
        "enabled" => must(thinking["budget_tokens"].as_u64().is_some_and(|budget| budget >= 1024), || {
            "thinking.enabled.budget_tokens: Input should be greater than or equal to 1024".to_owned()
        }),
        _ => Err(Refusal::invalid("thinking: Input tag does not match any of the expected tags")),
    }
}

fn tools(map: &Map<String, Value>, model: &str) -> Checked {
    let tools = map
        .get("tools")
        .map(|tools| tools.as_array().ok_or_else(|| Refusal::invalid("tools: must be a list")));
    let tools = tools.transpose()?.map_or(&[] as &[Value], Vec::as_slice);
    for (at, tool) in tools.iter().enumerate() {
        let name = tool["name"].as_str().unwrap_or_default();
        let plain = !name.is_empty()
            && name.len() <= 128
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        must(plain, || {
            format!("tools.{at}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{{1,128}}$'")
        })?;
        let again = tools.iter().filter(|other| other["name"] == name).count() > 1;
        must(!again, || "tools: Tool names must be unique.".to_owned())?;
        must(tool["input_schema"]["type"] == "object", || {
            format!("tools.{at}.custom.input_schema.type: Input should be 'object'")
        })?;
        if tool["strict"] == true {
            schema::check(&tool["input_schema"], &format!("tools.{at}.custom"), false)?;
        }
    }
    let Some(choice) = map.get("tool_choice") else { return Ok(()) };
    match choice["type"].as_str().unwrap_or_default() {
        "auto" | "none" => Ok(()),
        kind @ ("any" | "tool") => {
            must(!always_thinks(model), || {
                format!("tool_choice.type \"{kind}\" is not supported for this model.")
            })?;
            must(!tools.is_empty(), || "tool_choice may only be specified while providing tools".to_owned())
        }
        _ => Err(Refusal::invalid("tool_choice: Input tag does not match any of the expected tags")),
    }
}

fn output(map: &Map<String, Value>, terms: &Terms) -> Checked {
    let Some(output) = map.get("output_config") else { return Ok(()) };
    let output = output.as_object().ok_or_else(|| Refusal::invalid("output_config: must be an object"))?;
    for (key, value) in output {
        match key.as_str() {
            "effort" => must(value.as_str().is_some_and(|effort| EFFORTS.contains(&effort)), || {
                "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'".to_owned()
            })?,
            "format" => {
                must(terms.format, || "output_config.format: Extra inputs are not permitted".to_owned())?;
                must(value["type"] == "json_schema", || {
                    "output_config.format.type: Input should be 'json_schema'".to_owned()
                })?;
                schema::check(&value["schema"], "output_config.format.schema", false)?;
            }
            _ => {
                return Err(Refusal::invalid(format!("output_config.{key}: Extra inputs are not permitted")));
            }
        }
    }
    Ok(())
}

/// The blocks of a content, a string being one text.
fn blocks(content: &Value, at: &str) -> Result<Vec<Value>, Refusal> {
    match content {
        Value::String(text) => Ok(vec![serde_json::json!({ "type": "text", "text": text })]),
        Value::Array(blocks) if !blocks.is_empty() => Ok(blocks.clone()),
        _ => Err(Refusal::invalid(format!("{at}: all messages must have non-empty content"))),
    }
}

fn messages(map: &Map<String, Value>, terms: &Terms, thoughts: &Thoughts, model: &str) -> Checked {
    if let Some(system) = map.get("system") {
        for (at, block) in blocks(system, "system")?.iter().enumerate() {
            must(block["type"] == "text", || format!("system.{at}.type: Input should be 'text'"))?;
            text(block, &format!("system.{at}"))?;
        }
    }
    let messages = map.get("messages").and_then(Value::as_array).filter(|list| !list.is_empty());
    let messages = messages.ok_or_else(|| Refusal::invalid("messages: at least one message is required"))?;
    let mut open: Vec<String> = Vec::new();
    let mut ids: Vec<String> = Vec::new();
    let mut turns = 0;
    for (number, message) in messages.iter().enumerate() {
        let at = format!("messages.{number}");
        if message["role"] == "system" && turns > 0 && !terms.is_bedrock() {
            // The operator speaks in the middle of the conversation, which Anthropic's own API takes.
            blocks(&message["content"], &at)?.iter().try_for_each(|block| text(block, &at))?;
            continue;
        }
        let expected = if turns % 2 == 0 { "user" } else { "assistant" };
        turns += 1;
        must(message["role"] == expected, || {
            format!(
                "messages: roles must alternate between \"user\" and \"assistant\", but {at} is {}",
                message["role"]
            )
        })?;
        let blocks = blocks(&message["content"], &at)?;
        if expected == "user" {
            user(&blocks, terms, &at, &open)?;
            open.clear();
        } else {
            assistant(&blocks, terms, &at, &mut open, &mut ids)?;
            thoughts.check(&blocks, model, &at)?;
        }
    }
    must(turns % 2 == 1, || {
        "This model does not support assistant message prefill. The conversation must end with a user message.".to_owned()
    })
}

fn text(block: &Value, at: &str) -> Checked {
    must(block["text"].as_str().is_some_and(|text| !text.trim().is_empty()), || {
        format!("{at}: text content blocks must be non-empty")
    })
}

fn user(blocks: &[Value], terms: &Terms, at: &str, open: &[String]) -> Checked {
    let mut answered = Vec::new();
    for (number, block) in blocks.iter().enumerate() {
        let here = format!("{at}.content.{number}");
        match block["type"].as_str().unwrap_or_default() {
            "text" => {
                text(block, &here)?;
                let cites = block["citations"].as_array().is_some_and(|list| !list.is_empty());
                must(!(terms.new && cites), || format!("{here}.citations: Extra inputs are not permitted"))?;
            }
            "tool_result" => {
                let id = block["tool_use_id"].as_str().unwrap_or_default();
                must(open.iter().any(|call| call == id), || {
                    format!(
                        "{here}: unexpected `tool_use_id` found in `tool_result` blocks: {id}. Each `tool_result` block must have a corresponding `tool_use` block in the previous message."
                    )
                })?;
                must(!answered.iter().any(|done| done == id), || {
                    format!(
                        "{here}: each tool_use must have a single result. Found multiple `tool_result` blocks with id: {id}"
                    )
                })?;
                must(number == answered.len(), || {
                    format!("{at}: `tool_result` blocks must come before other content")
                })?;
                answered.push(id.to_owned());
            }
            "image" | "document" | "search_result" => {}
            other => {
                return Err(Refusal::invalid(format!(
                    "{here}: Input tag '{other}' found using 'type' does not match any of the expected tags"
                )));
            }
        }
    }
    let missing = open.iter().find(|call| !answered.contains(call));
    must(missing.is_none(), || {
        format!(
            "{at}: `tool_use` ids were found without `tool_result` blocks immediately after: {}",
            missing.cloned().unwrap_or_default()
        )
    })
}

fn assistant(
    blocks: &[Value],
    terms: &Terms,
    at: &str,
    open: &mut Vec<String>,
    ids: &mut Vec<String>,
) -> Checked {
    for (number, block) in blocks.iter().enumerate() {
        let here = format!("{at}.content.{number}");
        match block["type"].as_str().unwrap_or_default() {
            "text" => text(block, &here)?,
            "tool_use" => {
                let id = block["id"].as_str().unwrap_or_default().to_owned();
                must(!id.is_empty() && !ids.contains(&id), || {
                    format!("{here}: `tool_use` ids must be unique")
                })?;
                must(block["input"].is_object(), || {
                    format!("{here}.tool_use.input: Input should be a valid dictionary")
                })?;
                must(block["name"].is_string(), || format!("{here}.tool_use.name: Field required"))?;
                ids.push(id.clone());
                open.push(id);
            }
            "thinking" => must(block["signature"].is_string() && block["thinking"].is_string(), || {
                format!("{here}.thinking.signature: Field required")
            })?,
            "redacted_thinking" => {}
            "document" if !terms.new => {}
            other => {
                return Err(Refusal::invalid(format!(
                    "{here}: Input tag '{other}' found using 'type' does not match any of the expected tags"
                )));
            }
        }
    }
    Ok(())
}

fn breakpoints(map: &Map<String, Value>) -> Checked {
    let mut count = 0;
    let mut mark = |block: &Value, at: &str| -> Checked {
        let Some(mark) = block.get("cache_control").filter(|mark| !mark.is_null()) else { return Ok(()) };
        count += 1;
        must(mark["type"] == "ephemeral", || {
            format!("{at}.cache_control.type: Input should be 'ephemeral'")
        })?;
        let ttl = mark.get("ttl").is_none_or(|ttl| ttl == "5m" || ttl == "1h");
        must(ttl, || format!("{at}.cache_control.ttl: Input should be '5m' or '1h'"))
    };
    mark(&Value::Object(map.clone()), "")?;
    let list = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    for block in list("tools").chain(list("system")) {
        mark(block, "system")?;
    }
    for block in list("messages").filter_map(|message| message["content"].as_array()).flatten() {
        mark(block, "messages")?;
    }
    must(count <= MAX_BREAKPOINTS, || {
        format!("A maximum of {MAX_BREAKPOINTS} blocks with cache_control may be provided. Found {count}.")
    })
}
