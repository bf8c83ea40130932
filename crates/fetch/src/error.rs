//! Why something is not had from the network.

use std::fmt;

/// Why something is not had. No message holds a password, a token or a user's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// It is not in the cache, and fetching is not allowed.
    Offline(String),
    /// The server has no such chart, version or revision; in Argo CD's words where it has any.
    Missing(String),
    /// What the server sent is not what the lock file pins.
    Changed {
        /// What was fetched.
        what: String,
        /// The digest in the lock file.
        locked: String,
        /// The digest of what came.
        found: String,
    },
    /// The server, the connection or the disk failed.
    Failed(String),
}

impl fmt::Display for FetchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offline(what) => {
                write!(f, "{what} is not in the cache, and fetching is not allowed")
            }
            Self::Missing(what) | Self::Failed(what) => f.write_str(what),
            Self::Changed { what, locked, found } => {
                write!(f, "{what} has changed: the lock file pins {locked}, the server sent {found}")
            }
        }
    }
}

impl std::error::Error for FetchError {}

/// A text without the user's part of the addresses in it.
pub(crate) fn without_logins(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after
            .find(|c: char| c == '/' || c == '\'' || c == '"' || c.is_whitespace())
            .unwrap_or(after.len());
        let skip = after.get(..end).and_then(|host| host.rfind('@')).map_or(0, |at| at + 1);
        rest = after.get(skip..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_are_taken_out() {
        assert_eq!(
            without_logins("fatal: 'https://me:s@cret@host/x' and https://host/a@b"),
            "fatal: 'https://host/x' and https://host/a@b"
        );
        assert_eq!(without_logins("no address: me@host"), "no address: me@host");
    }
}
