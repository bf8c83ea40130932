//! Do things happen in the order they need each other?

mod invalid_wave;
mod unknown_hook;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&unknown_hook::RULE, &invalid_wave::RULE];
