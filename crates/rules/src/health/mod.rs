//! Check 6: will Argo CD see whether the workload is healthy?

mod misplaced_health_check;
mod missing_probe;
mod no_health_assessment;
mod probe_port_mismatch;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &misplaced_health_check::RULE,
    &missing_probe::RULE,
    &probe_port_mismatch::RULE,
    &no_health_assessment::RULE,
];
