//! The flags of commands that can ask a model.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Which model, how it is reached, and what of it is shown.
#[derive(Debug, Clone, Default, Args)]
pub struct ModelArgs {
    /// Who does it [default: `authors.default` of the platform file, else builtin]
    #[arg(long, value_enum)]
    pub author: Option<Author>,
    /// The model, in its provider's words [default: `authors.<author>.model` of the platform file, else the provider's]
    #[arg(long, value_name = "NAME")]
    pub model: Option<String>,
    /// A command that prints the key, run without a shell in place of reading the environment; its arguments are split at spaces
    #[arg(long, value_name = "COMMAND")]
    pub key_command: Option<String>,
    /// Print exactly what would be sent first, and stop
    #[arg(long)]
    pub show_prompt: bool,
    /// Write all that is sent to a file, one JSON object a line
    #[arg(long, value_name = "FILE")]
    pub record: Option<PathBuf>,
}

/// Who writes and reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Author {
    /// Seatrial itself, from the facts alone
    Builtin,
    /// Claude by its own API: ANTHROPIC_API_KEY or ANTHROPIC_AUTH_TOKEN, ANTHROPIC_BASE_URL
    Anthropic,
    /// OpenAI's chat API and all that speak it (Ollama, llama.cpp, vLLM, gateways): OPENAI_API_KEY, OPENAI_BASE_URL
    #[value(name = "openai")]
    OpenAi,
    /// Claude on Amazon Bedrock: AWS_* or AWS_BEARER_TOKEN_BEDROCK
    Bedrock,
}

impl Author {
    /// Its name, as on the command line and in the platform file.
    pub fn name(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
            Self::Bedrock => "bedrock",
        }
    }
}
