//! `seatrial mcp`: the same judgement for agents.

use crate::cli::{Global, McpArgs};
use crate::error::CliError;
use crate::io::Io;
use crate::mcp::{self, Engine};

pub(super) fn run(args: &McpArgs, global: &Global, io: &mut Io<'_>) -> Result<u8, CliError> {
    let engine = Engine::open(&io.cwd.join(&args.root), global, args.allow_write)?;
    match &args.http {
        Some(address) => mcp::http(engine, address, &args.hosts, &args.origins, io)?,
        None => mcp::stdio(engine)?,
    }
    Ok(0)
}
