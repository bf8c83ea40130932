//! The list generator.

use seatrial_gotemplate::{Elem, Map};
use seatrial_yaml::Path;
use serde_json::Value as Json;

use super::{items, text};
use crate::expand::run::Run;
use crate::expand::stop::{Stop, error};
use crate::expansion::Place;
use crate::params::{ParamSet, from_json, map_from_json};

/// Elements as they are in Go mode; without it every value must be a text (or `values`, a map of texts).
/// `elementsYaml` comes after the elements and is never checked.
pub(super) fn generate(run: &Run<'_>, spec: &Json, at: &Path) -> Result<Vec<ParamSet>, Stop> {
    let mut sets = Vec::new();
    let elements = items(spec, "elements");
    run.reserve(elements.len())?;
    for (index, element) in elements.iter().enumerate() {
        let place = at.join("elements").join(index);
        let mut set = ParamSet::new(place.clone());
        match element {
            Json::Object(entries) => {
                if run.engine.is_go() {
                    set.map = map_from_json(entries);
                } else {
                    for (key, value) in entries {
                        flat(&set, key, value)?;
                    }
                }
                for (key, value) in entries {
                    note(&mut set, key, value, &place);
                }
            }
            // `null` leaves no bytes to decode.
            Json::Null => return error("error unmarshling list element unexpected end of JSON input"),
            other => {
                let stop = misfit(other);
                return Err(stop.wrap_plain("error unmarshling list element "));
            }
        }
        sets.push(set);
    }
    let yaml = text(spec, "elementsYaml");
    if !yaml.is_empty() {
        let place = at.join("elementsYaml");
        let parsed = crate::yaml::unmarshal(yaml)
            .map_err(|e| Stop::Error(format!("error unmarshling decoded ElementsYaml {e}")))?;
        let list = crate::yaml::list_of_maps(&parsed)
            .map_err(|e| Stop::Error(format!("error unmarshling decoded ElementsYaml {e}")))?;
        run.reserve(list.len())?;
        for entries in list {
            let mut set = ParamSet::new(place.clone());
            match entries {
                Some(entries) => {
                    set.map = map_from_json(entries);
                    for key in entries.keys() {
                        set.note(key.clone(), Place::Set(place.clone()));
                    }
                }
                None => set.map = Map::nil(Elem::Any),
            }
            sets.push(set);
        }
    }
    Ok(sets)
}

fn flat(set: &ParamSet, key: &str, value: &Json) -> Result<(), Stop> {
    // The wrapped error is nil here, which Go prints so.
    const NO_STRING: &str = "error parsing value as string %!w(<nil>)";
    if key == "values" {
        let Json::Object(values) = value else { return error("error parsing values map") };
        for (key, value) in values {
            if !value.is_string() {
                return error(NO_STRING);
            }
            set.set(&format!("values.{key}"), from_json(value));
        }
    } else {
        if !value.is_string() {
            return error(NO_STRING);
        }
        set.set(key, from_json(value));
    }
    Ok(())
}

fn note(set: &mut ParamSet, key: &str, value: &Json, place: &Path) {
    let here = place.join(key);
    match value {
        Json::Object(entries) if !entries.is_empty() => {
            for inner in entries.keys() {
                set.note(format!("{key}.{inner}"), Place::Set(here.join(inner.as_str())));
            }
            set.note(key, Place::Set(here));
        }
        _ => set.note(key, Place::Set(here)),
    }
}

fn misfit(value: &Json) -> Stop {
    let kind = match value {
        Json::Bool(_) => "bool",
        Json::Number(_) => "number",
        Json::String(_) => "string",
        _ => "array",
    };
    Stop::Error(format!("json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"))
}

impl Stop {
    /// `fmt.Errorf("prefix%w", err)`.
    fn wrap_plain(self, prefix: &str) -> Self {
        match self {
            Self::Error(text) => Self::Error(format!("{prefix}{text}")),
            other => other,
        }
    }
}
