//! `platform_facts`: what is known of the platform.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Answer, Outcome, Tool, arguments, more, schema_of, take, to_value, with_property};
use crate::commands::platform::facts;
use crate::mcp::Engine;
use crate::mcp::bounded::{self, Page};

pub(super) const TOOL: Tool = Tool {
    name: "platform_facts",
    title: "Facts of the platform",
    description: "The facts and constraints that every manifest here is judged by: clusters, servers, registries, pull secrets, \
                  sync policies, replicas, namespaces and more for each environment, with the line each is written at, what \
                  contradicts and what is missing. Read them before writing a manifest, and never make up one that is missing: \
                  ask a person.",
    input: schema_of::<Arguments>,
    output: schema,
    writes: false,
    run,
};

#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct Arguments {
    /// An environment or a cluster; all environments when not given.
    name: Option<String>,
    /// Only what is missing for a full judgement.
    gaps: bool,
    /// How many scopes to skip: `page.next` of the answer before.
    offset: usize,
    /// How many scopes to show at most; as many as fit when not given.
    limit: Option<usize>,
}

fn schema() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let maybe = |kind: &str| json!({"type": [kind, "null"]});
    let place = json!({"file": maybe("string"), "line": maybe("integer"), "column": maybe("integer")});
    let list = |description: &str, properties: Value| {
        let mut properties = properties;
        if let (Some(map), Some(place)) = (properties.as_object_mut(), place.as_object()) {
            map.extend(place.clone());
        }
        json!({"type": "array", "description": description, "items": {"type": "object", "properties": properties}})
    };
    let facts = list(
        "The facts in force, as written.",
        json!({"key": text("The key in the platform file."), "value": text("What it says.")}),
    );
    let constraints = list(
        "The constraints that hold here.",
        json!({"id": text("Its name."), "level": text("`must` or `should`."), "rule": maybe("string"), "source": maybe("string")}),
    );
    let scope = json!({"type": "object", "required": ["name", "facts"], "properties": {
        "name": text("The environment, the cluster, or Argo CD."), "environment": maybe("string"),
        "facts": facts, "constraints": constraints,
    }});
    let mut schema = json!({
        "type": "object",
        "required": ["platformFile", "gaps"],
        "properties": {
            "platformFile": maybe("string"),
            "scopes": {"type": "array", "items": scope, "description": "Argo CD, environments, clusters."},
            "issues": list("What contradicts.", json!({"kind": text("What kind."), "message": text("What."), "help": text("What to do.")})),
            "gaps": list("What is missing.", json!({"what": text("What."), "needs": text("How to supply it.")})),
        },
    });
    with_property(&mut schema, "page", schema_of::<Page>());
    schema
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let platform = engine.platform()?;
    let (mut all, mut text) = facts(&platform, arguments.name.as_deref(), arguments.gaps)?;
    let list = if arguments.gaps { "gaps" } else { "scopes" };
    let items = take(&mut all, list);
    let (items, mut page) = bounded::page(items, arguments.offset, arguments.limit, bounded::cut);
    all[list] = Value::Array(items);
    if !arguments.gaps {
        for side in ["issues", "gaps"] {
            bounded::keep_some(&mut all, side, &mut page);
        }
    }
    text.push_str(&more(&page, list));
    all["page"] = to_value(&page)?;
    Ok(Answer::new(all, text))
}
