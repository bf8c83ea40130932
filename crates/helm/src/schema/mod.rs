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

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use compile::{Compiled, Compiler};
use json::Json;
use serde_json::Value;

use crate::chart::{Chart, Values};
use crate::error::Error;
use crate::version::HelmVersion;

/// The URL under which Helm compiles a chart's schema.
const URL: &str = "file:///values.schema.json";

/// How many steps of a template weigh as much as holding a value against a schema.
const STEPS_PER_CHECK: u64 = 10;

/// Schemas, each compiled once. Shared between threads.
#[derive(Default)]
pub struct Schemas {
    /// By the address of their bytes, which stay with them so that it is not used again.
    known: Mutex<HashMap<usize, Known>>,
}

/// The bytes of a schema, and what became of them.
type Known = (Arc<[u8]>, Schema);

/// A compiled schema, or why it is none.
type Schema = Result<Arc<Compiled>, String>;

impl Schemas {
    /// Checks coalesced values against the schemas of a chart and of its subcharts, within so many steps for each. The error
    /// names every chart whose values do not fit, in Helm's words.
    pub fn validate(
        &self,
        chart: &Chart,
        values: &Values,
        version: HelmVersion,
        steps: u64,
    ) -> Result<(), Error> {
        let mut found = Faults {
            schemas: self,
            version,
            checks: steps / STEPS_PER_CHECK,
            text: String::new(),
            limit: false,
        };
        found.add(chart, values);
        if found.text.is_empty() {
            return Ok(());
        }
        let mut error = Error::new(format!(
            "values don't meet the specifications of the schema(s) in the following chart(s):\n{}",
            found.text
        ));
        error.limit = found.limit;
        Err(error)
    }

    /// Checks values against one schema alone; the error is what does not fit, in Helm's words.
    pub(crate) fn validate_single(
        &self,
        schema: &Arc<[u8]>,
        values: &Values,
        version: HelmVersion,
        steps: u64,
    ) -> Result<(), String> {
        let checks = steps / STEPS_PER_CHECK;
        let found = Faults { schemas: self, version, checks, text: String::new(), limit: false };
        found.single(schema, values).map_err(|misfit| misfit.text)
    }

    fn compiled(&self, schema: &Arc<[u8]>) -> Schema {
        let lock = || self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let address = Arc::as_ptr(schema).cast::<u8>() as usize;
        if let Some((_, known)) = lock().get(&address) {
            return known.clone();
        }
        let compiled = Json::read(schema)
            .and_then(|document| Compiler::new(false).compile(URL, Some(document)))
            .map(Arc::new);
        lock().insert(address, (Arc::clone(schema), compiled.clone()));
        compiled
    }
}

/// What does not fit, chart by chart.
struct Faults<'s> {
    schemas: &'s Schemas,
    version: HelmVersion,
    checks: u64,
    text: String,
    limit: bool,
}

impl Faults<'_> {
    fn add(&mut self, chart: &Chart, values: &Values) {
        if let Some(schema) = &chart.schema
            && let Err(fault) = self.single(&schema.data, values)
        {
            self.text.push_str(&format!("{}:\n{}", chart.name(), fault.text));
            self.limit |= fault.limit;
        }
        for sub in &chart.dependencies {
            match values.get(sub.name()) {
                None | Some(Value::Null) => {}
                Some(Value::Object(inner)) => self.add(sub, inner),
                Some(other) => {
                    let found = crate::values::go_type(other);
                    let name = sub.name();
                    self.text.push_str(&format!(
                        "{name}:\ninvalid type for values: expected object (map), got {found}\n"
                    ));
                }
            }
        }
    }

    fn single(&self, schema: &Arc<[u8]>, values: &Values) -> Result<(), Misfit> {
        let compiled = self.schemas.compiled(schema).map_err(|text| Misfit { text, limit: false })?;
        let values = Json::Object(values.iter().map(|(key, value)| (key.clone(), Json::of(value))).collect());
        let checked = check::check(&compiled, &values, self.checks, self.version != HelmVersion::V4_3);
        checked.map_err(|found| Misfit { text: found.text + "\n", limit: found.limit })
    }
}

/// Why values do not fit a schema, or why it is none.
struct Misfit {
    text: String,
    limit: bool,
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
