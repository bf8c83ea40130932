//! The Messages API.

mod check;
mod render;
mod thoughts;

use serde_json::{Value, json};

use crate::aws;
use crate::http::Incoming;
use crate::refusal::Refusal;
use crate::rules::Rules;
use crate::server::KEY;

pub(crate) use check::check;
pub(crate) use render::{parts, pieces, render};
pub(crate) use thoughts::Thoughts;

/// The version without sampling parameters.
const NEW: &str = "2026-10-21";
const OLD: &str = "2023-06-01";

/// By which rules a body is judged.
#[derive(Clone, Debug)]
pub(crate) struct Terms {
    /// The version is the new one.
    pub(crate) new: bool,
    /// Tokens are counted only.
    pub(crate) counting: bool,
    /// Bedrock's newer endpoint, which places no breakpoints of its own.
    pub(crate) mantle: bool,
    /// Bedrock's older endpoint; the model stands in the path.
    pub(crate) invoked: Option<String>,
    /// `output_config.format` is taken.
    pub(crate) format: bool,
    /// The beta of that name is asked for.
    pub(crate) context_management: bool,
}

impl Terms {
    pub(crate) fn of(request: &Incoming, rules: Rules, mantle: bool) -> Self {
        let betas = request.header("anthropic-beta").unwrap_or_default();
        Self {
            new: request.header("anthropic-version") == Some(NEW),
            counting: false,
            mantle,
            invoked: None,
            format: rules.messages_format,
            context_management: betas.contains("context-management-"),
        }
    }

    pub(crate) fn of_invoke(model: &str, rules: Rules) -> Self {
        Self {
            new: false,
            counting: false,
            mantle: false,
            invoked: Some(model.to_owned()),
            format: rules.messages_format,
            context_management: false,
        }
    }

    /// Whether it is one of Bedrock's endpoints, which take less than Anthropic's own.
    pub(super) const fn is_bedrock(&self) -> bool {
        self.mantle || self.invoked.is_some()
    }
}

/// Checks the version and that there is exactly one key, the right one.
pub(crate) fn check_access(request: &Incoming, rules: Rules, mantle: bool) -> Result<(), Refusal> {
    match request.header("anthropic-version") {
        Some(NEW | OLD) => {}
        Some(other) => {
            return Err(Refusal::invalid(format!("anthropic-version: \"{other}\" is not a valid version")));
        }
        None => return Err(Refusal::invalid("anthropic-version: header is required")),
    }
    if mantle {
        return aws::check(request, "bedrock-mantle");
    }
    let bearer =
        request.header("authorization").map(|value| value.strip_prefix("Bearer ").unwrap_or_default());
    match (request.header("x-api-key"), bearer) {
        (None, None) if rules.keyless => Ok(()),
        (None, None) => Err(Refusal::unauthorized("x-api-key header is required")),
        (Some(_), Some(_)) => {
            Err(Refusal::unauthorized("only one of x-api-key and Authorization may be sent"))
        }
        (Some(key), None) if key == KEY => Ok(()),
        (None, Some(key)) if key == KEY => Ok(()),
        (Some(_), None) => Err(Refusal::unauthorized("invalid x-api-key")),
        (None, Some(_)) => Err(Refusal::unauthorized("invalid bearer token")),
    }
}

/// What the Models API says of a model.
pub(crate) fn model(name: &str) -> Result<Value, Refusal> {
    if !name.starts_with("claude-") {
        return Err(Refusal::not_found(format!("model: {name}")));
    }
    let yes = json!({ "supported": true });
    Ok(json!({
        "type": "model",
        "id": name,
        "display_name": name,
        "created_at": "2026-09-22T00:00:00Z",
        "lifecycle": "active",
        "max_input_tokens": 1_000_000,
        "max_tokens": 128_000,
        "capabilities": {
            "structured_outputs": yes,
            "batch": yes,
            "effort": { "supported": true, "low": yes, "medium": yes, "high": yes, "xhigh": yes, "max": yes },
        },
    }))
}
