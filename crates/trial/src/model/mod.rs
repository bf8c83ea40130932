//! What rules look at: files read, sets expanded, Applications placed in their environments.

mod application;
mod locate;
mod manifest;
mod passed;
mod resource;
mod values;

use std::ops::Range;
use std::sync::Arc;

use seatrial_argocd::{Expansion, Version};
use seatrial_platform::Platform;
use seatrial_source::Span;
use serde_json::Value;

pub use application::{Application, Origin};
pub use locate::{Located, Via};
pub use manifest::{Document, Kind, Manifest};
pub use passed::Passed;
pub use resource::{Resource, Resources};
pub use values::{HelmValue, HelmValues};

use crate::context::Context;

/// How documents are taken that go-yaml does not accept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// They say nothing.
    Strict,
    /// As far as the tolerant tree can read them.
    Tolerant,
}

/// An ApplicationSet and what the controller would make of it.
#[derive(Clone)]
pub struct ApplicationSet {
    /// Index of its file in [`Model::manifests`].
    pub manifest: usize,
    /// Index of its document in the file.
    pub document: usize,
    /// `metadata.name`.
    pub name: String,
    /// `metadata.namespace`, the controller's where none is written.
    pub namespace: String,
    /// The object.
    pub json: Arc<Value>,
    /// What the controller would make of it.
    pub expansion: Arc<Expansion>,
    /// Where in [`Model::applications`] those that it generates stand.
    pub(crate) applications: Range<usize>,
}

impl ApplicationSet {
    /// The same set in a model whose files and Applications begin at these indices.
    pub(crate) fn moved(&self, manifests: usize, applications: usize) -> Self {
        let range = self.applications.start + applications..self.applications.end + applications;
        Self { manifest: self.manifest + manifests, applications: range, ..self.clone() }
    }
}

/// Everything that rules may look at.
///
/// A rule that does not look across files sees one file at a time, so that files are judged in parallel
/// and the verdict on a file is kept as long as its text is.
pub struct Model<'a> {
    /// What holds for the whole trial.
    pub context: &'a Context,
    /// The files, by path.
    pub manifests: Vec<Arc<Manifest>>,
    /// The ApplicationSets of documents that go-yaml accepts.
    pub sets: Vec<ApplicationSet>,
    /// The Applications: written as such, and generated.
    pub applications: Vec<Application>,
    /// What the findings are for.
    pub purpose: Purpose,
}

/// What the findings of a model are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// To be told, with their fixes.
    Telling,
    /// To be counted, as a fix is verified: only fixes of rules that block are needed, to read on.
    Verifying,
}

impl<'a> Model<'a> {
    /// Expands and places everything in `manifests`.
    pub fn build(
        context: &'a Context,
        manifests: Vec<Arc<Manifest>>,
        reading: Reading,
        purpose: Purpose,
    ) -> Self {
        let mut model =
            Self { context, manifests: Vec::new(), sets: Vec::new(), applications: Vec::new(), purpose };
        for (index, manifest) in manifests.iter().enumerate() {
            for (position, document) in manifest.documents.iter().enumerate() {
                let json = match (&document.json, reading) {
                    (Ok(json), _) => Arc::clone(json),
                    (Err(_), Reading::Strict) => continue,
                    (Err(_), Reading::Tolerant) => match manifest.root(document) {
                        Some(root) => Arc::new(root.to_json()),
                        None => continue,
                    },
                };
                match document.kind {
                    Some(Kind::ApplicationSet) => model.add_set(index, position, json),
                    Some(Kind::Application) => {
                        let origin = Origin::Document { manifest: index, document: position };
                        model.applications.push(Application::new(origin, json, None, context));
                    }
                    _ => {}
                }
            }
        }
        model.manifests = manifests;
        model
    }

    fn add_set(&mut self, manifest: usize, document: usize, json: Arc<Value>) {
        let expansion = Arc::new(seatrial_argocd::expand(&json, &self.context.world(), &self.context.limits));
        let text = |pointer: &str| json.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let namespace = match text("/metadata/namespace") {
            "" => self.context.namespace.clone(),
            namespace => namespace.to_owned(),
        };
        let set = self.sets.len();
        let first = self.applications.len();
        for (index, generated) in expansion.generated.iter().enumerate() {
            let origin = Origin::Generated { set, index };
            let json = Arc::clone(&generated.application);
            self.applications.push(Application::new(origin, json, Some(&generated.params), self.context));
        }
        let name = text("/metadata/name").to_owned();
        let applications = first..self.applications.len();
        self.sets.push(ApplicationSet { manifest, document, name, namespace, json, expansion, applications });
    }

    /// The facts.
    pub fn platform(&self) -> &'a Platform {
        &self.context.platform
    }

    /// The version of Argo CD that the platform runs.
    pub fn version(&self) -> Version {
        self.context.version
    }

    /// Every document of every file, with its file.
    pub fn documents(&self) -> impl Iterator<Item = (&Arc<Manifest>, &Document)> {
        self.manifests.iter().flat_map(|m| m.documents.iter().map(move |d| (m, d)))
    }

    /// The file and document that an ApplicationSet stands in.
    pub fn home(&self, set: &ApplicationSet) -> (&Arc<Manifest>, &Document) {
        let manifest = &self.manifests[set.manifest];
        (manifest, &manifest.documents[set.document])
    }

    /// The file and document that an Application, or the set that generates it, stands in.
    pub fn home_of(&self, application: &Application) -> (&Arc<Manifest>, &Document) {
        match application.origin {
            Origin::Document { manifest, document } => {
                let manifest = &self.manifests[manifest];
                (manifest, &manifest.documents[document])
            }
            Origin::Generated { set, .. } => self.home(&self.sets[set]),
        }
    }

    /// The set that generates an Application; `None` when it is written as such.
    pub fn set_of(&self, application: &Application) -> Option<&ApplicationSet> {
        match application.origin {
            Origin::Generated { set, .. } => self.sets.get(set),
            Origin::Document { .. } => None,
        }
    }

    /// Whether a rolling sync of its set syncs an Application, whatever its sync policy says; `None` where there is none.
    pub fn rolled_out(&self, application: &Application) -> Option<bool> {
        let Origin::Generated { set, index } = application.origin else { return None };
        let expansion = &self.sets.get(set)?.expansion;
        let rollout = expansion.rollout.as_ref()?;
        let step = expansion.generated.get(index)?.step.and_then(|step| rollout.steps.get(step));
        Some(step.is_some_and(|step| !step.holds()))
    }

    /// The Applications that a set generates.
    pub fn generated(&self, set: usize) -> impl ExactSizeIterator<Item = &Application> {
        let range = self.sets.get(set).map(|s| s.applications.clone()).unwrap_or_default();
        self.applications.get(range).unwrap_or_default().iter()
    }

    /// The span of a document's value at `path`, or of the nearest thing above it that is there.
    pub fn span(&self, manifest: &Manifest, document: &Document, path: &seatrial_argocd::Path) -> Span {
        manifest.span_at(document, path)
    }
}
