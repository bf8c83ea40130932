//! The matrix generator: every parameter set of the first child with every one of the second.

use std::sync::Arc;

use seatrial_gotemplate::Map;
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::{child, child_params, items};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::mergo::merge_override;
use crate::params::{ParamSet, deep_copy_map, go_text, text};

const FIRST: &str = "error failed to get params for first generator in matrix generator";
const SECOND: &str = "failed to get params for second generator in the matrix generator";

/// Exactly two children; the second is interpolated with each set of the first, or, if it holds no template, run once and copied.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let (first, second) = match items(spec, "generators") {
        [] | [_] => return error("found less than two generators, Matrix support only two"),
        [first, second] => (first, second),
        _ => return error("found more than two generators, Matrix support only two"),
    };
    let places = [at.join("generators").join(0), at.join("generators").join(1)];
    let outer = child_params(run, first, None, &places[0], false).map_err(|e| e.wrap(FIRST))?;
    let reusable =
        run.world.version.at_least(3, 6) && child(second, false).is_ok_and(|typed| !uses_templates(&typed));
    let inner_of =
        |params: &Map| child_params(run, second, Some(params), &places[1], false).map_err(|e| e.wrap(SECOND));
    let mut out = Vec::new();
    let mut reused = None;
    for a in &outer {
        let inner = if reusable {
            if reused.is_none() {
                let sets = inner_of(&a.map)?;
                run.reserve(sets.len().saturating_mul(outer.len()))?;
                reused = Some(sets);
            }
            let sets = reused.as_deref().unwrap_or_default();
            sets.iter().map(|set| ParamSet { map: deep_copy_map(&set.map), ..set.clone() }).collect()
        } else {
            let sets = inner_of(&a.map)?;
            run.reserve(sets.len())?;
            sets
        };
        for b in inner {
            out.push(combine(run, a, &b)?);
        }
    }
    Ok(out)
}

fn combine(run: &Run<'_>, a: &ParamSet, b: &ParamSet) -> Result<ParamSet, Stop> {
    let mut origins = Vec::with_capacity(a.origins.len() + b.origins.len());
    origins.extend(a.origins.iter().cloned());
    origins.extend(b.origins.iter().filter(|o| !a.origins.iter().any(|mine| mine.key == o.key)).cloned());
    let set = ParamSet { map: Map::new(), origins: Arc::new(origins), at: a.at.clone() };
    if run.engine.is_go() {
        merge_override(&set.map, &b.map).map_err(Stop::Panic)?;
        merge_override(&set.map, &a.map).map_err(Stop::Panic)?;
        return Ok(set);
    }
    for (key, value) in a.map.entries() {
        set.set(&key.to_text(), text(&go_text(&value)));
    }
    for (key, value) in b.map.entries() {
        let theirs = go_text(&value);
        if let Some(ours) = set.map.get(key.as_bytes()) {
            let ours = go_text(&ours);
            if ours != theirs {
                return Err(Stop::Error(format!(
                    "found duplicate key {} with different value, a: {ours} ,b: {theirs}",
                    key.to_text()
                ))
                .wrap("failed to combine string maps with merging params for the matrix generator"));
            }
        }
        set.set(&key.to_text(), text(&theirs));
    }
    Ok(set)
}

/// Whether the JSON of a generator holds `{{`.
fn uses_templates(value: &Json) -> bool {
    match value {
        Json::String(text) => text.contains("{{"),
        Json::Array(items) => items.iter().any(uses_templates),
        Json::Object(entries) => entries.iter().any(|(k, v)| k.contains("{{") || uses_templates(v)),
        _ => false,
    }
}
