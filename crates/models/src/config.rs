//! Which model is asked, where, and by whom.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::price::Price;

/// Which model is asked, and how. Keys are never in it: they come from the environment or from a command.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Whose protocol is spoken.
    pub provider: Provider,
    /// The model, in the provider's words. Anthropic's has a default ([`Provider::default_model`]); the others' must be named.
    pub model: Option<String>,
    /// Where the API is, in place of the environment's variable or the provider's own address.
    pub base_url: Option<String>,
    /// How long one attempt may take as a whole.
    pub timeout: Duration,
    /// How often a failed attempt is made again.
    pub retries: u32,
    /// A command and its arguments that prints the key (for Bedrock: credentials as `credential_process` prints them), run without a
    /// shell in place of reading the environment.
    pub key_command: Vec<String>,
    /// The version of the Messages API.
    pub api_version: ApiVersion,
    /// Whether models that think are asked to tell what they think (`Event::Thinking`). Models from before Claude 4.6 refuse it.
    pub show_thinking: bool,
    /// What the model costs, in place of the table.
    pub price: Option<Price>,
    /// Bedrock's region, in place of `AWS_REGION`, `AWS_DEFAULT_REGION` or the profile's.
    pub region: Option<String>,
    /// The profile in the files of AWS, in place of `AWS_PROFILE`.
    pub profile: Option<String>,
    /// Which of Bedrock's endpoints is asked; decided by the model's name if `None`.
    pub endpoint: Option<BedrockEndpoint>,
}

impl Config {
    /// The provider's defaults: ten minutes, two retries, the newest version.
    pub fn new(provider: Provider) -> Self {
        Self {
            provider,
            model: None,
            base_url: None,
            timeout: Duration::from_mins(10),
            retries: 2,
            key_command: Vec::new(),
            api_version: ApiVersion::V20261021,
            show_thinking: false,
            price: None,
            region: None,
            profile: None,
            endpoint: None,
        }
    }

    /// The same for a model.
    pub fn with_model(mut self, model: impl Into<String>) -> Self {
        self.model = Some(model.into());
        self
    }
}

/// Whose protocol is spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// The Messages API: `ANTHROPIC_API_KEY` or `ANTHROPIC_AUTH_TOKEN`, `ANTHROPIC_BASE_URL`.
    Anthropic,
    /// The chat completions of OpenAI and of those that speak like it (Ollama, llama.cpp, vLLM, gateways): `OPENAI_API_KEY`,
    /// `OPENAI_BASE_URL`. Only OpenAI's own address demands a key.
    OpenAi,
    /// Claude on Amazon Bedrock: `AWS_BEARER_TOKEN_BEDROCK`, or `AWS_ACCESS_KEY_ID` and the rest, or a profile in the files of AWS.
    Bedrock,
}

impl Provider {
    /// All.
    pub const ALL: [Self; 3] = [Self::Anthropic, Self::OpenAi, Self::Bedrock];

    /// Its name: `anthropic`, `openai`, `bedrock`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Bedrock => "bedrock",
        }
    }

    /// The provider of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|provider| provider.name() == name)
    }

    /// The model that is asked if none is named.
    pub const fn default_model(self) -> Option<&'static str> {
        match self {
            Self::Anthropic => Some("claude-opus-5-5"),
            Self::OpenAi | Self::Bedrock => None,
        }
    }
}

/// A version of the Messages API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApiVersion {
    /// Of October 2026: no sampling parameters; keys go as `Authorization: Bearer`, as the SDKs of that version send them.
    V20261021,
    /// Of June 2023: keys go as `x-api-key`.
    V20230601,
}

impl ApiVersion {
    /// The value of the `anthropic-version` header.
    pub const fn name(self) -> &'static str {
        match self {
            Self::V20261021 => "2026-10-21",
            Self::V20230601 => "2023-06-01",
        }
    }

    /// The version of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::V20261021, Self::V20230601].into_iter().find(|version| version.name() == name)
    }
}

/// Where Bedrock is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BedrockEndpoint {
    /// `bedrock-mantle.REGION.api.aws`: the Messages API itself.
    Mantle,
    /// `bedrock-runtime.REGION.amazonaws.com`: `invoke-with-response-stream`, for models with an ARN or a version in their names.
    Runtime,
}

/// What a client takes from the world besides the network: chance, time and sleep. Tests give their own.
#[derive(Clone)]
pub struct World {
    /// A number from 0 up to 1, by which retries of many clients are spread.
    pub chance: Arc<dyn Fn() -> f64 + Send + Sync>,
    /// Waits.
    pub sleep: Arc<dyn Fn(Duration) + Send + Sync>,
    /// What the clock says; AWS demands it in signatures.
    pub now: Arc<dyn Fn() -> SystemTime + Send + Sync>,
}

impl World {
    /// The machine's.
    pub fn real() -> Self {
        Self { chance: Arc::new(chance), sleep: Arc::new(std::thread::sleep), now: Arc::new(SystemTime::now) }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("World")
    }
}

/// A number from 0 up to 1 out of the randomness that the standard library seeds its maps with.
fn chance() -> f64 {
    use std::hash::{BuildHasher as _, Hasher as _};
    let bits = std::hash::RandomState::new().build_hasher().finish() >> 11;
    bits as f64 / (1_u64 << 53) as f64
}
