//! The built-in author: from an intent and the platform's facts to one ApplicationSet, without any model.
//!
//! | to … | see |
//! |---|---|
//! | say what is wanted | [`Intent`], [`PerEnvironment`] |
//! | read it from a sentence | [`intent::read`], [`Vocabulary`] |
//! | know the charts that the platform's repositories hold | [`Charts`], [`ChartSource`] |
//! | have the set designed and written | [`propose`], [`Proposal`] |
//! | have a set that exists edited | [`edit`] |
//! | know what a person has to be asked | [`Question`] |
//!
//! The author decides nothing that a fact does not decide: what no fact, no word of the intent and no default of the
//! chart settles is a [`Question`]. Which values of a chart reach a setting is found out by setting them and rendering
//! ([`goals`]), never by their names alone. Whether the result is right is not judged here: a trial does that.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bench;
mod charts;
mod design;
mod edit;
mod goals;
pub mod intent;
mod propose;
mod question;
mod targets;
mod write;

pub use charts::{ChartPlace, ChartSource, Charts};
pub use edit::edit;
pub use intent::{GeneratorKind, Intent, PerEnvironment, Vocabulary};
pub use propose::{Proposal, propose};
pub use question::Question;
