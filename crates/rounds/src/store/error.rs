//! What can go wrong with the record, and what is found wrong in it.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why the record could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// A symbolic link, where a folder or a file of ours should be.
    Link(PathBuf),
    /// Something else than a folder or a file, where one should be.
    NotPlain(PathBuf),
    /// The operating system refused, in its words.
    Io(PathBuf, String),
    /// Larger than what is read.
    TooLarge(PathBuf, u64),
    /// Another process holds the lock.
    Locked(PathBuf),
    /// There is no round of this number.
    NoSuchRound(u32),
    /// The round is larger than what is kept, in bytes and at most.
    RoundTooLarge(u64, u64),
}

impl StoreError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io(path.to_owned(), error.to_string())
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(path) => write!(f, "{}: a symbolic link; rounds are not kept there", path.display()),
            Self::NotPlain(path) => {
                write!(f, "{}: not what it should be (a folder or a plain file)", path.display())
            }
            Self::Io(path, why) => write!(f, "{}: {why}", path.display()),
            Self::TooLarge(path, most) => {
                write!(f, "{}: larger than the limit of {most} bytes", path.display())
            }
            Self::Locked(path) => {
                write!(f, "{}: another process has been writing rounds for some seconds", path.display())
            }
            Self::NoSuchRound(number) => write!(f, "there is no round {number}"),
            Self::RoundTooLarge(bytes, most) => {
                write!(f, "the round comes to {bytes} bytes, more than the limit of {most}")
            }
        }
    }
}

impl std::error::Error for StoreError {}

/// Something in the record that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Damage {
    /// The log ends in the middle of a line, of so many bytes. Nothing that was acknowledged is lost: a line is
    /// acknowledged when it is whole.
    Torn(usize),
    /// A line of the log, from 1, that is none of ours.
    Line {
        /// The line.
        number: usize,
        /// What is wrong with it.
        why: String,
    },
    /// A line of the log, from 1, that does not follow on the one before it: something was taken out or changed.
    Chain(usize),
    /// The files of a round are not those that were recorded.
    Round {
        /// The round.
        number: u32,
        /// What is wrong.
        why: String,
    },
    /// The files of a round whose line was never written: it had not been acknowledged. They now lie here.
    Unfinished(PathBuf),
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Torn(bytes) => write!(
                f,
                "log.jsonl ends in an incomplete line ({bytes} bytes): a write was interrupted. The line is left \
                 out, and moved to log.jsonl.torn by the next write"
            ),
            Self::Line { number, why } => write!(f, "log.jsonl, line {number}: {why}; left out"),
            Self::Chain(number) => write!(
                f,
                "log.jsonl, line {number}: does not follow on the line before it: something was changed or taken out"
            ),
            Self::Round { number, why } => write!(f, "round {number}: {why}; left out"),
            Self::Unfinished(path) => {
                write!(f, "an interrupted round was never finished; its files are in {}", path.display())
            }
        }
    }
}
