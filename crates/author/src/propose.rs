//! From an intent to a manifest.

use seatrial_platform::{Platform, RepositorySet};

use crate::charts::Charts;
use crate::design::design;
use crate::intent::Intent;
use crate::question::Question;
use crate::write::write;

/// What the author proposes.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Proposal {
    /// The set's name.
    pub name: String,
    /// The manifest; `None` when a question has to be answered first.
    pub text: Option<String>,
    /// What a person has to be asked; those with an assumption are settled meanwhile.
    pub questions: Vec<Question>,
    /// Whether it is a file that exists, edited: what else it holds is not to be touched.
    pub edits: bool,
}

/// Writes the ApplicationSet for an intent by the facts of a platform. Deterministic: the same intent, platform and
/// charts give the same bytes. Never fails: what is in the way is among [`Proposal::questions`].
pub fn propose(intent: &Intent, platform: &Platform, repositories: &RepositorySet) -> Proposal {
    let charts = Charts::of(platform, repositories);
    let mut questions = Vec::new();
    let designed = design(intent, platform, &charts, &mut questions);
    Proposal {
        name: designed.as_ref().map(|design| design.name.clone()).unwrap_or_default(),
        text: designed.map(|design| write(&design)),
        questions,
        edits: false,
    }
}
