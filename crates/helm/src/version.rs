//! Which Helm is reproduced.

use std::fmt;

/// A Helm that Argo CD ships. Where they differ, each is right by name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HelmVersion {
    /// Helm 3.19.4, of Argo CD 3.3 and 3.4.
    V3_19,
    /// Helm 4.2.1, of Argo CD 3.5.
    V4_2,
    /// Helm 4.3.1, of Argo CD 3.6.
    #[default]
    V4_3,
}

impl HelmVersion {
    /// All of them, oldest first.
    pub const ALL: [Self; 3] = [Self::V3_19, Self::V4_2, Self::V4_3];

    /// The full version without `v`, as `helm version` has it: `4.3.1`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::V3_19 => "3.19.4",
            Self::V4_2 => "4.2.1",
            Self::V4_3 => "4.3.1",
        }
    }
}

impl fmt::Display for HelmVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "v{}", self.text())
    }
}
