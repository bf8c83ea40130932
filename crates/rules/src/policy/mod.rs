//! The house's own rules.

mod broken_constraint;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&broken_constraint::RULE];
