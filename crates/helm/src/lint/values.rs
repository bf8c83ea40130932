//! `values.yaml`, and the chart's own schema.

use serde_json::Value;

use super::source::Source;
use super::{Lint, Severity};
use crate::chart::Values;
use crate::load::gostruct::document;
use crate::options::Options;
use crate::schema::Schemas;
use crate::values::{merge_maps, table};
use crate::version::HelmVersion;

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

/// `ReadValuesFile`: one document, whatever follows it.
fn read(bytes: &[u8], version: HelmVersion) -> Result<Values, String> {
    let package = if version == HelmVersion::V3_19 { "chartutil" } else { "common" };
    table(document(bytes)?, &format!("{package}.Values"))
}

fn remove_nulls(values: &mut Values, user: &Values) {
    for (key, given) in user {
        match (given, values.get_mut(key)) {
            (Value::Null, _) => _ = values.remove(key),
            (Value::Object(given), Some(Value::Object(inner))) => {
                remove_nulls(inner, given);
            }
            _ => {}
        }
    }
}
