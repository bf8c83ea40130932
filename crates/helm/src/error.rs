//! What Helm would say, and where it comes from.

use std::fmt;
use std::sync::Arc;

/// A place in a file of a chart or of values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file, as [`File::source`](crate::File::source) names it.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// Why a chart could not be loaded or rendered.
#[derive(Clone, Debug)]
pub struct Error {
    /// Helm's own words, without its `Error: ` before them.
    pub message: String,
    /// The place to look at first, when known.
    pub place: Option<Place>,
    /// Whether one of our own limits was exceeded (then the words are ours: the limit and how to raise it).
    pub limit: bool,
    /// Whether Helm had made a release by then, so that its command adds a hint to the words.
    pub in_release: bool,
    /// What the templates gave, where the error is in that: with `--debug`, Helm prints it before the error.
    pub rendered: Option<Arc<[u8]>>,
}

impl Error {
    /// An error in Helm's words.
    pub fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, limit: false, in_release: false, rendered: None }
    }

    /// One of our own limits was exceeded; the words name it.
    pub fn limit(message: impl Into<String>) -> Self {
        Self { message: message.into(), place: None, limit: true, in_release: false, rendered: None }
    }

    /// What `helm template` writes to standard error, without `Error: ` before it.
    pub fn command_text(&self) -> String {
        let hint = if self.in_release && !self.limit {
            "\n\nUse --debug flag to render out invalid YAML"
        } else {
            ""
        };
        format!("{}{hint}", self.message)
    }

    /// The same error with words before it.
    #[must_use]
    pub fn within(mut self, context: &str) -> Self {
        self.message = format!("{context}: {}", self.message);
        self
    }

    /// The same, at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
