//! What is wanted: which application, from which chart, where, with which settings of its own.

mod phrases;
mod read;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;

use seatrial_yaml::Path;
use serde_json::Value;

pub use read::{Reading, read};

/// What is wanted of an ApplicationSet, as far as it was said. What the platform's facts settle is not part of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Intent {
    /// The application's name, which its Applications are named after.
    pub app: Option<String>,
    /// The chart: its name, its folder, or its alias.
    pub chart: Option<String>,
    /// The repository's address.
    pub repository: Option<String>,
    /// Environments, by their names in the platform file.
    pub environments: Vec<String>,
    /// Clusters, by name; all of each environment when empty.
    pub clusters: Vec<String>,
    /// Every cluster of the environments, those to come included.
    pub every_cluster: bool,
    /// The generator that was asked for.
    pub generator: Option<GeneratorKind>,
    /// The target namespace.
    pub namespace: Option<String>,
    /// The AppProject.
    pub project: Option<String>,
    /// Git revision or chart version.
    pub revision: PerEnvironment<String>,
    /// The tag of the application's image.
    pub tag: PerEnvironment<String>,
    /// The host that it is reached at from outside.
    pub host: PerEnvironment<String>,
    /// Replicas, where the facts leave room.
    pub replicas: PerEnvironment<u64>,
    /// Amounts of the containers, by their part of `resources`: `limits.memory`.
    pub amounts: Vec<(Path, PerEnvironment<String>)>,
    /// Whether something is to be different from what is there, whatever else was read of it.
    pub changes: bool,
    /// Whether something is to be taken away: a set is never made smaller without a person.
    pub removes: bool,
    /// Sentences of which nothing could be read.
    pub unread: Vec<String>,
    /// Values of the chart that were given as such.
    pub values: Vec<(Path, PerEnvironment<Value>)>,
}

/// The generators that the author writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GeneratorKind {
    /// One element for each place.
    List,
    /// The clusters that Argo CD knows, by their labels.
    Clusters,
}

/// Something said for everywhere, or for single environments, which wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerEnvironment<T> {
    /// Everywhere.
    pub all: Option<T>,
    /// By the environment's name in the platform file.
    pub each: BTreeMap<String, T>,
}

impl<T> Default for PerEnvironment<T> {
    fn default() -> Self {
        Self { all: None, each: BTreeMap::new() }
    }
}

impl<T> PerEnvironment<T> {
    /// What was said for an environment.
    pub fn get(&self, environment: &str) -> Option<&T> {
        self.each.get(environment).or(self.all.as_ref())
    }

    /// What was said for an environment; what was said for everywhere only where that counts for it.
    pub(crate) fn get_where(&self, environment: &str, everywhere: bool) -> Option<&T> {
        self.each.get(environment).or(self.all.as_ref().filter(|_| everywhere))
    }

    /// Whether nothing was said at all.
    pub fn is_empty(&self) -> bool {
        self.all.is_none() && self.each.is_empty()
    }

    /// Says it for an environment, or for all.
    pub fn set(&mut self, environment: Option<&str>, value: T) {
        match environment {
            Some(name) => {
                self.each.insert(name.to_owned(), value);
            }
            None => self.all = Some(value),
        }
    }
}

/// The names that an intent can speak of.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// Names of environments, each with its aliases.
    pub environments: Vec<(String, Vec<String>)>,
    /// Names of clusters, each with its environment.
    pub clusters: Vec<(String, Option<String>)>,
    /// Names of charts, with their aliases.
    pub charts: Vec<(String, Vec<String>)>,
}

impl Vocabulary {
    /// The names of a platform and its charts.
    pub fn of(platform: &seatrial_platform::Platform, charts: &[crate::ChartSource]) -> Self {
        let environments = platform.environments.iter().map(|environment| {
            let aliases = environment.aliases.iter().map(|alias| alias.value.clone());
            (environment.name.value.clone(), aliases.collect())
        });
        let clusters = platform.clusters.iter().map(|cluster| {
            (cluster.name.value.clone(), platform.environment_of(&cluster.name).map(str::to_owned))
        });
        let charts = charts.iter().map(|chart| (chart.name.clone(), chart.aliases.clone()));
        Self { environments: environments.collect(), clusters: clusters.collect(), charts: charts.collect() }
    }
}
