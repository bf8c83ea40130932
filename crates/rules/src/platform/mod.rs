//! Is the platform file itself sound?

mod unsound_platform_file;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&unsound_platform_file::RULE];
