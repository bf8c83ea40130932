//! Does what runs stay what was reviewed?

mod floating_image_tag;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&floating_image_tag::RULE];
