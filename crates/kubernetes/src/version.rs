//! Releases of Kubernetes.

use std::fmt;

/// A minor release of Kubernetes 1, such as 1.35. Patch releases do not differ in what is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version(u8);

impl Version {
    /// The oldest release whose schemas are known.
    pub const OLDEST: Self = Self(31);
    /// The newest release whose schemas are known.
    pub const NEWEST: Self = Self(37);

    /// The release 1.`minor`.
    pub const fn minor(minor: u8) -> Self {
        Self(minor)
    }

    /// Reads `1.35`, `v1.35.2`, `1.35.2-eks-1234` or `1.35+`; nothing for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let rest = text.strip_prefix('v').unwrap_or(text).strip_prefix("1.")?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (minor, tail) = rest.split_at(end);
        let ends = tail.is_empty() || tail.starts_with(['.', '-', '+']);
        if ends { minor.parse().ok().map(Self) } else { None }
    }

    /// Whether the schemas of this release are known, not those of a neighbour.
    pub fn is_known(self) -> bool {
        (Self::OLDEST..=Self::NEWEST).contains(&self)
    }

    /// The known release that stands for this one: itself, or the nearest.
    pub fn nearest_known(self) -> Self {
        self.clamp(Self::OLDEST, Self::NEWEST)
    }

    /// All releases whose schemas are known, oldest first.
    pub fn known() -> impl DoubleEndedIterator<Item = Self> {
        (Self::OLDEST.0..=Self::NEWEST.0).map(Self)
    }

    /// The release after this one.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// The place of its nearest known release among the known ones.
    pub(crate) fn index(self) -> u32 {
        u32::from(self.nearest_known().0 - Self::OLDEST.0)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "1.{}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn releases_as_clusters_name_them() {
        for text in ["1.35", "v1.35.2", "1.35.2-eks-1234", "1.35+", " v1.35 ", "1.35-gke.100"] {
            assert_eq!(Version::parse(text), Some(Version::minor(35)), "{text}");
        }
        for text in ["", "1", "2.1", "1.x", "1.3a", "35", "1.999"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
        assert_eq!(Version::minor(20).nearest_known(), Version::OLDEST);
    }
}
