//! Language models behind one trait. Three protocols are spoken: Anthropic's Messages API, the chat completions of OpenAI and of those
//! that speak like it, and Claude on Amazon Bedrock. Everything is blocking, bounded in bytes and time, and deterministic up to what
//! the model says. Keys come from the environment or from a command; they are in no type that can be shown.

mod answer;
mod aws;
mod clock;
mod config;
mod error;
mod failure;
mod frames;
mod http;
mod json;
mod key;
mod messages;
mod open;
mod openai;
mod price;
mod request;
mod retry;
mod schema;
mod sse;

pub use answer::{Answer, Event, Limits, Stop, Usage};
pub use config::{ApiVersion, BedrockEndpoint, Config, Provider, World};
pub use error::{ErrorKind, ModelError};
pub use frames::{Frame, Frames};
pub use open::open;
pub use price::{PRICES_OF, Price};
pub use request::{Content, Effort, Part, Request, Role, Tool, Turn};
pub use sse::{ServerEvent, ServerEvents};

use serde_json::Value;

/// A model that can be asked.
pub trait Model: Send + Sync {
    /// Provider and model, such as `anthropic/claude-opus-5-5`.
    fn name(&self) -> String;

    /// Exactly what [`ask`](Self::ask) would send now, without any key. What a server has refused before is left out.
    fn body(&self, request: &Request) -> Value;

    /// Asks, and tells `watch` what comes as it comes. Failures that pass are tried again as the provider's own clients do; then the
    /// last one is returned.
    fn ask(&self, request: &Request, watch: &mut dyn FnMut(Event<'_>)) -> Result<Answer, ModelError>;

    /// How many tokens the request's prompt has, asked of the provider; `None` where it does not count.
    fn count_tokens(&self, request: &Request) -> Result<Option<u64>, ModelError>;

    /// What the model can take and give, asked of the provider; `None` where it does not say.
    fn limits(&self) -> Result<Option<Limits>, ModelError>;
}
