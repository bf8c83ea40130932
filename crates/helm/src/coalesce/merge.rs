//! The rules of coalescing, function by function as Helm has them.

use seatrial_gotemplate::{Numbers, Value as GoValue, gofmt};
use serde_json::Value;

use super::heap::{Heap, Item, MOST_DEPTH, TableId};
use super::node::{Defaults, Node};
use crate::error::Error;
use crate::version::HelmVersion;

const GLOBAL: &str = "global";

/// Where in the values we are, for warnings: names from the outside in.
#[derive(Clone, Copy, Default)]
pub(crate) struct Prefix<'p> {
    outer: Option<&'p Prefix<'p>>,
    name: &'p str,
    depth: usize,
}

impl<'p> Prefix<'p> {
    fn then(&'p self, name: &'p str) -> Prefix<'p> {
        Prefix { outer: Some(self), name, depth: self.depth + 1 }
    }

    fn text(&self) -> String {
        match self.outer {
            Some(outer) => {
                let outer = outer.text();
                if outer.is_empty() { self.name.to_owned() } else { format!("{outer}.{}", self.name) }
            }
            None => self.name.to_owned(),
        }
    }
}

/// One run of `CoalesceValues`, or of `MergeValues` which keeps nulls.
pub(crate) struct Merger<'h, 'v> {
    heap: &'h mut Heap<'v>,
    version: HelmVersion,
    keep_nulls: bool,
    pub(crate) warnings: Vec<String>,
}

impl<'h, 'v> Merger<'h, 'v> {
    pub(crate) fn new(heap: &'h mut Heap<'v>, version: HelmVersion, keep_nulls: bool) -> Self {
        Self { heap, version, keep_nulls, warnings: Vec::new() }
    }

    /// Coalesces the chart's values, and those of the charts under it, into `into`.
    pub(crate) fn coalesce(
        &mut self,
        chart: &Node<'v>,
        into: TableId,
        prefix: Prefix<'_>,
    ) -> Result<(), Error> {
        self.own(chart, into, &prefix)?;
        self.subcharts(chart, into, &prefix)
    }

    fn subcharts(&mut self, chart: &Node<'v>, into: TableId, prefix: &Prefix<'_>) -> Result<(), Error> {
        for sub in &chart.dependencies {
            let table = match self.heap.get(into, sub.name) {
                None => {
                    let table = self.heap.empty();
                    self.heap.set(into, sub.name, Item::Table(table));
                    table
                }
                Some(Item::Table(table)) => table,
                Some(Item::Leaf(other)) => {
                    let other = GoValue::from_json_with(other, Numbers::Int64);
                    let shown = gofmt::sprintf(b"%t", &[other], usize::MAX).unwrap_or_default();
                    let shown = String::from_utf8_lossy(&shown);
                    return Err(Error::new(format!("type mismatch on {}: {shown}", sub.name)));
                }
            };
            let prefix = prefix.then(chart.name);
            self.globals(table, into, &prefix)?;
            self.coalesce(sub, table, prefix)?;
        }
        Ok(())
    }

    /// Takes the globals of `from` over into `into`.
    fn globals(&mut self, into: TableId, from: TableId, prefix: &Prefix<'_>) -> Result<(), Error> {
        let target = match self.heap.get(into, GLOBAL) {
            None => self.heap.empty(),
            Some(Item::Table(table)) => table,
            Some(Item::Leaf(_)) => {
                self.warn(format!("warning: skipping globals because destination {GLOBAL} is not a table."));
                return Ok(());
            }
        };
        let source = match self.heap.get(from, GLOBAL) {
            None => Vec::new(),
            Some(Item::Table(table)) => self.heap.entries(table),
            Some(Item::Leaf(_)) => {
                self.warn(format!("warning: skipping globals because source {GLOBAL} is not a table."));
                return Ok(());
            }
        };
        for (key, item) in source {
            match (item, self.heap.get(target, key)) {
                (Item::Table(table), None) => {
                    let copy = self.heap.copy_shallow(table)?;
                    self.heap.set(target, key, Item::Table(copy));
                }
                (Item::Table(table), Some(Item::Table(old))) => {
                    let copy = self.heap.copy_shallow(table)?;
                    self.tables(copy, old, prefix.then(key), true);
                    self.heap.set(target, key, Item::Table(copy));
                }
                (Item::Table(_), Some(Item::Leaf(_))) => {
                    let key = seatrial_gotemplate::quote(key.as_bytes());
                    self.warn(format!("Conflict: cannot merge map onto non-map for {key}. Skipping."));
                }
                (Item::Leaf(_), Some(Item::Table(_))) => {
                    self.warn(format!("key {key} is table. Skipping"));
                }
                (item, _) => self.heap.set(target, key, item),
            }
        }
        self.heap.set(into, GLOBAL, Item::Table(target));
        Ok(())
    }

