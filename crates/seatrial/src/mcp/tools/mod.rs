//! The tools: one file each.

mod apply_fix;
mod check;
mod commands;
mod expand;
mod explain;
mod platform_facts;
mod propose_fix;
mod render;
mod try_manifest;
mod why;

use std::sync::Arc;

use rmcp::model::{JsonObject, Tool as Described, ToolAnnotations};
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use seatrial_source::SourceFile;
use seatrial_trial::Report;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::bounded::{self, Page};
use super::{Engine, mask};
use crate::error::CliError;
use crate::session::Session;

/// What a tool answers.
pub(super) struct Answer {
    /// For programs, in the shape that the tool's output schema tells.
    pub structured: Value,
    /// For models and people: the same, shorter.
    pub text: String,
    /// The files that it quotes: what is a secret in them is one in the answer too.
    pub quoted: Vec<Arc<SourceFile>>,
}

impl Answer {
    /// An answer that quotes no file.
    pub(super) fn new(structured: Value, text: String) -> Self {
        Self { structured, text, quoted: Vec::new() }
    }
}

/// What a call comes to.
pub(super) type Outcome = Result<Answer, CliError>;

/// A tool and all that is said of it.
pub(super) struct Tool {
    /// Its name.
    pub name: &'static str,
    /// Its name for people.
    title: &'static str,
    /// What it does, and when to use it.
    description: &'static str,
    /// The schema of its arguments.
    input: fn() -> Value,
    /// The schema of its structured answer.
    output: fn() -> Value,
    /// Whether it writes files.
    pub writes: bool,
    /// Does it.
    pub run: fn(&Engine, JsonObject) -> Outcome,
}

/// Every tool, in the order in which an agent would use them.
const ALL: [&Tool; 10] = [
    &platform_facts::TOOL,
    &try_manifest::TOOL,
    &check::TOOL,
    &propose_fix::TOOL,
    &apply_fix::TOOL,
    &expand::TOOL,
    &render::TOOL,
    &why::TOOL,
    &commands::TOOL,
    &explain::TOOL,
];

/// The tools that are offered.
pub(super) fn offered(engine: &Engine) -> impl Iterator<Item = &'static Tool> {
    let allow_write = engine.allow_write;
    ALL.into_iter().filter(move |tool| allow_write || !tool.writes)
}

impl Tool {
    /// As clients are told of it.
    pub(super) fn described(&self) -> Described {
        let annotations = ToolAnnotations::with_title(self.title)
            .read_only(!self.writes)
            // What is written over can be had back from version control alone.
            .destructive(self.writes)
            .idempotent(true)
            .open_world(false);
        Described::new(self.name, self.description, object((self.input)()))
            .with_title(self.title)
            .with_raw_output_schema(object((self.output)()))
            .with_annotations(annotations)
    }
}

fn object(mut schema: Value) -> Arc<JsonObject> {
    plain(&mut schema);
    Arc::new(match schema {
        Value::Object(map) => map,
        _ => JsonObject::new(),
    })
}

/// Takes off the names of Rust's integers, which validators warn of.
fn plain(schema: &mut Value) {
    match schema {
        Value::Object(map) => {
            if map.get("format").and_then(Value::as_str).is_some_and(|name| name.starts_with("uint")) {
                map.remove("format");
            }
            map.values_mut().for_each(plain);
        }
        Value::Array(items) => items.iter_mut().for_each(plain),
        _ => {}
    }
}

/// The arguments of a call, or what is wrong with them and which there are.
fn arguments<T: DeserializeOwned + JsonSchema>(given: JsonObject) -> Result<T, CliError> {
    serde_json::from_value(Value::Object(given)).map_err(|error| {
        let known = schema_of::<T>();
        let names: Vec<String> = known
            .get("properties")
            .and_then(Value::as_object)
            .map(|properties| properties.keys().map(|name| format!("`{name}`")).collect())
            .unwrap_or_default();
        let failed = CliError::new(format!("the arguments are not what this tool takes: {error}"));
        if names.is_empty() {
            failed.hint("it takes none")
        } else {
            failed.hint(format!("it takes {}", crate::text::list(&names)))
        }
    })
}

/// The JSON Schema (2020-12) of a type.
fn schema_of<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    schema.to_value()
}

/// The published schema of a command's output, with the page that a tool's answer has besides.
fn paged(published: &str) -> Value {
    let mut schema: Value = serde_json::from_str(published).unwrap_or_else(|_| json!({"type": "object"}));
    with_property(&mut schema, "page", schema_of::<Page>());
    schema
}

/// Adds a required property to an object's schema.
fn with_property(schema: &mut Value, name: &str, mut of: Value) {
    if let Some(map) = of.as_object_mut() {
        map.remove("$schema");
    }
    if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
        properties.insert(name.to_owned(), of);
    }
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.push(json!(name));
    }
}

/// A type's JSON.
fn to_value(output: impl serde::Serialize) -> Result<Value, CliError> {
    serde_json::to_value(output)
        .map_err(|error| CliError::new(format!("the answer cannot be written: {error}")))
}

/// Takes a list out of an answer.
fn take(answer: &mut Value, key: &str) -> Vec<Value> {
    match answer.get_mut(key).map(Value::take) {
        Some(Value::Array(items)) => items,
        _ => Vec::new(),
    }
}

/// What a report says of a file, as `check` answers it, without secrets.
pub(crate) fn told_of(session: &Session, report: &Report, file: &str) -> Result<String, CliError> {
    let answer = check::answer(session, report, &check::View { file: Some(file), ..check::View::default() })?;
    Ok(bounded::text(&mask::answer(answer, &session.inputs.platform)?.text))
}

/// What stands at the end of a text whose list has another page.
fn more(page: &Page, what: &str) -> String {
    let mut out = String::new();
    if let Some(next) = page.next {
        out.push_str(&format!(
            "{} of {} {what} shown; `offset: {next}` shows more.\n",
            page.shown, page.total
        ));
    }
    for left in &page.left_out {
        out.push_str(&format!("Not shown: {left}.\n"));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_one_of_an_object() {
        for tool in ALL {
            for schema in [(tool.input)(), (tool.output)()] {
                assert_eq!(schema["type"], "object", "{}: {schema:#}", tool.name);
                jsonschema::validator_for(&schema).unwrap();
            }
            assert!(tool.description.len() < 700, "{}", tool.name);
        }
    }

    #[test]
    fn arguments_that_are_wrong_are_told_by_name() {
        let given = serde_json::json!({"path": "a"}).as_object().cloned().unwrap();
        let Err(error) = (check::TOOL.run)(&engine(), given) else { panic!("it was taken") };
        assert!(error.message.contains("path") && error.hint.contains("`paths`"), "{error}");
    }

    fn engine() -> Engine {
        use clap::Parser;
        let cli = crate::cli::Cli::try_parse_from(["seatrial", "--jobs", "1", "mcp"]).unwrap();
        Engine::open(std::path::Path::new("."), &cli.global, false).unwrap()
    }
}
