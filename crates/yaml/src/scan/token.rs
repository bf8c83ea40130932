//! What the scanner hands on.

use std::borrow::Cow;

use crate::node::Style;

/// A place in the text. Lines and columns count from 0, columns and the index in characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    pub(crate) offset: u32,
    pub(crate) index: u32,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    StreamStart,
    StreamEnd,
    /// Major and minor.
    VersionDirective(u8, u8),
    /// Index into `tags`.
    TagDirective(u32),
    DocumentStart,
    DocumentEnd,
    BlockSequenceStart,
    BlockMappingStart,
    BlockEnd,
    FlowSequenceStart,
    FlowSequenceEnd,
    FlowMappingStart,
    FlowMappingEnd,
    BlockEntry,
    FlowEntry,
    Key,
    Value,
    Alias,
    Anchor,
    /// Index into `tags`.
    Tag(u32),
    Scalar(ScalarInfo),
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ScalarInfo {
    pub(crate) style: Style,
    pub(crate) verbatim: bool,
    pub(crate) chomping: i8,
    pub(crate) indent: u32,
    pub(crate) body: u32,
    pub(crate) body_end: u32,
    /// Where the node ends for the reader of the source: a block scalar's last content.
    pub(crate) content_end: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) start: Mark,
    pub(crate) end: Mark,
}

impl Token {
    pub(crate) fn simple(kind: TokenKind, start: Mark, end: Mark) -> Self {
        Self { kind, start, end }
    }
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SimpleKey {
    pub(crate) possible: bool,
    pub(crate) required: bool,
    /// Whether the queue waits for it. go-yaml forgets a key that is an empty flow collection.
    pub(crate) tracked: bool,
    pub(crate) token_number: usize,
    pub(crate) mark: Mark,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FaultKind {
    Reader,
    Scanner,
    Parser,
    /// go-yaml's composer: no line is given.
    Composer,
}

/// The first thing wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: FaultKind,
    pub(crate) problem: Cow<'static, str>,
    /// Where the thing it is part of began.
    pub(crate) context: Mark,
    pub(crate) mark: Mark,
}

impl Fault {
    /// The line go-yaml names: one too small for what its parser finds, none on the first line.
    pub(crate) fn line(&self) -> Option<usize> {
        let line = match self.kind {
            FaultKind::Reader | FaultKind::Composer => 0,
            _ if self.mark.line != 0 => self.mark.line + u32::from(self.kind == FaultKind::Scanner),
            _ => self.context.line,
        };
        (line != 0).then_some(line as usize)
    }

    /// The message as go-yaml gives it.
    pub(crate) fn message(&self) -> String {
        match self.line() {
            Some(line) => format!("yaml: line {line}: {}", self.problem),
            None => format!("yaml: {}", self.problem),
        }
    }
}
