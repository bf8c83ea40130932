//! Which subcharts take part, under which names, and what they hand up: `ProcessDependencies`.

mod enable;
mod graph;
mod imports;
mod locked;
mod lookup;

use std::sync::Arc;

use graph::Graph;
pub use locked::check_lock;

use crate::chart::{Chart, Values};
use crate::error::Error;
use crate::version::HelmVersion;

/// The chart as it is rendered with the user's values: subcharts that conditions and tags turn off are gone, aliases have
/// their names, imported values are among the chart's, and every chart knows its [`full_path`](Chart::full_path).
///
/// Warnings that Helm would log are added to `warnings`. Fails as `CoalesceValues` does, and where aliases multiply
/// charts beyond all measure.
pub fn process(
    chart: &Arc<Chart>,
    values: &Values,
    version: HelmVersion,
    warnings: &mut Vec<String>,
) -> Result<Chart, Error> {
    let mut graph = Graph::of(chart, version);
    let root = graph::ROOT;
    let given = graph.heap.copy(values)?;
    let done = graph.enable(root, given, "").and_then(|()| graph.import(root));
    warnings.append(&mut graph.warnings);
    // Helm 4 says on whose account.
    done.map_err(|error| match version {
        HelmVersion::V3_19 => error,
        _ => error.within("chart dependencies processing failed"),
    })?;
    graph.view(root)
}
