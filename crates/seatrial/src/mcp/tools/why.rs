//! `why`: where a field of a rendered resource comes from.

use schemars::JsonSchema;
use seatrial_trial::why::{Question, ask};
use seatrial_yaml::Path;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Outcome, Tool, arguments, more, paged, schema_of, take, to_value};
use crate::commands::why::{insist, output, tree};
use crate::error::CliError;
use crate::look::Look;
use crate::mcp::{Engine, bounded};

pub(super) const TOOL: Tool = Tool {
    name: "why",
    title: "Why a field is what it is",
    description: "The template line, the values and the place that set each value behind a field of a rendered resource: tells \
                  which file to edit, and where, to change it.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Arguments {
    /// The Application, as `name` or `namespace/name`.
    application: String,
    /// The resource, as `kind/name`, or more of `group/kind/namespace/name`.
    resource: String,
    /// The field, such as `spec.template.spec.containers[0].image`; all that depend on values when not given.
    #[serde(default)]
    field: Option<String>,
    /// Files and folders where the Application, or the set that generates it, is written; none means the whole root.
    #[serde(default)]
    paths: Vec<String>,
    /// How many fields to skip: `page.next` of the answer before.
    #[serde(default)]
    offset: usize,
    /// How many fields to show at most; as many as fit when not given.
    #[serde(default)]
    limit: Option<usize>,
}

fn schema() -> Value {
    paged(include_str!("../../../schema/why.schema.json"))
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let field = match &arguments.field {
        Some(text) => Some(Path::parse(text).ok_or_else(|| {
            CliError::new(format!("`{text}` is no field"))
                .hint("write it as `spec.template.spec.containers[0].image`")
        })?),
        None => None,
    };
    let session = engine.session(&arguments.paths)?;
    let question = Question { application: arguments.application, resource: arguments.resource, field };
    let answers = engine.on_threads(|| ask(&session.inputs, &question));
    session.insist(&answers.read_errors, answers.files)?;
    session.keep_lock()?;
    insist(&question, &answers)?;
    let mut text = tree(&answers, Look::PLAIN);
    let mut all = to_value(output(&answers))?;
    let fields = take(&mut all, "fields");
    let (fields, page) = bounded::page(fields, arguments.offset, arguments.limit, bounded::cut);
    all["fields"] = Value::Array(fields);
    text.push_str(&more(&page, "fields"));
    all["page"] = to_value(&page)?;
    Ok(Answer::new(all, text))
}
