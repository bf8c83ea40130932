//! What a text comes to: its Applications, the values they give their charts, and what is rendered of them.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;
use std::sync::Arc;

use seatrial_argocd::render::HelmRun;
use seatrial_helm::Values;
use seatrial_source::{Overlay, Snapshot};
use seatrial_trial::{Foreseen, Inputs, foresee};
use seatrial_yaml::Path;
use serde_json::Value;

/// How many texts are tried for one edit, and how many Applications are rendered for it at most.
const MAX_TRIES: usize = 600;
const MAX_RENDERS: usize = 6000;

/// An Application as the text has it.
pub(super) struct App {
    pub(super) environment: Option<String>,
    pub(super) cluster: Option<String>,
    pub(super) json: Arc<Value>,
    /// Its chart and what it is given; `None` when it is not rendered by Helm.
    pub(super) run: Option<Arc<HelmRun>>,
    /// Where in the Application that chart is named.
    pub(super) source: Path,
    pub(super) objects: Vec<Arc<Value>>,
    /// Whether all of it could be rendered.
    pub(super) complete: bool,
}

impl App {
    fn of(foreseen: Foreseen) -> Self {
        let rendering = &foreseen.resources.rendering;
        let helm = rendering.sources.iter().find_map(|s| Some((s.helm.clone()?, s.at.clone())));
        let (run, source) =
            helm.map_or_else(|| (None, Path::keys(["spec", "source"])), |(run, source)| (Some(run), source));
        Self {
            objects: foreseen.resources.list.iter().map(|r| Arc::clone(&r.object)).collect(),
            complete: rendering.is_complete(),
            environment: foreseen.environment,
            cluster: foreseen.cluster,
            json: foreseen.json,
            run,
            source,
        }
    }

    /// The user's values.
    pub(super) fn values(&self) -> Option<&Values> {
        self.run.as_ref().map(|run| &run.values)
    }

    /// Whether nothing at all is different.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.json == other.json
            && self.values() == other.values()
            && self.objects == other.objects
            && self.complete == other.complete
    }

    /// The name of its chart, or of the folder that it is in.
    pub(super) fn chart(&self) -> Option<&str> {
        let source = self.source.lookup(&self.json)?;
        let text = |key: &str| source.get(key).and_then(Value::as_str);
        text("chart").or_else(|| text("path")?.trim_end_matches('/').rsplit('/').next())
    }
}

/// All that a text comes to.
pub(super) struct Scene {
    /// By `namespace/name`.
    pub(super) apps: BTreeMap<String, App>,
    /// What could not be evaluated.
    unknown: BTreeSet<String>,
}

impl Scene {
    /// Whether these are the same Applications, unchanged, besides those named.
    pub(super) fn keeps(&self, after: &Self, but: &[String]) -> bool {
        after.unknown.is_subset(&self.unknown)
            && self
                .apps
                .iter()
                .filter(|(name, _)| !but.contains(name))
                .all(|(name, app)| after.apps.get(name).is_some_and(|now| app.is(now)))
    }
}

/// Where texts are tried: never written, always over the same files.
pub(super) struct Stage<'i> {
    pub(super) inputs: &'i Inputs,
    target: &'i str,
    seen: RefCell<HashMap<String, Result<Rc<Scene>, String>>>,
    tries: Cell<usize>,
    renders: Cell<usize>,
}

impl<'i> Stage<'i> {
    pub(super) fn new(inputs: &'i Inputs, target: &'i str) -> Self {
        Self { inputs, target, seen: RefCell::default(), tries: Cell::new(0), renders: Cell::new(0) }
    }

    /// What a text comes to. The error is what the controller says instead, or that enough was tried.
    pub(super) fn see(&self, text: &str) -> Result<Rc<Scene>, String> {
        if let Some(seen) = self.seen.borrow().get(text) {
            return seen.clone();
        }
        if self.tries.get() >= MAX_TRIES || self.renders.get() >= MAX_RENDERS {
            return Err("enough was tried".to_owned());
        }
        self.tries.set(self.tries.get() + 1);
        let mut overlay = Overlay::new(Arc::clone(&self.inputs.snapshot));
        overlay.set(self.target, text);
        let snapshot: Arc<dyn Snapshot> = Arc::new(overlay);
        let paths = vec![self.target.to_owned()];
        let foresight = foresee(&Inputs { snapshot, paths, ..self.inputs.clone() });
        let expanded = &foresight.expanded;
        self.renders.set(self.renders.get() + foresight.applications.len());
        let made = match expanded.errors.first() {
            Some(error) => Err(error.message.clone()),
            None => {
                let unknown = expanded.unknown.iter().map(|unknown| unknown.needs.clone()).collect();
                let created = foresight.applications.into_iter().filter(|app| app.created);
                let apps = created.map(|app| (app.name.clone(), App::of(app))).collect();
                Ok(Rc::new(Scene { apps, unknown }))
            }
        };
        self.seen.borrow_mut().insert(text.to_owned(), made.clone());
        made
    }
}
