//! What becomes of a set's Applications when the set itself is deleted.

/// How the Applications of a set that is being deleted, or would be, are deleted with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deletion {
    /// Since when the set is being deleted (`metadata.deletionTimestamp`). None for a set that lives: so it would go.
    pub since: Option<String>,
    /// The Applications in the order in which they are deleted: each wave when nothing of the one before is left.
    pub waves: Vec<DeletionWave>,
    /// The Applications that stay, without an owner.
    pub kept: Vec<String>,
    /// What the controller's next reconciliation does; none for a set that lives, and where it has nothing to do.
    pub next: Option<NextDeletion>,
    /// The finalizers that hold the set when the controller is done with it, which others must take away.
    pub held_by: Vec<String>,
}

/// Applications that are deleted in no order among themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionWave {
    /// The step of the rolling sync, from 0, whose Applications the controller deletes, one in each reconciliation. None for those
    /// that Kubernetes deletes, because the set that owns them is gone, or is deleted in the foreground.
    pub step: Option<usize>,
    /// The Applications, by name.
    pub applications: Vec<DeletedApplication>,
}

/// An Application that is deleted with its set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletedApplication {
    /// `metadata.name`; its namespace is that of the set.
    pub name: String,
    /// Whether it is being deleted already.
    pub going: bool,
    /// Whether its resources stay: no finalizer of it has them deleted.
    pub keeps_resources: bool,
}

/// What the next reconciliation of a set that is being deleted does. Of several Applications of a wave the controller takes up
/// one at random; here it is the first by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NextDeletion {
    /// It deletes this Application.
    Deletes(String),
    /// It waits for this one, which is being deleted; after two minutes with the error
    /// `application has not been deleted in over 2 minutes`.
    Waits(String),
    /// It lets the set go; Applications that it may not delete lose their owner before.
    Releases,
}
