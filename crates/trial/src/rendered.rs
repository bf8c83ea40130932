//! Applications to resources, each rendered once in a trial.

mod noting;

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use seatrial_argocd::World;
use seatrial_argocd::render::{ChartCache, HelmRun, RenderOptions, Renderer, Scope, normalize};
use seatrial_gotemplate::{Clock, Limits, Random};
use seatrial_helm::Bounds;
use seatrial_helm::provenance::Traced;
use seatrial_platform::Platform;
use seatrial_source::{FileId, Files};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::model::{Application, Resource, Resources};
use crate::why;

/// What Applications rendered to, by their text and destination, and the charts read on the way.
///
/// A fix is verified in the same trial, so that only the Applications it changes are rendered again.
pub(crate) struct Rendered {
    charts: Arc<ChartCache>,
    limits: Limits,
    /// The names of the files that are read.
    files: Arc<Files>,
    known: Mutex<HashMap<[u8; 32], Shared<Arc<Resources>>>>,
    /// Traces by the address of their run, which what is known keeps.
    traces: Mutex<HashMap<usize, Shared<Option<Arc<Traced>>>>>,
}

/// Made once, outside of any lock: others make theirs meanwhile, and who needs the same one waits for it.
type Shared<T> = Arc<OnceLock<T>>;

impl Rendered {
    /// Nothing yet; charts are loaded and rendered within these bounds.
    pub(crate) fn new(files: &Arc<Files>, bounds: &Bounds) -> Self {
        Self {
            charts: Arc::new(ChartCache::new(bounds.clone())),
            limits: bounds.templates,
            files: Arc::clone(files),
            known: Mutex::default(),
            traces: Mutex::default(),
        }
    }

    /// The same where these files have other texts: what was rendered without them stays.
    pub(crate) fn without(&self, edited: &BTreeSet<FileId>) -> Self {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let stays = known
            .iter()
            .filter(|(_, cell)| cell.get().is_some_and(|resources| resources.read.is_disjoint(edited)));
        Self {
            charts: Arc::clone(&self.charts),
            limits: self.limits,
            files: Arc::clone(&self.files),
            known: Mutex::new(stays.map(|(key, cell)| (*key, Arc::clone(cell))).collect()),
            traces: Mutex::default(),
        }
    }

    /// What an Application renders to on its cluster.
    pub(crate) fn resources(
        &self,
        application: &Application,
        platform: &Platform,
        world: &World<'_>,
    ) -> Arc<Resources> {
        let options = RenderOptions { limits: self.limits, ..options(application, platform) };
        let mut hash = Sha256::new();
        hash.update(application.json.to_string());
        hash.update(options.kube_version.as_deref().unwrap_or_default());
        let key = hash.finalize().into();
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(key).or_default())
        };
        Arc::clone(cell.get_or_init(|| Arc::new(self.render(&application.json, world, &options))))
    }

    /// What a run of Helm comes from, byte by byte; `None` when tracing fails.
    pub(crate) fn traced(&self, run: &Arc<HelmRun>) -> Option<Arc<Traced>> {
        let cell = {
            let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(traces.entry(Arc::as_ptr(run) as usize).or_default())
        };
        cell.get_or_init(|| why::trace(run).map(Arc::new)).clone()
    }

    fn render(&self, application: &Value, world: &World<'_>, options: &RenderOptions) -> Resources {
        let repositories = noting::Noting::new(world.repositories);
        let noting = World {
            repositories: &repositories,
            flags: world.flags.clone(),
            namespace: world.namespace.clone(),
            ..*world
        };
        let rendering = Renderer::new(&noting, &self.charts).render(application, options);
        let normalized = normalize(&rendering.resources, application, world, &scope);
        let list = normalized.resources.into_iter().map(|resource| Resource {
            object: Arc::new(resource.object),
            index: resource.index,
            hooks: resource.hooks,
        });
        let read = repositories.read().iter().map(|shown| self.files.id(shown)).collect();
        Resources { list: list.collect(), conditions: normalized.conditions, read, rendering }
    }
}

/// Trials are repeatable: the clock stands still, and what is random is so from a fixed seed.
fn options(application: &Application, platform: &Platform) -> RenderOptions {
    let facts = application.cluster.as_deref().map(|cluster| platform.fact_for(cluster));
    let kubernetes = facts.and_then(|facts| facts.kubernetes()).map(|fact| fact.value.clone());
    let release = kubernetes.as_deref().and_then(seatrial_kubernetes::Version::parse);
    RenderOptions {
        // Argo CD tells a chart what its cluster serves.
        api_versions: release.map(seatrial_kubernetes::served),
        kube_version: kubernetes,
        clock: Clock::Fixed(0, 0),
        random: Random::Seeded(0),
        ..RenderOptions::default()
    }
}

/// Whether a kind lives in namespaces, as far as Kubernetes itself knows it.
fn scope(group: &str, kind: &str) -> Scope {
    match seatrial_kubernetes::is_namespaced(group, kind) {
        Some(true) => Scope::Namespaced,
        Some(false) => Scope::Cluster,
        None => Scope::Unknown,
    }
}
