//! TOML as BurntSushi's library writes and reads it.

mod decode;
mod encode;

pub(super) use decode::decode;
pub(super) use encode::encode;
