//! Messages over standard input and output, one on each line.

use std::sync::Arc;

use rmcp::ServiceExt;
use rmcp::service::QuitReason;
use rmcp::transport::async_rw::AsyncRwTransport;

use super::Engine;
use super::server::Server;
use crate::error::CliError;

/// The longest message that is read; manifests to be tried are part of it.
const MAX_LINE: usize = 8 << 20;

/// Serves until standard input ends. The process's own streams are used: the protocol owns them.
pub(crate) fn stdio(engine: Engine) -> Result<(), CliError> {
    let runtime = super::runtime()?;
    let served = runtime.block_on(async {
        let (input, output) = rmcp::transport::stdio();
        let transport = AsyncRwTransport::new(input, output).with_max_line_length(MAX_LINE);
        let service = match Server::new(Arc::new(engine)).serve(transport).await {
            Ok(service) => service,
            // A client that goes away before it says anything is no error.
            Err(rmcp::service::ServerInitializeError::ConnectionClosed(_)) => return Ok(()),
            Err(error) => {
                return Err(CliError::new(format!("the client does not speak the protocol: {error}"))
                    .hint("`seatrial mcp` is started by an agent's host, which speaks JSON-RPC over the standard streams"));
            }
        };
        match service.waiting().await {
            Ok(QuitReason::JoinError(error)) | Err(error) => {
                Err(CliError::new(format!("the server stopped: {error}")))
            }
            Ok(_) => Ok(()),
        }
    });
    // A read that waits for input cannot be called off.
    runtime.shutdown_background();
    served
}
