//! Logins of registries, as Docker's `config.json` has them: in the file, or told by a credential helper.

use std::collections::{BTreeMap, HashMap};
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use crate::credentials::Login;

/// How long a helper may take; some ask a cloud for a token.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How much a helper may say.
const MAX_BYTES: u64 = 64 << 10;
/// What Docker Hub is called in these files, and the names that mean it.
const HUB: (&str, [&str; 3]) =
    ("https://index.docker.io/v1/", ["docker.io", "index.docker.io", "registry-1.docker.io"]);

/// Logins by registry. Helpers run when they are asked, and each is asked once for a registry.
#[derive(Clone, Debug, Default)]
pub(crate) struct Registries {
    /// `auths`, by host and port.
    written: Vec<(String, Login)>,
    /// `credHelpers`, by registry.
    helpers: BTreeMap<String, String>,
    /// `credsStore`, which has all the others.
    store: Option<String>,
    told: Arc<Mutex<HashMap<String, Option<Login>>>>,
}

impl Registries {
    /// Adds what a `config.json` says; what was added before goes first.
    pub(crate) fn add(&mut self, text: &str) {
        let Ok(config) = serde_json::from_str::<Value>(text) else { return };
        let entries = |key: &str| config.get(key).and_then(Value::as_object).into_iter().flatten();
        for (server, auth) in entries("auths") {
            let encoded = auth.get("auth").and_then(Value::as_str).unwrap_or_default();
            let Ok(decoded) = STANDARD.decode(encoded) else { continue };
            let Ok(decoded) = String::from_utf8(decoded) else { continue };
            if let Some((user, password)) = decoded.split_once(':') {
                let login = Login { user: user.to_owned(), password: password.to_owned() };
                self.written.push((host(server), login));
            }
        }
        for (server, helper) in entries("credHelpers") {
            if let Some(helper) = helper.as_str() {
                self.helpers.entry(host(server)).or_insert_with(|| helper.to_owned());
            }
        }
        if let Some(store) = config.get("credsStore").and_then(Value::as_str)
            && self.store.is_none()
        {
            self.store = Some(store.to_owned());
        }
    }

    /// The login for a registry: of its own helper, else of the store, else of the file.
    pub(crate) fn find(&self, server: &str) -> Option<Login> {
        let server = host(server);
        let helper = self.helpers.get(&server).or(self.store.as_ref());
        if let Some(helper) = helper.filter(|helper| !helper.is_empty()) {
            let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
            let login = told.entry(server.clone()).or_insert_with(|| ask(helper, &named(&server)));
            if login.is_some() {
                return login.clone();
            }
        }
        self.written.iter().find(|(known, _)| *known == server).map(|(_, login)| login.clone())
    }
}

/// The host and port of an entry, which may be an address.
fn host(server: &str) -> String {
    let rest = server.split_once("://").map_or(server, |(_, rest)| rest);
    let host = rest.split('/').next().unwrap_or_default().to_ascii_lowercase();
    if HUB.1.contains(&host.as_str()) { "docker.io".to_owned() } else { host }
}

/// What a registry is called before helpers.
fn named(host: &str) -> String {
    if host == "docker.io" { HUB.0.to_owned() } else { host.to_owned() }
}

/// Runs `docker-credential-HELPER get`. What it says is read as a login or thrown away; nobody sees it.
fn ask(helper: &str, server: &str) -> Option<Login> {
    // The name of a program on the path, as Docker has it; never a path.
    if helper.contains(['/', '\\']) {
        return None;
    }
    let mut child = Command::new(format!("docker-credential-{helper}"))
        .arg("get")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let (mut input, output) = (child.stdin.take()?, child.stdout.take()?);
    let (send, receive) = mpsc::channel();
    let server = server.to_owned();
    // On a thread of its own: neither a helper that does not read nor one that does not end holds up the run.
    std::thread::spawn(move || {
        let _ = input.write_all(server.as_bytes());
        drop(input);
        let mut said = Vec::new();
        let whole = output.take(MAX_BYTES + 1).read_to_end(&mut said).is_ok();
        let _ = send.send((whole && said.len() as u64 <= MAX_BYTES).then_some(said));
    });
    let said = receive.recv_timeout(TIMEOUT).ok().flatten();
    if said.is_none() {
        let _ = child.kill();
    }
    let ended = child.wait().ok()?;
    login(&said.filter(|_| ended.success())?)
}

/// The login in the answer of a helper. A token that stands for a session of Docker's own (`<token>`) is no password.
fn login(said: &[u8]) -> Option<Login> {
    let said: Value = serde_json::from_slice(said).ok()?;
    let text = |key: &str| Some(said.get(key)?.as_str()?.to_owned());
    let login = Login { user: text("Username")?, password: text("Secret")? };
    (login.user != "<token>" && !login.password.is_empty()).then_some(login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logins_in_the_file() {
        let mut found = Registries::default();
        found.add(
            r#"{"auths": {"https://registry.example.org:5000/v1/": {"auth": "bWU6dG9rZW4="},
                "https://index.docker.io/v1/": {"auth": "bWU6aHVi"}, "empty.example.org": {}}}"#,
        );
        assert_eq!(found.find("registry.example.org:5000").unwrap().password, "token");
        assert_eq!(found.find("registry-1.docker.io").unwrap().password, "hub");
        // Another port is another server.
        assert!(found.find("registry.example.org").is_none());
        assert!(found.find("empty.example.org").is_none());
        assert!(!format!("{found:?}").contains("token"));
    }

    #[test]
    fn what_a_helper_answers() {
        let answer = |text: &str| login(text.as_bytes()).map(|login| (login.user, login.password));
        let whole = r#"{"ServerURL": "r.example.org", "Username": "me", "Secret": "s"}"#;
        assert_eq!(answer(whole), Some(("me".to_owned(), "s".to_owned())));
        for text in [
            "",
            "credentials not found",
            r#"{"Username": "<token>", "Secret": "s"}"#,
            r#"{"Username": "me"}"#,
        ] {
            assert_eq!(answer(text), None, "{text}");
        }
    }

    #[test]
    fn a_helper_that_is_not_there_or_no_name_is_no_login() {
        let mut found = Registries::default();
        found.add(
            r#"{"credHelpers": {"a.example.org": "seatrial-has-no-such-helper", "b.example.org": "../x"},
                "auths": {"a.example.org": {"auth": "bWU6ZmlsZQ=="}}}"#,
        );
        // As Docker does: what the file has is taken where the helper has nothing.
        assert_eq!(found.find("a.example.org").unwrap().password, "file");
        assert!(found.find("b.example.org").is_none());
    }
}
