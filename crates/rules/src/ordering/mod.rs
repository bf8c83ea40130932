//! Do things happen in the order they need each other?

mod invalid_wave;
mod order;
mod unknown_hook;
mod wave_deadlock;
mod wave_order;

use seatrial_trial::Rule;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] =
    &[&unknown_hook::RULE, &invalid_wave::RULE, &wave_order::RULE, &wave_deadlock::RULE];

/// Whether a document is an object of Kubernetes.
fn is_object(root: &seatrial_yaml::Node<'_>) -> bool {
    root.get("apiVersion").is_some() && root.get("kind").is_some()
}
