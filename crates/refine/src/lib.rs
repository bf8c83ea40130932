//! A model proposes, the engine judges, round after round.
//!
//! | to … | see |
//! |---|---|
//! | say what is to be done | [`Task`] |
//! | do it with a model | [`refine`], [`Budget`], [`Host`], [`Refined`] |
//! | judge files by whomever | [`candidate`] |
//! | know what would be sent | [`Task::request`], [`prompt`] |
//! | choose the facts that bear on an intent | [`brief()`] |
//! | read what a model answered | [`answer`] |
//! | have a model read a text for facts | [`listen`], [`Listened`] |
//!
//! Nothing a model says is believed: each proposal passes the gate ([`seatrial_gate`]) and a trial, and what is sent passed the
//! redactor. Nothing here writes a file.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod answer;
mod brief;
mod budget;
mod chart;
mod judge;
mod listen;
pub mod prompt;
mod run;
mod task;
mod turn;

pub use brief::{Brief, brief, tokens};
pub use budget::{Budget, Spent};
pub use judge::{Candidate, candidate};
pub use listen::{Listened, listen, request as reading};
pub use run::{Refined, judged, refine};
pub use task::{Answered, Host, Progress, Task};
