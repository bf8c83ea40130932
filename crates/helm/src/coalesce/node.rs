//! What coalescing needs of a chart.

use super::heap::TableId;
use crate::chart::{Chart, Values};

/// A chart and those under it.
pub(crate) struct Node<'v> {
    pub(crate) name: &'v str,
    pub(crate) values: Defaults<'v>,
    pub(crate) dependencies: Vec<Self>,
}

/// A chart's own values.
#[derive(Clone, Copy)]
pub(crate) enum Defaults<'v> {
    Values(&'v Values),
    /// They were computed before.
    Table(TableId),
}

impl<'v> Node<'v> {
    pub(crate) fn of(chart: &'v Chart) -> Self {
        Self {
            name: chart.name(),
            values: Defaults::Values(&chart.values),
            dependencies: chart.dependencies.iter().map(|inner| Self::of(inner)).collect(),
        }
    }
}
