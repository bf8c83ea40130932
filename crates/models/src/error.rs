//! Why a model did not answer.

use std::fmt;

use crate::answer::Usage;

/// Why a model did not answer, and what to do. No field holds a key.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// What happened, in the server's words where it has any; of bounded length.
    pub message: String,
    /// What the provider's support asks for.
    pub request_id: Option<String>,
    /// What to do.
    pub hint: Option<String>,
    /// What was spent before it failed.
    pub usage: Usage,
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// No key, a wrong key, or one that may not do this.
    Authentication,
    /// The server will not take the request as it is (400).
    Refused,
    /// Too many requests or tokens for this account, after all retries.
    RateLimited,
    /// The provider has too much to do, after all retries.
    Overloaded,
    /// The server failed, after all retries.
    Server,
    /// No whole answer within the time that was given.
    Timeout,
    /// The server cannot be reached, or the connection broke.
    Network,
    /// What the server sent is not the protocol, or more than is read.
    Protocol,
    /// The request is larger than the model or the server takes.
    TooLarge,
    /// There is no such model or address.
    NotFound,
    /// The account has no credit.
    Billing,
    /// The configuration says too little or contradicts itself.
    Configuration,
}

impl ErrorKind {
    /// The kind in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Authentication => "not authenticated",
            Self::Refused => "request refused",
            Self::RateLimited => "rate limit reached",
            Self::Overloaded => "provider overloaded",
            Self::Server => "server failed",
            Self::Timeout => "timed out",
            Self::Network => "no connection",
            Self::Protocol => "answer not understood",
            Self::TooLarge => "request too large",
            Self::NotFound => "not found",
            Self::Billing => "no credit",
            Self::Configuration => "model not configured",
        }
    }

    /// Whether the same request may succeed later.
    pub const fn is_passing(self) -> bool {
        matches!(self, Self::RateLimited | Self::Overloaded | Self::Server | Self::Timeout | Self::Network)
    }
}

impl ModelError {
    /// A failure of a kind, without a hint.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), request_id: None, hint: None, usage: Usage::default() }
    }

    /// The same with what to do.
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.words(), self.message)?;
        if let Some(id) = &self.request_id {
            write!(f, " (request {id})")?;
        }
        if let Some(hint) = &self.hint {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ModelError {}
