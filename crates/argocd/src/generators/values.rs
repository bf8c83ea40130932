//! `values`: further parameters, rendered against those the generator made.

use std::collections::BTreeMap;

use seatrial_gotemplate::{Elem, Map, Str, Value};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use crate::expand::engine::{Engine, Options, Text};
use crate::expand::stop::Stop;
use crate::expansion::Place;
use crate::params::ParamSet;

/// A generator's compiled `values`.
pub(super) struct Values {
    entries: Vec<(String, Text)>,
    at: Path,
}

impl Values {
    /// Compiles `spec.values`.
    pub(super) fn compile(engine: &Engine, spec: &Json, at: &Path) -> Self {
        let entries = spec.get("values").and_then(Json::as_object).into_iter().flatten();
        let entries = entries.map(|(k, v)| (k.clone(), engine.compile(v.as_str().unwrap_or_default())));
        Self { entries: entries.collect(), at: at.join("values") }
    }

    /// `appendTemplatedValues`: in Go mode `values` is replaced by a fresh `map[string]string`, else each becomes `values.<key>`.
    pub(super) fn append(&self, engine: &Engine, set: &mut ParamSet) -> Result<(), Stop> {
        if self.entries.is_empty() {
            return Ok(());
        }
        engine.check_options()?;
        let mut rendered = BTreeMap::new();
        for (key, text) in &self.entries {
            let value = engine.run(text, &set.map, Options::Own).map_err(|stop| {
                stop.wrap("failed to replace templated string with rendered values")
                    .wrap("failed to replace templated string")
            })?;
            rendered.insert(Str::from(key.as_str()), Value::Str(Str::from(value.as_str())));
        }
        if engine.is_go() {
            set.set("values", Value::Map(Map::from_entries(Elem::Str, rendered)));
        } else {
            for (key, value) in rendered {
                set.set(&format!("values.{}", key.to_text()), value);
            }
        }
        for (key, _) in &self.entries {
            set.note(format!("values.{key}"), Place::Set(self.at.join(key.as_str())));
        }
        Ok(())
    }
}
