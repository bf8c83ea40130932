//! Does anything stand in Git that must not?

mod plaintext_secret;
mod secret_backend_mismatch;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&plaintext_secret::RULE, &secret_backend_mismatch::RULE];
