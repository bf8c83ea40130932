//! What Kubernetes 1.31 to 1.37 knows of its own objects: kinds, fields, and where pods are in them.
#![cfg_attr(not(test), warn(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod version;

pub use version::Version;
