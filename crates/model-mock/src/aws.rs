//! Bedrock: signatures, paths and event streams.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, Mac as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::http::Incoming;
use crate::refusal::Refusal;
use crate::server::KEY;

/// The id of the AWS key that is right.
pub const ACCESS_KEY: &str = "AKIDMOCKMOCKMOCKMOCK";
/// The AWS key that is right.
pub const SECRET_KEY: &str = "mock/secret+key/0123456789abcdefghijklmn";

/// Checks that a request bears the right key of Bedrock, or a right signature for a service.
pub(crate) fn check(request: &Incoming, service: &str) -> Result<(), Refusal> {
    let denied = |why: &str| Refusal { status: 403, ..Refusal::unauthorized(why) };
    let given = request.header("authorization").unwrap_or_default();
    if let Some(token) = given.strip_prefix("Bearer ") {
        return if token == KEY {
            Ok(())
        } else {
            Err(denied("The security token included in the request is invalid"))
        };
    }
    let rest =
        given.strip_prefix("AWS4-HMAC-SHA256 ").ok_or_else(|| denied("Missing Authentication Token"))?;
    let part = |name: &str| rest.split(", ").find_map(|part| part.strip_prefix(name)?.strip_prefix('='));
    let (Some(credential), Some(names), Some(signature)) =
        (part("Credential"), part("SignedHeaders"), part("Signature"))
    else {
        return Err(denied("Authorization header requires Credential, SignedHeaders and Signature"));
    };
    let scope: Vec<&str> = credential.split('/').collect();
    let [id, day, region, named, "aws4_request"] = scope.as_slice() else {
        return Err(denied("Credential should be scoped to a valid region and service"));
    };
    let time = request.header("x-amz-date").unwrap_or_default();
    if *id != ACCESS_KEY || *named != service || !time.starts_with(day) || day.is_empty() {
        return Err(denied("The security token included in the request is invalid"));
    }
    if !names.split(';').any(|name| name == "host") || !names.split(';').any(|name| name == "x-amz-date") {
        return Err(denied("'Host' and 'X-Amz-Date' must be signed headers"));
    }
    let mut lines = String::new();
    for name in names.split(';') {
        let value: Vec<&str> = request.header(name).unwrap_or_default().split_whitespace().collect();
        lines.push_str(&format!("{name}:{}\n", value.join(" ")));
    }
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let canonical = format!(
        "{}\n{}\n{query}\n{lines}\n{names}\n{:x}",
        request.method,
        escaped(path),
        Sha256::digest(&request.body)
    );
    let scope = format!("{day}/{region}/{named}/aws4_request");
    let text = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{:x}", Sha256::digest(canonical.as_bytes()));
    let mut key = format!("AWS4{SECRET_KEY}").into_bytes();
    for part in [day, *region, *named, "aws4_request", text.as_str()] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|_| denied("no key"))?;
        mac.update(part.as_bytes());
        key = mac.finalize().into_bytes().to_vec();
    }
    let expected = key.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    if expected == signature {
        return Ok(());
    }
    Err(denied("The request signature we calculated does not match the signature you provided."))
}

fn escaped(path: &str) -> String {
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

/// The model and what is done with it, of `/model/ID/invoke`, `/model/ID/invoke-with-response-stream` and `/model/ID/count-tokens`.
pub(crate) fn model_and_method(path: &str) -> Result<(String, String), Refusal> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["", "model", model, method @ ("invoke" | "invoke-with-response-stream" | "count-tokens")] => {
            let model = model.replace("%3A", ":").replace("%2F", "/");
            if model.contains("anthropic.claude-") || model.starts_with("arn:aws:bedrock:") {
                return Ok((model, (*method).to_owned()));
            }
            Err(Refusal::invalid("The provided model identifier is invalid."))
        }
        _ => Err(Refusal::not_found("UnknownOperationException")),
    }
}

/// The request whose tokens are to be counted, of the body that Bedrock's `CountTokens` takes.
pub(crate) fn to_be_counted(body: &Value) -> Result<Value, Refusal> {
    let invalid = |why: &str| Refusal::invalid(format!("1 validation error detected: {why}"));
    let input = body["input"].as_object().filter(|input| input.len() == 1);
    let input = input.ok_or_else(|| invalid("input must have exactly one member"))?;
    let request = input.get("invokeModel").ok_or_else(|| invalid("input.invokeModel is needed here"))?;
    let encoded =
        request["body"].as_str().ok_or_else(|| invalid("input.invokeModel.body must not be null"))?;
    let decoded = STANDARD.decode(encoded).map_err(|_| invalid("input.invokeModel.body is not Base64"))?;
    serde_json::from_slice(&decoded).map_err(|_| invalid("input.invokeModel.body is not JSON"))
}

/// A frame with an event of the Messages API.
pub(crate) fn chunk(event: &Value) -> Vec<u8> {
    let payload = json!({ "bytes": STANDARD.encode(event.to_string()), "p": "abcdefghij" });
    let headers =
        [(":event-type", "chunk"), (":content-type", "application/json"), (":message-type", "event")];
    frame(&headers, payload.to_string().as_bytes())
}

/// A frame with an exception.
pub(crate) fn exception(name: &str, message: &str) -> Vec<u8> {
    let headers =
        [(":exception-type", name), (":content-type", "application/json"), (":message-type", "exception")];
    frame(&headers, json!({ "message": message }).to_string().as_bytes())
}

fn frame(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut head = Vec::new();
    for (name, value) in headers {
        head.push(name.len() as u8);
        head.extend(name.as_bytes());
        head.push(7);
        head.extend((value.len() as u16).to_be_bytes());
        head.extend(value.as_bytes());
    }
    let total = (head.len() + payload.len() + 16) as u32;
    let mut out = total.to_be_bytes().to_vec();
    out.extend((head.len() as u32).to_be_bytes());
    out.extend(crc32fast::hash(&out).to_be_bytes());
    out.extend(head);
    out.extend(payload);
    out.extend(crc32fast::hash(&out).to_be_bytes());
    out
}
