//! Argo CD's own semantics, offline: what the ApplicationSet controller would create and say ([`expand()`]),
//! what the API server says to Argo CD's objects ([`schema`]), what a project permits ([`project`]),
//! and the matching and merging dialects these rest on ([`glob`], [`selector`], [`strategicpatch`]).
//!
//! The measure is Argo CD 3.6.1; differences of 3.3 to 3.5 are told apart where they matter.

pub mod expand;
pub mod expansion;
mod flatten;
mod generators;
pub mod glob;
mod gojson;
pub mod gotypes;
mod jq;
pub mod limits;
mod mergo;
pub mod names;
pub mod oci;
mod params;
pub mod project;
pub mod render;
pub mod schema;
pub mod selector;
pub mod strategicpatch;
pub mod versions;
pub mod world;
mod yaml;

pub use expand::expand;
pub use expansion::{
    Condition, ConditionError, DeletedApplication, Deletion, DeletionWave, Existing, Expansion, Fate,
    Generated, NextDeletion, ParamOrigin, Place, Rollout, RolloutStatus, RolloutStep, Unknown, Warning,
};
pub use limits::Limits;
pub use oci::{Artifact, Registry};
pub use render::{ChartCache, RenderOptions, Renderer, Rendering, render};
pub use seatrial_yaml::Path;
pub use world::{
    ChartFiles, ChartRequest, Cluster, Fixtures, Flags, NoRepositories, PluginAnswer, PluginReply,
    RepoAnswer, RepoEntry, RepoEntryKind, Repositories, State, Version, World,
};
