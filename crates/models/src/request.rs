//! What is asked of a model, in no provider's words.

use serde_json::Value;

/// A question to a model. The same request always gives the same bytes, and a request with more turns has the former's system and
/// turns as its beginning, so that a provider's cache of prefixes works.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// Instructions, in order. Empty parts are left out.
    pub system: Vec<Part>,
    /// The conversation, beginning with the user's turn.
    pub turns: Vec<Turn>,
    /// What the model may call.
    pub tools: Vec<Tool>,
    /// The JSON schema of the answer's text. It is reduced to what the provider takes, so an answer must be validated all the same;
    /// where the provider takes none it is put in words after the system's parts. A property that is not required may come as null.
    pub schema: Option<Value>,
    /// How many tokens the answer may have, thinking included.
    pub max_tokens: u64,
    /// How hard to think; the provider's default if `None`.
    pub effort: Option<Effort>,
}

/// A part of the system's instructions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Part {
    /// Its text.
    pub text: String,
    /// Whether the provider is asked to keep what stands up to here in its cache. Where more than four are marked, the last count.
    pub cache: bool,
}

impl Part {
    /// A part whose end is no breakpoint of the cache.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), cache: false }
    }

    /// A part whose end is a breakpoint of the cache.
    pub fn cached(text: impl Into<String>) -> Self {
        Self { text: text.into(), cache: true }
    }
}

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// Whose turn it is.
    pub role: Role,
    /// What was said. A turn that says nothing is not sent; turns of one role in a row are sent as one.
    pub content: Vec<Content>,
}

impl Turn {
    /// A text of the user.
    pub fn user(text: impl Into<String>) -> Self {
        Self { role: Role::User, content: vec![Content::Text(text.into())] }
    }

    /// A text of the model.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self { role: Role::Assistant, content: vec![Content::Text(text.into())] }
    }
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Who asks.
    User,
    /// The model.
    Assistant,
}

/// A piece of a turn.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Text.
    Text(String),
    /// A call of a tool, by the model.
    ToolUse {
        /// What its result names.
        id: String,
        /// The tool.
        name: String,
        /// Its arguments: an object, or a string where the model wrote what is not JSON.
        input: Value,
    },
    /// What a tool answered, to the model. Within a turn results are sent before texts, as the APIs demand.
    ToolResult {
        /// The call's.
        id: String,
        /// The answer.
        text: String,
        /// Whether the tool failed.
        is_error: bool,
    },
    /// Something that only its model understands, such as a thinking block with its signature. It is passed back untouched, and only
    /// to the model that made it; others never see it.
    Verbatim {
        /// [`Model::name`](crate::Model::name) of the model that made it.
        model: String,
        /// The block, in the protocol's own form.
        block: Value,
    },
}

/// Something that a model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, at most 64.
    pub name: String,
    /// What it does, for the model.
    pub description: String,
    /// The JSON schema of its arguments, an object.
    pub schema: Value,
    /// Whether the provider is to force the arguments into the schema, as far as it can express it.
    pub strict: bool,
}

/// How hard a model is to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effort {
    /// The least.
    Low,
    /// Less than most models do unasked.
    Medium,
    /// What most models do unasked.
    High,
    /// More.
    XHigh,
    /// As much as there is.
    Max,
}

impl Effort {
    /// All, from the least.
    pub const ALL: [Self; 5] = [Self::Low, Self::Medium, Self::High, Self::XHigh, Self::Max];

    /// Its name in the protocols: `low`, `medium`, `high`, `xhigh`, `max`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::XHigh => "xhigh",
            Self::Max => "max",
        }
    }

    /// The effort of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|effort| effort.name() == name)
    }
}
