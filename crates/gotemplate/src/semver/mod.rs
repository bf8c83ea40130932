//! Semantic versions and constraints as Masterminds `semver` 3.4 reads and judges them (sprig's `semver`, `semverCompare`).

mod constraint;

use std::cmp::Ordering;
use std::fmt;

pub use constraint::Constraints;

/// A version; `1`, `v1.2` and `01.2.3` are accepted and completed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number.
    pub minor: u64,
    /// The third number.
    pub patch: u64,
    /// What stands after `-`, without it.
    pub pre: String,
    /// What stands after `+`, without it.
    pub metadata: String,
    /// The text it was read from.
    pub original: String,
}

impl Version {
    /// Reads a version, `NewVersion`; the error is the library's text.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let invalid = || "invalid semantic version".to_owned();
        let text = std::str::from_utf8(text).map_err(|_| invalid())?;
        let shape = Shape::read(text).filter(|s| s.rest.is_empty()).ok_or_else(invalid)?;
        let number = |digits: &str| {
            if digits.is_empty() {
                return Ok(0);
            }
            digits.parse().map_err(|_| {
                format!(
                    "error parsing version segment: strconv.ParseUint: parsing {digits:?}: value out of range"
                )
            })
        };
        let version = Self {
            major: number(shape.numbers[0])?,
            minor: number(shape.numbers[1])?,
            patch: number(shape.numbers[2])?,
            pre: shape.pre.to_owned(),
            metadata: shape.metadata.to_owned(),
            original: text.to_owned(),
        };
        let padded =
            |part: &str| part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit());
        if version.pre.split('.').any(padded) {
            return Err("version segment starts with 0".to_owned());
        }
        Ok(version)
    }

    /// Compares by the SemVer rules; build metadata does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        (self.major, self.minor, self.patch).cmp(&(other.major, other.minor, other.patch)).then_with(
            || match (self.pre.is_empty(), other.pre.is_empty()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => compare_pre(&self.pre, &other.pre),
            },
        )
    }

    fn prefix(&self) -> &'static str {
        if self.original.starts_with('v') { "v" } else { "" }
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Self {
        let mut next = Self {
            major,
            minor,
            patch,
            pre: String::new(),
            metadata: String::new(),
            original: String::new(),
        };
        next.original = format!("{}{next}", self.prefix());
        next
    }

    /// `IncMajor`.
    pub fn inc_major(&self) -> Self {
        self.next(self.major.wrapping_add(1), 0, 0)
    }

    /// `IncMinor`.
    pub fn inc_minor(&self) -> Self {
        self.next(self.major, self.minor.wrapping_add(1), 0)
    }

    /// `IncPatch`: a pre-release becomes its release.
    pub fn inc_patch(&self) -> Self {
        let step = u64::from(self.pre.is_empty());
        self.next(self.major, self.minor, self.patch.wrapping_add(step))
    }

    /// `SetPrerelease`; the error is the library's text.
    pub fn set_prerelease(&self, pre: &str) -> Result<Self, String> {
        let mut next = self.clone();
        if !pre.is_empty() {
            for part in pre.split('.') {
                if !is_identifier(part) {
                    return Err("invalid prerelease string".to_owned());
                }
                if part.len() > 1 && part.starts_with('0') && part.bytes().all(|b| b.is_ascii_digit()) {
                    return Err("version segment starts with 0".to_owned());
                }
            }
        }
        pre.clone_into(&mut next.pre);
        next.original = format!("{}{next}", self.prefix());
        Ok(next)
    }

    /// `SetMetadata`; the error is the library's text.
    pub fn set_metadata(&self, metadata: &str) -> Result<Self, String> {
        if !metadata.is_empty() && !metadata.split('.').all(is_identifier) {
            return Err("invalid metadata string".to_owned());
        }
        let mut next = self.clone();
        metadata.clone_into(&mut next.metadata);
        next.original = format!("{}{next}", self.prefix());
        Ok(next)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.pre.is_empty() {
            write!(f, "-{}", self.pre)?;
        }
        if !self.metadata.is_empty() {
            write!(f, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn compare_pre(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a.split('.'), b.split('.'));
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let order = match (a.unwrap_or(""), b.unwrap_or("")) {
            (a, b) if a == b => Ordering::Equal,
            ("", _) => Ordering::Less,
            (_, "") => Ordering::Greater,
            (a, b) => match (number(a), number(b)) {
                (None, None) => a.cmp(b),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                // Different texts of one number (`1` and `01`) count as less, as the library has it.
                (Some(a), Some(b)) => a.cmp(&b).then(Ordering::Less),
            },
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn number(part: &str) -> Option<u64> {
    part.bytes().all(|b| b.is_ascii_digit()).then(|| part.parse().ok()).flatten()
}

/// The longest prefix of a text shaped like a version, and what is left.
#[derive(Debug, Clone, Copy)]
struct Shape<'a> {
    numbers: [&'a str; 3],
    pre: &'a str,
    metadata: &'a str,
    rest: &'a str,
}

impl<'a> Shape<'a> {
    fn read(text: &'a str) -> Option<Self> {
        Self::read_with(text, |b| b.is_ascii_digit())
    }

    /// Reads numbers made of the bytes `accepts`; constraints also allow wildcards there.
    fn read_with(text: &'a str, accepts: impl Fn(u8) -> bool) -> Option<Self> {
        let run = |text: &'a str| text.split_at(text.bytes().take_while(|b| accepts(*b)).count());
        let (major, mut rest) = run(text.strip_prefix('v').unwrap_or(text));
        if major.is_empty() {
            return None;
        }
        let mut shape = Self { numbers: [major, "", ""], pre: "", metadata: "", rest };
        for number in shape.numbers.iter_mut().skip(1) {
            let Some((digits, tail)) = rest.strip_prefix('.').map(&run).filter(|(d, _)| !d.is_empty()) else {
                break;
            };
            (*number, rest) = (digits, tail);
        }
        if let Some((pre, tail)) = rest.strip_prefix('-').and_then(identifiers) {
            (shape.pre, rest) = (pre, tail);
        }
        if let Some((metadata, tail)) = rest.strip_prefix('+').and_then(identifiers) {
            (shape.metadata, rest) = (metadata, tail);
        }
        shape.rest = rest;
        Some(shape)
    }
}

/// Dot-separated identifiers at the start of a text, and what follows.
fn identifiers(text: &str) -> Option<(&str, &str)> {
    let run = |text: &str| text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'-').count();
    let mut end = run(text);
    if end == 0 {
        return None;
    }
    while let Some(tail) = text.get(end..).and_then(|t| t.strip_prefix('.')) {
        match run(tail) {
            0 => break,
            more => end += 1 + more,
        }
    }
    Some(text.split_at(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_loosely() {
        for (text, want) in
            [("1", "1.0.0"), ("v1.2", "1.2.0"), ("1.2.3-a.b+c", "1.2.3-a.b+c"), ("01.02.3", "1.2.3")]
        {
            assert_eq!(Version::parse(text.as_bytes()).unwrap().to_string(), want);
        }
        for text in ["", "x", "1.2.3.4", "1.", "V1", " 1", "1.2.3-"] {
            assert_eq!(Version::parse(text.as_bytes()).unwrap_err(), "invalid semantic version", "{text}");
        }
        assert_eq!(Version::parse(b"1.2.3-01").unwrap_err(), "version segment starts with 0");
    }

    #[test]
    fn orders_prereleases() {
        let sorted = [
            "1.0.0-1",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0",
        ];
        for pair in sorted.windows(2) {
            let [a, b] = [0, 1].map(|i| Version::parse(pair[i].as_bytes()).unwrap());
            assert_eq!(a.compare(&b), Ordering::Less, "{pair:?}");
        }
    }
}
