//! `expand`: the Applications that the controller would create.

use schemars::JsonSchema;
use seatrial_trial::expand;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Outcome, Tool, arguments, more, paged, schema_of, take, to_value};
use crate::commands::expand::{output, table};
use crate::look::Look;
use crate::mcp::engine::ProposedFile;
use crate::mcp::{Engine, bounded};

pub(super) const TOOL: Tool = Tool {
    name: "expand",
    title: "Expand ApplicationSets",
    description: "The Applications that the ApplicationSet controller would create from what is on disk (or from `files` that \
                  are proposed), exactly as it would create them, or its own error when it would create none. Use it to see \
                  names, destinations, sources and sync policies for each environment.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    /// Files and folders, relative to the root; none means the whole root.
    paths: Vec<String>,
    /// Files that are not written yet: only these are expanded, over those on disk.
    files: Vec<ProposedFile>,
    /// Only Applications of these names.
    applications: Vec<String>,
    /// How many Applications to skip: `page.next` of the answer before.
    offset: usize,
    /// How many Applications to show at most; as many as fit when not given.
    limit: Option<usize>,
}

fn schema() -> Value {
    paged(include_str!("../../../schema/expand.schema.json"))
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let session = engine.session_of(&arguments.paths, &arguments.files)?;
    let mut expanded = engine.on_threads(|| expand(&session.inputs));
    session.insist(&expanded.read_errors, expanded.file_count())?;
    session.keep_lock()?;
    if !arguments.applications.is_empty() {
        expanded.applications.retain(|application| {
            let name = application.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
            arguments
                .applications
                .iter()
                .any(|wanted| wanted == name || wanted.ends_with(&format!("/{name}")))
        });
    }
    let output = output(&expanded, session.inputs.snapshot.label());
    let mut text = table(&output, expanded.application_sets, Look::PLAIN);
    let mut all = to_value(&output)?;
    let applications = take(&mut all, "applications");
    let (applications, mut page) =
        bounded::page(applications, arguments.offset, arguments.limit, bounded::cut);
    all["applications"] = Value::Array(applications);
    for side in ["errors", "unknown"] {
        bounded::keep_some(&mut all, side, &mut page);
    }
    text.push_str(&problems(&all));
    text.push_str(&more(&page, "Applications"));
    all["page"] = to_value(&page)?;
    Ok(Answer::new(all, text))
}

/// Errors and unknowns, a line each.
pub(super) fn problems(all: &Value) -> String {
    let mut out = String::new();
    for (list, word) in [("errors", "error"), ("unknown", "unknown")] {
        for problem in all[list].as_array().into_iter().flatten() {
            let part = |key: &str| problem[key].as_str().map(|text| format!("{text}: ")).unwrap_or_default();
            let at = match (problem["file"].as_str(), problem["line"].as_u64()) {
                (Some(file), Some(line)) => format!("{file}:{line}: "),
                (Some(file), None) => format!("{file}: "),
                _ => String::new(),
            };
            let said = problem["message"].as_str().or(problem["needs"].as_str()).unwrap_or_default();
            let of = format!("{}{}", part("applicationSet"), part("application"));
            out.push_str(&format!("{at}{word}: {of}{}{said}\n", part("reason")));
        }
    }
    out
}
