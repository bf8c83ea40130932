//! `values.yaml`, and the chart's own schema.

use super::source::Source;
use super::{Lint, Severity};
use crate::chart::Values;
use crate::options::Options;
use crate::schema::Schemas;
use crate::values::{merge_maps, read};

const FILE: &str = "values.yaml";

/// Judges `values.yaml` under the user's values by the chart's schema; subcharts are not looked at.
pub(super) fn check(source: &Source, user: &Values, options: &Options, out: &mut Lint) {
    if !source.exists(FILE) {
        return out.add(Severity::Info, FILE, "file does not exist");
    }
    let mut values = match source.read(FILE).and_then(|bytes| read(&bytes, options.version)) {
        Ok(values) => values,
        Err(why) => return out.add(Severity::Error, FILE, format!("unable to parse YAML: {why}")),
    };
    let Ok(schema) = source.read("values.schema.json") else { return };
    if schema.is_empty() || options.skip_schema_validation {
        return;
    }
    merge_maps(&mut values, user.clone());
    // What the user sets to null is gone.
    remove_nulls(&mut values, user);
    let checked = Schemas::default().validate_single(&schema, &values, options.version, options.limits.steps);
    if let Err(why) = checked {
        out.add(Severity::Error, FILE, why);
    }
}

fn remove_nulls(values: &mut Values, user: &Values) {
    for (key, given) in user {
        match (given, values.get_mut(key)) {
            (serde_json::Value::Null, _) => _ = values.remove(key),
            (serde_json::Value::Object(given), Some(serde_json::Value::Object(inner))) => {
                remove_nulls(inner, given);
            }
            _ => {}
        }
    }
}
