//! `apply_fix`: writes verified fixes, where that was allowed.

use serde_json::Value;

use super::propose_fix::{Arguments, Proposal, fixed, told};
use super::{Outcome, Tool, arguments, schema_of};
use crate::commands::fix::write;
use crate::error::CliError;
use crate::mcp::Engine;

pub(super) const TOOL: Tool = Tool {
    name: "apply_fix",
    title: "Apply fixes",
    description: "Writes the verified fixes that `propose_fix` shows into the files, whole or not at all, and only into files \
                  that are still what was judged. Show a person the proposal first when `unsafe` is asked for.",
    input: schema_of::<Arguments>,
    output: schema_of::<Proposal>,
    writes: true,
    run,
};

fn run(engine: &Engine, given: serde_json::Map<String, Value>) -> Outcome {
    if given.contains_key("files") {
        return Err(CliError::new("`files` are not written by this tool")
            .hint("write them yourself, then call it with their `paths`"));
    }
    let arguments: Arguments = arguments(given)?;
    let session = engine.session(&arguments.paths)?;
    let fixed = fixed(engine, &session, &arguments)?;
    let platform = session.inputs.platform.file().map(|file| file.id);
    if fixed.files.iter().any(|file| Some(file.before.id) == platform) {
        return Err(CliError::new("a fix would change the platform file, which only people change")
            .hint("show them what `propose_fix` answers"));
    }
    write(&session, &fixed)?;
    told(&session, &fixed, true, false)
}
