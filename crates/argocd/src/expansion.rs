//! What an expansion yields.

mod deletion;

use std::sync::Arc;

use seatrial_yaml::Path;
use serde_json::Value;

pub use deletion::{DeletedApplication, Deletion, DeletionWave, NextDeletion};

/// What the ApplicationSet controller makes of one ApplicationSet.
#[derive(Clone, Debug, Default)]
pub struct Expansion {
    /// Every generated Application, in the order of the generators (where Go's order is random: sorted).
    /// When any generator or template fails the controller creates none of them; those that could be made are still listed.
    pub generated: Vec<Generated>,
    /// Everything that goes wrong, in the order found. The controller itself reports one: see [`Expansion::reported`].
    pub errors: Vec<ConditionError>,
    /// What becomes of the Applications that exist already, sorted by name: those it generates, and those it generated once.
    pub existing: Vec<Existing>,
    /// How a rolling sync takes the Applications in turn, where there is one.
    pub rollout: Option<Rollout>,
    /// How the Applications go with the set, where it is being deleted, or would delete them step by step
    /// (`deletionOrder: Reverse`). A set that is being deleted generates nothing, and all else here is empty.
    pub deletion: Option<Deletion>,
    /// What could not be evaluated, because the world does not say.
    pub unknown: Vec<Unknown>,
    /// What the controller would write to `status.conditions`, sorted by type. Empty after a panic, while something is unknown, and
    /// where the set is being deleted, whose status stays as it is.
    pub conditions: Vec<Condition>,
    /// What the controller only logs.
    pub warnings: Vec<Warning>,
}

impl Expansion {
    /// The reason and message of the `ErrorOccurred` condition, if the controller would set it.
    pub fn reported(&self) -> Option<(&str, &str)> {
        self.conditions
            .iter()
            .find(|c| c.kind == "ErrorOccurred" && c.status)
            .map(|c| (c.reason.as_str(), c.message.as_str()))
            .or_else(|| {
                let stop = self.errors.iter().find(|e| e.stops)?;
                Some((stop.reason.as_str(), stop.message.as_str()))
            })
    }

    /// Whether an error keeps the controller from creating or changing anything.
    pub fn stopped(&self) -> bool {
        self.errors.iter().any(|e| e.stops)
    }
}

/// One Application that the controller would generate.
#[derive(Clone, Debug)]
pub struct Generated {
    /// The Application as the controller would create it (`apiVersion`, `kind`, `metadata`, `spec`, maybe `operation`),
    /// before the small normalisation at creation.
    pub application: Arc<Value>,
    /// Whether it would be created: nothing stops the set, and it passes validation and the API server.
    pub created: bool,
    /// Whether it would be created but for a fact that the world does not state: see [`Expansion::unknown`].
    pub doubtful: bool,
    /// The parameter set, as JSON.
    pub params: Value,
    /// The generator (and element) that made the parameter set, as a path in the ApplicationSet.
    pub generator: Path,
    /// Where each parameter comes from, best effort.
    pub origins: Arc<Vec<ParamOrigin>>,
    /// The rendered `templatePatch` as JSON.
    pub patch: Option<Value>,
    /// The generator whose own `template` was merged into this Application's, if it has one.
    pub generator_template: Option<Path>,
    /// The step of the set's rolling sync that it is in, from 0.
    pub step: Option<usize>,
}

impl Generated {
    /// `metadata.name`, empty when there is none.
    pub fn name(&self) -> &str {
        self.application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default()
    }
}

/// What becomes of an Application that exists already.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// `metadata.name`; its namespace is that of the set.
    pub name: String,
    /// What the controller does to it.
    pub fate: Fate,
    /// The Application afterwards; if it is deleted as it was, without the finalizer that the controller takes away where the
    /// destination is none. It then stays as long as other finalizers hold it. Without `status` and what only the API server writes.
    pub application: Value,
}

/// What the controller does to an Application that exists already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is made what the set generates, save what it preserves or ignores.
    Updated,
    /// Nothing: it is so already, or differs in what is ignored.
    Unchanged,
    /// Nothing: the policy allows no updates.
    Left,
    /// It is deleted: the set generates it no more.
    Deleted,
}

