//! Names of repositories, tags and digests, as `oras-go` checks them.

use std::fmt;

use crate::strategicpatch::go_quote;

/// `registry/repository`, with a tag or a digest if one is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reference {
    registry: String,
    repository: String,
    pub(super) reference: String,
}

const INVALID: &str = "invalid reference";

impl Reference {
    /// The repository of a URL. A scheme other than `oci` is not one; the client then finds no registry.
    pub(super) fn of_repository(url: &str) -> Result<Self, String> {
        let repository = Self::parse(url.strip_prefix("oci://").unwrap_or(url))
            .map_err(|why| format!("failed to initialize repository: {why}"))?;
        let host = url.split_once("://").map_or("", |(_, rest)| rest.split('/').next().unwrap_or_default());
        if host.is_empty() {
            return Err(format!("failed to setup registry config: {INVALID}: invalid registry \"\""));
        }
        Ok(repository)
    }

    /// `ParseReference` of a repository: a tag or digest in it, or its own whole name with one.
    pub(super) fn with(&self, revision: &str) -> Result<Self, String> {
        let reference = match Self::parse(revision) {
            Ok(whole) => {
                if whole.registry != self.registry || whole.repository != self.repository {
                    let (got, want) = (go_quote(&whole.to_string()), go_quote(&self.to_string()));
                    return Err(format!("{INVALID}: mismatch between received {got} and expected {want}"));
                }
                whole
            }
            Err(_) => {
                let (reference, is_digest) = match revision.split_once('@') {
                    Some((_, digest)) => (digest, true),
                    None => (revision, revision.contains(':')),
                };
                if is_digest {
                    digest(reference)?;
                } else if !reference.is_empty() {
                    tag(reference)?;
                }
                Self { reference: reference.to_owned(), ..self.clone() }
            }
        };
        if reference.reference.is_empty() { Err(INVALID.to_owned()) } else { Ok(reference) }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let Some((registry, path)) = text.split_once('/') else {
            return Err(format!("{INVALID}: missing registry or repository"));
        };
        let (repository, reference, is_tag) = if let Some((repository, digest)) = path.split_once('@') {
            (repository.split(':').next().unwrap_or_default(), digest, false)
        } else {
            let (repository, tag) = path.split_once(':').unwrap_or((path, ""));
            (repository, tag, true)
        };
        if registry.is_empty() || registry.contains([' ', '?', '#', '@', '\\', '%', '<', '>', '"']) {
            return Err(format!("{INVALID}: invalid registry {}", go_quote(registry)));
        }
        if !is_repository(repository) {
            return Err(format!("{INVALID}: invalid repository {}", go_quote(repository)));
        }
        if !reference.is_empty() {
            if is_tag { tag(reference)? } else { digest(reference)? }
        }
        let owned = str::to_owned;
        Ok(Self { registry: owned(registry), repository: owned(repository), reference: owned(reference) })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        match self.reference.as_str() {
            "" => Ok(()),
            reference if digest(reference).is_ok() => write!(f, "@{reference}"),
            reference => write!(f, ":{reference}"),
        }
    }
}

/// Segments of small letters and digits, held together by one of `.`, `_`, `__` or dashes.
fn is_repository(name: &str) -> bool {
    name.split('/').all(|segment| {
        let plain = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let bytes = segment.as_bytes();
        let ends = bytes.first().is_some_and(plain) && bytes.last().is_some_and(plain);
        let mut runs = bytes.split(plain).filter(|run| !run.is_empty());
        ends && runs.all(|run| matches!(run, b"." | b"_" | b"__") || run.iter().all(|byte| *byte == b'-'))
    })
}

fn tag(text: &str) -> Result<(), String> {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let first = text.bytes().next().is_some_and(word);
    let fits = first && text.len() <= 128 && text.bytes().all(|b| word(b) || matches!(b, b'.' | b'-'));
    if fits { Ok(()) } else { Err(format!("{INVALID}: invalid tag {}", go_quote(text))) }
}

fn digest(text: &str) -> Result<(), String> {
    let refused = |why: &str| Err(format!("{INVALID}: invalid digest {}: {why}", go_quote(text)));
    let format = "invalid checksum digest format";
    let Some((algorithm, hash)) = text.split_once(':').filter(|(a, h)| !a.is_empty() && !h.is_empty()) else {
        return refused(format);
    };
    let length = match algorithm {
        "sha256" => 64,
        "sha384" => 96,
        "sha512" => 128,
        _ => {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            let parts = algorithm.split(['.', '+', '_', '-']);
            let name = parts.clone().all(|part| !part.is_empty() && part.bytes().all(plain));
            let rest = hash.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'));
            return refused(if name && rest { "unsupported digest algorithm" } else { format });
        }
    };
    if hash.len() != length {
        return refused("invalid checksum digest length");
    }
    if hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')) { Ok(()) } else { refused(format) }
}
