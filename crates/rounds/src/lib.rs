//! Rounds of work on a manifest: what was asked, what was proposed, what the trial said, who decided what.
//!
//! | to … | see |
//! |---|---|
//! | say what happened in a round | [`Round`] and the types in [`record`] |
//! | keep rounds on disk and read them again | [`Store`] |
//! | show what Argo CD would make of files | [`Picture::of`] |
//! | know what changed between rounds | [`compare()`], [`Comparison`] |
//! | know what a round would have done | [`counterfactual()`] |
//! | tell an author what is left | [`feedback()`] |
//! | know what a piece of work taught | [`reflect`], [`reflection()`] |
//! | know which constraint is met where | [`coverage()`], [`covered()`] |
//! | keep secrets out of what is kept | [`Redact`] |
//!
//! What lies on disk is told in `docs/rounds.md`. Nothing here knows a model's protocol or an output format.

mod compare;
mod counterfactual;
mod coverage;
mod covered;
mod feedback;
mod fixed;
mod flat;
mod found;
mod picture;
pub mod record;
mod redact;
mod reflection;
mod store;
mod time;

pub use compare::{Changed, Changes, Comparison, FieldChange, Lost, Vanished, compare};
pub use counterfactual::{Counterfactual, counterfactual};
pub use coverage::coverage;
pub use covered::{Covered, covered};
pub use feedback::feedback;
pub use found::Found;
pub use record::{
    Application, By, Choice, Constraint, Decision, File, Fixed, Kind, Message, Met, Outcome, Picture,
    Proposal, Question, Request, Resource, Round, Unknown, Usage, Verdict,
};
pub use redact::{Redact, redacted};
pub use reflection::{Considered, Longest, LostIn, Reflection, pieces, reflect, reflection};
pub use store::{Damage, Store, StoreError};
pub use time::rfc3339;
