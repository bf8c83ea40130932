//! Registries: artifacts in them, and one that wants a login which only a credential helper of Docker knows.

#![cfg(unix)]

mod support;

use std::ffi::{OsStr, OsString};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use seatrial_argocd::RepoAnswer;
use seatrial_fetch::{Cache, Credentials, Fetcher, Lock};
use serde_json::json;
use sha2::{Digest, Sha256};
use support::demo;

/// A registry of one chart for those who know the password (`me`, `secret`).
fn registry() -> support::Server {
    let archive = support::archive("1.0.0");
    let digest = Sha256::digest(&archive).iter().fold("sha256:".to_owned(), |t, b| format!("{t}{b:02x}"));
    let layer = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
    let manifest = json!({"layers": [{"mediaType": layer, "digest": digest}]}).to_string();
    support::Server::start(move |request| {
        if request.header("authorization") != "Basic bWU6c2VjcmV0" {
            return (401, "WWW-Authenticate: Basic realm=\"charts\"\r\n".to_owned(), Vec::new());
        }
        match request.path.as_str() {
            "/v2/team/demo/manifests/1.0.0" => (200, String::new(), manifest.clone().into_bytes()),
            path if path == format!("/v2/team/demo/blobs/{digest}") => (200, String::new(), archive.clone()),
            _ => (404, String::new(), Vec::new()),
        }
    })
}

#[test]
fn artifacts_by_tag_range_and_lock() {
    let layer = support::archive("1.0.0");
    let digest =
        |bytes: &[u8]| Sha256::digest(bytes).iter().fold("sha256:".to_owned(), |t, b| format!("{t}{b:02x}"));
    let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
    let manifest = json!({"layers": [{"mediaType": kind, "digest": digest(&layer)}]}).to_string();
    let named = digest(manifest.as_bytes());
    let blob = digest(&layer);
    let server = support::Server::start(move |request| match request.path.as_str() {
        "/v2/team/apps/manifests/1.1.0" => (200, String::new(), manifest.clone().into_bytes()),
        "/v2/team/apps/tags/list" if request.query.is_empty() => {
            let next = "Link: </v2/team/apps/tags/list?last=1.0.0>; rel=\"next\"\r\n";
            (200, next.to_owned(), br#"{"tags": ["0.9.0", "1.0.0"]}"#.to_vec())
        }
        "/v2/team/apps/tags/list" => (200, String::new(), br#"{"tags": ["1.1.0"]}"#.to_vec()),
        path if path == format!("/v2/team/apps/blobs/{blob}") => (200, String::new(), layer.clone()),
        _ => (404, String::new(), Vec::new()),
    });
    let cache = tempfile::tempdir().unwrap();
    let cache = Cache::at(cache.path());
    let fetcher = |lock, online| Fetcher::new(cache.clone(), lock, Credentials::default(), online);
    let url = format!("oci://{}/team/apps", server.address);
    let online = fetcher(Lock::default(), true);
    let answer = online.artifact(&url, "1.x");
    let RepoAnswer::Ok(artifact) = answer else { panic!("{answer:?}") };
    assert_eq!(artifact.digest, named);
    assert!(artifact.contents.contains_key("demo/Chart.yaml"), "{:?}", artifact.entries);
    let RepoAnswer::Error(words) = online.artifact(&url, "9") else { panic!("9 is there") };
    assert!(words.ends_with(&format!("{}/team/apps:9: not found", server.address)), "{words}");
    // What the lock pins is in the cache, and the network is not asked for it again.
    let asked = server.requests();
    let offline = fetcher(online.lock(), false);
    assert_eq!(offline.artifact(&url, "1.x"), RepoAnswer::Ok(artifact));
    assert!(matches!(offline.artifact(&url, "2.x"), RepoAnswer::Unknown(_)));
    assert_eq!(server.requests(), asked);
}

/// Puts a program of that name and script into a folder.
fn helper(folder: &Path, name: &str, script: &str) {
    let path = folder.join(format!("docker-credential-{name}"));
    fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn a_login_that_a_helper_knows() {
    const TEST: &str = "a_login_that_a_helper_knows";
    if let Some(address) = support::given() {
        let cache = tempfile::tempdir().unwrap();
        let fetcher = Fetcher::new(Cache::at(cache.path()), Lock::default(), Credentials::of_user(), true);
        let answer = fetcher.chart(&demo(&format!("oci://{address}/team"), "1.0.0"));
        let told = answer.as_ref().map(|_| ()).map_err(ToString::to_string);
        assert!(answer.is_ok(), "{told:?}");
        return;
    }
    let server = registry();
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let asked = folder.join("asked");
    // Which server is asked for stands on standard input; each call is noted.
    let script = |answer: &str| {
        let asked = asked.display();
        format!("read -r server || :\necho \"$1 $server\" >> '{asked}'\n{answer}")
    };
    let right = r#"echo '{"ServerURL": "x", "Username": "me", "Secret": "secret"}'"#;
    helper(folder, "right", &script(right));
    helper(folder, "wrong", &script("echo 'credentials not found in native keychain'; exit 1"));
    helper(folder, "endless", &script("exec yes hush"));
    let mut path = OsString::from(folder);
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let passes = |config: &serde_json::Value| {
        let _ = fs::remove_file(&asked);
        fs::write(folder.join("config.json"), config.to_string()).unwrap();
        let environment: [(&str, &OsStr); 4] = [
            ("PATH", &path),
            ("DOCKER_CONFIG", folder.as_os_str()),
            ("HELM_REGISTRY_CONFIG", OsStr::new("/nonexistent")),
            ("NETRC", OsStr::new("/nonexistent")),
        ];
        let passed = support::again(TEST, &server.address, &environment);
        (passed, fs::read_to_string(&asked).unwrap_or_default())
    };
    let address = server.address.as_str();
    let once = format!("get {address}\n");
    let own = json!({"credHelpers": {address: "right"}, "credsStore": "wrong"});
    assert_eq!(passes(&own), (true, once.clone()));
    assert_eq!(passes(&json!({"credsStore": "right"})), (true, once.clone()));
    // Another registry's helper is not asked.
    assert_eq!(passes(&json!({"credHelpers": {"other.example.org": "right"}})), (false, String::new()));
    for helper in ["wrong", "endless"] {
        assert_eq!(passes(&json!({"credsStore": helper})), (false, once.clone()), "{helper}");
        let both = json!({"credsStore": helper, "auths": {address: {"auth": "bWU6c2VjcmV0"}}});
        assert_eq!(passes(&both), (true, once.clone()), "{helper}");
    }
}
