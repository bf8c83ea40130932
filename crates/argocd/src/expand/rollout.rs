//! Progressive syncs: `strategy.type: RollingSync`, step by step, as one reconciliation goes on with it.

mod moment;
mod status;
pub(super) mod steps;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatrial_yaml::Path;
use serde_json::{Value as Json, json};

use super::conditions;
use super::generators_list;
use super::live::Live;
use super::run::Run;
use crate::expansion::{Condition, Generated, Rollout, RolloutStatus, Unknown};
use crate::world::Version;
use moment::Moment;
use status::{App, Status};
use steps::Steps;

/// How many pairs of a step and an Application are looked at; a step is given all its Applications, so that they also take memory.
const MOST_PAIRS: usize = 1_000_000;

/// The steps of a set's rolling sync, where progressive syncs are on.
pub(super) fn steps<'r>(run: &'r Run<'_>) -> Option<&'r [Json]> {
    defined(run).filter(|_| run.world.flags.progressive_syncs)
}

/// `IsRollingSyncStrategy`: the steps of a set's rolling sync, whether or not progressive syncs are on.
pub(super) fn defined<'r>(run: &'r Run<'_>) -> Option<&'r [Json]> {
    let strategy = run.set.spec.get("strategy")?;
    let rolling = strategy.get("type").and_then(Json::as_str) == Some("RollingSync");
    let rollout = strategy.get("rollingSync")?;
    rolling.then(|| generators_list(rollout, "steps"))
}

/// Why so many steps are not sorted out for so many Applications, if they are not.
pub(super) fn too_many(steps: usize, applications: usize) -> Option<String> {
    (steps.saturating_mul(applications) > MOST_PAIRS)
        .then(|| format!("{steps} steps for {applications} Applications are more than are looked at"))
}

/// One reconciliation of a rolling sync.
pub(super) struct Rolling {
    /// What is told of it.
    pub(super) rollout: Rollout,
    /// The conditions that it adds; none while it waits.
    pub(super) conditions: Vec<Condition>,
    /// What was pending before this reconciliation, which is all that it syncs, and the revisions to sync to.
    pending: BTreeMap<String, Vec<String>>,
    /// What is pending after it.
    pending_now: BTreeMap<String, Vec<String>>,
    /// The Applications of the steps up to the first that is not done.
    allowed: BTreeSet<String>,
    /// The first step of each Application, from 0.
    step_of: BTreeMap<String, usize>,
}

impl Rolling {
    /// `PerformProgressiveSyncs`, for a set with steps. The error is what keeps it from being known: an expression of
    /// `ignoreApplicationDifferences` that is not evaluated here, or more steps and Applications than are looked at.
    pub(super) fn perform(
        rolling: &[Json],
        before: &Json,
        generated: &[Generated],
        live: &Live<'_>,
    ) -> Result<Self, Unknown> {
        let unknown = |why: String, at: Path| Unknown {
            needs: format!("how far the rolling sync is: {why}"),
            at,
            index: None,
        };
        if let Some(why) = too_many(rolling.len(), generated.len()) {
            return Err(unknown(why, Path::keys(["spec", "strategy", "rollingSync"])));
        }
        let before: Vec<Status> = before.as_array().into_iter().flatten().map(Status::read).collect();
        let mut steps = Steps::of(rolling, generated.iter().map(|app| (app.name(), &*app.application)));
        let version = live.version();
        let mut statuses = updated(&before, generated, live, &steps, version).map_err(|expression| {
            let why = format!("Seatrial does not read `jqPathExpressions: {expression}`");
            unknown(why, Path::keys(["spec", "ignoreApplicationDifferences"]))
        })?;
        let waits = version.at_least(3, 6) && waits(&before, &statuses, live);
        let mut allowed = BTreeSet::new();
        let mut conditions = Vec::new();
        if !waits {
            allowed = allowed_now(&steps, &statuses, live);
            progress(&mut statuses, &mut steps, rolling, &allowed);
            let open = |step: &usize| {
                let name = step.to_string();
                statuses.iter().any(|status| status.step == name && status.status != "Healthy")
            };
            let problem = steps.issues.message();
            conditions = conditions::rollout(problem.as_deref(), (1..=rolling.len()).find(open), version);
        }
        let unselected = |app: &&Generated| steps.first(app.name()).is_none();
        // Before 3.6 a sync is not held to the revisions at which the rollout let it go on.
        let pinned =
            |revisions: &[String]| if version.at_least(3, 6) { revisions.to_vec() } else { Vec::new() };
        let pending = |statuses: &[Status]| {
            let pending = statuses.iter().rev().filter(|status| status.status == "Pending");
            pending.map(|status| (status.application.clone(), pinned(&status.revisions))).collect()
        };
        let (pending, pending_now) = (pending(&before), pending(&statuses));
        statuses.sort_by(|a, b| a.application.cmp(&b.application));
        let rollout = Rollout {
            unselected: generated.iter().filter(unselected).map(|app| app.name().to_owned()).collect(),
            problem: steps.issues.message(),
            statuses: statuses.into_iter().map(told).collect(),
            synced: Vec::new(),
            waits,
            steps: steps.steps,
        };
        Ok(Self { rollout, conditions, pending, pending_now, allowed, step_of: steps.step_of })
    }

