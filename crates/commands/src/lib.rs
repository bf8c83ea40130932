//! The commands of `argocd` and `kubectl`: which there are, which a text gets wrong, and which are to be run for a manifest.
//!
//! | to … | see |
//! |---|---|
//! | find commands in a script or a Markdown page | [`found`], [`Kind`], [`Command`] |
//! | know what is wrong with them | [`check`], [`Wrong`], [`Surroundings`] |
//! | know what to run for a set | [`plan`], [`Plan`], [`Step`] |
//!
//! What the tools know is data, made from the tools themselves: `data/argocd.txt` from Argo CD 3.3 to 3.6, `data/kubectl.txt`
//! from Kubernetes 1.31 to 1.37. Nothing here runs anything.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod extract;
mod known;
mod plan;
mod words;

pub use check::{Surroundings, Wrong, check};
pub use extract::{Command, Kind, found};
pub use known::{Tool, Version};
pub use plan::{Destination, Plan, Planned, Step, Workload, plan};
