//! The Model Context Protocol: the trial for agents, over standard streams or HTTP.
//!
//! | to … | see |
//! |---|---|
//! | serve | [`stdio()`], [`http()`] |
//! | see what a tool does | `tools/`, one file each |
//! | see what may be read and asked | `resources.rs`, `prompts.rs` |
//! | know what keeps answers small | `bounded.rs` |
//! | know what keeps secrets in | `mask.rs` |
//! | know what is kept between calls, and what paths are allowed | [`Engine`] |
//!
//! Tools call what the commands of the same names call; nothing here judges. The runtime is made here, so that no other
//! command pays for it.

mod bounded;
mod engine;
mod http;
mod mask;
mod prompts;
mod resources;
mod rounds;
mod server;
mod stdio;
mod tools;
mod world;

pub(crate) use engine::Engine;
pub(crate) use http::http;
pub(crate) use stdio::stdio;
pub(crate) use tools::told_of;

use crate::error::CliError;

/// A runtime that only moves messages: trials run on threads of their own.
fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| CliError::new(format!("cannot start the server: {error}")))
}
