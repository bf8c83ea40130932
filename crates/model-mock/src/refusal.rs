//! Requests that are refused.

use serde_json::{Value, json};

use crate::server::Protocol;

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) message: String,
    /// The field, which chat completions name.
    pub(crate) param: Option<String>,
}

/// What a check says.
pub(crate) type Checked = Result<(), Refusal>;

impl Refusal {
    /// A request that is not as it must be.
    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self { status: 400, kind: "invalid_request_error", message: message.into(), param: None }
    }

    /// The same, with the field.
    pub(crate) fn of(param: &str, message: impl Into<String>) -> Self {
        Self { param: Some(param.to_owned()), ..Self::invalid(message) }
    }

    pub(crate) fn unauthorized(message: impl Into<String>) -> Self {
        Self { status: 401, kind: "authentication_error", message: message.into(), param: None }
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, kind: "not_found_error", message: message.into(), param: None }
    }

    /// The body of the answer.
    pub(crate) fn body(&self, protocol: Protocol, id: &str) -> Value {
        match protocol {
            Protocol::Chat => json!({ "error": {
                "message": self.message, "type": self.kind, "param": self.param, "code": null,
            } }),
            Protocol::Invoke => json!({ "message": self.message }),
            Protocol::Messages => json!({
                "type": "error",
                "error": { "type": self.kind, "message": self.message },
                "request_id": id,
            }),
        }
    }

    /// The name that AWS gives it.
    pub(crate) const fn aws_name(&self) -> &'static str {
        match self.status {
            401 | 403 => "AccessDeniedException",
            404 => "ResourceNotFoundException",
            _ => "ValidationException",
        }
    }
}

/// Refuses unless something holds.
pub(crate) fn must(holds: bool, why: impl FnOnce() -> String) -> Checked {
    if holds { Ok(()) } else { Err(Refusal::invalid(why())) }
}
