//! What Applications would have Argo CD sync.

use std::collections::BTreeSet;
use std::sync::Arc;

use seatrial_argocd::render::{Hook, Rendering};
use seatrial_source::FileId;
use serde_json::Value;

/// What one Application renders to.
#[derive(Debug, Default)]
pub struct Resources {
    /// The repo server's answer: resources as rendered, errors, what is unknown.
    pub rendering: Rendering,
    /// The resources as the controller would sync them.
    pub list: Vec<Resource>,
    /// Conditions of the Application: type and message (`RepeatedResourceWarning`, `ExcludedResourceWarning`).
    pub conditions: Vec<(&'static str, String)>,
    /// The files of repositories that were read on the way.
    pub read: BTreeSet<FileId>,
}

impl Resources {
    /// Whether these are all of them and surely right: nothing is unknown, and nothing fails.
    pub fn are_complete(&self) -> bool {
        self.rendering.is_complete()
    }
}

/// A Kubernetes resource of an Application, its namespace settled.
#[derive(Debug, Clone)]
pub struct Resource {
    /// The object.
    pub object: Arc<Value>,
    /// Its index in [`Rendering::resources`].
    pub index: usize,
    /// The phases it runs in as a hook; empty for a plain resource.
    pub hooks: Vec<Hook>,
}

impl Resource {
    /// The string at a JSON pointer; empty when there is none.
    pub fn text(&self, pointer: &str) -> &str {
        self.object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.text("/apiVersion").rsplit_once('/').map_or("", |(group, _)| group)
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// The namespace; empty for what belongs to the cluster.
    pub fn namespace(&self) -> &str {
        self.text("/metadata/namespace")
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// `group/kind/namespace/name`, what is empty left out: `apps/Deployment/agents/agent`.
    pub fn identity(&self) -> String {
        let parts = [self.group(), self.kind(), self.namespace(), self.name()];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
    }
}
