//! Deletions of sets as `seatrial expand` tells them.

use seatrial_argocd::{DeletedApplication, Deletion, DeletionWave, NextDeletion};
use serde::Serialize;

use crate::look::{BOLD, Look};
use crate::text::printable;

/// How the Applications of a set that is being deleted go with it, or would go where they are deleted step by step
/// (`deletionOrder: Reverse`).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct DeletionOutput {
    /// `namespace/name` of the set.
    application_set: String,
    /// Since when it is being deleted, so that it generates nothing; left out when it lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<String>,
    /// The Applications in their order: each wave is deleted when nothing of the one before is left.
    waves: Vec<WaveOutput>,
    /// The names of the Applications that stay, without an owner; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    kept: Option<Vec<String>>,
    /// What the controller's next reconciliation does; left out when the set lives, or there is nothing to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<NextOutput>,
    /// The finalizers that hold the set when the controller is done with it; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_by: Option<Vec<String>>,
}

/// Applications that are deleted in no order among themselves.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct WaveOutput {
    /// The step of the rolling sync, from 1, whose Applications the controller deletes, one in each reconciliation. Left out for
    /// those that Kubernetes deletes, because the set is gone or is deleted in the foreground.
    #[serde(skip_serializing_if = "Option::is_none")]
    step: Option<usize>,
    /// The Applications, by name.
    applications: Vec<GoingOutput>,
}

/// An Application that is deleted with its set.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct GoingOutput {
    /// Its name.
    name: String,
    /// Whether it is being deleted already; left out when it is not.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    going: bool,
    /// Whether its resources stay, because no finalizer has them deleted; left out when they go.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    keeps_resources: bool,
}

/// What the next reconciliation does. Of the Applications of a step the controller takes up one at random; this is the first by
/// name.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct NextOutput {
    /// `deletes`, `waits` (for an Application that is being deleted; an error after two minutes) or `releases` (the set goes).
    action: &'static str,
    /// The name of the Application; left out when the set goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    application: Option<String>,
}

impl DeletionOutput {
    pub(super) fn new(set: &str, deletion: &Deletion) -> Self {
        let application = |application: &DeletedApplication| GoingOutput {
            name: application.name.clone(),
            going: application.going,
            keeps_resources: application.keeps_resources,
        };
        let wave = |wave: &DeletionWave| WaveOutput {
            step: wave.step.map(|step| step + 1),
            applications: wave.applications.iter().map(application).collect(),
        };
        let next = |next: &NextDeletion| {
            let (action, application) = match next {
                NextDeletion::Deletes(name) => ("deletes", Some(name.clone())),
                NextDeletion::Waits(name) => ("waits", Some(name.clone())),
                NextDeletion::Releases => ("releases", None),
            };
            NextOutput { action, application }
        };
        let some = |list: &Vec<String>| Some(list.clone()).filter(|list| !list.is_empty());
        Self {
            application_set: set.to_owned(),
            since: deletion.since.clone(),
            waves: deletion.waves.iter().map(wave).collect(),
            kept: some(&deletion.kept),
            next: deletion.next.as_ref().map(next),
            held_by: some(&deletion.held_by),
        }
    }

    /// Why the set generates nothing, if it is being deleted.
    pub(super) fn why_nothing(&self) -> Option<String> {
        let since = self.since.as_ref()?;
        Some(format!("{} is being deleted since {since}: it generates nothing", self.application_set))
    }

    /// The order, a line a wave.
    pub(super) fn plan(&self, look: Look) -> String {
        let head = match &self.since {
            Some(since) => format!("deletion of {}, since {since}", self.application_set),
            None => format!("deletion of {}, if it came to it", self.application_set),
        };
        let mut out = look.paint(BOLD, &printable(&head));
        out.push('\n');
        let mut line = |text: String| out.push_str(&format!("  {}\n", printable(&text)));
        for wave in &self.waves {
            let names = wave.applications.iter().map(GoingOutput::shown).collect::<Vec<_>>().join(", ");
            line(match wave.step {
                Some(step) => format!("step {step}, one after another: {names}"),
                None => format!("by Kubernetes, all at once: {names}"),
            });
        }
        if let Some(kept) = &self.kept {
            line(format!("kept, without an owner: {}", kept.join(", ")));
        }
        match &self.next {
            Some(NextOutput { action: "deletes", application: Some(name) }) => {
                line(format!("next: {name} is deleted"));
            }
            Some(NextOutput { application: Some(name), .. }) => {
                line(format!("next: waits for {name}, with an error after two minutes"));
            }
            Some(_) => line("next: the controller lets the set go".to_owned()),
            None => {}
        }
        if let Some(finalizers) = &self.held_by {
            line(format!("the set is still held by {}", finalizers.join(", ")));
        }
        out
    }
}

impl GoingOutput {
    fn shown(&self) -> String {
        let notes = [(self.going, "being deleted"), (self.keeps_resources, "its resources stay")];
        let notes: Vec<&str> = notes.iter().filter(|(holds, _)| *holds).map(|(_, note)| *note).collect();
        if notes.is_empty() { self.name.clone() } else { format!("{} ({})", self.name, notes.join("; ")) }
    }
}
