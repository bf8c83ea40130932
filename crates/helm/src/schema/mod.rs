//! `values.schema.json`, checked as Helm checks it with `santhosh-tekuri/jsonschema` v6: drafts 4, 6, 7, 2019-09 and
//! 2020-12, its words, in the order of sorted keys where Go's is random.
//!
//! Patterns are matched in linear time; schemas elsewhere are refused by name.

mod check;
mod compile;
mod fault;
mod format;
mod json;
mod location;
mod metaschema;
mod model;
mod number;

use json::Json;
use serde_json::Value;

use crate::chart::{Chart, Values};
use crate::error::Error;
use crate::version::HelmVersion;

/// The URL under which Helm compiles a chart's schema.
const URL: &str = "file:///values.schema.json";

/// Checks coalesced values against the schemas of a chart and of its subcharts. The error names every chart whose values
/// do not fit, in Helm's words.
pub fn validate(chart: &Chart, values: &Values, version: HelmVersion) -> Result<(), Error> {
    let mut text = String::new();
    let mut limit = false;
    add(chart, values, version, &mut text, &mut limit);
    if text.is_empty() {
        return Ok(());
    }
    let mut error = Error::new(format!(
        "values don't meet the specifications of the schema(s) in the following chart(s):\n{text}"
    ));
    error.limit = limit;
    Err(error)
}

fn add(chart: &Chart, values: &Values, version: HelmVersion, text: &mut String, limit: &mut bool) {
    if let Some(schema) = &chart.schema
        && let Err(fault) = single(&schema.data, values, version)
    {
        text.push_str(&format!("{}:\n{}", chart.name(), fault.text));
        *limit |= fault.limit;
    }
    for sub in &chart.dependencies {
        match values.get(sub.name()) {
            None | Some(Value::Null) => {}
            Some(Value::Object(inner)) => add(sub, inner, version, text, limit),
            Some(other) => {
                let found = crate::values::go_type(other);
                let name = sub.name();
                text.push_str(&format!(
                    "{name}:\ninvalid type for values: expected object (map), got {found}\n"
                ));
            }
        }
    }
}

/// Why values do not fit a schema, or why it is none.
struct Misfit {
    text: String,
    limit: bool,
}

fn single(schema: &[u8], values: &Values, version: HelmVersion) -> Result<(), Misfit> {
    let broken = |text: String| Misfit { text, limit: false };
    let document = Json::read(schema).map_err(broken)?;
    let compiled = compile::Compiler::new(false).compile(URL, Some(document)).map_err(broken)?;
    let values = Json::Object(values.iter().map(|(key, value)| (key.clone(), Json::of(value))).collect());
    let checked = check::check(&compiled, &values, version != HelmVersion::V4_3);
    checked.map_err(|found| Misfit { text: found.text + "\n", limit: found.limit })
}

/// `%q`.
fn quoted(text: &str) -> String {
    seatrial_gotemplate::quote(text.as_bytes())
}

/// Text in single quotes, as the messages of the library have it.
fn single_quoted(text: &str) -> String {
    let text = quoted(text).replace("\\\"", "\"").replace('\'', "\\'");
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    format!("'{inner}'")
}
