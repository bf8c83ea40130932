//! Check 6: will Argo CD see whether the workload is healthy?

mod misplaced_health_check;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[&misplaced_health_check::RULE];
