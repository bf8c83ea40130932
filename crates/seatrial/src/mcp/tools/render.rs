//! `render`: the resources that Applications would have Argo CD sync.

use schemars::JsonSchema;
use seatrial_trial::render;
use serde::Deserialize;
use serde_json::{Value, json};

use super::expand::problems;
use super::{Answer, Outcome, Tool, arguments, more, paged, schema_of, take, to_value};
use crate::commands::render::{insist_on, output, table};
use crate::look::Look;
use crate::mcp::engine::ProposedFile;
use crate::mcp::{Engine, bounded};

pub(super) const TOOL: Tool = Tool {
    name: "render",
    title: "Render Applications",
    description: "The Kubernetes resources that Applications would have Argo CD sync, rendered as its repo server would, with \
                  this platform's versions; from what is on disk, or from `files` that are proposed. Name `applications` \
                  and `kinds` to keep the answer small. What Secrets hold is masked.",
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
    /// Files that are not written yet: only these are rendered, over those on disk.
    files: Vec<ProposedFile>,
    /// Only these Applications, as `name` or `namespace/name`.
    applications: Vec<String>,
    /// Only resources of these kinds, such as `Deployment`.
    kinds: Vec<String>,
    /// How many resources to skip: `page.next` of the answer before.
    offset: usize,
    /// How many resources to show at most; as many as fit when not given.
    limit: Option<usize>,
}

fn schema() -> Value {
    paged(include_str!("../../../schema/render.schema.json"))
}

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    let arguments: Arguments = arguments(given)?;
    let session = engine.session_of(&arguments.paths, &arguments.files)?;
    let renders = engine.on_threads(|| render(&session.inputs, &arguments.applications));
    session.insist(&renders.expanded.read_errors, renders.expanded.file_count())?;
    session.keep_lock()?;
    insist_on(&arguments.applications, &renders)?;
    let mut text = table(&renders.applications, Look::PLAIN);
    let mut all = to_value(output(&renders))?;

    // A page is one of resources, whichever Applications they are of.
    let mut applications = take(&mut all, "applications");
    let wanted = |resource: &Value| {
        let kind = resource["kind"].as_str().unwrap_or_default();
        arguments.kinds.is_empty() || arguments.kinds.iter().any(|k| k.eq_ignore_ascii_case(kind))
    };
    let mut flat = Vec::new();
    for (index, application) in applications.iter_mut().enumerate() {
        let resources = take(application, "resources");
        application["resources"] = json!([]);
        flat.extend(resources.into_iter().filter(wanted).map(|resource| json!([index, resource])));
    }
    let (kept, mut page) = bounded::page(flat, arguments.offset, arguments.limit, named_only);
    for mut pair in kept {
        let index = pair[0].as_u64().unwrap_or_default() as usize;
        let resource = pair[1].take();
        if let Some(list) = applications.get_mut(index).and_then(|a| a["resources"].as_array_mut()) {
            list.push(resource);
        }
    }
    all["applications"] = Value::Array(applications);
    for side in ["errors", "unknown"] {
        bounded::keep_some(&mut all, side, &mut page);
    }
    text.push_str(&problems(&all));
    text.push_str(&more(&page, "resources"));
    all["page"] = to_value(&page)?;
    Ok(Answer::new(all, text))
}

/// A resource too large for an answer, by its name.
fn named_only(pair: &Value) -> Value {
    let resource = &pair[1];
    let name = |pointer: &str| resource.pointer(pointer).cloned().unwrap_or_default();
    json!([
        pair[0],
        bounded::cut(&json!({
            "apiVersion": name("/apiVersion"), "kind": name("/kind"),
            "metadata": {"name": name("/metadata/name"), "namespace": name("/metadata/namespace")},
        }))
    ])
}
