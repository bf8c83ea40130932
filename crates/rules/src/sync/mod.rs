//! Check 5: is each Application synced as its environment wants?

mod contradicting_sync;
mod prune_in_production;
mod sync_not_allowed;
mod unknown_sync_option;
mod unsound_rollout;

use seatrial_trial::{Application, Model, Rule};
use serde_json::Value;

/// The group's rules.
pub(crate) const RULES: &[&dyn Rule] = &[
    &sync_not_allowed::RULE,
    &prune_in_production::RULE,
    &unknown_sync_option::RULE,
    &contradicting_sync::RULE,
    &unsound_rollout::RULE,
];

/// How an Application is synced, as Argo CD reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Automated {
    /// Whether Argo CD syncs by itself: `automated` is there and not disabled.
    pub(crate) on: bool,
    pub(crate) prune: bool,
    pub(crate) self_heal: bool,
    pub(crate) allow_empty: bool,
}

/// How an Application is synced: as its policy says, or by a rolling sync of its set. That turns `automated` off, whatever it
/// says besides, and syncs what is in its steps, pruning where the policy would.
pub(crate) fn synced(model: &Model<'_>, application: &Application) -> Automated {
    match model.rolled_out(application) {
        None => automated(application),
        Some(on) => flags(application, on),
    }
}

/// Reads `spec.syncPolicy.automated`. `automated: {}` turns automation on; only `enabled: false` or leaving it out turns it off.
pub(crate) fn automated(application: &Application) -> Automated {
    let block = block(application);
    let on = block.is_some_and(|block| block.get("enabled") != Some(&Value::Bool(false)));
    flags(application, on)
}

fn block(application: &Application) -> Option<&Value> {
    application.json.pointer("/spec/syncPolicy/automated").filter(|block| block.is_object())
}

/// What the policy says besides, where it counts.
fn flags(application: &Application, on: bool) -> Automated {
    let block = block(application).filter(|_| on);
    let set = |key: &str| block.is_some_and(|block| block.get(key) == Some(&Value::Bool(true)));
    Automated { on, prune: set("prune"), self_heal: set("selfHeal"), allow_empty: set("allowEmpty") }
}

/// The sync options of an Application, with their index.
pub(crate) fn options(application: &Application) -> impl Iterator<Item = (usize, &str)> {
    let list = application.json.pointer("/spec/syncPolicy/syncOptions").and_then(Value::as_array);
    list.into_iter().flatten().enumerate().filter_map(|(i, o)| Some((i, o.as_str()?)))
}