    /// Whether it keeps Applications from syncing themselves.
    pub(super) fn has_steps(&self) -> bool {
        !self.rollout.steps.is_empty()
    }

    /// The controller reads the set again after it told of an error in it, so that what became pending is synced at once.
    pub(super) fn read_again(&mut self) {
        self.pending.clone_from(&self.pending_now);
    }

    /// `SyncDesiredApplications`, for one Application: the controller keeps it from syncing itself, and starts the sync of
    /// one that is pending.
    pub(super) fn take(&mut self, generated: &mut Generated) {
        generated.step = self.step_of.get(generated.name()).copied();
        let application = Arc::make_mut(&mut generated.application);
        let mut prune = false;
        if let Some(automated) = application.pointer_mut("/spec/syncPolicy/automated") {
            let on = automated.get("enabled") != Some(&Json::Bool(false));
            prune = on && automated.get("prune") == Some(&Json::Bool(true));
            automated["enabled"] = Json::Bool(false);
        }
        let name =
            application.pointer("/metadata/name").and_then(Json::as_str).unwrap_or_default().to_owned();
        if let Some(revisions) = self.pending.get(&name).filter(|_| self.allowed.contains(&name)) {
            application["operation"] = operation(application, prune, revisions);
            self.rollout.synced.push(name);
        }
    }
}

/// The status of every Application of the set, in the order in which the controller keeps them.
fn updated(
    before: &[Status],
    generated: &[Generated],
    live: &Live<'_>,
    steps: &Steps,
    version: Version,
) -> Result<Vec<Status>, String> {
    let mut statuses = Vec::new();
    // Of several generated ones with one name the last counts; of several entries the first.
    let wanted: BTreeMap<&str, &Generated> = generated.iter().map(|made| (made.name(), made)).collect();
    let had: BTreeMap<&str, &Status> =
        before.iter().rev().map(|old| (old.application.as_str(), old)).collect();
    for (name, app) in live.own() {
        let differs = match wanted.get(name) {
            Some(wanted) => {
                let mut wanted = Json::clone(&wanted.application);
                if let Some(automated) =
                    wanted.pointer_mut("/spec/syncPolicy/automated").filter(|_| version.at_least(3, 4))
                {
                    automated["enabled"] = Json::Bool(false);
                }
                live.spec_differs(app, &wanted)?
            }
            None => false,
        };
        statuses.push(status::next(had.get(name).copied(), name, &App(app), steps.named(name), differs));
    }
    // Where nothing changed, the list stays as it was, with its order.
    let same = |new: &Status| had.get(new.application.as_str()).is_some_and(|old| *old == new);
    if statuses.len() == before.len() && statuses.iter().all(same) {
        return Ok(before.to_vec());
    }
    Ok(statuses)
}

/// `ensureApplicationsReconciled`: after a change nothing goes on before all Applications were refreshed. A change found
/// before this reconciliation counts first.
fn waits(before: &[Status], now: &[Status], live: &Live<'_>) -> bool {
    let latest = |statuses: &[Status]| statuses.iter().filter_map(Status::changed).max();
    let Some(since) = latest(before).or_else(|| latest(now)) else { return false };
    live.own().any(|(_, app)| App(app).reconciled().is_none_or(|reconciled: Moment| reconciled < since))
}

