//! Helm charts rendered as `helm template` renders them, without Helm.
//!
//! A [`Chart`] is loaded once and shared. [`Options`] say which release is rendered and by which Helm
//! ([`HelmVersion`]).

mod bounds;
pub mod capabilities;
mod chart;
pub mod coalesce;
pub mod dependencies;
mod engine;
mod error;
pub mod install;
pub mod lint;
pub mod load;
mod options;
pub mod provenance;
pub mod release;
mod render;
pub mod schema;
pub mod set;
pub mod values;
mod version;

pub use bounds::Bounds;
pub use chart::{Chart, Dependency, File, ImportValue, Lock, Metadata, Values};
pub use engine::Prepared;
pub use error::{Error, Place};
pub use options::{KubeVersion, Options};
pub use release::{CrdFile, Hook, Manifest, Release};
pub use render::{Traced, render, render_traced};
pub use version::HelmVersion;
