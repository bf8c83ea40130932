//! What a person has to be asked.

/// Something that neither a fact, nor the intent, nor the chart settles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// A name for programs, such as `revision`.
    pub id: &'static str,
    /// The question, in one sentence.
    pub text: String,
    /// How to answer it: a flag, or a key of the platform file.
    pub answer: String,
    /// What was assumed meanwhile; `None` when the set cannot be right without an answer.
    pub assumed: Option<String>,
}

impl Question {
    /// A question that has to be answered.
    pub(crate) fn open(id: &'static str, text: impl Into<String>, answer: impl Into<String>) -> Self {
        Self { id, text: text.into(), answer: answer.into(), assumed: None }
    }

    /// A question with what is assumed until it is answered.
    pub(crate) fn assuming(mut self, what: impl Into<String>) -> Self {
        self.assumed = Some(what.into());
        self
    }
}
