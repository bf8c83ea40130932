//! The platform file, `seatrial.yaml`: what is true of the platform, where each fact came from, and what manifests
//! may do.
//!
//! Reading never fails. Every value keeps the place it is written at ([`Spanned`]); what is wrong is an [`Issue`].
//!
//! | to … | see |
//! |---|---|
//! //! | ask what is in force somewhere | [`Platform::scope`], [`Scope`], [`Fact`] |

mod issue;
mod model;
mod pattern;
mod scope;
mod spanned;

pub use issue::{Issue, IssueKind};
pub use model::{
    Amounts, ArgoCd, Bounds, Cluster, Constraint, Conventions, Declared, Environment, Environments, Exception,
    Expect, Facts, HighAvailability, Level, Modality, Namespace, NodeGroup, Pinned, Platform, PullSecret, Registry,
    Replicas, Repository, Resources, RuleSetting, SecretBackend, Sync, Window,
};
pub use scope::{Fact, Scope};
pub use spanned::{List, Pairs, Spanned, Text};
