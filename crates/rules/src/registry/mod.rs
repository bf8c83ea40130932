//! Check 2: may images come from there, and with which secret are they pulled?

mod expiring_registry_token;
mod malformed_registry;
mod missing_pull_secret;
mod registry_not_allowed;
mod unknown_pull_secret;
mod unneeded_pull_secret;

use seatrial_platform::Text;
use seatrial_trial::Rule;

use crate::images::Image;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &registry_not_allowed::RULE,
    &malformed_registry::RULE,
    &missing_pull_secret::RULE,
    &unneeded_pull_secret::RULE,
    &unknown_pull_secret::RULE,
    &expiring_registry_token::RULE,
];

/// Whether an image comes from one of these registries.
fn allows(registries: &[Text], image: &Image) -> bool {
    let name = image.name();
    let below = |whole: &str, start: &str| whole.strip_prefix(start).is_some_and(|r| r.starts_with('/'));
    registries.iter().map(|r| r.value.trim_end_matches('/')).any(|host| {
        // Of a registry for all images it is not known which paths they have.
        let part = image.repository.is_empty() && below(host, &image.registry);
        image.registry == host || part || below(&name, host)
    })
}
