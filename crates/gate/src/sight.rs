//! What Argo CD would make of manifests, as far as can be seen.

use std::sync::Arc;

use seatrial_trial::Foresight;
use serde_json::Value;

/// An Application and what it renders to.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `namespace/name`.
    pub name: String,
    /// The environment it is judged by.
    pub environment: Option<String>,
    /// Whether a rolling sync syncs it, whatever its sync policy says.
    pub rolled_out: bool,
    /// The Application.
    pub application: Value,
    /// Its resources: `group/Kind/namespace/name` and the object.
    pub resources: Vec<(String, Arc<Value>)>,
}

/// Everything that is seen of a state of the manifests.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    /// The Applications.
    pub applications: Vec<Seen>,
    /// What could not be seen, and why.
    pub unseen: Vec<String>,
}

impl Sight {
    /// What was foreseen, those Applications included that Argo CD would refuse.
    pub fn of(foresight: &Foresight) -> Self {
        let expanded = &foresight.expanded;
        let mut unseen: Vec<String> = Vec::new();
        unseen.extend(
            expanded.errors.iter().map(|error| format!("{}: {}", error.application_set, error.message)),
        );
        unseen.extend(
            expanded.unknown.iter().map(|unknown| format!("{}: {}", unknown.application_set, unknown.needs)),
        );
        unseen.extend(expanded.read_errors.iter().map(ToString::to_string));
        let mut applications = Vec::new();
        for foreseen in &foresight.applications {
            let rendering = &foreseen.resources.rendering;
            unseen
                .extend(rendering.error.iter().map(|error| format!("{}: {}", foreseen.name, error.message)));
            unseen.extend(
                rendering.unknown.iter().map(|unknown| format!("{}: {}", foreseen.name, unknown.needs)),
            );
            let resources = &foreseen.resources.list;
            applications.push(Seen {
                name: foreseen.name.clone(),
                environment: foreseen.environment.clone(),
                rolled_out: foreseen.rolled_out,
                application: (*foreseen.json).clone(),
                resources: resources.iter().map(|r| (r.identity(), Arc::clone(&r.object))).collect(),
            });
        }
        unseen.sort();
        unseen.dedup();
        Self { applications, unseen }
    }

    /// The Application of this name.
    pub(crate) fn named(&self, name: &str) -> Option<&Seen> {
        self.applications.iter().find(|seen| seen.name == name)
    }
}
