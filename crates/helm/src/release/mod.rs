//! What a rendered release is made of, and how `helm template` writes it.

mod head;
mod hook;
mod reader;
mod sort;
mod split;
mod text;

use std::ops::Range;
use std::sync::Arc;

pub use hook::Hook;
pub(crate) use reader::Reader;
pub(crate) use sort::sort;
pub use split::split;
pub use text::show_only;

/// A rendered chart.
#[derive(Clone, Debug, Default)]
pub struct Release {
    /// The resources that are no hooks, in the order in which Helm installs them.
    pub manifests: Vec<Manifest>,
    /// The hooks, in the same order of kinds.
    pub hooks: Vec<Hook>,
    /// The files under `crds/` of the chart and its enabled subcharts, whether or not they are asked for.
    pub crds: Vec<CrdFile>,
    /// What `NOTES.txt` of the chart says.
    pub notes: String,
    /// What Helm would warn of on standard error.
    pub warnings: Vec<String>,
}

impl Release {
    /// All documents: those of resources, then those of hooks.
    pub fn documents(&self) -> impl Iterator<Item = &Manifest> {
        self.manifests.iter().chain(self.hooks.iter().map(|hook| &hook.manifest))
    }
}

/// One document of a rendered template.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The template, as Helm's `# Source:` line names it: `chart/templates/deployment.yaml`.
    pub path: Arc<str>,
    /// `apiVersion`.
    pub api_version: String,
    /// `kind`.
    pub kind: String,
    /// `metadata.name`.
    pub name: String,
    /// Everything that the template gave.
    pub text: Arc<[u8]>,
    /// Where in it the document stands.
    pub range: Range<usize>,
}

impl Manifest {
    /// The document as Helm writes it, without the `---` and the `# Source:` line.
    pub fn content(&self) -> &[u8] {
        self.text.get(self.range.clone()).unwrap_or_default()
    }
}

/// A file under `crds/`, which is not a template.
#[derive(Clone, Debug)]
pub struct CrdFile {
    /// Its path from the chart at the top: `chart/charts/sub/crds/a.yaml`.
    pub path: String,
    /// Where a person finds it.
    pub source: Arc<str>,
    /// Its bytes.
    pub data: Arc<[u8]>,
}
