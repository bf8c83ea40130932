//! What stands between an author and the house: nothing secret goes out, nothing unasked comes in.
//!
//! | to … | see |
//! |---|---|
//! | take secrets out of what is sent, recorded or shown | [`Redactor`] |
//! | put them back where they still stand | [`restore`] |
//!
//! Whoever proposes is not believed here: neither a model, nor the texts it read.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod redact;

pub use redact::{Redactor, Stray, has_placeholder, restore};
