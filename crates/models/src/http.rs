//! Requests over HTTP: bounded in time and bytes, no redirects (they would carry the key elsewhere), answers read as they come.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::error::{ErrorKind, ModelError};

/// The most bytes of an answer that are read.
pub(crate) const MAX_ANSWER: u64 = 64 << 20;
/// The most bytes of an error's body that are read.
const MAX_ERROR: u64 = 256 << 10;
/// How long it may take to reach the server.
const CONNECT: Duration = Duration::from_secs(30);

/// A client for one model.
pub(crate) struct Http {
    agent: Agent,
}

/// A request of the protocols here: JSON or nothing.
pub(crate) struct Call<'a> {
    pub(crate) url: &'a str,
    pub(crate) headers: &'a [(String, String)],
    /// Posted if there is one.
    pub(crate) body: Option<&'a [u8]>,
}

/// An answer whose body is still to be read.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Headers,
    body: ureq::Body,
}

/// Headers, by lowercase names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    #[cfg(test)]
    pub(crate) fn of(list: &[(&str, &str)]) -> Self {
        Self(list.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
    }
}

impl Http {
    pub(crate) fn new(timeout: Duration) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(timeout))
            .timeout_connect(Some(CONNECT.min(timeout)))
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("seatrial/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into() }
    }

    /// Sends a request; an answer of any status is an answer.
    pub(crate) fn send(&self, call: &Call<'_>) -> Result<Reply, ModelError> {
        let mut request = ureq::http::Request::builder()
            .method(if call.body.is_some() { "POST" } else { "GET" })
            .uri(call.url);
        for (name, value) in call.headers {
            request = request.header(name, value);
        }
        let refused = |error: ureq::http::Error| {
            ModelError::new(ErrorKind::Configuration, format!("no request can be made of it: {error}"))
        };
        let response = match call.body {
            Some(body) => self.agent.run(request.body(body).map_err(refused)?),
            None => self.agent.run(request.body(()).map_err(refused)?),
        }
        .map_err(|error| failed(&error))?;
        let (parts, body) = response.into_parts();
        let headers = parts
            .headers
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
            .collect();
        Ok(Reply { status: parts.status.as_u16(), headers: Headers(headers), body })
    }
}

impl Reply {
    /// The whole body of an answer that is an error, as text; what cannot be read is left out.
    pub(crate) fn error_text(self) -> String {
        let mut bytes = Vec::new();
        // What came before a failure still tells more than nothing.
        let _ = self.body.into_reader().take(MAX_ERROR).read_to_end(&mut bytes);
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The whole body.
    pub(crate) fn bytes(self) -> Result<Vec<u8>, ModelError> {
        let mut all = Vec::new();
        self.each(&mut |bytes| {
            all.extend_from_slice(bytes);
            Ok::<_, ModelError>(true)
        })?;
        Ok(all)
    }

    /// The body piece by piece as it comes, until `take` wants no more.
    pub(crate) fn each<E: From<ModelError>>(
        self,
        take: &mut dyn FnMut(&[u8]) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut reader = self.body.into_reader();
        let mut buffer = vec![0; 16 << 10];
        let mut total = 0_u64;
        loop {
            let count = match reader.read(&mut buffer) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(broken(error).into()),
            };
            total = total.saturating_add(count as u64);
            if total > MAX_ANSWER {
                let text = format!("the answer is larger than {} MiB", MAX_ANSWER >> 20);
                return Err(ModelError::new(ErrorKind::Protocol, text).into());
            }
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { return Ok(()) };
            if !take(bytes)? {
                return Ok(());
            }
        }
    }
}

/// Why a connection broke while an answer was read.
fn broken(error: std::io::Error) -> ModelError {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<ureq::Error>()) {
        Some(inner) => failed(inner),
        None if error.kind() == std::io::ErrorKind::TimedOut => {
            ModelError::new(ErrorKind::Timeout, "the answer did not come to its end in time")
        }
        None => ModelError::new(ErrorKind::Network, format!("the connection broke: {error}")),
    }
}

/// Why a request failed.
fn failed(error: &ureq::Error) -> ModelError {
    let kind = match error {
        ureq::Error::Timeout(_) => ErrorKind::Timeout,
        ureq::Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => ErrorKind::Timeout,
        ureq::Error::BadUri(_) | ureq::Error::InvalidProxyUrl => ErrorKind::Configuration,
        ureq::Error::Protocol(_) => ErrorKind::Protocol,
        _ => ErrorKind::Network,
    };
    ModelError::new(kind, error.to_string())
}
