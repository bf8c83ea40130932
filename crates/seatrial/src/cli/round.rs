//! The flags of `seatrial round`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use crate::formats::FailOn;

/// `seatrial round`.
#[derive(Debug, Args)]
pub struct RoundArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: RoundCommand,
}

/// The commands of `seatrial round`.
#[derive(Debug, Subcommand)]
pub enum RoundCommand {
    /// The rounds so far
    List(RoundListArgs),
    /// One round: what was proposed, what its trial said, what was decided
    Show(RoundShowArgs),
    /// What changed between two rounds: findings, Applications, resources, and what was lost on the way
    Diff(RoundDiffArgs),
    /// Try what a chat window answered, record it as a round, and say what to answer
    Add(RoundAddArgs),
    /// Record what was decided about a round
    Decide(RoundDecideArgs),
    /// Judge a recorded proposal again, by today's rules and facts
    Replay(RoundReplayArgs),
    /// The page at the end of a piece of work: constraints, changes, what would have happened, lessons
    Report(RoundReportArgs),
}

/// `seatrial round list`.
#[derive(Debug, Args)]
pub struct RoundListArgs {
    /// How to show it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round show`.
#[derive(Debug, Args)]
pub struct RoundShowArgs {
    /// The round's number [default: the last]
    #[arg(value_name = "N")]
    pub number: Option<u32>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round diff`.
#[derive(Debug, Args)]
pub struct RoundDiffArgs {
    /// The earlier round [default: the one before the last of the same piece of work]
    #[arg(value_name = "N", requires = "to")]
    pub from: Option<u32>,
    /// The later round [default: the last]
    #[arg(value_name = "M")]
    pub to: Option<u32>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round add`.
#[derive(Debug, Args)]
pub struct RoundAddArgs {
    /// What was answered: prose with fenced YAML, or plain YAML; `-` is standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Judge it as if it stood here [default: FILE itself; for standard input, answer.yaml]
    #[arg(long = "as", value_name = "PATH")]
    pub path: Option<PathBuf>,
    /// The piece of work it belongs to [default: the name of its ApplicationSet or Application]
    #[arg(long, value_name = "NAME")]
    pub piece: Option<String>,
    /// The model that wrote it
    #[arg(long, value_name = "NAME", conflicts_with = "by")]
    pub model: Option<String>,
    /// The person who wrote it
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,
    /// What was wanted, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub intent: Option<String>,
    /// What was asked: a file with the prompt
    #[arg(long, value_name = "FILE")]
    pub prompt: Option<PathBuf>,
    /// From which severity on a finding makes the exit code 1
    #[arg(long, value_enum, default_value_t = FailOn::Error, value_name = "SEVERITY")]
    pub fail_on: FailOn,
    /// How to show what came of it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round decide`.
#[derive(Debug, Args)]
pub struct RoundDecideArgs {
    /// The round's number
    #[arg(value_name = "N")]
    pub number: u32,
    /// What was decided, in plain words; `-` is standard input. What it says of the platform is proposed for the platform file
    #[arg(value_name = "TEXT")]
    pub text: String,
    /// The fingerprint of the finding that it is about, or its beginning
    #[arg(long, value_name = "FINGERPRINT", conflicts_with = "question")]
    pub finding: Option<String>,
    /// The question that it answers
    #[arg(long, value_name = "ID")]
    pub question: Option<String>,
    /// Who decided
    #[arg(long, value_name = "NAME")]
    pub by: String,
    /// Write what it says of the platform into the platform file without asking
    #[arg(short, long)]
    pub yes: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round replay`.
#[derive(Debug, Args)]
pub struct RoundReplayArgs {
    /// The round's number [default: the last]
    #[arg(value_name = "N")]
    pub number: Option<u32>,
    /// How to show it
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// `seatrial round report`.
#[derive(Debug, Args)]
pub struct RoundReportArgs {
    /// The piece of work [default: all of them]
    #[arg(value_name = "PIECE")]
    pub piece: Option<String>,
    /// How to show it; `text` is Markdown
    #[arg(long, value_enum, default_value_t = RoundFormat::Text)]
    pub format: RoundFormat,
}

/// The formats of `round`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum RoundFormat {
    /// For people
    Text,
    /// For programs
    Json,
}