    /// The chart's own values under those that are there.
    fn own(&mut self, chart: &Node<'v>, into: TableId, prefix: &Prefix<'_>) -> Result<(), Error> {
        let prefix = prefix.then(chart.name);
        let defaults = match chart.values {
            Defaults::Values(values) => self.heap.copy(values)?,
            Defaults::Table(table) => self.heap.copy_table(table)?,
        };
        let cleans = self.version != HelmVersion::V3_19;
        for (key, default) in self.heap.entries(defaults) {
            match (self.heap.get(into, key), default) {
                (Some(Item::Leaf(Value::Null)), _) if !self.keep_nulls => self.heap.remove(into, key),
                (Some(Item::Leaf(_)), _) => {}
                (Some(Item::Table(there)), Item::Table(default)) => {
                    let subchart = chart.dependencies.iter().any(|sub| sub.name == key);
                    let keep_nulls = self.keep_nulls || subchart;
                    if cleans && !keep_nulls {
                        self.heap.remove_nulls(default);
                    }
                    self.tables(there, default, prefix.then(key), keep_nulls);
                }
                (Some(Item::Table(_)), Item::Leaf(Value::Null)) => {}
                (Some(Item::Table(_)), Item::Leaf(_)) => {
                    self.warn(format!(
                        "warning: skipped value for {}: Not a table.",
                        prefix.then(key).text()
                    ));
                }
                (None, default) => {
                    if cleans && !self.keep_nulls {
                        match default {
                            Item::Leaf(Value::Null) => continue,
                            Item::Leaf(_) => {}
                            Item::Table(table) => self.heap.remove_nulls(table),
                        }
                    }
                    self.heap.set(into, key, default);
                }
            }
        }
        Ok(())
    }

    /// Merges the table `from` under the table `into`.
    pub(crate) fn tables(&mut self, into: TableId, from: TableId, prefix: Prefix<'_>, keep_nulls: bool) {
        // Tables that contain each other are merged without end; what follows refuses them.
        if prefix.depth > MOST_DEPTH {
            return;
        }
        let marks = self.version != HelmVersion::V3_19;
        let entries = self.heap.entries(from);
        if marks {
            // Helm 4 marks in the lower table what is null in the upper one; others may hold that table too.
            for (key, item) in self.heap.entries(into) {
                if item.is_null() {
                    self.heap.set(from, key, item);
                }
            }
        }
        for (key, item) in entries {
            match (self.heap.get(into, key), item) {
                #[allow(clippy::collapsible_match)] // What is null above must not reach the arms below.
                (Some(Item::Leaf(Value::Null)), item) if marks || !keep_nulls => {
                    if !keep_nulls && (!marks || !item.is_null()) {
                        self.heap.remove(into, key);
                    }
                }
                (None, item) => self.heap.set(into, key, item),
                (Some(Item::Table(there)), Item::Table(table)) => {
                    self.tables(there, table, prefix.then(key), keep_nulls);
                }
                (Some(Item::Leaf(_)), Item::Table(_)) => {
                    let shown = self.shown(item);
                    let place = prefix.then(key).text();
                    self.warn(format!(
                        "warning: cannot overwrite table with non table for {place} ({shown})"
                    ));
                }
                (Some(Item::Table(_)), Item::Leaf(value)) if !value.is_null() => {
                    let shown = self.shown(item);
                    let place = prefix.then(key).text();
                    self.warn(format!(
                        "warning: destination for {place} is a table. Ignoring non-table value ({shown})"
                    ));
                }
                _ => {}
            }
        }
    }

    /// `%v`.
    fn shown(&self, item: Item<'v>) -> String {
        if matches!(item, Item::Table(table) if self.heap.finite(table).is_err()) {
            return String::new();
        }
        gofmt::display(&GoValue::from_json_with(&self.heap.to_value(item), Numbers::Int64))
    }

    fn warn(&mut self, text: String) {
        self.warnings.push(text);
    }
}
