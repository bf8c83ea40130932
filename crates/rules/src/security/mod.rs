//! Does anything stand in Git that must not?

mod plaintext_secret;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&plaintext_secret::RULE];
