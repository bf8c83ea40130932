//! What a scripted model says, in no protocol's words.

use serde_json::Value;

/// What is answered to a request that is not refused.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// An answer of the model, in the protocol and the form that was asked for.
    Say(Say),
    /// An error in the protocol's form, such as 529 `overloaded_error`.
    Error {
        /// The status.
        status: u16,
        /// The error's type.
        kind: &'static str,
        /// Its message.
        message: String,
        /// More headers, such as `retry-after`.
        headers: Vec<(String, String)>,
    },
    /// Bytes.
    Raw {
        /// The status.
        status: u16,
        /// All headers.
        headers: Vec<(String, String)>,
        /// The body, written piece by piece.
        pieces: Vec<Vec<u8>>,
        /// What comes after.
        then: Then,
    },
}

impl Reply {
    /// An answer of plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Say(Say::text(text))
    }

    /// An error without more headers.
    pub fn error(status: u16, kind: &'static str, message: impl Into<String>) -> Self {
        Self::Error { status, kind, message: message.into(), headers: Vec::new() }
    }

    /// The same error with a header.
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let Self::Error { headers, .. } | Self::Raw { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

impl From<Say> for Reply {
    fn from(say: Say) -> Self {
        Self::Say(say)
    }
}

/// An answer of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Say {
    /// Its blocks.
    pub blocks: Vec<Block>,
    /// Why it ended; by default as the blocks tell.
    pub stop: Option<Stop>,
    /// How the answer travels.
    pub style: Style,
}

impl Say {
    /// Plain text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { blocks: vec![Block::Text(text.into())], ..Self::default() }
    }

    /// A call of a tool.
    pub fn call(id: &str, name: &str, input: Value) -> Self {
        let call = Block::Call { id: id.to_owned(), name: name.to_owned(), arguments: input.to_string() };
        Self { blocks: vec![call], ..Self::default() }
    }

    /// A refusal.
    pub fn refusal(category: &str, explanation: &str) -> Self {
        let stop = Stop::Refusal { category: category.to_owned(), explanation: explanation.to_owned() };
        Self { stop: Some(stop), ..Self::default() }
    }

    /// The same with one more block before the others.
    pub fn after(mut self, block: Block) -> Self {
        self.blocks.insert(0, block);
        self
    }

    /// The same with a reason to end.
    pub fn stopped(mut self, stop: Stop) -> Self {
        self.stop = Some(stop);
        self
    }

    /// The same in another style.
    pub fn styled(mut self, style: Style) -> Self {
        self.style = style;
        self
    }

    /// Why it ends.
    pub(crate) fn ending(&self) -> Stop {
        let calls = self.blocks.iter().any(|block| matches!(block, Block::Call { .. }));
        self.stop.clone().unwrap_or(if calls { Stop::Calls } else { Stop::End })
    }
}

/// A block of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Text.
    Text(String),
    /// What the model thinks, signed; chat completions do not show it.
    Thinking {
        /// The text.
        text: String,
        /// What the real API puts there is opaque; here it must be unique within the script.
        signature: String,
    },
    /// A call of a tool.
    Call {
        /// Its id.
        id: String,
        /// The tool.
        name: String,
        /// The arguments as the model wrote them; they need not be JSON.
        arguments: String,
    },
}

/// Why an answer ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stop {
    /// The model is done.
    End,
    /// It waits for its tools.
    Calls,
    /// The bound of tokens is reached; with [`Style::cut`], within the last block.
    MaxTokens,
    /// It declines.
    Refusal {
        /// The reason's name.
        category: String,
        /// The reason.
        explanation: String,
    },
    /// The provider paused the turn.
    Pause,
    /// The context window is full.
    Context,
}

/// How an answer travels. The default is the plainest that the real APIs send.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Style {
    /// Bytes of each write; 0 for one write an event.
    pub piece: usize,
    /// Lines end in CR LF.
    pub crlf: bool,
    /// JSON is padded with spaces, pings and events that no version knows yet are mixed in.
    pub noise: bool,
    /// Characters of each delta; 0 for whole blocks.
    pub delta: usize,
    /// The last block is cut in the middle and never ended.
    pub cut: bool,
    /// An error of this type comes after so many events.
    pub error_after: Option<(usize, &'static str)>,
    /// The connection breaks after so many events.
    pub break_after: Option<usize>,
    /// The answer comes as one JSON object although a stream was asked for.
    pub whole: bool,
    /// Chat completions: fragments of calls carry no index.
    pub no_index: bool,
    /// Chat completions: no `[DONE]` at the end.
    pub no_done: bool,
}

/// What comes after the bytes of a raw reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The answer ends as it should.
    End,
    /// The connection breaks.
    Break,
    /// Nothing more comes, for half a minute or until the client leaves.
    Stall,
}
