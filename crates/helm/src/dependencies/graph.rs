//! Charts as Helm's pointers: some are shared between aliases, and some keep the parent they had.

use std::sync::Arc;

use crate::chart::{Chart, Dependency, Metadata};
use crate::coalesce::{Defaults, Heap, Node, TableId};
use crate::error::Error;
use crate::version::HelmVersion;

/// The most charts that aliases may make.
const MOST_CHARTS: usize = 10_000;

pub(super) type ChartId = usize;

/// The chart at the top.
pub(super) const ROOT: ChartId = 0;

/// A `*chart.Chart`.
#[derive(Clone)]
pub(super) struct Entry<'c> {
    pub(super) chart: &'c Chart,
    /// A `*Metadata`.
    pub(super) metadata: usize,
    pub(super) dependencies: Vec<ChartId>,
    pub(super) parent: Option<ChartId>,
    pub(super) values: Option<TableId>,
}

/// What changes of a `Metadata`.
#[derive(Clone)]
pub(super) struct Meta<'c> {
    pub(super) name: &'c str,
    pub(super) version: &'c str,
    /// `*Dependency` each.
    pub(super) requirements: Vec<usize>,
}

/// What changes of a `Dependency`.
#[derive(Clone)]
pub(super) struct Requirement<'c> {
    pub(super) base: &'c Dependency,
    pub(super) name: &'c str,
    pub(super) enabled: bool,
    /// Its values were imported: Helm replaces the list by one that it does not read again.
    pub(super) imported: bool,
}

pub(super) struct Graph<'c> {
    pub(super) charts: Vec<Entry<'c>>,
    pub(super) metas: Vec<Meta<'c>>,
    pub(super) requirements: Vec<Requirement<'c>>,
    pub(super) heap: Heap<'c>,
    pub(super) warnings: Vec<String>,
    pub(super) version: HelmVersion,
}

impl<'c> Graph<'c> {
    pub(super) fn of(chart: &'c Chart, version: HelmVersion) -> Self {
        let mut graph = Self {
            charts: Vec::new(),
            metas: Vec::new(),
            requirements: Vec::new(),
            heap: Heap::default(),
            warnings: Vec::new(),
            version,
        };
        graph.add(chart, None);
        graph
    }

    fn add(&mut self, chart: &'c Chart, parent: Option<ChartId>) -> ChartId {
        let first = self.requirements.len();
        self.requirements.extend(chart.metadata.dependencies.iter().map(|base| Requirement {
            base,
            name: &base.name,
            enabled: false,
            imported: false,
        }));
        self.metas.push(Meta {
            name: &chart.metadata.name,
            version: &chart.metadata.version,
            requirements: (first..self.requirements.len()).collect(),
        });
        let id = self.charts.len();
        let metadata = self.metas.len() - 1;
        self.charts.push(Entry { chart, metadata, dependencies: Vec::new(), parent, values: None });
        let dependencies: Vec<_> = chart.dependencies.iter().map(|inner| self.add(inner, Some(id))).collect();
        self.charts[id].dependencies = dependencies;
        id
    }

    pub(super) fn meta(&self, chart: ChartId) -> &Meta<'c> {
        &self.metas[self.charts[chart].metadata]
    }

    /// `SetDependencies`.
    pub(super) fn set_dependencies(&mut self, chart: ChartId, dependencies: Vec<ChartId>) {
        for inner in &dependencies {
            self.charts[*inner].parent = Some(chart);
        }
        self.charts[chart].dependencies = dependencies;
    }

    /// `getAliasDependency`: a copy of a chart for a requirement. Helm 4 copies more of it than Helm 3.
    pub(super) fn alias(&mut self, of: ChartId, requirement: usize) -> Result<ChartId, Error> {
        if self.charts.len() > MOST_CHARTS {
            return Err(Error::limit(format!(
                "aliases make more than {MOST_CHARTS} charts of {}",
                self.charts[0].chart.name()
            )));
        }
        let mut copy = self.charts[of].clone();
        let mut meta = self.metas[copy.metadata].clone();
        let deep = self.version != HelmVersion::V3_19;
        if deep {
            for requirement in &mut meta.requirements {
                self.requirements.push(self.requirements[*requirement].clone());
                *requirement = self.requirements.len() - 1;
            }
        }
        let alias = self.requirements[requirement].base.alias.as_str();
        if !alias.is_empty() {
            meta.name = alias;
        }
        self.metas.push(meta);
        copy.metadata = self.metas.len() - 1;
        let id = self.charts.len();
        let inner = if deep { std::mem::take(&mut copy.dependencies) } else { Vec::new() };
        self.charts.push(copy);
        for inner in inner {
            let mut copy = self.charts[inner].clone();
            copy.parent = Some(id);
            self.charts.push(copy);
            let inner = self.charts.len() - 1;
            self.charts[id].dependencies.push(inner);
        }
        Ok(id)
    }

    /// What coalescing needs of a chart.
    pub(super) fn node(&self, chart: ChartId) -> Node<'c> {
        let entry = &self.charts[chart];
        Node {
            name: self.meta(chart).name,
            values: entry.values.map_or(Defaults::Values(&entry.chart.values), Defaults::Table),
            dependencies: entry.dependencies.iter().map(|inner| self.node(*inner)).collect(),
        }
    }

    /// The chart as it is rendered.
    pub(super) fn view(&self, chart: ChartId) -> Result<Chart, Error> {
        self.viewed(chart, &mut 0)
    }

    fn viewed(&self, id: ChartId, made: &mut usize) -> Result<Chart, Error> {
        *made += 1;
        if *made > MOST_CHARTS {
            return Err(Error::limit(format!(
                "aliases make more than {MOST_CHARTS} charts of {}",
                self.charts[0].chart.name()
            )));
        }
        let entry = &self.charts[id];
        let meta = self.meta(id);
        let requirements = meta.requirements.iter().map(|requirement| {
            let requirement = &self.requirements[*requirement];
            Dependency { name: requirement.name.to_owned(), ..requirement.base.clone() }
        });
        let base = &entry.chart.metadata;
        let metadata =
            Metadata { name: meta.name.to_owned(), dependencies: requirements.collect(), ..base.clone() };
        let values = match entry.values {
            Some(table) => {
                self.heap.finite(table)?;
                Arc::new(self.heap.to_values(table))
            }
            None => Arc::clone(&entry.chart.values),
        };
        let dependencies = entry.dependencies.iter().map(|inner| Ok(Arc::new(self.viewed(*inner, made)?)));
        let dependencies = dependencies.collect::<Result<_, Error>>()?;
        let full_path = self.path(id).into();
        Ok(Chart { metadata, values, dependencies, full_path, ..entry.chart.clone() })
    }

    /// `ChartFullPath`.
    fn path(&self, id: ChartId) -> String {
        let mut path = self.meta(id).name.to_owned();
        let mut at = self.charts[id].parent;
        while let Some(parent) = at {
            path = format!("{}/charts/{path}", self.meta(parent).name);
            at = self.charts[parent].parent;
        }
        path
    }
}
