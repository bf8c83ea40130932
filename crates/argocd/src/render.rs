//! What the repo server renders for an Application, and what the controller makes of it before it compares:
//! the sources' types and overrides, Helm, plain directories, tracking, and the resources as they would be synced.
//!
//! [`render`] answers for one Application; a [`Renderer`] for many of one [`World`], reading each chart once.
//! [`normalize`] is the controller's next step. Kustomize, Jsonnet and plugins are reported unknown by name.

mod answer;
mod application;
mod cache;
mod charts;
mod checkout;
mod command;
mod dependencies;
mod directory;
mod env;
mod helm;
mod normalize;
mod objects;
mod options;
mod settings;
mod source;
mod stop;
mod tracking;
mod tree;
mod value_files;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use seatrial_helm::{HelmVersion, Prepared};
use serde_json::Value;

pub use answer::{
    HelmRun, Origin, RenderError, RenderUnknown, RenderedSource, Rendering, Resource, SourceKind,
};
pub use cache::ChartCache;
pub use dependencies::raw_files;
pub use helm::helm_version;
pub use normalize::{Hook, Normalized, NormalizedResource, Scope, normalize};
pub use options::RenderOptions;

use crate::world::World;
use checkout::{Checkout, CheckoutKey};
use stop::Stop;

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
    checkouts: Mutex<HashMap<CheckoutKey, Result<Checkout<'w>, Stop>>>,
    prepared: Mutex<PreparedCharts>,
}

/// Charts by checkout, folder, Helm, and whether logins go along everywhere.
type PreparedCharts =
    HashMap<(CheckoutKey, String, HelmVersion, bool), Result<Arc<Prepared>, charts::Refusal>>;

impl<'w> Renderer<'w> {
    /// A renderer. `charts` keeps parsed charts by content, over worlds too.
    pub fn new(world: &'w World<'w>, charts: &'w ChartCache) -> Self {
        Self { world, charts, checkouts: Mutex::default(), prepared: Mutex::default() }
    }

    /// As [`render`].
    pub fn render(&self, application: &Value, options: &RenderOptions) -> Rendering {
        application::render(self, application, options)
    }

    /// A repository at a revision, read once.
    fn checkout(&self, kind: &'static str, url: &str, revision: &str) -> Result<Checkout<'w>, Stop> {
        let key = (kind, url.to_owned(), revision.to_owned());
        if let Some(known) = self.checkouts.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        // Made outside the lock: two threads may both do it, and either answer is the same.
        let made = match kind {
            "oci" => Checkout::oci(self.world, url, revision),
            _ => Checkout::git(self.world, url, revision),
        };
        self.checkouts.lock().unwrap_or_else(PoisonError::into_inner).insert(key, made.clone());
        made
    }
}
