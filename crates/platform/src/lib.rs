//! The platform file, `seatrial.yaml`: what is true of the platform, where each fact came from, and what manifests
//! may do.
//!
//! Reading never fails. Every value keeps the place it is written at ([`Spanned`]); what is wrong is an [`Issue`].
//!
//! | to … | see |
//! |---|---|
//! | read the file and what it imports | [`Platform::load`], [`Platform::from_tree`], [`Platform::none`] |
//! | ask what is in force somewhere | [`Platform::scope`], [`Scope`], [`Fact`] |
//! | ask whose cluster or environment a name means | [`Platform::cluster_by_server`], [`Platform::environment_named`] |
//! | ask where a fact came from | [`Platform::source_of`] |
//! | judge an Application by the rules of the house | [`Platform::constraints_for`], [`Platform::evaluate`] |
//! | expand ApplicationSets on this platform | [`Platform::surroundings`], [`Surroundings::world`] |
//! | show what is in force, and what is missing | [`Platform::in_force`], [`Platform::gaps`] |
//! | make a first platform file | [`draft`](fn@draft), [`Discovered`] |
//! | find charts and repositories | [`RepositorySet`] |
//! | know every key | [`keys::json_schema`], [`keys::markdown`] |

mod agree;
mod constraints;
mod draft;
mod import;
mod in_force;
mod issue;
pub mod keys;
mod load;
mod model;
mod pattern;
pub mod quantity;
mod read;
mod repositories;
mod scope;
mod spanned;
mod world;

pub use constraints::{CompileError, Program, Subject, Verdict, helm_values};
pub use draft::{Discovered, draft};
pub use import::{Context, contexts, without_credentials};
pub use in_force::{FactLine, Gap, InForce};
pub use issue::{Issue, IssueKind};
pub use load::FILE_NAME;
pub use model::{
    Amounts, ArgoCd, Authors, Bounds, Cluster, Constraint, Conventions, Declared, Environment, Environments,
    Exception, Expect, Facts, HighAvailability, Level, Modality, Namespace, NodeGroup, Pinned, Platform,
    PullSecret, Registry, Replicas, Repository, Resources, RuleSetting, SecretBackend, Source, Superseded,
    Sync, Window,
};
pub use repositories::{ChartPlace, Remote, RepositorySet};
pub use scope::{Fact, Scope};
pub use spanned::{List, Pairs, Spanned, Text};
pub use world::Surroundings;
