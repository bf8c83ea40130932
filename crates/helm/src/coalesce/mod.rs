//! A chart's values and the user's, coalesced as each Helm does it.
//!
//! Helm works on Go maps, which it shares between the globals of a chart and those of its subcharts: what a subchart adds
//! deep inside a global can so be seen above it. [`Heap`] keeps tables by number to reproduce that.

mod heap;
mod merge;
mod node;

pub(crate) use heap::{Heap, Item, TableId};
pub(crate) use merge::{Merger, Prefix};
pub(crate) use node::{Defaults, Node};

use seatrial_gotemplate::Value as GoValue;

use crate::chart::{Chart, Values};
use crate::error::Error;
use crate::version::HelmVersion;

/// The values a release renders with, its subcharts' within them.
#[derive(Debug)]
pub struct Coalesced<'v> {
    heap: Heap<'v>,
    root: TableId,
    /// What Helm says on standard error meanwhile.
    pub warnings: Vec<String>,
}

/// `CoalesceValues` for a chart whose dependencies are [processed](crate::dependencies::process): the user's values over
/// the chart's, the parent's over the subchart's, globals downwards, and null removing what it stands over.
pub fn coalesce<'v>(
    chart: &'v Chart,
    values: &'v Values,
    version: HelmVersion,
) -> Result<Coalesced<'v>, Error> {
    let mut heap = Heap::default();
    let root = heap.copy(values)?;
    let node = Node::of(chart);
    let mut merger = Merger::new(&mut heap, version, false);
    merger.coalesce(&node, root, Prefix::default())?;
    let warnings = merger.warnings;
    heap.finite(root)?;
    Ok(Coalesced { heap, root, warnings })
}

impl Coalesced<'_> {
    /// The values as data.
    pub fn to_values(&self) -> Values {
        self.heap.to_values(self.root)
    }

    /// The values as templates see them: tables that Helm shares are shared, so that `set` on one is seen in the other.
    pub fn to_go(&self) -> GoValue {
        self.heap.to_go(self.root)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::{Value, json};

    use super::*;

    fn table(value: Value) -> Values {
        if let Value::Object(values) = value { values } else { Values::new() }
    }

    fn chart(name: &str, values: Value, dependencies: Vec<Chart>) -> Chart {
        let mut chart = Chart { values: Arc::new(table(values)), ..Chart::default() };
        name.clone_into(&mut chart.metadata.name);
        chart.dependencies = dependencies.into_iter().map(Arc::new).collect();
        chart
    }

    fn coalesced(chart: &Chart, values: Value, version: HelmVersion) -> Value {
        coalesce(chart, &table(values), version)
            .map_or_else(|error| Value::from(error.message), |found| Value::Object(found.to_values()))
    }

    #[test]
    fn globals_flow_down_and_leak_up() {
        let child = chart("child", json!({"global": {"a": {"b": {"y": 2}}}}), vec![]);
        let parent = chart("parent", json!({"global": {"a": {"b": {"x": 1}}}}), vec![child]);
        let both = json!({"a": {"b": {"x": 1, "y": 2}}});
        for version in HelmVersion::ALL {
            let found = coalesced(&parent, json!({}), version);
            assert_eq!(found, json!({"global": both, "child": {"global": both}}));
        }
    }

    #[test]
    fn null_removes() {
        let only = chart("only", json!({"a": 1, "b": {"c": 1, "d": 2}, "n": null, "t": {"n": null}}), vec![]);
        let user = json!({"a": null, "b": {"c": null, "e": null}, "f": null});
        let old = json!({"b": {"d": 2, "e": null}, "f": null, "n": null, "t": {"n": null}});
        assert_eq!(coalesced(&only, user.clone(), HelmVersion::V3_19), old);
        let new = json!({"b": {"d": 2, "e": null}, "f": null, "t": {}});
        assert_eq!(coalesced(&only, user, HelmVersion::V4_3), new);
    }

    #[test]
    fn a_subchart_needs_a_table() {
        let parent = chart("parent", json!({}), vec![chart("child", json!({}), vec![])]);
        let found = coalesced(&parent, json!({"child": "x"}), HelmVersion::V4_3);
        assert_eq!(found, json!("type mismatch on child: %!t(string=x)"));
    }

    #[test]
    fn tables_against_other_values_are_told() {
        let only = chart("only", json!({"a": 1, "b": {"c": {"d": 1}, "e": 5}}), vec![]);
        let user = table(json!({"a": {"x": 1}, "b": {"c": 3, "e": {"y": 1}}}));
        let warnings =
            coalesce(&only, &user, HelmVersion::V4_3).map(|found| found.warnings).unwrap_or_default();
        assert_eq!(
            warnings,
            [
                "warning: skipped value for only.a: Not a table.",
                "warning: cannot overwrite table with non table for only.b.c (map[d:1])",
                "warning: destination for only.b.e is a table. Ignoring non-table value (5)",
            ]
        );
    }
}
