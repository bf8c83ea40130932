//! What rendering an Application answers.

use std::sync::Arc;

use seatrial_helm::values::ValuesFile;
use seatrial_helm::{Options, Prepared, Values};
use seatrial_yaml::Path;
use serde_json::Value;

/// What an Application renders to.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// The resources in the repo server's order, with tracking, before [`normalize`](super::normalize).
    pub resources: Vec<Resource>,
    /// The sources in their order, as far as rendering got.
    pub sources: Vec<RenderedSource>,
    /// Why Argo CD would render nothing.
    pub error: Option<RenderError>,
    /// What the tools say on the side and Argo CD passes over.
    pub warnings: Vec<String>,
    /// What could not be evaluated. The resources are then not all, or not surely right.
    pub unknown: Vec<RenderUnknown>,
    /// Facts that were not given and taken as the tools' own defaults, in one sentence each.
    pub assumed: Vec<String>,
}

impl Rendering {
    /// Whether the resources are all there are and surely right.
    pub fn is_complete(&self) -> bool {
        self.error.is_none() && self.unknown.is_empty()
    }
}

/// A rendered resource.
#[derive(Clone, Debug)]
pub struct Resource {
    /// The object.
    pub object: Value,
    /// The index of its source in [`Rendering::sources`].
    pub source: usize,
    /// What it was rendered from.
    pub origin: Origin,
}

/// What a resource was rendered from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A template of a chart.
    Template {
        /// Its path as Helm names it: `demo/charts/db/templates/secret.yaml`.
        path: Arc<str>,
        /// Which of the template's documents it is, from 0.
        document: usize,
    },
    /// A file of a directory source.
    File {
        /// The file as a person finds it.
        path: Arc<str>,
        /// Which of the file's documents it is, from 0.
        document: usize,
    },
}

/// How a source is rendered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceKind {
    /// By Helm.
    Helm,
    /// By Kustomize.
    Kustomize,
    /// Plain manifests.
    Directory,
    /// By a configuration management plugin.
    Plugin,
    /// Not at all: other sources refer to it.
    Reference,
}

impl SourceKind {
    /// The name Argo CD has for it; empty for a source that others refer to.
    pub fn name(self) -> &'static str {
        match self {
            Self::Helm => "Helm",
            Self::Kustomize => "Kustomize",
            Self::Directory => "Directory",
            Self::Plugin => "Plugin",
            Self::Reference => "",
        }
    }
}

/// A source of the Application after overrides.
#[derive(Clone, Debug)]
pub struct RenderedSource {
    /// Its place in the Application: `spec.source` or `spec.sources[1]`.
    pub at: Path,
    /// How it is rendered.
    pub kind: SourceKind,
    /// The commit or chart version that its revision means, when known.
    pub revision: Option<String>,
    /// The command that the repo server runs, as it shows it.
    pub command: Option<String>,
    /// What Helm was given, to ask again with tracing.
    pub helm: Option<Arc<HelmRun>>,
}

/// One run of `helm template`.
#[derive(Clone, Debug)]
pub struct HelmRun {
    /// The chart with its dependencies, its templates parsed.
    pub chart: Arc<Prepared>,
    /// The user's values, merged.
    pub values: Values,
    /// The values files among them, in their order: named as people find them, with their text.
    pub value_files: Vec<ValuesFile>,
    /// The flags.
    pub options: Options,
}

/// Why Argo CD would render nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderError {
    /// The condition's type: `ComparisonError`, or `InvalidSpecError` where the Application is refused before.
    pub condition: &'static str,
    /// The message, in Argo CD's words.
    pub message: String,
    /// The cause alone, without the wrapping of Argo CD's layers.
    pub cause: String,
    /// The part of the Application it is about.
    pub at: Path,
    /// The place in a chart or file to look at first, when known.
    pub place: Option<seatrial_helm::Place>,
    /// Whether one of our own limits was exceeded.
    pub limit: bool,
}

/// Something that could not be evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenderUnknown {
    /// What would have to be known, in one sentence.
    pub needs: String,
    /// The part of the Application it is about.
    pub at: Path,
}
