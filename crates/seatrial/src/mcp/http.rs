//! Streamable HTTP: one address, by default of this machine alone.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Empty};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use super::Engine;
use super::server::Server;
use crate::error::CliError;
use crate::io::Io;

/// The path that serves.
const PATH: &str = "/mcp";

/// How many connections there may be at once.
const CONNECTIONS: usize = 64;

/// How long a client may take to say what it wants.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// The largest message; manifests to be tried are part of it.
const MAX_BODY: usize = 8 << 20;

/// Serves until the process is ended. Requests must be for a host of `hosts` or this machine, and what a browser sends must
/// come from one of `origins`: a page that someone happens to have open cannot use the server.
pub(crate) fn http(
    engine: Engine,
    address: &str,
    hosts: &[String],
    origins: &[String],
    io: &mut Io<'_>,
) -> Result<(), CliError> {
    let address = parsed(address)?;
    if !address.ip().is_loopback() && hosts.is_empty() {
        return Err(CliError::new(format!("{address} can be reached from other machines, and there is no log-in"))
            .hint("serve 127.0.0.1, or name the hosts that requests may be for with `--allow-host`, behind a proxy that asks who it is"));
    }
    let runtime = super::runtime()?;
    let failed = |error: std::io::Error| CliError::new(format!("cannot serve {address}: {error}"));
    let listener = runtime.block_on(TcpListener::bind(address)).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    io.say(&format!("Serving {} at http://{bound}{PATH}\n", engine.root().display()));
    runtime.block_on(serve(listener, service(engine, hosts, origins)))
}

fn parsed(address: &str) -> Result<SocketAddr, CliError> {
    let with_port = |ip: IpAddr| SocketAddr::new(ip, 7357);
    let loopback = address.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
    let address = loopback.as_deref().unwrap_or(address);
    address
        .parse()
        .or_else(|_| address.parse().map(with_port))
        .map_err(|_| CliError::new(format!("`{address}` is no address")).hint("write it as `127.0.0.1:7357`"))
}

type Service = StreamableHttpService<Server, LocalSessionManager>;

fn service(engine: Engine, hosts: &[String], origins: &[String]) -> Service {
    let server = Server::new(Arc::new(engine));
    let mut config = StreamableHttpServerConfig::default()
        .with_cancellation_token(CancellationToken::new())
        .with_max_request_body_bytes(MAX_BODY);
    config.allowed_hosts.extend(hosts.iter().cloned());
    let local = ["http://localhost:*", "http://127.0.0.1:*", "http://[::1]:*"].map(str::to_owned);
    let config = config
        .with_allowed_origins(local.into_iter().chain(origins.iter().cloned()))
        .enforce_origin_validation();
    StreamableHttpService::new(move || Ok(server.clone()), Arc::new(LocalSessionManager::default()), config)
}

async fn serve(listener: TcpListener, service: Service) -> Result<(), CliError> {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let Ok(place) = Arc::clone(&places).acquire_owned().await else { return Ok(()) };
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file handles, or the client is gone already: the next one may fare better.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let service = service.clone();
        tokio::spawn(async move {
            let _place = place;
            let answer = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                let service = service.clone();
                async move {
                    if request.uri().path() == PATH {
                        return Ok::<_, std::convert::Infallible>(service.handle(request).await);
                    }
                    let mut nothing = hyper::Response::new(Empty::new().boxed());
                    *nothing.status_mut() = hyper::StatusCode::NOT_FOUND;
                    Ok(nothing)
                }
            });
            let connection = hyper::server::conn::http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADERS_WITHIN)
                .serve_connection(TokioIo::new(stream), answer);
            // A connection that breaks off concerns nobody else.
            let _ = connection.await;
        });
    }
}
