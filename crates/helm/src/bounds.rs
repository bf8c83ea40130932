//! Bounds on charts, beyond Helm's own, and how the command's user raises them.

use seatrial_gotemplate::Limits;

use crate::load::LoadOptions;
use crate::version::HelmVersion;

/// Bounds on loading and rendering a chart. The error of each names it, and the option that raises it.
#[derive(Clone, Debug)]
pub struct Bounds {
    /// Bounds on the templates of a release, and on checking values by schemas.
    pub templates: Limits,
    /// Bytes of all files of a chart together.
    pub chart_bytes: u64,
    /// Files of a chart and of all charts within it.
    pub chart_files: usize,
    /// Charts within charts, and folders within folders.
    pub chart_depth: usize,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { templates: Limits::default(), chart_bytes: 256 << 20, chart_files: 50_000, chart_depth: 100 }
    }
}

impl Bounds {
    /// How a Helm loads charts within these bounds.
    pub fn load(&self, version: HelmVersion) -> LoadOptions {
        LoadOptions { version, bytes: self.chart_bytes, files: self.chart_files, depth: self.chart_depth }
    }
}

/// The options that raise a bound, as every command has them.
pub(crate) mod option {
    pub(crate) const CHART_BYTES: &str = "--max-chart-bytes";
    pub(crate) const CHART_FILES: &str = "--max-chart-files";
    pub(crate) const CHART_DEPTH: &str = "--max-chart-depth";
    pub(crate) const STEPS: &str = "--max-template-steps";
    pub(crate) const OUTPUT: &str = "--max-output-bytes";
    pub(crate) const SECONDS: &str = "--max-template-seconds";
    pub(crate) const DEPTH: &str = "--max-template-depth";
}

/// What is added to the words of an exceeded bound.
pub(crate) fn raised_by(option: &str) -> String {
    format!(" (`{option}` raises this limit)")
}

/// The words of a bound on templates, with what raises it; of those that are fixed, the words alone.
pub(crate) fn template_words(text: &str) -> String {
    let options = [
        ("step limit of ", option::STEPS),
        ("time limit of ", option::SECONDS),
        ("output limit of ", option::OUTPUT),
        ("memory limit of ", option::OUTPUT),
        ("exceeded maximum template depth ", option::DEPTH),
        (" nested tpl calls exceeded", option::DEPTH),
    ];
    let found = options.into_iter().find(|(words, _)| text.contains(words));
    found.map_or_else(|| text.to_owned(), |(_, option)| format!("{text}{}", raised_by(option)))
}
