//! The matching dialects Argo CD mixes: each pattern must be judged by the one its field uses.
//!
//! - [`gobwas`]: project source repositories and destinations, directory include and exclude, resource filters.
//! - [`gopath`]: directories of git generators, resource kinds in projects.
//! - [`wildmatch`]: files of git generators, as `git ls-files` matches pathspecs (the default).
//! - [`doublestar`]: files of git generators with the new globbing, Helm value files.

pub mod doublestar;
pub mod wildmatch;

use regex::Regex;
pub use seatrial_gotemplate::glob::{gobwas, gopath};

/// `glob.Match`: gobwas without separators; a pattern that does not parse matches nothing.
pub fn matches(pattern: &str, text: &str) -> bool {
    pattern == text && !pattern.contains(['*', '?', '[', '{', '\\'])
        || gobwas::Pattern::parse(pattern, &[]).is_ok_and(|p| p.matches(text))
}

/// `glob.Match` with `/` as separator: `*` and `?` stop at it.
pub fn matches_with_slash(pattern: &str, text: &str) -> bool {
    gobwas::Pattern::parse(pattern, &['/']).is_ok_and(|p| p.matches(text))
}

/// `glob.MatchStringInList` with regular expressions allowed: `/regex/` or a gobwas glob without separators.
pub fn matches_any_or_regex<S: AsRef<str>>(patterns: &[S], text: &str) -> bool {
    patterns.iter().map(AsRef::as_ref).any(|pattern| {
        match pattern.strip_prefix('/').and_then(|p| p.strip_suffix('/')) {
            Some(regex) if pattern.len() > 1 => Regex::new(regex).is_ok_and(|r| r.is_match(text)),
            _ => matches(pattern, text),
        }
    })
}
