//! What Kubernetes 1.31 to 1.37 knows of its own objects: kinds, fields, and where pods are in them.
//!
//! | to … | see |
//! |---|---|
//! | name a release | [`Version`] |
//! | know which kinds there are, and when one came or went | [`kinds`], [`kind`], [`lifetime`], [`is_namespaced`], [`served`] |
//! | hear what the API server says to an object | [`check`], [`Verdict`], [`SchemaIssue`] |
//! | let objects of charts and clusters add kinds | [`Crds`] |
//! | find the pods and images in an object | [`pods`], [`images`], [`PodPlace`], [`Container`] |
//!
//! Nothing here knows Helm, Argo CD or the platform file. The facts are data made by `cargo xtask schemas`.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod check;
mod crds;
mod data;
mod kinds;
mod pods;
mod text;
mod version;

pub use check::{IssueKind, SchemaIssue, Verdict, check};
pub use crds::Crds;
pub use kinds::{KindInfo, Lifetime, is_namespaced, kind, kinds, lifetime, served};
pub use pods::{Container, ContainerKind, PodPlace, Probe, ProbeKind, images, pods};
pub use version::Version;