/// `getAppsToSync`: the steps one after another, up to the first with an Application that is not there or not done.
fn allowed_now(steps: &Steps, statuses: &[Status], live: &Live<'_>) -> BTreeSet<String> {
    let there: BTreeSet<&str> = live.own().map(|(name, _)| name).collect();
    let healthy = statuses.iter().filter(|status| status.status == "Healthy");
    let healthy: BTreeSet<&str> = healthy.map(|status| status.application.as_str()).collect();
    let done = |name: &String| there.contains(name.as_str()) && healthy.contains(name.as_str());
    let mut allowed = BTreeSet::new();
    for step in &steps.steps {
        allowed.extend(step.applications.iter().cloned());
        if !step.applications.iter().all(done) {
            break;
        }
    }
    allowed
}

/// `UpdateApplicationSetApplicationStatusProgress`: waiting Applications become pending, as many as `maxUpdate` lets.
fn progress(statuses: &mut [Status], steps: &mut Steps, rolling: &[Json], allowed: &BTreeSet<String>) {
    let (mut total, mut busy) = (vec![0_i64; rolling.len()], vec![0_i64; rolling.len()]);
    for status in &*statuses {
        let step = steps.counted(&status.application);
        total.get_mut(step).into_iter().for_each(|total| *total += 1);
        if matches!(status.status.as_str(), "Pending" | "Progressing") {
            busy.get_mut(step).into_iter().for_each(|busy| *busy += 1);
        }
    }
    for status in statuses {
        let step = steps.counted(&status.application);
        let (Some(total), Some(busy)) = (total.get(step), busy.get_mut(step)) else { continue };
        let max = rolling.get(step).and_then(|step| step.get("maxUpdate")).filter(|max| !max.is_null());
        let full = match max {
            None => false,
            Some(Json::String(text)) => {
                let most = percentage(text, *total).unwrap_or_else(|| {
                    steps.issues.max_update(step, text);
                    0
                });
                // All but `0%` let one through.
                *busy >= if text == "0%" { most } else { most.max(1) }
            }
            Some(number) => *busy >= number.as_i64().unwrap_or(0),
        };
        if status.status == "Waiting" && allowed.contains(&status.application) && !full {
            status.allow();
            *busy += 1;
        }
    }
}

/// So many percent of a whole, rounded down; nothing where the text is no percentage.
fn percentage(text: &str, total: i64) -> Option<i64> {
    let percent: i64 = text.strip_suffix('%')?.parse().ok()?;
    i64::try_from((i128::from(percent) * i128::from(total)).div_euclid(100)).ok()
}

/// What starts a sync, pinned to the revisions at which the rollout let it go on.
fn operation(application: &Json, prune: bool, revisions: &[String]) -> Json {
    let policy = application.pointer("/spec/syncPolicy");
    let several =
        application.pointer("/spec/sources").and_then(Json::as_array).is_some_and(|s| !s.is_empty());
    let mut sync = json!({});
    match revisions {
        revisions if several && !revisions.is_empty() => sync["revisions"] = json!(revisions),
        [first, ..] if !several && !first.is_empty() => sync["revision"] = json!(first),
        _ => {}
    }
    if let Some(options) = policy.and_then(|policy| policy.get("syncOptions")) {
        sync["syncOptions"] = options.clone();
    }
    if prune {
        sync["prune"] = Json::Bool(true);
    }
    let retry = policy.and_then(|policy| policy.get("retry")).cloned().unwrap_or_else(|| json!({"limit": 5}));
    json!({
        "initiatedBy": {"username": "applicationset-controller", "automated": true},
        "info": [{"name": "Reason", "value": "ApplicationSet RollingSync triggered a sync of this Application resource"}],
        "sync": sync,
        "retry": retry,
    })
}

fn told(status: Status) -> RolloutStatus {
    RolloutStatus {
        // The controller writes a number.
        step: status.step.parse().unwrap_or(-1),
        application: status.application,
        status: status.status,
        message: status.message,
        target_revisions: status.revisions,
    }
}
