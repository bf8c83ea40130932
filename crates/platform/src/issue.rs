//! What is wrong with the platform file itself.

use seatrial_source::Span;

/// A fault of the platform file, or of the objects it imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Where.
    pub span: Span,
    /// What kind of fault.
    pub kind: IssueKind,
    /// One sentence with the names and values in it.
    pub message: String,
    /// What to do; may be empty.
    pub help: String,
    /// Other places that explain it.
    pub related: Vec<(Span, String)>,
    /// Text that mends it when put in place of `span`, where that is plain.
    pub replacement: Option<String>,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IssueKind {
    /// It is not YAML.
    Syntax,
    /// A key that means nothing here.
    UnknownKey,
    /// A key given twice.
    DuplicateKey,
    /// A value of another type than the key wants.
    WrongType,
    /// A value outside of what the key allows.
    InvalidValue,
    /// A name that is declared nowhere (an environment, a cluster, a rule).
    UnknownName,
    /// A fact given twice with different values, or a constraint against a fact or another constraint.
    Contradiction,
    /// A constraint that cannot be compiled.
    InvalidConstraint,
    /// A file that was to be read and could not be, or holds something else.
    Unreadable,
    /// Something that is missing for a full judgement.
    Gap,
}

impl IssueKind {
    /// Its name in outputs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Syntax => "syntax",
            Self::UnknownKey => "unknown-key",
            Self::DuplicateKey => "duplicate-key",
            Self::WrongType => "wrong-type",
            Self::InvalidValue => "invalid-value",
            Self::UnknownName => "unknown-name",
            Self::Contradiction => "contradiction",
            Self::InvalidConstraint => "invalid-constraint",
            Self::Unreadable => "unreadable",
            Self::Gap => "gap",
        }
    }
}

impl Issue {
    /// An issue with a message and no more.
    pub fn new(span: Span, kind: IssueKind, message: impl Into<String>) -> Self {
        Self {
            span,
            kind,
            message: message.into(),
            help: String::new(),
            related: Vec::new(),
            replacement: None,
        }
    }

    /// With what to do.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }

    /// With another place that explains it.
    #[must_use]
    pub fn related(mut self, span: Span, message: impl Into<String>) -> Self {
        self.related.push((span, message.into()));
        self
    }

    /// With the text that mends it.
    #[must_use]
    pub fn replacement(mut self, text: impl Into<String>) -> Self {
        self.replacement = Some(text.into());
        self
    }
}
