//! The house's own rules.

mod broken_constraint;
mod unexplained_literal;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&broken_constraint::RULE, &unexplained_literal::RULE];
