//! Why an evaluation stops.

/// What ends the evaluation of a generator or a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// An error, in Go's words.
    Error(String),
    /// A panic, which the controller recovers from; the text of its value.
    Panic(String),
    /// One of Seatrial's own bounds.
    Limit(String),
    /// The world does not say; what would have to be known.
    Unknown(String),
}

impl Stop {
    /// `fmt.Errorf("prefix: %w", err)`: only errors are wrapped.
    pub(crate) fn wrap(self, prefix: &str) -> Self {
        match self {
            Self::Error(text) => Self::Error(format!("{prefix}: {text}")),
            other => other,
        }
    }
}

/// An error with a fixed text.
pub(crate) fn error<T>(text: impl Into<String>) -> Result<T, Stop> {
    Err(Stop::Error(text.into()))
}
