//! Does anything stand in Git that must not, or may anything do what it should not?

mod cluster_wide_rbac;
mod hidden_instruction;
mod plaintext_secret;
mod privileged_workload;
mod secret_backend_mismatch;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &plaintext_secret::RULE,
    &secret_backend_mismatch::RULE,
    &privileged_workload::RULE,
    &cluster_wide_rbac::RULE,
    &hidden_instruction::RULE,
];
