//! TOML as BurntSushi's library writes and reads it.

mod encode;

pub(super) use encode::encode;
