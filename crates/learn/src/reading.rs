//! What came of reading: what is stated, what it replaces, what has to be asked, what was not understood.

use serde_json::Value;

use crate::claim::{Claim, Quote};

/// Everything that was read. Nothing is left out: what is no fact is a question or among [`Reading::unread`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// What is stated and holds, in the order of the text.
    pub facts: Vec<Claim>,
    /// What only a person can answer.
    pub questions: Vec<Question>,
    /// Statements that exclude each other; each is a question, and none of them is among the facts.
    pub contradictions: Vec<Contradiction>,
    /// Statements that a later one replaces.
    pub superseded: Vec<Superseded>,
    /// Statements that the platform file makes already.
    pub known: Vec<Claim>,
    /// Sentences that state nothing that was understood, and why.
    pub unread: Vec<Unread>,
}

/// Something to ask.
#[derive(Clone, Debug, PartialEq)]
pub struct Question {
    /// The key of the platform file that the answer states, where it is one: `clusters.staging-eks.server`.
    pub key: Option<Vec<String>>,
    /// The question.
    pub text: String,
    /// The words that raise it, if words do.
    pub quotes: Vec<Quote>,
    /// Answers that are likely, the likeliest first.
    pub proposals: Vec<Value>,
}

/// Two statements of which only one can hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Contradiction {
    /// The key that both state.
    pub key: Vec<String>,
    /// What is said, by whom.
    pub sides: Vec<Side>,
}

/// One side of a contradiction.
#[derive(Clone, Debug, PartialEq)]
pub struct Side {
    /// The value it gives.
    pub value: Value,
    /// Its words; `None` when the platform file says so.
    pub quote: Option<Quote>,
}

/// A statement that a later one replaced.
#[derive(Clone, Debug, PartialEq)]
pub struct Superseded {
    /// The key that both state.
    pub key: Vec<String>,
    /// What it said.
    pub value: Value,
    /// Its words.
    pub quote: Option<Quote>,
    /// Where they stand, when it is not the text that was read (`round-2.txt:11`).
    pub from: Option<String>,
    /// The index in [`Reading::facts`] of what holds now.
    pub by: usize,
}

/// A sentence that states nothing that was understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The sentence.
    pub quote: Quote,
    /// Why it was passed over.
    pub why: &'static str,
}