/// How a rolling sync (`strategy.type: RollingSync`, where progressive syncs are on) takes a set's Applications in turn.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rollout {
    /// The steps, in their order.
    pub steps: Vec<RolloutStep>,
    /// The generated Applications that no step selects, which the rollout never syncs.
    pub unselected: Vec<String>,
    /// What the controller has against the steps, in the words of its `InvalidRolloutConfig` condition.
    pub problem: Option<String>,
    /// `status.applicationStatus` after this reconciliation: of the Applications that exist already.
    pub statuses: Vec<RolloutStatus>,
    /// The Applications whose sync this reconciliation starts.
    pub synced: Vec<String>,
    /// Whether the rollout waits until all existing Applications were refreshed after the last change.
    pub waits: bool,
}

/// A step of a rolling sync.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RolloutStep {
    /// The generated Applications that it selects, in their order. One that several steps select counts in the first.
    pub applications: Vec<String>,
    /// `maxUpdate`, as it is written.
    pub max_update: Option<String>,
}

impl RolloutStep {
    /// Whether its `maxUpdate` lets no Application be synced: a person has to.
    pub fn holds(&self) -> bool {
        self.max_update.as_deref().is_some_and(|max| max == "0%" || max.parse().is_ok_and(|n: i64| n < 1))
    }
}

/// How far a rolling sync is with an Application that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RolloutStatus {
    /// Its name.
    pub application: String,
    /// `Waiting`, `Pending`, `Progressing` or `Healthy`.
    pub status: String,
    /// Why, in the controller's words.
    pub message: String,
    /// The step, from 1; -1 where no step selects it.
    pub step: i64,
    /// The revisions that the rollout takes it to.
    pub target_revisions: Vec<String>,
}

/// Where a parameter's value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamOrigin {
    /// The parameter: `name`, `values.tier`, `path.basename`.
    pub key: String,
    /// Where it is written.
    pub place: Place,
}

/// A place that a parameter can come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the ApplicationSet itself.
    Set(Path),
    /// In a file of a repository (`at` is the path of the value in the file's document).
    File {
        /// The repository's URL as the generator gives it.
        url: String,
        /// The revision asked for.
        revision: String,
        /// The file.
        path: String,
        /// The value in the file.
        at: Path,
    },
    /// The path of a directory in a repository.
    Directory {
        /// The repository's URL as the generator gives it.
        url: String,
        /// The revision asked for.
        revision: String,
        /// The directory.
        path: String,
    },
    /// A cluster Secret in Argo CD's namespace, by name; `in-cluster` has none.
    ClusterSecret(Option<String>),
    /// A fixture: the answer of a service outside.
    Fixture(String),
}

/// An error, with the words the controller has for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionError {
    /// The condition's reason (`ApplicationGenerationFromParamsError`, `RenderTemplateParamsError`,
    /// `ApplicationValidationError`, `UpdateApplicationError`, …), or one of Seatrial's own:
    /// `ParseError` (the object does not decode), `Panic` (the controller recovers from a panic and writes no condition),
    /// `LimitExceeded`.
    pub reason: String,
    /// The message, in the controller's words.
    pub message: String,
    /// The part of the ApplicationSet it is about.
    pub at: Path,
    /// The Applications it is about (none: all of the generator's, or of the set).
    pub applications: Vec<String>,
    /// The index in [`Expansion::generated`] of the Applications it is about.
    pub indices: Vec<usize>,
    /// Whether it keeps the controller from creating or changing anything.
    pub stops: bool,
}

/// Something that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What would have to be known, in one sentence.
    pub needs: String,
    /// The part of the ApplicationSet it is about.
    pub at: Path,
    /// The index in [`Expansion::generated`] of the Application it is about, if it is about one.
    pub index: Option<usize>,
}

/// Something the controller logs as a warning and otherwise passes over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// What it logs.
    pub message: String,
    /// The part of the ApplicationSet it is about.
    pub at: Path,
}

/// One entry of `status.conditions`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// `type`.
    pub kind: String,
    /// `status`.
    pub status: bool,
    /// `reason`.
    pub reason: String,
    /// `message`.
    pub message: String,
}
