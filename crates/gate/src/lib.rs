//! What stands between an author and the house: nothing secret goes out, nothing unasked comes in.
//!
//! | to … | see |
//! |---|---|
//! | take secrets out of what is sent, recorded or shown | [`Redactor`] |
//! | put them back where they still stand | [`restore`] |
//! | know where a proposal may write | [`Allowed`] |
//! | know what a proposed file may hold | [`content`] |
//! | know where it may send things, and take them from | [`strangers`] |
//! | know what it may do that nothing could before | [`privileges`], [`sets`] |
//!
//! Whoever proposes is not believed here: neither a model, nor the texts it read. Nothing here asks what a proposal says of itself.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod content;
mod facts;
mod paths;
mod privileges;
mod redact;
mod sets;
mod sight;

use std::fmt;

pub use content::content;
pub use facts::strangers;
pub use paths::Allowed;
pub use privileges::{Privilege, privileges};
pub use redact::{Redactor, Stray, has_placeholder, restore};
pub use sets::sets;
pub use sight::{Seen, Sight};

/// Why a proposal is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The file, or the Application, it is about.
    pub file: String,
    /// The line in the proposed text, from 1.
    pub line: Option<usize>,
    /// Why, as a clause.
    pub why: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}", self.file, self.why),
            None => write!(f, "{}: {}", self.file, self.why),
        }
    }
}
