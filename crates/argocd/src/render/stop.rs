//! What ends the rendering of a source.

use seatrial_helm::Place;

use crate::world::RepoAnswer;

/// Why a source is not rendered.
#[derive(Clone, Debug)]
pub(super) enum Stop {
    /// Argo CD would refuse it.
    Fault(Box<Fault>),
    /// Nobody knows; what would have to be given.
    Unknown(String),
}

/// A refusal in Argo CD's words.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The status code the repo server answers with.
    pub(super) code: &'static str,
    /// The message with what each layer put before it.
    pub(super) message: String,
    /// The innermost message.
    pub(super) cause: String,
    /// The field of the source it is about, below the source.
    pub(super) field: Vec<&'static str>,
    /// The place in a file to look at first.
    pub(super) place: Option<Place>,
    /// Whether it is one of our own limits.
    pub(super) limit: bool,
}

impl Stop {
    /// A refusal.
    pub(super) fn fault(message: impl Into<String>) -> Self {
        let message = message.into();
        Self::Fault(Box::new(Fault {
            code: "Unknown",
            cause: message.clone(),
            message,
            field: Vec::new(),
            place: None,
            limit: false,
        }))
    }

    /// Puts a layer's words before the message.
    pub(super) fn wrap(mut self, what: &str) -> Self {
        if let Self::Fault(fault) = &mut self {
            fault.message = format!("{what}: {}", fault.message);
        }
        self
    }

    /// Sets the status code.
    pub(super) fn code(mut self, code: &'static str) -> Self {
        if let Self::Fault(fault) = &mut self {
            fault.code = code;
        }
        self
    }

    /// Names the field of the source it is about.
    pub(super) fn about(mut self, field: &[&'static str]) -> Self {
        if let Self::Fault(fault) = &mut self
            && fault.field.is_empty()
        {
            fault.field = field.to_vec();
        }
        self
    }
}

/// An answer of a repository, or why there is none.
pub(super) fn known<T>(answer: RepoAnswer<T>) -> Result<T, Stop> {
    match answer {
        RepoAnswer::Ok(value) => Ok(value),
        // Generators ask through another call of the repo server, which wraps the cause twice.
        RepoAnswer::Error(text) => Err(Stop::fault(
            text.rsplit_once("unable to resolve git revision : ").map_or(text.as_str(), |(_, cause)| cause),
        )),
        RepoAnswer::Unknown(needs) => Err(Stop::Unknown(needs)),
    }
}
