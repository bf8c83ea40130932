//! Rolling syncs as `seatrial expand` tells them.

use std::collections::BTreeMap;

use seatrial_argocd::{Rollout, RolloutStatus};
use serde::Serialize;

use crate::look::{BOLD, Look, YELLOW};
use crate::text::printable;

/// How a rolling sync takes the Applications of a set in turn (`strategy.type: RollingSync`, where progressive syncs are on).
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
pub(crate) struct RolloutOutput {
    /// `namespace/name` of the set.
    application_set: String,
    /// The steps, in their order.
    steps: Vec<StepOutput>,
    /// The Applications that no step selects: the rollout never syncs them.
    unselected: Vec<String>,
    /// What the controller has against the steps, in its words; left out when there is nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// How far it is with each Application that exists (`argocd.state`) after the next reconciliation; left out when there
    /// is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    applications: Option<Vec<StatusOutput>>,
    /// The Applications whose sync that reconciliation starts; left out when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    synced: Option<Vec<String>>,
    /// Whether it waits until all existing Applications were refreshed after the last change.
    waits: bool,
}

/// A step of a rolling sync.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct StepOutput {
    /// The names of the Applications that it selects. One that several steps select counts in the first.
    applications: Vec<String>,
    /// How many of them may be synced at once, as it is written; left out where nothing limits it.
    #[serde(skip_serializing_if = "Option::is_none")]
    max_update: Option<String>,
}

/// How far a rolling sync is with an Application.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(test, derive(schemars::JsonSchema), schemars(deny_unknown_fields))]
struct StatusOutput {
    /// Its name.
    application: String,
    /// `Waiting`, `Pending`, `Progressing` or `Healthy`.
    status: String,
    /// Why, in the controller's words.
    message: String,
    /// Its step, from 1; -1 where no step selects it.
    step: i64,
    /// The revisions that the rollout takes it to.
    target_revisions: Vec<String>,
}

impl RolloutOutput {
    pub(super) fn new(set: &str, rollout: &Rollout) -> Self {
        let step = |step: &seatrial_argocd::RolloutStep| StepOutput {
            applications: step.applications.clone(),
            max_update: step.max_update.clone(),
        };
        let status = |status: &RolloutStatus| StatusOutput {
            application: status.application.clone(),
            status: status.status.clone(),
            message: status.message.clone(),
            step: status.step,
            target_revisions: status.target_revisions.clone(),
        };
        let statuses: Vec<StatusOutput> = rollout.statuses.iter().map(status).collect();
        Self {
            application_set: set.to_owned(),
            steps: rollout.steps.iter().map(step).collect(),
            unselected: rollout.unselected.clone(),
            problem: rollout.problem.clone(),
            applications: Some(statuses).filter(|statuses| !statuses.is_empty()),
            synced: Some(rollout.synced.clone()).filter(|synced| !synced.is_empty()),
            waits: rollout.waits,
        }
    }

    /// The plan, a line a step.
    pub(super) fn plan(&self, look: Look) -> String {
        let known = self.applications.iter().flatten();
        let known: BTreeMap<&str, &str> =
            known.map(|one| (one.application.as_str(), one.status.as_str())).collect();
        let mut out = look.paint(BOLD, &format!("rolling sync of {}", printable(&self.application_set)));
        out.push('\n');
        for (index, step) in self.steps.iter().enumerate() {
            let most = step.max_update.as_ref().map(|max| format!(" (maxUpdate {max})")).unwrap_or_default();
            let most = printable(&most);
            out.push_str(&format!("  step {}{most}: {}\n", index + 1, named(&step.applications, &known)));
        }
        if !self.unselected.is_empty() {
            out.push_str(&format!("  in no step, never synced: {}\n", named(&self.unselected, &known)));
        }
        if self.waits {
            out.push_str("  waits until all existing Applications are refreshed\n");
        }
        if let Some(synced) = &self.synced {
            out.push_str(&format!("  synced next: {}\n", printable(&synced.join(", "))));
        }
        if let Some(problem) = &self.problem {
            out.push_str(&format!("  {} {}\n", look.paint(YELLOW, "problem:"), printable(problem)));
        }
        out
    }
}

/// Applications with how far the rollout is with them, where they exist.
fn named(names: &[String], known: &BTreeMap<&str, &str>) -> String {
    if names.is_empty() {
        return "nothing".to_owned();
    }
    let one = |name: &String| {
        known.get(name.as_str()).map_or_else(|| name.clone(), |status| format!("{name} ({status})"))
    };
    printable(&names.iter().map(one).collect::<Vec<_>>().join(", ")).into_owned()
}
