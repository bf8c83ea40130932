//! The trial: from a snapshot of files and the platform's facts to findings with verified fixes.
//!
//! | to … | see |
//! |---|---|
//! | run one | [`check`], [`fix()`], [`expand()`], [`render()`] over [`Inputs`] |
//! | know all that manifests would come to, refused or not | [`foresee()`] |
//! | write a rule | [`Rule`], [`Meta`], [`Sink`], [`Model`] |
//! | run one after the other on the same files | [`Warm`] |
//! | call one off | [`Stop`] |
//! | show a result | [`Report`], [`Finding`], [`Unknown`] |
//! | know where a field of an Application comes from | [`Model::locate`](model::Model::locate) |
//! | know where a field of a resource comes from | [`Model::why`](model::Model::why), [`Why`] |
//! | look at resources | [`Context::resources`], [`Resource`] |
//!
//! The way of a trial is told in `docs/architecture.md`; [`pipeline`] is where it happens. Nothing here knows an
//! output format, and nothing here knows a rule: rules are handed in.

pub mod collect;
pub mod context;
pub mod expand;
pub mod finding;
pub mod fix;
pub mod foresee;
mod judge;
pub mod model;
pub mod pipeline;
pub mod remap;
pub mod render;
mod rendered;
pub mod report;
pub mod rule;
pub mod silence;
mod stop;
pub mod verify;
mod warm;
pub mod why;

pub use context::Context;
pub use expand::{Expanded, expand};
pub use finding::{Applicability, Finding, Fix, Group, Related, Severity, Unknown};
pub use fix::{FixOptions, Fixed, FixedFile, fix};
pub use foresee::{Foreseen, Foresight, foresee};
pub use model::{
    Application, ApplicationSet, Document, HelmValue, HelmValues, Kind, Located, Manifest, Model, Purpose,
    Resource, Resources, Via,
};
pub use pipeline::{Effort, Inputs, Options, check};
pub use render::{RenderedApplication, Renders, render};
pub use report::{Report, Silenced, Summary, Verdict};
pub use rule::{Meta, Rule, Sink};
pub use stop::{Stop, Stopped};
pub use warm::Warm;
pub use why::{ChartOf, Why};
