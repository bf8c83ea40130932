//! A stand-in for the APIs of language models, for tests: it refuses what the real ones refuse, plays what a script says, and keeps
//! every request that came. Three protocols are spoken on one port of the loopback interface: the Messages API (`/v1/…`; Bedrock's
//! newer endpoint is the same under `/anthropic`), chat completions (`/v1/chat/completions`) and Bedrock's older endpoint (`/model/…`).
//!
//! `cargo xtask sdk` runs the official clients against it, so that it is known to be as strict as it may be and no stricter.

mod aws;
mod caching;
mod chat;
mod http;
mod messages;
mod refusal;
mod rules;
mod say;
mod scenes;
mod schema;
mod server;

pub use aws::{ACCESS_KEY, SECRET_KEY};
pub use rules::Rules;
pub use say::{Block, Reply, Say, Stop, Style, Then};
pub use scenes::scenes;
pub use server::{Asked, KEY, Mock, Protocol, Seen};
