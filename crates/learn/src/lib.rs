//! From what people say and what repositories show to facts of the platform file.
//!
//! Nothing is stated without evidence: a claim from prose quotes the sentence it rests on, a claim from a repository
//! counts who shows it and who does not. What is doubtful becomes a question.
//!
//! | to … | see |
//! |---|---|
//! | read prose | [`prose::read`] |
//! | read it with the help of others, who may be wrong | [`prose::read_with`], [`Heard`] |
//! | check that a claim rests on its words | [`verify::claim`] |
//! | write it into the platform file | [`edit::apply`] |
//! | see what a repository shows | [`repo::mine`] |
//! | know what was understood | [`Reading`], [`Claim`], [`Question`] |

mod claim;
pub mod edit;
mod heard;
pub mod prose;
mod reading;
pub mod repo;
mod stated;
pub mod verify;

pub use claim::{Claim, Place, Quote, What};
pub use heard::{Heard, KEYS, Unfounded};
pub use reading::{Contradiction, Question, Reading, Side, Superseded, Unread};
