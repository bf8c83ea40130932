//! What servers say when they fail, in each protocol's words.

use serde_json::Value;

use crate::error::{ErrorKind, ModelError};
use crate::http::Headers;
use crate::key::{Secret, safe_text};
use crate::retry::kind_of;

/// The error of an answer whose status is none of success.
pub(crate) fn of_answer(status: u16, headers: &Headers, body: &str, secrets: &[&Secret]) -> ModelError {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let named = headers.get("x-amzn-errortype").map(|name| name.split(':').next().unwrap_or(name));
    let mut error = of_body(&value, named, Some(status), secrets);
    if error.message.is_empty() {
        let text = if body.trim_start().starts_with('<') { "" } else { body };
        error.message = format!("the server answered with status {status} {}", safe_text(text, secrets));
        error.message.truncate(error.message.trim_end().len());
    }
    if (300..400).contains(&status) {
        error.hint = Some("the address of the API is another; redirects are not followed".to_owned());
    }
    error.request_id = request_id(headers).or(error.request_id);
    error
}

/// The error that a body or an event tells. `named` is its type where it stands elsewhere, `status` the answer's.
pub(crate) fn of_body(
    body: &Value,
    named: Option<&str>,
    status: Option<u16>,
    secrets: &[&Secret],
) -> ModelError {
    let inner = body.get("error").filter(|error| !error.is_null()).unwrap_or(body);
    let text = |value: &Value, key: &str| value.get(key).and_then(Value::as_str).map(str::to_owned);
    let told = text(inner, "message")
        .or_else(|| inner.as_str().map(str::to_owned))
        .or_else(|| text(body, "message"))
        .or_else(|| text(body, "Message"))
        .or_else(|| {
            body.get("detail").map(|detail| detail.as_str().map_or(detail.to_string(), str::to_owned))
        })
        .unwrap_or_default();
    let mut message = safe_text(&told, secrets);
    if let Some(param) = text(inner, "param").filter(|param| !message.contains(param.as_str())) {
        message = format!("{message} ({})", safe_text(&param, secrets));
    }
    let types = [named.map(str::to_owned), text(inner, "code"), text(inner, "type")];
    let kind = types.iter().flatten().find_map(|name| kind_of_name(name));
    let mut kind = kind.or_else(|| status.map(kind_of)).unwrap_or(ErrorKind::Server);
    if kind == ErrorKind::Refused {
        kind = kind_of_words(&message).unwrap_or(kind);
    }
    let mut error = ModelError::new(kind, message);
    error.request_id = text(body, "request_id").map(|id| safe_text(&id, secrets));
    error
}

/// The id under which the provider knows a request.
pub(crate) fn request_id(headers: &Headers) -> Option<String> {
    ["request-id", "x-request-id", "x-amzn-requestid"]
        .iter()
        .find_map(|name| headers.get(name))
        .map(|id| safe_text(id, &[]))
}

/// The kind of an error's name, in any of the protocols.
fn kind_of_name(name: &str) -> Option<ErrorKind> {
    let lower = name.to_ascii_lowercase();
    Some(match lower.strip_suffix("exception").unwrap_or(&lower) {
        "overloaded_error" | "serviceunavailable" | "modelnotready" => ErrorKind::Overloaded,
        "rate_limit_error" | "rate_limit_exceeded" | "throttling" | "servicequotaexceeded" => {
            ErrorKind::RateLimited
        }
        "api_error" | "server_error" | "internalserver" | "modelstreamerror" | "modelerror" => {
            ErrorKind::Server
        }
        "timeout_error" | "modeltimeout" => ErrorKind::Timeout,
        "authentication_error"
        | "permission_error"
        | "invalid_api_key"
        | "accessdenied"
        | "unrecognizedclient"
        | "expiredtoken"
        | "invalidsignature"
        | "missingauthenticationtoken" => ErrorKind::Authentication,
        "billing_error" | "insufficient_quota" => ErrorKind::Billing,
        "not_found_error" | "model_not_found" | "resourcenotfound" => ErrorKind::NotFound,
        "request_too_large" | "context_length_exceeded" | "exceed_context_size_error" => ErrorKind::TooLarge,
        "invalid_request_error" | "validation" => ErrorKind::Refused,
        _ => return None,
    })
}

/// The kind that only the words of a refused request tell.
fn kind_of_words(message: &str) -> Option<ErrorKind> {
    let lower = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| lower.contains(word));
    if says(&["prompt is too long", "context length", "context window", "context size", "input is too long"])
    {
        return Some(ErrorKind::TooLarge);
    }
    says(&["credit balance", "insufficient credit"]).then_some(ErrorKind::Billing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> (ErrorKind, String) {
        let error = of_answer(status, &Headers::default(), body, &[]);
        (error.kind, error.message)
    }

    #[test]
    fn every_protocol_s_errors() {
        let anthropic = r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_1"}"#;
        assert_eq!(kind(529, anthropic), (ErrorKind::Overloaded, "Overloaded".to_owned()));
        let credit = r#"{"type":"error","error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#;
        assert_eq!(kind(400, credit).0, ErrorKind::Billing);
        let openai = r#"{"error":{"message":"Unsupported","type":"invalid_request_error","param":"max_tokens","code":"unsupported_parameter"}}"#;
        assert_eq!(kind(400, openai), (ErrorKind::Refused, "Unsupported (max_tokens)".to_owned()));
        let long = r#"{"error":{"message":"too many","type":"invalid_request_error","code":"context_length_exceeded"}}"#;
        assert_eq!(kind(400, long).0, ErrorKind::TooLarge);
        assert_eq!(
            kind(422, r#"{"detail":[{"msg":"extra"}]}"#),
            (ErrorKind::Refused, r#"[{"msg":"extra"}]"#.to_owned())
        );
        assert_eq!(kind(502, "<html>x</html>").1, "the server answered with status 502");
        assert_eq!(kind(500, "").0, ErrorKind::Server);
        let headers =
            Headers::of(&[("x-amzn-errortype", "ThrottlingException:http://x"), ("x-amzn-requestid", "r")]);
        let aws = of_answer(400, &headers, r#"{"message":"Too fast"}"#, &[]);
        assert_eq!((aws.kind, aws.request_id.as_deref()), (ErrorKind::RateLimited, Some("r")));
    }
}
