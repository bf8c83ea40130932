//! What the templates of each chart see.

use seatrial_gotemplate::{Map, Str, Value};

use super::prepared::Prepared;
use super::types::{self, subtable};
use super::{chart_value, files};
use crate::capabilities;
use crate::chart::Chart;
use crate::options::Options;

/// The dot of the templates of every chart, in the order in which [`charts`] gives them.
pub(super) fn dots(prepared: &Prepared, chart: &Chart, values: Map, options: &Options) -> Vec<Map> {
    let release = Value::map([
        (key("Name"), Value::str(options.release_name.as_str())),
        (key("Namespace"), Value::str(options.namespace.as_str())),
        (key("IsUpgrade"), Value::Bool(options.is_upgrade)),
        (key("IsInstall"), Value::Bool(!options.is_upgrade)),
        (key("Revision"), Value::int(1)),
        (key("Service"), Value::Str(Str::from_static("Helm"))),
    ]);
    let shared = Shared { prepared, release, capabilities: capabilities::value(options), options };
    let mut dots = Vec::new();
    shared.add(chart, values, true, &mut dots);
    dots
}

/// The charts of a tree, each before those below it, and how deep they are.
pub(super) fn charts(chart: &Chart) -> Vec<(&Chart, usize)> {
    let mut all = Vec::new();
    // Charts nest as deep as the loader lets them.
    let mut open = vec![(chart, 0)];
    while let Some((chart, depth)) = open.pop() {
        all.push((chart, depth));
        open.extend(chart.dependencies.iter().rev().map(|chart| (&**chart, depth + 1)));
    }
    all
}

fn key(text: &'static str) -> Str {
    Str::from_static(text)
}

/// What all charts of a release see alike.
struct Shared<'r> {
    prepared: &'r Prepared,
    release: Value,
    capabilities: Value,
    options: &'r Options,
}

impl Shared<'_> {
    /// Adds the dot of a chart and of those below it; gives that of the chart.
    fn add(&self, chart: &Chart, values: Map, is_root: bool, dots: &mut Vec<Map>) -> Map {
        let version = self.options.version;
        let named = types::values(version);
        let subcharts = Map::new();
        let dot: Map = [
            (key("Chart"), chart_value::value(chart, is_root, version)),
            (key("Files"), files::value(&self.prepared.files(chart))),
            (key("Release"), self.release.clone()),
            (key("Capabilities"), self.capabilities.clone()),
            (key("Values"), Value::Map(values.clone().with_type(Some(named)))),
            (key("Subcharts"), Value::Map(subcharts.clone())),
        ]
        .into_iter()
        .collect();
        dots.push(dot.clone());
        for child in &chart.dependencies {
            // As in Helm, a dot in the name of a chart leads a level down.
            let mut path = child.name().split('.');
            let below = path.try_fold(values.clone(), |table, key| subtable(&table, key.as_bytes()));
            let below = self.add(child, below.unwrap_or_default(), false, dots);
            // A map that was just made can be written.
            let _ = subcharts.insert(Str::from(child.name()), Value::Map(below));
        }
        dot
    }
}
