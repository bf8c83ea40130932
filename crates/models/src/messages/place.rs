//! Where the Messages API is spoken, and what differs there.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::aws::{Aws, escaped};
use crate::config::{ApiVersion, Provider};
use crate::error::{ErrorKind, ModelError};
use crate::key::Secret;

/// Who may ask, on Anthropic's own API.
pub(crate) enum Key {
    /// A key of an organisation.
    Api(Secret),
    /// A token of a gateway or of a person's login.
    Token(Secret),
    /// Nobody in particular: a server on the machine or a gateway that asks for none.
    None,
}

/// Where it is spoken.
pub(crate) enum Place {
    /// Anthropic's API, or a server that speaks like it.
    Anthropic { base: String, own: bool, version: ApiVersion, key: Key },
    /// Bedrock's endpoint of the same protocol.
    Mantle { base: String, version: ApiVersion, aws: Aws },
    /// Bedrock's older endpoint.
    Runtime { base: String, aws: Aws },
}

/// What is needed to send a body.
pub(super) struct Signed {
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) secrets: Vec<Secret>,
}

/// The beta under which tokens of a person's login are taken.
const LOGIN_BETA: &str = "oauth-2025-04-20";

impl Place {
    pub(super) const fn provider(&self) -> Provider {
        match self {
            Self::Anthropic { .. } => Provider::Anthropic,
            Self::Mantle { .. } | Self::Runtime { .. } => Provider::Bedrock,
        }
    }

    /// Whether the list of prices holds; a gateway and AWS have their own.
    pub(super) const fn has_list_prices(&self) -> bool {
        self.is_first_party()
    }

    /// Whether the server is Anthropic's own.
    pub(super) const fn is_first_party(&self) -> bool {
        matches!(self, Self::Anthropic { own: true, .. })
    }

    pub(super) const fn has_moving_breakpoint(&self) -> bool {
        matches!(self, Self::Anthropic { .. })
    }

    pub(super) fn ask_path(&self, model: &str) -> String {
        match self {
            Self::Runtime { .. } => format!("/model/{}/invoke-with-response-stream", escaped(model)),
            _ => "/v1/messages".to_owned(),
        }
    }

    pub(super) fn count_path(&self, model: &str) -> String {
        match self {
            Self::Runtime { .. } => format!("/model/{}/count-tokens", escaped(model)),
            _ => "/v1/messages/count_tokens".to_owned(),
        }
    }

    /// What is sent to have the tokens of a prompt counted: the prompt itself, or, to Bedrock's older endpoint, the body of
    /// the request that would be made with it.
    pub(super) fn to_count(&self, mut prompt: Map<String, Value>, max_tokens: u64) -> Value {
        if let Self::Runtime { .. } = self {
            prompt.insert("max_tokens".to_owned(), json!(max_tokens));
            self.adapt(&mut prompt);
            let body = STANDARD.encode(Value::Object(prompt).to_string());
            return json!({ "input": { "invokeModel": { "body": body } } });
        }
        Value::Object(prompt)
    }

    /// The count in the answer to that.
    pub(super) fn counted(&self, answer: &Value) -> Option<u64> {
        let name = if let Self::Runtime { .. } = self { "inputTokens" } else { "input_tokens" };
        answer[name].as_u64()
    }

    pub(super) fn limits_path(&self, model: &str) -> Option<String> {
        matches!(self, Self::Anthropic { .. }).then(|| format!("/v1/models/{}", escaped(model)))
    }

    /// Makes a body what this place takes.
    pub(super) fn adapt(&self, body: &mut Map<String, Value>) {
        if let Self::Runtime { .. } = self {
            body.remove("model");
            body.remove("stream");
            body.insert("anthropic_version".to_owned(), json!("bedrock-2023-05-31"));
        }
    }

    /// The address and headers of a request.
    pub(super) fn signed(
        &self,
        path: &str,
        body: Option<&[u8]>,
        now: SystemTime,
    ) -> Result<Signed, ModelError> {
        let mut headers = vec![("accept".to_owned(), "application/json".to_owned())];
        if body.is_some() {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), value.to_owned()));
        match self {
            Self::Anthropic { base, version, key, .. } => {
                add("anthropic-version", version.name());
                let secrets = match (key, version) {
                    (Key::None, _) => Vec::new(),
                    (Key::Api(key), ApiVersion::V20230601) => {
                        add("x-api-key", key.reveal());
                        vec![key.clone()]
                    }
                    (Key::Api(key) | Key::Token(key), _) => {
                        add("authorization", &format!("Bearer {}", key.reveal()));
                        if matches!(self, Self::Anthropic { key: Key::Token(_), .. })
                            && key.reveal().starts_with("sk-ant-oat")
                        {
                            add("anthropic-beta", LOGIN_BETA);
                        }
                        vec![key.clone()]
                    }
                };
                Ok(Signed { url: format!("{base}{path}"), headers, secrets })
            }
            Self::Mantle { base, version, aws } => {
                add("anthropic-version", version.name());
                let url = format!("{base}{path}");
                let secrets = aws.sign("bedrock-mantle", &url, &mut headers, body, now)?;
                Ok(Signed { url, headers, secrets })
            }
            Self::Runtime { base, aws } => {
                let url = format!("{base}{path}");
                let secrets = aws.sign("bedrock", &url, &mut headers, body, now)?;
                Ok(Signed { url, headers, secrets })
            }
        }
    }

    /// What to do about a kind of failure here.
    pub(super) fn hint(&self, kind: ErrorKind) -> Option<String> {
        let text = match (kind, self) {
            (ErrorKind::Authentication, Self::Anthropic { .. }) => {
                "is ANTHROPIC_API_KEY (or ANTHROPIC_AUTH_TOKEN) right for this address?"
            }
            (ErrorKind::Authentication, _) => {
                "are the credentials of AWS current, and may they invoke this model in this region?"
            }
            (ErrorKind::NotFound, Self::Anthropic { .. }) => "is the model's name right, and the address?",
            (ErrorKind::NotFound, _) => "is the model's name right, and is it offered in this region?",
            (ErrorKind::Billing, _) => "add credit to the account, or use the built-in author",
            (ErrorKind::RateLimited | ErrorKind::Overloaded, _) => "wait a little, or choose another model",
            (ErrorKind::TooLarge, _) => "choose a model with a larger context, or ask about less",
            _ => return None,
        };
        Some(text.to_owned())
    }
}
