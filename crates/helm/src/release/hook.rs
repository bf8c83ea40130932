//! Hooks: resources that Helm runs at moments of a release's life.

use super::Manifest;

/// A resource with the annotation `helm.sh/hook`.
#[derive(Clone, Debug)]
pub struct Hook {
    /// The document.
    pub manifest: Manifest,
    /// The events, `test-success` as `test`.
    pub events: Vec<&'static str>,
    /// `helm.sh/hook-weight`; 0 where it is no number.
    pub weight: i64,
    /// `helm.sh/hook-delete-policy`, in lower case, unchecked as Helm leaves it.
    pub delete_policies: Vec<String>,
}

impl Hook {
    /// Whether this is a test (`--skip-tests` leaves it out).
    pub fn is_test(&self) -> bool {
        self.events.contains(&"test")
    }
}

/// The name of an event in an annotation.
pub(super) fn event(name: &str) -> Option<&'static str> {
    Some(match name {
        "pre-install" => "pre-install",
        "post-install" => "post-install",
        "pre-delete" => "pre-delete",
        "post-delete" => "post-delete",
        "pre-upgrade" => "pre-upgrade",
        "post-upgrade" => "post-upgrade",
        "pre-rollback" => "pre-rollback",
        "post-rollback" => "post-rollback",
        "test" | "test-success" => "test",
        _ => return None,
    })
}
