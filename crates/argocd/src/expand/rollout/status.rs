//! How far a rolling sync is with each existing Application: `UpdateApplicationSetApplicationStatus`.

use serde_json::Value as Json;

use super::moment::Moment;

/// What the controller says when it finds a change; the rollout then waits for all Applications to be refreshed.
const REVISION_CHANGED: &str = "Application has pending changes, setting status to Waiting";
const SPEC_CHANGED: &str = "Application has pending changes (spec differs), setting status to Waiting";
const BOTH_CHANGED: &str =
    "Application has pending changes (revision and spec differ), setting status to Waiting";

/// One entry of `status.applicationStatus`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) application: String,
    pub(super) status: String,
    pub(super) message: String,
    pub(super) step: String,
    pub(super) revisions: Vec<String>,
    pub(super) since: Option<Moment>,
}

impl Status {
    /// An entry as the object has it.
    pub(super) fn read(entry: &Json) -> Self {
        let text = |key: &str| entry.get(key).and_then(Json::as_str).unwrap_or_default();
        Self {
            application: text("application").to_owned(),
            status: text("status").to_owned(),
            message: text("message").to_owned(),
            step: text("step").to_owned(),
            revisions: entry.get("targetRevisions").map(strings).unwrap_or_default(),
            since: Moment::read(text("lastTransitionTime")),
        }
    }

    /// The entry of an Application that had none.
    fn first(application: &str, app: &App<'_>) -> Self {
        Self {
            application: application.to_owned(),
            status: "Waiting".to_owned(),
            message: "No Application status found, defaulting status to Waiting".to_owned(),
            step: String::new(),
            revisions: app.revisions(),
            since: Some(Moment::Now),
        }
    }

    fn set(&mut self, status: &str, message: &str) {
        status.clone_into(&mut self.status);
        message.clone_into(&mut self.message);
        self.since = Some(Moment::Now);
    }

    /// When a change was found that the Applications must be refreshed after.
    pub(super) fn changed(&self) -> Option<Moment> {
        let pending = [REVISION_CHANGED, SPEC_CHANGED, BOTH_CHANGED].contains(&self.message.as_str());
        self.since.filter(|_| self.status == "Waiting" && pending)
    }

    /// Moves a waiting Application on: its sync is started by the next reconciliation.
    pub(super) fn allow(&mut self) {
        self.set(
            "Pending",
            "Application moved to Pending status, watching for the Application resource to start Progressing",
        );
    }
}

/// What an existing Application says of itself.
pub(super) struct App<'a>(pub(super) &'a Json);

impl App<'_> {
    fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Json::as_str).unwrap_or_default()
    }

    fn revisions(&self) -> Vec<String> {
        let several = self.0.pointer("/status/sync/revisions").map(strings);
        several.filter(|revisions| !revisions.is_empty()).unwrap_or_else(|| {
            match self.text("/status/sync/revision") {
                "" => Vec::new(),
                one => vec![one.to_owned()],
            }
        })
    }

    /// When the application controller last looked at it.
    pub(super) fn reconciled(&self) -> Option<Moment> {
        Moment::read(self.text("/status/reconciledAt"))
    }

    fn is_synced(&self) -> bool {
        self.text("/status/sync/status") == "Synced"
    }

    fn is_healthy(&self) -> bool {
        self.text("/status/health/status") == "Healthy"
    }

    /// Whether an error keeps it from being synced.
    fn is_broken(&self) -> bool {
        let conditions = self.0.pointer("/status/conditions").and_then(Json::as_array);
        let kind = |condition: &Json| {
            let kind = condition.get("type").and_then(Json::as_str);
            matches!(kind, Some("InvalidSpecError" | "UnknownError"))
        };
        conditions.is_some_and(|conditions| conditions.iter().any(kind))
    }
}

/// What becomes of an entry, or of an Application without one. `spec_changed` says that the set makes another spec of it.
pub(super) fn next(
    before: Option<&Status>,
    name: &str,
    app: &App<'_>,
    step: i64,
    spec_changed: bool,
) -> Status {
    let current = before.cloned().unwrap_or_else(|| Status::first(name, app));
    let mut new = current.clone();
    new.step = step.to_string();
    let revisions = app.revisions();
    let revisions_changed = current.revisions != revisions;
    if revisions_changed || spec_changed {
        new.revisions = revisions;
        let message = match (revisions_changed, spec_changed) {
            (true, true) => BOTH_CHANGED,
            (true, false) => REVISION_CHANGED,
            _ => SPEC_CHANGED,
        };
        new.set("Waiting", message);
    }
    if new.status == "Waiting" {
        if app.is_synced() && app.is_healthy() {
            new.set("Healthy", "Application resource has synced, updating status to Healthy");
        } else if app.is_synced() {
            new.set("Progressing", "Application resource has synced, updating status to Progressing");
        }
        return new;
    }
    match current.status.as_str() {
        "Pending" => pending(&current, app, &mut new),
        "Progressing" if app.is_healthy() && app.is_synced() => new.set(
            "Healthy",
            "Application resource became Healthy, updating status from Progressing to Healthy",
        ),
        _ => {}
    }
    new
}

/// A sync was asked for: whether it has begun.
fn pending(current: &Status, app: &App<'_>, new: &mut Status) {
    let looked = match (app.reconciled(), current.since) {
        (None, _) => true,
        (Some(reconciled), Some(since)) => reconciled > since,
        (Some(_), None) => false,
    };
    if !looked {
        return;
    }
    let started = Moment::read(app.text("/status/operationState/startedAt"));
    if started.zip(current.since).is_some_and(|(started, since)| started > since) {
        let message = match app.text("/status/operationState/phase") {
            "Succeeded" => {
                "Application resource completed a sync successfully, updating status from Pending to Progressing"
            }
            "Failed" | "Error" => {
                "Application resource completed a sync, updating status from Pending to Progressing"
            }
            _ => "Application resource became Progressing, updating status from Pending to Progressing",
        };
        new.set("Progressing", message);
    } else if app.is_broken() {
        new.set(
            "Progressing",
            "Application resource has error and cannot sync, updating status to Progressing",
        );
    }
}

fn strings(list: &Json) -> Vec<String> {
    let text = |item: &Json| item.as_str().unwrap_or_default().to_owned();
    list.as_array().into_iter().flatten().map(text).collect()
}
