//! Plain requests: bounded in time and size, and without a word about who asked.

use std::sync::Arc;
use std::time::Duration;

use ureq::Agent;
use ureq::config::RedirectAuthHeaders;
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};

use crate::error::{FetchError, without_logins};

/// The largest answer that is read.
pub(crate) const MAX_BYTES: u64 = 256 << 20;
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_mins(2);

/// A client for one run.
#[derive(Clone)]
pub(crate) struct Http {
    agent: Agent,
}

/// An answer of a server, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `WWW-Authenticate`.
    pub(crate) challenge: Option<String>,
    /// `Link`.
    pub(crate) link: Option<String>,
    pub(crate) bytes: Vec<u8>,
}

impl Http {
    pub(crate) fn new() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .timeout_global(Some(TIMEOUT))
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::SameHost)
            .user_agent(concat!("seatrial/", env!("CARGO_PKG_VERSION")))
            .build();
        Self { agent: config.into() }
    }

    /// Asks for an address. `authorization` is the value of that header.
    pub(crate) fn get(
        &self,
        url: &str,
        accept: Option<&str>,
        authorization: Option<&str>,
    ) -> Result<Answer, FetchError> {
        let failed = |error: ureq::Error| {
            FetchError::Failed(format!("{}: {}", without_logins(url), without_logins(&error.to_string())))
        };
        let mut request = self.agent.get(url);
        if let Some(accept) = accept {
            request = request.header("Accept", accept);
        }
        if let Some(authorization) = authorization {
            request = request.header("Authorization", authorization);
        }
        let mut response = request.call().map_err(failed)?;
        let header =
            |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (status, challenge, link) =
            (response.status().as_u16(), header("www-authenticate"), header("link"));
        let bytes = response.body_mut().with_config().limit(MAX_BYTES).read_to_vec().map_err(failed)?;
        Ok(Answer { status, challenge, link, bytes })
    }
}

/// An address without the user in it, and that user's name and password.
pub(crate) fn split_login(url: &str) -> (String, Option<(String, String)>) {
    let Some((scheme, rest)) = url.split_once("://") else { return (url.to_owned(), None) };
    let end = rest.find('/').unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let Some((login, host)) = host.rsplit_once('@') else { return (url.to_owned(), None) };
    let (user, password) = login.split_once(':').unwrap_or((login, ""));
    (format!("{scheme}://{host}{path}"), Some((unescaped(user), unescaped(password))))
}

/// The server of an address, with its port.
pub(crate) fn server(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    host.rsplit_once('@').map_or(host, |(_, host)| host)
}

/// Whether two addresses have one scheme, host and port, each as it is written: then Helm 4.3 (`pkg/getter`) gives both
/// the password of one.
pub(crate) fn same_server(one: &str, other: &str) -> bool {
    let scheme = |url: &str| url.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
    scheme(one) == scheme(other) && server(one) == server(other)
}

/// Percent escapes undone.
fn unescaped(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let hex = bytes.get(at + 1..at + 3).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) if byte == b'%' => {
                out.push(value);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_addresses() {
        let (url, login) = split_login("https://me:p%40ss@host:8443/charts");
        assert_eq!(url, "https://host:8443/charts");
        assert_eq!(login, Some(("me".to_owned(), "p@ss".to_owned())));
        assert_eq!(server(&url), "host:8443");
        assert_eq!(split_login("https://host/a@b").1, None);
    }

    #[test]
    fn a_server_is_a_scheme_a_host_and_a_port() {
        let own = "https://host:8443/charts";
        assert!(same_server("https://host:8443/other/a.tgz?x#y", own));
        assert!(same_server("https://me:secret@host:8443", own));
        for other in [
            "http://host:8443/a.tgz",
            "https://host/a.tgz",
            "https://host:84430/a.tgz",
            "https://host.example.org:8443/a.tgz",
            "https://host:8443@other/a.tgz",
            "https://other/https://host:8443/a.tgz",
            "https://other?host:8443",
            "",
        ] {
            assert!(!same_server(other, own), "{other}");
        }
    }
}
