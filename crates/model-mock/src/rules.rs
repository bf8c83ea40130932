//! What a server of the chat completions takes; they differ.

/// What is taken. The default is what OpenAI's own server takes, but for either name of the bound of tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// No key is asked for.
    pub keyless: bool,
    /// `response_format` may be `json_schema`.
    pub schema: bool,
    /// `response_format` may be `json_object`.
    pub json: bool,
    /// A format may stand beside tools.
    pub format_beside_tools: bool,
    /// `max_tokens` is taken.
    pub max_tokens: bool,
    /// `max_completion_tokens` is taken.
    pub max_completion_tokens: bool,
    /// `stream_options` is taken.
    pub stream_options: bool,
    /// `reasoning_effort` is taken.
    pub effort: bool,
    /// The Messages API takes `output_config.format`.
    pub messages_format: bool,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            keyless: false,
            schema: true,
            json: true,
            format_beside_tools: true,
            max_tokens: true,
            max_completion_tokens: true,
            stream_options: true,
            effort: true,
            messages_format: true,
        }
    }
}
