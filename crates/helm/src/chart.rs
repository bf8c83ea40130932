//! What a chart is made of, once loaded.

use std::collections::BTreeMap;
use std::sync::Arc;

/// Chart values. A number is a Go `float64` when it is stored as a float (all that YAML and JSON files give),
/// and an `int64` when stored as an integer (what `--set` gives).
pub type Values = serde_json::Map<String, serde_json::Value>;

/// A file of a chart.
#[derive(Clone, Debug)]
pub struct File {
    /// Its path within the chart, with `/`: `templates/deployment.yaml`.
    pub name: Arc<str>,
    /// Its bytes.
    pub data: Arc<[u8]>,
    /// Where a person finds it: a path of the snapshot it was read from, or `ARCHIVE!member` within an archive.
    pub source: Arc<str>,
}

/// A loaded chart with the charts under `charts/`. Immutable and shared between renders.
#[derive(Clone, Debug)]
pub struct Chart {
    /// `Chart.yaml`, with the dependencies of `requirements.yaml` for API version v1.
    pub metadata: Metadata,
    /// `Chart.lock` or `requirements.lock`.
    pub lock: Option<Lock>,
    /// Files under `templates/`.
    pub templates: Arc<[File]>,
    /// All files that are neither templates nor metadata (`.Files`, `crds/`).
    pub files: Arc<[File]>,
    /// `values.yaml`, read. Of a chart with dependencies that went through [`dependencies::process`](crate::dependencies::process):
    /// with what is imported and the defaults of the subcharts.
    pub values: Arc<Values>,
    /// `values.yaml` itself, for spans.
    pub values_file: Option<File>,
    /// `values.schema.json`.
    pub schema: Option<File>,
    /// The charts under `charts/`, sorted by the name of their folder or archive (Helm's own order is random).
    pub dependencies: Vec<Arc<Chart>>,
    /// The path before the names of its templates, `parent/charts/child` (Helm's `ChartFullPath`). Empty until
    /// [`dependencies::process`](crate::dependencies::process) has told it: aliases change it.
    pub full_path: Arc<str>,
    /// What Helm would say on standard error while loading it, in its words.
    pub warnings: Vec<String>,
}

impl Default for Chart {
    fn default() -> Self {
        Self {
            metadata: Metadata::default(),
            lock: None,
            templates: Arc::new([]),
            files: Arc::new([]),
            values: Arc::default(),
            values_file: None,
            schema: None,
            dependencies: Vec::new(),
            full_path: Arc::from(""),
            warnings: Vec::new(),
        }
    }
}

impl Chart {
    /// The chart's name.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }
}

/// `Chart.yaml`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Metadata {
    pub name: String,
    pub home: String,
    pub sources: Vec<String>,
    pub version: String,
    pub description: String,
    pub keywords: Vec<String>,
    /// Name, email and URL of each.
    pub maintainers: Vec<[String; 3]>,
    pub icon: String,
    pub api_version: String,
    pub condition: String,
    pub tags: String,
    pub app_version: String,
    pub deprecated: bool,
    /// `None` when absent or null: Helm's `.Chart.Annotations` tells the two apart.
    pub annotations: Option<BTreeMap<String, String>>,
    pub kube_version: String,
    pub dependencies: Vec<Dependency>,
    /// `type`: `application`, `library` or nothing.
    pub kind: String,
}

/// An entry of `dependencies`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Dependency {
    pub name: String,
    pub version: String,
    pub repository: String,
    pub condition: String,
    pub tags: Vec<String>,
    pub import_values: Vec<ImportValue>,
    /// `import-values` as it is written, which the digest of a lock is made of.
    pub import_values_written: Vec<serde_json::Value>,
    /// What is written; whether it takes part is decided by conditions and tags.
    pub enabled: bool,
    pub alias: String,
}

/// An entry of `import-values`.
#[derive(Clone, Debug, PartialEq)]
pub enum ImportValue {
    /// A name under the child's `exports`.
    Export(String),
    /// From a path of the child to a path of the parent.
    Paths {
        /// The child's path.
        child: String,
        /// The parent's path.
        parent: String,
    },
    /// Neither; Helm ignores it.
    Other,
}

/// `Chart.lock`.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct Lock {
    pub digest: String,
    pub generated: String,
    pub dependencies: Vec<Dependency>,
}
