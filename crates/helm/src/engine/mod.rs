//! Helm's templates: what they see, what they may call, and how they are executed.

mod chart_value;
mod convert;
mod duration;
mod errors;
mod execute;
mod files;
mod functions;
mod prepared;
mod pretty;
mod scope;
mod toml;
mod types;

pub(crate) use execute::{Done, Output, execute};
pub(crate) use prepared::Ahead;
pub use prepared::Prepared;
pub(crate) use types::version_set as version_set_type;
