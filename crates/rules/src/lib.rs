//! The rules: one file each, in folders by group, and how manifests are rewritten.
//!
//! | to … | see |
//! |---|---|
//! | have them all | [`all`] |
//! | find one by name | [`find`] |
//! | write one | `declare_rule!` in `declare.rs`, any file of a group, `testing::Tester` |
//! | mend a manifest | [`rewrite`] |

#[macro_use]
mod declare;

pub mod rewrite;

#[cfg(test)]
mod testing;

mod images;
mod mend;
mod rendered;
mod subject;
mod workload;

// One line a group: the folder's table is its `RULES`.
mod destination;
mod generator;
mod health;
mod namespace;
mod naming;
mod ordering;
mod platform;
mod policy;
mod registry;
mod resources;
mod safety;
mod scheduling;
mod schema;
mod security;
mod source;
mod storage;
mod sync;
mod syntax;

use std::sync::LazyLock;

use seatrial_trial::Rule;

/// The tables of all groups, in the catalogue's order.
const GROUPS: &[&[&'static dyn Rule]] = &[
    syntax::RULES,
    schema::RULES,
    generator::RULES,
    source::RULES,
    destination::RULES,
    registry::RULES,
    namespace::RULES,
    resources::RULES,
    sync::RULES,
    health::RULES,
    scheduling::RULES,
    storage::RULES,
    ordering::RULES,
    security::RULES,
    naming::RULES,
    safety::RULES,
    policy::RULES,
    platform::RULES,
];

/// Every rule, in the catalogue's order.
pub fn all() -> &'static [&'static dyn Rule] {
    static ALL: LazyLock<Vec<&'static dyn Rule>> = LazyLock::new(|| GROUPS.concat());
    &ALL
}

/// The rule of this name.
pub fn find(name: &str) -> Option<&'static dyn Rule> {
    all().iter().copied().find(|rule| rule.meta().name == name)
}

/// Whether a rule of this name exists.
pub fn exists(name: &str) -> bool {
    find(name).is_some()
}
