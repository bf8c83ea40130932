//! Check 2: may images come from there, and with which secret are they pulled?

mod expiring_registry_token;
mod malformed_registry;
mod missing_pull_secret;
mod registry_not_allowed;
mod unknown_pull_secret;
mod unneeded_pull_secret;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &registry_not_allowed::RULE,
    &malformed_registry::RULE,
    &missing_pull_secret::RULE,
    &unneeded_pull_secret::RULE,
    &unknown_pull_secret::RULE,
    &expiring_registry_token::RULE,
];
