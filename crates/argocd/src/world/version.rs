//! Versions of Argo CD.

use std::fmt;
use std::str::FromStr;

/// A version of Argo CD.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// Major.
    pub major: u16,
    /// Minor.
    pub minor: u16,
    /// Patch.
    pub patch: u16,
}

impl Version {
    /// The newest version this code was measured against.
    pub const NEWEST: Self = Self::new(3, 6, 1);

    /// The versions whose schemas are known, oldest first.
    pub const KNOWN: [Self; 4] = [Self::new(3, 3, 19), Self::new(3, 4, 13), Self::new(3, 5, 7), Self::NEWEST];

    /// A version.
    pub const fn new(major: u16, minor: u16, patch: u16) -> Self {
        Self { major, minor, patch }
    }

    /// Whether this is `major.minor` or later.
    pub const fn at_least(self, major: u16, minor: u16) -> bool {
        self.major > major || (self.major == major && self.minor >= minor)
    }

    /// The index in [`Version::KNOWN`] of the version that stands for this one: the same minor, else the nearest.
    pub fn nearest_known(self) -> usize {
        if let Some(index) = Self::KNOWN.iter().position(|k| (k.major, k.minor) == (self.major, self.minor)) {
            return index;
        }
        if self < Self::KNOWN[0] { 0 } else { Self::KNOWN.len() - 1 }
    }
}

impl Default for Version {
    fn default() -> Self {
        Self::NEWEST
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

impl FromStr for Version {
    type Err = String;

    /// Reads `3.6`, `3.6.1`, `v3.6.1` and forgives a suffix (`3.6.1+abc`).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || format!("{text:?} is no version of Argo CD, such as 3.6.1");
        let trimmed = text.trim();
        let mut parts = trimmed
            .strip_prefix('v')
            .unwrap_or(trimmed)
            .split(['+', '-'])
            .next()
            .unwrap_or_default()
            .split('.');
        let mut number = |default: Option<u16>| match parts.next() {
            Some(part) => part.parse::<u16>().map_err(|_| bad()),
            None => default.ok_or_else(bad),
        };
        let version = Self { major: number(None)?, minor: number(None)?, patch: number(Some(u16::MAX))? };
        Ok(if version.patch == u16::MAX {
            let known =
                Self::KNOWN.into_iter().find(|k| (k.major, k.minor) == (version.major, version.minor));
            known.unwrap_or(Self { patch: 0, ..version })
        } else {
            version
        })
    }
}
