//! Rounds of work on a manifest: what was asked, what was proposed, what the trial said, who decided what.
//!
//! | to … | see |
//! |---|---|
//! | say what happened in a round | [`Round`] and the types in [`record`] |
//! | keep rounds on disk and read them again | [`Store`] |
//! | show what Argo CD would make of files | [`Picture::of`] |
//! | know which constraint is met where | [`coverage()`] |
//! | keep secrets out of what is kept | [`Redact`] |
//!
//! What lies on disk is told in `docs/rounds.md`. Nothing here knows a model's protocol or an output format.

mod coverage;
mod flat;
mod picture;
pub mod record;
mod redact;
mod store;
mod time;

pub use coverage::coverage;
pub use record::{
    Application, By, Constraint, Decision, File, Fixed, Kind, Message, Met, Outcome, Picture, Proposal,
    Question, Request, Resource, Round, Unknown, Usage, Verdict,
};
pub use redact::{Redact, redacted};
pub use store::{Damage, Store, StoreError};
pub use time::rfc3339;
