//! `commands`: what to run for a manifest, and what is wrong with the commands of a text.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answer, Outcome, Tool, arguments, more, paged, schema_of, take, to_value};
use crate::commands::commands::of_text;
use crate::error::CliError;
use crate::look::Look;
use crate::mcp::{Engine, bounded};

pub(super) const TOOL: Tool = Tool {
    name: "commands",
    title: "Commands to run",
    description: "The argocd and kubectl commands to dry-run, diff, sync, wait for and verify manifests on this platform, in order, \
                  production last and only after a person's word. With `text`, what is wrong with the commands of a script, a \
                  page or a skill: subcommands and flags that these versions do not have. Nothing is run.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    /// Manifests, or folders of them, relative to the root; none means the whole root.
    paths: Vec<String>,
    /// A script, or a page in Markdown, whose commands are looked at instead.
    text: Option<String>,
    /// What the text is called; by its end it is told whether it is Markdown.
    name: Option<String>,
    /// How many plans to skip: `page.next` of the answer before.
    offset: usize,
    /// How many plans to show at most; as many as fit when not given.
    limit: Option<usize>,
}

fn schema() -> Value {
    paged(include_str!("../../../schema/commands.schema.json"))
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let output = match &arguments.text {
        Some(_) if !arguments.paths.is_empty() => {
            return Err(CliError::new("either `paths` or `text`: not both at once"));
        }
        Some(text) => {
            let usual = if text.contains("```") { "text.md" } else { "text.sh" };
            of_text(arguments.name.as_deref().unwrap_or(usual), text, &engine.known())
        }
        None => {
            let session = engine.session(&arguments.paths)?;
            let output = engine.commands(&session)?;
            session.keep_lock()?;
            output
        }
    };
    let mut text = output.text(Look::PLAIN);
    let mut all = to_value(&output)?;
    let plans = take(&mut all, "plans");
    let (plans, mut page) = bounded::page(plans, arguments.offset, arguments.limit, bounded::cut);
    all["plans"] = Value::Array(plans);
    if let Some(checked) = all.get_mut("checked").filter(|checked| checked.is_object()) {
        bounded::keep_some(checked, "wrong", &mut page);
    }
    text.push_str(&more(&page, "plans"));
    all["page"] = to_value(&page)?;
    Ok(Answer::new(all, text))
}
