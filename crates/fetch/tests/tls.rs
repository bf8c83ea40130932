//! A chart repository behind a certificate of one's own authority, named by `SSL_CERT_FILE` as Go programs read it.

mod support;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use seatrial_fetch::{Cache, Credentials, Fetcher, Lock};
use support::demo;

/// The key and certificates of the test: of 127.0.0.1, signed by an authority that nobody trusts.
fn data(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

fn server() -> support::Server {
    let certificate = CertificateDer::from_pem_file(data("server.pem")).unwrap();
    let key = PrivateKeyDer::from_pem_file(data("server.key.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![certificate], key).unwrap());
    let over_tls =
        move |stream| StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
    support::Server::over(over_tls, |request| {
        let index = "entries:\n  demo:\n    - {name: demo, version: 1.0.0, urls: [demo-1.0.0.tgz]}\n";
        match request.path.as_str() {
            "/index.yaml" => (200, String::new(), index.into()),
            _ => (200, String::new(), support::archive("1.0.0")),
        }
    })
}

// On macOS and Windows the system's own store decides, for Go programs and for us.
#[test]
#[cfg(all(unix, not(target_os = "macos")))]
fn an_authority_of_ones_own() {
    const TEST: &str = "an_authority_of_ones_own";
    if let Some(address) = support::given() {
        let cache = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Cache::at(cache.path()), Lock::default(), Credentials::default(), true);
        let chart = fetcher.chart(&demo(&format!("https://{address}"), "1.x")).unwrap();
        assert_eq!(chart.version, "1.0.0");
        return;
    }
    let server = server();
    let authority = data("authority.pem");
    assert!(support::again(TEST, &server.address, &[("SSL_CERT_FILE", authority.as_os_str())]));
    assert_eq!(server.requests(), 2);
    // Without it, nothing is asked over the connection.
    let empty = tempfile::tempdir().unwrap();
    let none = empty.path().join("none.pem");
    fs::write(&none, "").unwrap();
    let strange = [("SSL_CERT_FILE", none.as_os_str()), ("SSL_CERT_DIR", empty.path().as_os_str())];
    assert!(!support::again(TEST, &server.address, &strange));
    assert_eq!(server.requests(), 2);
}
