//! The merge generator: the sets of the first child, overridden by those of the others with the same keys.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::{child_params, items};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::gojson;
use crate::mergo::merge_override;
use crate::params::{ParamSet, put, to_json};

/// At least two children and one merge key. The result is sorted by the keys' JSON, where Go's order is random.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let children = items(spec, "generators");
    if children.len() < 2 {
        return error("found less than two generators, Merge requires two or more");
    }
    let mut all = Vec::with_capacity(children.len());
    for (index, child) in children.iter().enumerate() {
        let place = at.join("generators").join(index);
        let sets = child_params(run, child, None, &place, true).map_err(|e| {
            e.wrap(&format!("error getting params from generator {} of {}", index + 1, children.len()))
                .wrap("error getting param sets from generators")
        })?;
        all.push(sets);
    }
    let keys: BTreeSet<&str> = items(spec, "mergeKeys").iter().filter_map(Json::as_str).collect();
    let wrap = |stop: Stop| stop.wrap("error getting param sets by merge key");
    let mut rest = all.into_iter();
    let mut base = by_key(&keys, rest.next().unwrap_or_default()).map_err(wrap)?;
    for sets in rest {
        let overrides = by_key(&keys, sets).map_err(wrap)?;
        for (key, set) in &mut base {
            let Some(theirs) = overrides.get(key) else { continue };
            if run.engine.is_go() {
                merge_override(&set.map, &theirs.map).map_err(Stop::Panic)?;
            } else {
                for (key, value) in theirs.map.entries() {
                    put(&set.map, &key.to_text(), value);
                }
            }
            let mut origins: Vec<_> = theirs.origins.iter().cloned().collect();
            origins.extend(
                set.origins.iter().filter(|o| !theirs.origins.iter().any(|t| t.key == o.key)).cloned(),
            );
            set.origins = Arc::new(origins);
        }
    }
    Ok(base.into_values().collect())
}

fn by_key(keys: &BTreeSet<&str>, sets: Vec<ParamSet>) -> Result<BTreeMap<String, ParamSet>, Stop> {
    if keys.is_empty() {
        return error("no merge keys were specified, Merge requires at least one");
    }
    let mut out = BTreeMap::new();
    for set in sets {
        let key = keys
            .iter()
            .map(|k| ((*k).to_owned(), set.map.get(k.as_bytes()).map_or(Json::Null, |v| to_json(&v))))
            .collect();
        let key = gojson::to_string(&Json::Object(key));
        if out.contains_key(&key) {
            return error(format!(
                "the parameters from a generator were not unique by the given mergeKeys, Merge requires all param sets to be unique. Duplicate key was {key}"
            ));
        }
        out.insert(key, set);
    }
    Ok(out)
}
