//! `try_manifest`: a proposal judged as if it were written.

use schemars::JsonSchema;
use seatrial_trial::expand;
use serde::Deserialize;
use serde_json::{Value, json};

use super::check::{View, answer};
use super::{Outcome, Tool, arguments, paged, schema_of, with_property};
use crate::mcp::Engine;
use crate::mcp::engine::ProposedFile;

pub(super) const TOOL: Tool = Tool {
    name: "try_manifest",
    title: "Try a manifest without writing it",
    description: "Judge manifests that are not written yet, exactly as `check` would judge them in their places: give each \
                  file's path and whole text. Answers the findings, and the Applications that the controller would \
                  generate from them. Use it before writing a file, again after each change, until the verdict is `ready`.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// The files: only these are judged, over those on disk.
    files: Vec<ProposedFile>,
    /// How many findings to skip: `page.next` of the answer before.
    #[serde(default)]
    offset: usize,
    /// How many findings to show at most; as many as fit when not given.
    #[serde(default)]
    limit: Option<usize>,
}

fn schema() -> Value {
    let mut schema = paged(include_str!("../../../schema/check.schema.json"));
    let names = json!({"type": "array", "items": {"type": "string"},
        "description": "`namespace/name` of the Applications that the files hold or generate, at most 200 of them."});
    with_property(&mut schema, "applications", names);
    schema
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    const MOST: usize = 200;
    let arguments: Arguments = arguments(given)?;
    let session = engine.session_over(&arguments.files)?;
    let report = engine.judged(&session);
    let expanded = engine.on_threads(|| expand(&session.inputs));
    session.insist(&report.read_errors, report.summary.files)?;
    session.keep_lock()?;
    let view = View { offset: arguments.offset, limit: arguments.limit, ..View::default() };
    let mut tried = answer(&session, &report, &view)?;
    let part = |application: &Value, key: &str| {
        application.pointer(key).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let names: Vec<String> = expanded
        .applications
        .iter()
        .take(MOST)
        .map(|a| format!("{}/{}", part(a, "/metadata/namespace"), part(a, "/metadata/name")))
        .collect();
    if !names.is_empty() {
        let more = expanded.applications.len() - names.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        tried.text.push_str(&format!("Generates {}{more}.\n", names.join(", ")));
    }
    tried.structured["applications"] = json!(names);
    Ok(tried)
}
