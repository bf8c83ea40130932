//! Practice at reviewing: good manifests with faults put into them, and what a reviewer's concerns are worth.
//!
//! | to … | see |
//! |---|---|
//! | make an exercise | [`exercise`], [`Exercise`] |
//! | know which faults there are | [`faults`] |
//! | score concerns | [`score`], [`Score`] |
//!
//! What is wrong with a text is not judged here: the caller's trial says so, and a fault that it does not find is none.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod exercise;
mod faults;
mod random;
mod score;

pub use exercise::{Exercise, Found, exercise};
pub use faults::{Fault, faults};
pub use score::{Concern, Score, score};
